"""Credira: envelopes, the three kinds of none, errors, thin rows and rich ones."""

from __future__ import annotations

import pytest

from support.answers import known_fields, union

KNOWN = known_fields("credira")
CHATTY = "ERP-000042"


@pytest.fixture(scope="module")
def listed(credira, rows):
    """Calls and callouts of every invoice, by the name of the list."""
    return {
        kind: [
            one
            for row in rows
            for one in credira(f"/{kind}", invoice_id=row["remote_id"]).json()["data"] or []
        ]
        for kind in ("calls", "callouts")
    }


@pytest.fixture(scope="module")
def emails(credira, listed):
    """The emails of every callout, by its id."""
    found = {}
    for row in listed["callouts"]:
        found[row["id"]] = credira("/emails", callout_id=row["id"]).json()["data"]
    return found


def test_success_envelope(credira):
    """A list answer has success, data and meta, and meta says how many rows there are."""
    for path, total in (("/calls", "total_calls"), ("/callouts", "total_callouts")):
        body = credira(path, invoice_id=CHATTY).json()
        assert body.keys() == {"success", "data", "meta"}
        assert body["success"] is True
        assert body["meta"].keys() == {"timestamp", "request_id", total}
        assert body["meta"][total] == len(body["data"]) > 1


def test_three_kinds_of_none(credira, rows, listed, emails):
    """No calls is data false, no callouts an empty array, no emails false again."""
    loud = {one["invoice_id"] for one in (*listed["calls"], *listed["callouts"])}
    silent = next(row["remote_id"] for row in rows if row["remote_id"] not in loud)
    assert credira("/calls", invoice_id=silent).json()["data"] is False
    assert credira("/callouts", invoice_id=silent).json()["data"] == []
    assert any(data is False for data in emails.values())


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/calls", 400, "Missing required parameter: invoice_id"),
        ("/callouts?invoice_id=", 400, "Missing required parameter: invoice_id"),
        (f"/emails?invoice_id={CHATTY}", 400, "Missing required parameter: callout_id"),
        ("/callouts/nonsense/response", 400, "Invalid callout ID format"),
        ("/calls?invoice_id=INV-1042", 404, "Invoice not found"),
        ("/callouts?invoice_id=erp-000042", 404, "Invoice not found"),
        ("/emails?callout_id=callout_0", 404, "Callout not found"),
        ("/callouts/callout_0/response", 404, "Callout not found"),
        ("/calls/call_0", 404, "Call not found"),
        ("/invoices", 404, "Path not found"),
    ],
)
def test_a_refusal_has_a_code_and_no_data(credira, path, status, message):
    """What is missing, malformed or unknown is an error with a code, and no data."""
    answer = credira(path)
    assert answer.status_code == status
    assert answer.json().keys() == {"success", "error", "meta"}
    code = {400: "INVALID_REQUEST", 404: "NOT_FOUND"}[status]
    assert answer.json()["error"] == {"code": code, "message": message}


def test_request_ids_differ(credira):
    """Two identical requests get two request ids and two timestamps, and the same data."""
    first, second = (credira("/calls", invoice_id=CHATTY).json() for _ in range(2))
    assert first["data"] == second["data"]
    assert all(first["meta"][key] != second["meta"][key] for key in ("request_id", "timestamp"))


def test_call_details_are_rich(credira, listed):
    """A call asked for alone has the list's fields, unchanged, and the documented others."""
    rows = listed["calls"]
    details = [credira(f"/calls/{row['id']}").json()["data"] for row in rows]
    assert union(details) - union(rows) == KNOWN["detail"]
    assert all(detail.items() >= row.items() for detail, row in zip(details, rows, strict=True))
    assert {"completed", "initiated"} < {row["status"] for row in rows}
    scores = [row["confidence_score"] for row in rows if row.get("confidence_score")]
    assert {type(score) for score in scores} == {int, float}


def test_emails_have_the_documented_fields(listed, emails):
    """Emails have the documented fields, fates apart from their status, and lie under callouts."""
    found = [email for data in emails.values() for email in data or []]
    assert union(found) == KNOWN["email"]
    assert all(email["callout_id"] == key for key, data in emails.items() for email in data or [])
    assert all(any(email.get(f"{fate}_time") for email in found) for fate in ("opened", "clicked"))
    assert all(any(email[fate] for email in found) for fate in ("bounced", "unsubscribed"))
    assert {"delivered", "scheduled"} < {email["status"] for email in found}
    unopened = [email for email in found if not email.get("opened_time")]
    assert {"opened_time" in email for email in unopened} == {True, False}
    off = [row["id"] for row in listed["callouts"] if not row["actions"]["emails_enabled"]]
    assert {bool(emails[key]) for key in off} == {True, False}


def test_a_response_has_the_documented_fields(credira, listed, emails):
    """A response has the documented fields, may count more than it lists, and names nothing."""
    found = [
        credira(f"/callouts/{row['id']}/response").json()["data"] for row in listed["callouts"]
    ]
    attempts = [attempt for one in found for attempt in one["responses"]]
    assert union(found) == KNOWN["response"]
    assert union([one for one in attempts if one["type"] == "call"]) == KNOWN["call_attempt"]
    assert union([one for one in attempts if one["type"] == "email"]) == KNOWN["email_attempt"]
    assert {one["total_attempts"] - len(one["responses"]) for one in found} == {0, 1}
    names = [attempt["attempt_id"] for attempt in attempts]
    assert len(set(names)) < len(names)
    known = {row["id"] for row in listed["calls"]}
    known |= {row["call_recording_url"] for row in listed["calls"] if row.get("call_recording_url")}
    known |= {email["id"] for data in emails.values() for email in data or []}
    assert not known & {str(value) for attempt in attempts for value in attempt.values()}
