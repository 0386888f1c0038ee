"""What every plugin keeps, kept by this one; offline, from the cassettes."""

from pathlib import Path

from duetrail.testing import ContractTests


class TestGroat(ContractTests):
    """Guide: "The contract suite"."""

    source = "groat"
    cassettes = Path(__file__).parent / "cassettes"
    page = Path(__file__).parents[1] / "docs" / "groat.md"
    settings = {"page_size": 2}
    absent = {
        "invoices": {
            "Groat has no such thing": "billing_address shipping_address purchase_order "
            "order_number remote_id customer_remote_id allocations discount in_dispute overdue "
            "promised_to_pay_on updated_at period_start_at period_end_at inbound_calls "
            "outbound_calls",
            "it gives instants, no days": "issued_on due_on",
            "its links open the invoice, and are never stored": "document_url payment_url",
            "emails are a resource of their own": "last_outreach_at last_outreach_channel "
            "last_outreach_to",
        },
        "invoice_lines": {
            "Groat has no such thing": "line_number name product_type remote_id discount tax "
            "created_at updated_at",
        },
        "emails": {
            "Groat has no such thing": "html preview attachments from_address reply_to_addresses "
            "bcc_addresses thread_id parent_id remote_id callout_id initiator_id initiator_kind "
            "initiator_name is_generated clicked_at created_at updated_at",
            "that it came back, not how": "delivery_status bounced_addresses",
            "it names the invoice, which names the customer": "customer_id",
        },
    }
