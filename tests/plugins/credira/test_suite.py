"""Credira's plugin keeps the contract."""

from pathlib import Path

from duetrail.testing import ContractTests

ROOT = Path(__file__).parents[3]
CASSETTES = ROOT / "cassettes/plugins/credira"

ABSENT = {
    "calls": {
        "Credira shows no such thing of a call": (
            "answered_at billed_seconds callout_id customer_id outcome provider_id reason "
            "sentiment transcript transcript_parts voicemail"
        ),
    },
    "callouts": {
        "Credira shows no such thing of a callout": "customer_id started_at",
    },
    "emails": {
        "Credira shows little of an email": (
            "attachments bcc_addresses bounced_addresses bounced_at cc_addresses customer_id "
            "delivery_status direction error from_address html initiator_id initiator_kind "
            "initiator_name is_automated is_generated parent_id planned_at preview reason "
            "remote_id reply_to_addresses text thread_id updated_at"
        ),
    },
}

# What is read with the optional resources alone.
IN_DETAIL = {
    "calls": "cost currency direction ended_at keywords started_at summary tags updated_at",
    "callouts": "attempts attempts_successful attempts_total completed_at",
    "emails": "",
}


class TestByInvoice(ContractTests):
    source = "credira"
    page = ROOT / "docs/vendors/credira.md"
    cassettes = CASSETTES / "by_invoice.yaml"
    settings = {"invoices": [*(f"ERP-{number:06}" for number in range(1, 7)), "ERP-999999"]}
    absent = {
        table: {**absent, "read in detail": IN_DETAIL[table]} for table, absent in ABSENT.items()
    }


class TestInDetail(ContractTests):
    source = "credira"
    page = ROOT / "docs/vendors/credira.md"
    cassettes = CASSETTES / "in_detail.yaml"
    settings = {"invoices": ["ERP-000006"], "include": ["call-details", "responses"]}
    absent = ABSENT
