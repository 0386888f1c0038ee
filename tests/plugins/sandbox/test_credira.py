"""Credira: envelopes, the three kinds of none, errors, thin rows and rich ones."""

from __future__ import annotations

from typing import Any

import pytest


def named(text: str) -> set[str]:
    """Give field names as a set."""
    return set(text.split())


CHATTY = "ERP-000042"
MISSING = "Missing required parameter:"
# As the reference's samples print them, where no sample is at hand.
DETAIL = named("""
    updated_time start_time end_time call_type cost currency quality_score sentiment_score
    keywords tags summary metadata
""")
RESPONSE = named("""
    callout_id status total_attempts successful_attempts responses analytics created_time
    completed_time
""")
CALL_ATTEMPT = named("""
    attempt_id type status timestamp duration call_recording_url transcription_url
    confidence_score sentiment_score keywords summary voice_agent_id
""")
EMAIL_ATTEMPT = named("""
    attempt_id type status timestamp email_subject opened_time clicked_time template_id
""")
EMAIL = named("""
    id callout_id account_id subject recipient_email recipient_name status template_id
    template_name created_time sent_time opened_time clicked_time bounced unsubscribed
    email_type priority metadata
""")


def union(objects: list[dict[str, Any]]) -> set[str]:
    return {key for one in objects for key in one}


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
    ("path", "asked", "code", "message"),
    [
        ("/calls", {}, "INVALID_REQUEST", "Missing required parameter: invoice_id"),
        (
            "/callouts",
            {"invoice_id": ""},
            "INVALID_REQUEST",
            "Missing required parameter: invoice_id",
        ),
        (
            "/emails",
            {"invoice_id": CHATTY},
            "INVALID_REQUEST",
            "Missing required parameter: callout_id",
        ),
        ("/callouts/nonsense/response", {}, "INVALID_REQUEST", "Invalid callout ID format"),
        ("/calls", {"invoice_id": "INV-1042"}, "NOT_FOUND", "Invoice not found"),
        ("/callouts", {"invoice_id": "erp-000042"}, "NOT_FOUND", "Invoice not found"),
        ("/emails", {"callout_id": "callout_0"}, "NOT_FOUND", "Callout not found"),
        ("/callouts/callout_0/response", {}, "NOT_FOUND", "Callout not found"),
        ("/calls/call_0", {}, "NOT_FOUND", "Call not found"),
        ("/invoices", {}, "NOT_FOUND", "Path not found"),
    ],
)
def test_a_refusal_has_a_code_and_no_data(credira, path, asked, code, message):
    """What is missing, malformed or unknown is an error with a code, and no data."""
    answer = credira(path, **asked)
    assert answer.status_code == {"INVALID_REQUEST": 400, "NOT_FOUND": 404}[code]
    assert answer.json().keys() == {"success", "error", "meta"}
    assert answer.json()["error"] == {"code": code, "message": message}


@pytest.mark.parametrize("token", [None, "", "wrong", "sandbox-stuut-token"])
def test_token_is_asked_for(credira, token):
    """Without the right key the answer is UNAUTHORIZED."""
    answer = credira("/calls", token=token, invoice_id=CHATTY)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_read_only(credira, method):
    """Anything but GET is 405: nobody is phoned, mailed or deleted by accident."""
    answer = credira("/calls", method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_request_ids_differ(credira):
    """Two identical requests get two request ids and two timestamps, and the same data."""
    first, second = (credira("/calls", invoice_id=CHATTY).json() for _ in range(2))
    assert first["data"] == second["data"]
    assert all(first["meta"][key] != second["meta"][key] for key in ("request_id", "timestamp"))


def test_call_details_are_rich(credira, listed):
    """A call asked for alone has the list's fields, unchanged, and the documented others."""
    rows = listed["calls"]
    details = [credira(f"/calls/{row['id']}").json()["data"] for row in rows]
    assert union(details) - union(rows) == DETAIL
    assert all(detail.items() >= row.items() for detail, row in zip(details, rows, strict=True))
    assert {"completed", "initiated"} < {row["status"] for row in rows}
    scores = [row["confidence_score"] for row in rows if row.get("confidence_score")]
    assert {type(score) for score in scores} == {int, float}


def test_emails_have_the_documented_fields(listed, emails):
    """Emails have the documented fields, fates apart from their status, and lie under callouts."""
    found = [email for data in emails.values() for email in data or []]
    assert union(found) == EMAIL
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
    assert union(found) == RESPONSE
    assert union([one for one in attempts if one["type"] == "call"]) == CALL_ATTEMPT
    assert union([one for one in attempts if one["type"] == "email"]) == EMAIL_ATTEMPT
    assert {one["total_attempts"] - len(one["responses"]) for one in found} == {0, 1}
    names = [attempt["attempt_id"] for attempt in attempts]
    assert len(set(names)) < len(names)
    known = {row["id"] for row in listed["calls"]}
    known |= {row["call_recording_url"] for row in listed["calls"] if row.get("call_recording_url")}
    known |= {email["id"] for data in emails.values() for email in data or []}
    assert not known & {str(value) for attempt in attempts for value in attempt.values()}
