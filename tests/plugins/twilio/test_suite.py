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
    absent = {}
