"""The sandbox's counts are what a reader finds who asks for everything."""

from __future__ import annotations

from typing import Any


def test_stuut_counts(sandbox, rows):
    """Stuut's counts are the distinct ids found in a walk over the pages."""
    calls = {call["id"]: call for row in rows for call in row["calls"]}
    emails = {email["id"]: email for row in rows for email in row["emails"]}
    waiting = [call for call in calls.values() if call["status"] == "pending_approval"]
    unsent = [email for email in emails.values()
              if email["direction"] == "outbound" and email["status"] in ("draft", "pending")]
    assert sandbox.counts["stuut"] == {
        "invoices": len({row["id"] for row in rows}),
        "calls": len(calls),
        "emails": len(emails),
        "callouts": len(waiting) + len(unsent),
        "parties": len({row["partner"]["id"] for row in rows}),
    }


def test_call_partners_are_known(rows):
    """The customers of calls are those of the invoices: they add no party."""
    on_calls = {call["partner"]["id"] for row in rows for call in row["calls"]}
    assert on_calls <= {row["partner"]["id"] for row in rows}


def test_credira_counts(sandbox, credira, rows):
    """Credira's counts are the distinct ids found by asking for each ERP id."""
    found: dict[str, set[str]] = {"calls": set(), "callouts": set(), "emails": set()}

    def note(kind: str, answer: Any) -> None:
        found[kind] |= {one["id"] for one in answer.json()["data"] or []}

    for row in rows:
        note("calls", credira("/calls", invoice_id=row["remote_id"]))
        note("callouts", credira("/callouts", invoice_id=row["remote_id"]))
    for callout_id in sorted(found["callouts"]):
        note("emails", credira("/emails", callout_id=callout_id))
    assert sandbox.counts["credira"] == {kind: len(ids) for kind, ids in found.items()}


def test_counts_are_not_empty(sandbox):
    """Every kind of record occurs."""
    assert all(count > 10 for vendor in sandbox.counts.values() for count in vendor.values())
