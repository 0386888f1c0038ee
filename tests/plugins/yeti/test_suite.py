"""Yeti's plugin keeps the contract."""

from datetime import UTC, date, datetime
from pathlib import Path

from duetrail.testing import ContractTests

ROOT = Path(__file__).parents[3]
CASSETTES = ROOT / "cassettes/plugins/yeti"


class TestLists(ContractTests):
    source = "yeti"
    page = ROOT / "docs/vendors/yeti.md"
    cassettes = CASSETTES / "lists.yaml"
    settings = {
        "base_url": "https://yeti.example.org/api/rest/customer/v1",
        "login": "env:YETI_LOGIN",
        "password": "env:YETI_PASSWORD",
        "page_size": 12,
        "calls_from": date(2026, 6, 26),
        "call_page_size": 3,
    }
    now = datetime(2026, 6, 30, 12, tzinfo=UTC)
    absent = {
        "parties": {
            "Yeti shows the name and the currency of an account": (
                "account_number billing_address call_paused contacts created_at email "
                "email_disabled email_paused is_active is_company legal_name parent_id phone "
                "phone_disabled remote_id shipping_address tax_number timezone updated_at"
            ),
        },
        "invoices": {
            "a bill for usage has neither status nor lines, and is no claim": (
                "allocations amount_due amount_paid amount_remaining billing_address "
                "billing_email created_at customer_remote_id discount due_at due_on in_dispute "
                "issued_at issued_on last_outreach_at last_outreach_channel last_outreach_to "
                "lines lines_complete order_number overdue paid_at payment_url promised_to_pay_on "
                "purchase_order remote_id shipping_address status subtotal tax updated_at "
                "voided_at written_off_at"
            ),
        },
        "calls": {
            "a switch knows who was connected, and not what was said": (
                "agent_id agent_kind callout_id created_at keywords reason sentiment summary tags "
                "transcript transcript_parts transcript_url updated_at voicemail"
            ),
        },
        "payments": {
            "Yeti shows no such thing of a payment": (
                "paid_at reference refunded remote_id updated_at"
            ),
        },
    }
