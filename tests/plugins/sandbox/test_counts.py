"""The sandbox's counts are what a reader finds who asks for everything."""

from __future__ import annotations

import pytest

from duetrail_sandbox.server import Sandbox


def test_stuut_counts(sandbox, rows):
    """Stuut's counts are the distinct ids found in a walk over the pages."""
    calls = {call["id"]: call for row in rows for call in row["calls"]}
    emails = {email["id"]: email for row in rows for email in row["emails"]}
    waiting = [call for call in calls.values() if call["status"] == "pending_approval"]
    unsent = [
        email
        for email in emails.values()
        if email["direction"] == "outbound" and email["status"] in ("draft", "pending")
    ]
    assert sandbox.counts["stuut"] == {
        "invoices": len({row["id"] for row in rows}),
        "calls": len(calls),
        "emails": len(emails),
        "callouts": len(waiting) + len(unsent),
        "parties": len({row["partner"]["id"] for row in rows}),
        "payments": len({part["payment"]["id"] for row in rows for part in row["payments"]}),
    }


def test_exante_counts(sandbox, items, timelines):
    """Exante's counts are the distinct uids found by listing and asking for each timeline."""
    assert sandbox.counts["exante"] == {
        "invoices": len({item["uid"] for item in items}),
        "emails": len({email["uid"] for one in timelines for email in one["emails"]}),
        "parties": len({item["parties"]["client"]["uid"] for item in items}),
    }


def test_counts_are_not_empty(sandbox):
    """Every kind of record occurs; only the accounts at Yeti are a handful."""
    for vendor, kinds in sandbox.counts.items():
        least = 3 if vendor == "yeti" else 10
        assert all(count > least for count in kinds.values())


def test_counts_cover_the_vendors_asked_for():
    """Only the vendors that a sandbox was made for are counted."""
    assert Sandbox(invoices=3, vendors=("yeti", "stuut")).counts.keys() == {"stuut", "yeti"}


@pytest.mark.parametrize(("invoices", "bills"), [(0, 3), (30, 3), (40, 4), (250, 25)])
def test_phone_bills(invoices, bills):
    """There is a phone bill for ten invoices, and never less than three."""
    assert Sandbox(invoices=invoices, vendors=("yeti",)).counts["yeti"]["invoices"] == bills
