"""The one Stuut answer that is published, through `duetrail sync`, column by column.

The sample is a schema in disguise: every text is "<string>", what is not typed is "<unknown>",
every number 123, every flag true, every enum its first word. The expected rows were written from
Stuut's documentation, not from what the code does.
"""

import json
import subprocess
import sys
from pathlib import Path

NOON = "2023-11-07T05:31:56.000000Z"
S = "<string>"
ME = {"connection": "stuut", "id": S}
PART = {"connection": "stuut", "position": 0}
CLOCKS = {"created_at": NOON, "updated_at": NOON}
ADDRESS = {
    "city": S,
    "country": S,
    "line1": S,
    "line2": S,
    "name": S,
    "phone": S,
    "postal_code": S,
    "state": S,
}


def money(*names, amount="123"):
    """Money columns of a known currency: ADP, withdrawn, has no decimals, so 123 is 123."""
    return dict.fromkeys(names, amount) | {f"{name}_minor": None for name in names}


def test_the_invoice_of_the_document(row):
    """The invoice: a payable in dispute, in a withdrawn currency, its status an unknown word."""
    assert row("invoices") == {
        **ME,
        "remote_id": S,
        "number": S,
        "purchase_order": S,
        "order_number": S,
        "kind": "payable",
        "kind_raw": "payable",
        "status": "unknown",
        "status_raw": "<unknown>",
        "overdue": None,
        "in_dispute": 1,
        "currency": "ADP",
        **money("total", "subtotal", "tax", "discount", "amount_paid", "amount_due"),
        # Due is the total and something was paid: then due was not reduced, and 0 is left.
        **money("amount_remaining", amount="0"),
        "issued_at": NOON,
        # Not midnight in UTC, so no calendar day is certain.
        "issued_on": None,
        "due_at": NOON,
        "due_on": None,
        "paid_at": NOON,
        "paid_on": None,
        "voided_at": NOON,
        "written_off_at": NOON,
        "amount_credited": None,
        "amount_credited_minor": None,
        "amount_written_off": None,
        "amount_written_off_minor": None,
        "original_invoice_id": None,
        "promised_to_pay_on": "2023-12-25",
        "period_start_at": NOON,
        "period_end_at": NOON,
        "customer_id": S,
        "customer_remote_id": S,
        "customer_name": None,
        "billing_email": S,
        "billing_address": ADDRESS,
        "shipping_address": ADDRESS,
        "last_outreach_at": NOON,
        "last_outreach_channel": "email",
        "last_outreach_channel_raw": "email",
        "last_outreach_to": S,
        "document_url": S,
        "payment_url": S,
        # It still requires a sync of its lines.
        "outbound_calls": None,
        "inbound_calls": None,
        "lines_complete": 0,
        **CLOCKS,
    }


def test_its_line_has_no_id(row):
    """The line: it has no id of its own."""
    assert row("invoice_lines") == {
        **PART,
        "invoice_id": S,
        "id": None,
        "remote_id": S,
        "line_number": "123",
        "name": S,
        "description": S,
        "product_type": S,
        "quantity": "123",
        "currency": "ADP",
        **money("unit_price", "total", "discount", "tax"),
        "period_start_at": NOON,
        "period_end_at": NOON,
        **CLOCKS,
    }


def test_the_share_of_a_payment(row):
    """The share of a payment, and what is known of the whole payment."""
    assert row("payment_allocations") == {
        **PART,
        "invoice_id": S,
        "id": S,
        "payment_id": S,
        "remote_id": S,
        "currency": "ADP",
        **money("amount", "payment_amount", "payment_refunded"),
        "approved": 1,
        "approved_at": NOON,
        "strategy": "automatic",
        "payment_currency": "ADP",
        "payment_status": "pending",
        "payment_status_raw": "pending_match",
        "payment_method": "ach",
        "payment_method_raw": "ach",
        "payment_reference": S,
        "paid_at": NOON,
        **CLOCKS,
    }


def test_the_whole_payment_inside_the_share(row):
    """The whole payment inside the share: the money of it, whatever of it goes to this invoice."""
    assert row("payments") == {
        **ME,
        "remote_id": S,
        "customer_id": S,
        "currency": "ADP",
        **money("amount", "refunded"),
        "status": "pending",
        "status_raw": "pending_match",
        "method": "ach",
        "method_raw": "ach",
        "reference": S,
        "description": S,
        "refund_of_id": None,
        "paid_at": NOON,
        "paid_on": None,
        **CLOCKS,
    }


def test_the_customer_has_the_pause_flags_of_the_invoice(row):
    """The customer: the invoice's copy has both pause flags, the call's copy has neither."""
    assert row("parties") == {
        **ME,
        "remote_id": S,
        "name": S,
        "legal_name": S,
        "is_company": 1,
        "is_active": 1,
        "parent_id": S,
        "account_number": S,
        "tax_number": S,
        "email": S,
        "phone": S,
        "timezone": "Africa/Abidjan",
        "currency": "ADP",
        "email_disabled": 1,
        "phone_disabled": 1,
        "email_paused": 1,
        "call_paused": 1,
        "billing_address": ADDRESS,
        "shipping_address": ADDRESS,
        **CLOCKS,
    }


def test_the_person_at_the_customer(row):
    """The person at the customer."""
    assert row("contacts") == {
        **PART,
        "party_id": S,
        "id": S,
        "remote_id": S,
        "name": S,
        "email": S,
        "phone": S,
        "job_title": S,
        "role": "billing_contact",
        "is_primary": 1,
        "email_disabled": 1,
        "phone_disabled": 1,
        **CLOCKS,
    }


def test_all_six_items_are_mapped(stuut):
    """Six items, all mapped; a `total_records` of 0 beside a row is not a count."""
    summary = json.loads(stuut.run("sync", "--json").output)
    (resource,) = summary["resources"]
    assert (resource["state"], resource["requests"], resource["pages"]) == ("complete", 1, 1)
    assert (resource["items"], resource["mapped"], resource["rejected"]) == (6, 6, 0)
    assert summary["records"] == {
        "invoices": 1, "parties": 1, "calls": 1, "callouts": 1, "emails": 1,
        "payments": 1,
    }  # fmt: skip


def test_the_same_answer_again_writes_nothing(synced):
    """The same answer again, in each of four orders, writes nothing."""
    summary = json.loads(synced.run("sync", "--json").output)
    assert summary["written"] == 0
    assert summary["resources"][0]["unchanged"] == 24


def test_as_a_process(stuut):
    """The command does the same in a process of its own."""
    script = Path(sys.executable).with_name("duetrail")
    command = [script, "--config", stuut.config, "sync"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "stuut.invoices" in done.stdout
    assert [row["id"] for row in stuut.rows("invoices")] == [S]
    assert [row["id"] for row in stuut.rows("callouts")] == [f"call:{S}"]
