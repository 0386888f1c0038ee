"""Exante's plugin keeps the contract."""

from pathlib import Path

from duetrail.testing import ContractTests

ROOT = Path(__file__).parents[3]
CASSETTES = ROOT / "cassettes/plugins/exante"


class TestEverything(ContractTests):
    source = "exante"
    page = ROOT / "docs/vendors/exante.md"
    cassettes = CASSETTES
    settings = {"page_size": 2, "include": ["details", "drafts", "conversations"]}
    absent = {
        "invoices": {
            "Exante shows no such thing of an invoice": (
                "allocations billing_address created_at customer_remote_id inbound_calls "
                "last_outreach_at last_outreach_channel last_outreach_to lines_complete "
                "order_number outbound_calls payment_url period_end_at period_start_at "
                "promised_to_pay_on purchase_order remote_id shipping_address updated_at "
                "voided_at written_off_at"
            ),
            "no recorded invoice is disputed or overdue, or has a day alone": (
                "in_dispute issued_on overdue"
            ),
        },
        "parties": {
            "Exante shows the name of a client, and the contact for bills": (
                "account_number billing_address call_paused created_at currency email "
                "email_disabled email_paused is_active is_company legal_name parent_id phone "
                "phone_disabled remote_id shipping_address tax_number timezone updated_at"
            ),
        },
        "emails": {
            "Exante shows no such thing of an email": (
                "attachments callout_id clicked_at is_automated is_generated opened_at parent_id "
                "reason reply_to_addresses"
            ),
        },
        "invoice_lines": {
            "Exante shows no such thing of a line": (
                "created_at description discount line_number period_end_at period_start_at "
                "remote_id tax updated_at"
            ),
        },
        "contacts": {
            "Exante shows no such thing of a contact": (
                "created_at email_disabled is_primary phone_disabled remote_id role updated_at"
            ),
        },
    }
