"""Twilio's plugin keeps the contract."""

from datetime import UTC, datetime
from pathlib import Path

from duetrail.testing import ContractTests

ROOT = Path(__file__).parents[3]


class TestLists(ContractTests):
    source = "twilio"
    page = ROOT / "docs/vendors/twilio.md"
    cassettes = ROOT / "cassettes/plugins/twilio/lists.yaml"
    settings = {
        "account_sid": f"AC{'a' * 32}",
        "key": "env:TWILIO_API_KEY",
        "secret": "env:TWILIO_API_SECRET",
        "page_size": 2,
    }
    now = datetime(2026, 6, 30, 12, tzinfo=UTC)
    absent = {
        "calls": {
            "Twilio carries calls, and knows neither their reason nor what was said": (
                "agent_id agent_kind answered_at billed_seconds callout_id customer_id keywords "
                "provider_id reason sentiment summary tags transcript transcript_parts "
                "transcript_url"
            ),
        },
        "emails": {
            "a message is short, and Twilio does not know why it is sent": (
                "attachments bcc_addresses bounced_addresses bounced_at callout_id cc_addresses "
                "clicked_at customer_id html initiator_id initiator_kind initiator_name "
                "is_automated is_generated opened_at parent_id planned_at preview reason "
                "remote_id reply_to_addresses subject thread_id"
            ),
            "no message of the examples was delivered, or refused by the network": (
                "bounced delivery_status"
            ),
        },
    }
