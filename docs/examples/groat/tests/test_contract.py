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
    # What Groat's own application shows of them.
    known = {
        "invoices": {
            "in_5": {
                "number": "G-0005",
                "status": "open",
                "subtotal": "1091.60 EUR",
                "tax": "207.40 EUR",
                "total": "1299.00 EUR",
                "amount_due": "1299.00 EUR",
                "amount_paid": "500.00 EUR",
                "amount_remaining": "799.00 EUR",
                "created_at": "2026-03-30T09:15:00Z",
                "issued_at": "2026-03-30T10:00:00Z",
                "due_at": "2026-04-29T09:15:00Z",
                "customer_id": "cus_1",
                "customer_name": "Pottery Northwind",
                "billing_email": "accounts@pottery.example",
                "lines": [
                    {
                        "description": "Kiln rental",
                        "total": "990.00 EUR",
                        "period_start_at": "2026-03-01T00:00:00Z",
                        "period_end_at": "2026-04-01T00:00:00Z",
                    },
                    {"quantity": 8, "unit_price": "12.70 EUR", "total": "101.60 EUR"},
                ],
            },
            "in_4": {"total": "96800 JPY", "written_off_at": "2026-05-20T00:00:00Z"},
            "in_3": {"total": "125.500 KWD", "voided_at": "2026-03-14T07:00:00Z"},
            "in_2": {"paid_at": "2026-03-05T12:00:09Z", "lines_complete": True},
        },
        "emails": {
            "em_42": {
                "invoices": ["in_4"],
                "status": "sent",
                "reason": "reminder",
                "planned_at": "2026-04-10T00:00:00Z",
                "sent_at": "2026-04-10T00:00:02Z",
                "bounced": True,
                "bounced_at": "2026-04-10T00:00:40Z",
            },
            "em_51": {
                "to_addresses": ["accounts@pottery.example"],
                "cc_addresses": ["owner@pottery.example"],
                "subject": "Your invoice G-0005",
                "text": "Here is your invoice.",
                "opened_at": "2026-03-30T11:20:00Z",
            },
        },
    }
