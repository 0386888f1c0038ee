"""Stripe's plugin keeps the contract."""

from pathlib import Path

from duetrail.testing import ContractTests

ROOT = Path(__file__).parents[3]

ABSENT = {
    "parties": {
        "Stripe shows little of a customer": (
            "account_number call_paused contacts email_disabled email_paused is_active is_company "
            "legal_name parent_id phone_disabled remote_id tax_number timezone updated_at"
        ),
    },
    "invoices": {
        "Stripe knows no ERP, no outreach and no calls": (
            "customer_remote_id inbound_calls last_outreach_at last_outreach_channel "
            "last_outreach_to order_number outbound_calls promised_to_pay_on purchase_order "
            "remote_id"
        ),
        "Stripe shows times, no days; whether one is overdue or disputed is not said": (
            "due_on in_dispute issued_on overdue updated_at"
        ),
        "sums of several amounts of the vendor's are not made": "allocations discount tax",
    },
    "payments": {"Stripe shows when a payment was made": "paid_at reference remote_id updated_at"},
    "invoice_lines": {
        "Stripe shows the amount of a line": (
            "created_at discount line_number name product_type remote_id tax unit_price updated_at"
        ),
    },
}


class TestLists(ContractTests):
    source = "stripe"
    page = ROOT / "docs/vendors/stripe.md"
    cassettes = ROOT / "cassettes/plugins/stripe/localstripe.yaml"
    settings = {"key": "env:STRIPE_API_KEY", "page_size": 2}
    absent = ABSENT


class TestExamples(ContractTests):
    source = "stripe"
    page = ROOT / "docs/vendors/stripe.md"
    cassettes = ROOT / "cassettes/plugins/stripe/fixtures.yaml"
    settings = {"key": "env:STRIPE_API_KEY", "page_size": 2}
    absent = ABSENT
