"""Stuut's plugin keeps the contract."""

from pathlib import Path

from duetrail.testing import ContractTests
from support.nightly import nightly

ROOT = Path(__file__).parents[3]
CASSETTES = ROOT / "cassettes/plugins/stuut"

ABSENT = {
    "invoices": {
        "Stuut names the partner by id, and bills nobody for calls": (
            "customer_name inbound_calls outbound_calls"
        ),
        "every recorded time is more than a day": "issued_on",
    },
    "calls": {
        "Stuut shows no such thing of a call": (
            "answered_at billed_seconds callout_id cost currency keywords tags transcript_url"
        ),
    },
    "emails": {
        "Stuut shows no such thing of an email": (
            "bounced_at callout_id clicked_at customer_id delivery_status opened_at planned_at text"
        ),
    },
    "callouts": {
        "a callout is read off what is planned, which says no more": (
            "attempts attempts_successful attempts_total completed_at contact_name priority "
            "scheduled_at started_at"
        ),
    },
}


@nightly  # a push runs the suite of everything, which has invoices as well
class TestInvoices(ContractTests):
    source = "stuut"
    page = ROOT / "docs/vendors/stuut.md"
    cassettes = CASSETTES / "invoices.yaml"
    settings = {"page_size": 3}
    absent = ABSENT


class TestEverything(ContractTests):
    source = "stuut"
    page = ROOT / "docs/vendors/stuut.md"
    cassettes = CASSETTES / "everything.yaml"
    settings = {
        "page_size": 3,
        "cross_check": False,
        "include": ["calls", "call-details", "partners", "payments", "remittances", "tasks"],
    }
    absent = ABSENT
