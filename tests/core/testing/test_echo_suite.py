"""The example that answers from a file keeps the contract, as far as that can be seen."""

import sys
from pathlib import Path

from duetrail.testing import ContractTests

_ECHO = Path(__file__).parents[3] / "docs/examples/echo"


def _echo():
    """The example, which is installed nowhere."""
    sys.path.insert(0, str(_ECHO))
    try:
        import duetrail_echo
    finally:
        sys.path.remove(str(_ECHO))
    return duetrail_echo


class TestEcho(ContractTests):
    source = _echo()
    cassettes = None
    settings = {"answers": str(_ECHO / "answers.json"), "invoices": ["1042", "1043"]}
    page = _ECHO / "README.md"
    # Echo is there to show the mechanisms, not the model.
    absent = {
        "invoices": (
            "allocations amount_due amount_paid amount_remaining billing_address billing_email "
            "created_at customer_id customer_name customer_remote_id discount document_url due_at "
            "due_on in_dispute inbound_calls issued_at issued_on kind last_outreach_at "
            "last_outreach_channel last_outreach_to lines lines_complete order_number "
            "outbound_calls overdue paid_at payment_url period_end_at period_start_at "
            "promised_to_pay_on purchase_order remote_id shipping_address subtotal tax updated_at "
            "voided_at written_off_at"
        ),
        "parties": (
            "account_number billing_address call_paused contacts created_at currency "
            "email_disabled email_paused is_active is_company legal_name parent_id phone "
            "phone_disabled remote_id shipping_address tax_number timezone updated_at"
        ),
        "emails": (
            "attachments bcc_addresses bounced bounced_addresses bounced_at callout_id "
            "cc_addresses clicked_at created_at customer_id delivery_status direction error html "
            "initiator_id initiator_kind initiator_name is_automated is_generated opened_at "
            "parent_id planned_at preview reason remote_id reply_to_addresses sent_at status text "
            "thread_id to_addresses updated_at"
        ),
        "calls": (
            "agent_id agent_kind answered_at billed_seconds callout_id cost created_at currency "
            "customer_id direction ended_at from_number keywords outcome provider_id reason "
            "recording_url sentiment started_at summary tags to_number transcript "
            "transcript_parts transcript_url updated_at voicemail"
        ),
        "callouts": (
            "agent_id attempts attempts_successful attempts_total channels completed_at "
            "contact_email contact_name contact_phone created_at customer_id kind priority "
            "started_at status updated_at"
        ),
    }
