"""Credira: envelopes, the three kinds of none, errors, thin rows and rich ones."""

from __future__ import annotations

from typing import Any

import pytest


def named(text: str) -> set[str]:
    """Give field names as a set."""
    return set(text.split())


# As the reference's samples print them.
CALL_ROW = named(
    "id invoice_id duration status from to transcription_url call_recording_url "
    "confidence_score voice_agent_id timezone account_id created_time"
)
CALL_DETAIL = CALL_ROW | named(
    "updated_time start_time end_time call_type cost currency quality_score sentiment_score "
    "keywords tags summary metadata"
)
CALLOUT = named(
    "id invoice_id status type scheduled_time created_time updated_time target_contact actions "
    "account_id priority metadata"
)
RESPONSE = named(
    "callout_id status total_attempts successful_attempts responses analytics created_time "
    "completed_time"
)
CALL_ATTEMPT = named(
    "attempt_id type status timestamp duration call_recording_url transcription_url "
    "confidence_score sentiment_score keywords summary voice_agent_id"
)
EMAIL_ATTEMPT = named(
    "attempt_id type status timestamp email_subject opened_time clicked_time template_id"
)
ANALYTICS = named(
    "total_duration average_confidence sentiment_analysis key_topics customer_engagement"
)
EMAIL = named(
    "id callout_id account_id subject recipient_email recipient_name status template_id "
    "template_name created_time sent_time opened_time clicked_time bounced unsubscribed "
    "email_type priority metadata"
)
CHATTY = "ERP-000042"


def union(objects: list[dict[str, Any]]) -> set[str]:
    return {key for one in objects for key in one}


@pytest.fixture(scope="module")
def erp_ids(rows):
    return [row["remote_id"] for row in rows]


@pytest.fixture(scope="module")
def calls(credira, erp_ids):
    answers = [credira("/calls", invoice_id=one).json()["data"] for one in erp_ids]
    return [call for data in answers if data for call in data]


@pytest.fixture(scope="module")
def callouts(credira, erp_ids):
    return [row for one in erp_ids for row in credira("/callouts", invoice_id=one).json()["data"]]


@pytest.fixture(scope="module")
def emails(credira, callouts):
    answers = [credira("/emails", callout_id=row["id"]).json()["data"] for row in callouts]
    return [email for data in answers if data for email in data]


@pytest.fixture(scope="module")
def responses(credira, callouts):
    return [credira(f"/callouts/{row['id']}/response").json()["data"] for row in callouts]


@pytest.fixture(scope="module")
def silent(credira, erp_ids):
    """The ERP id of an invoice that was never handed to Credira."""
    return next(one for one in erp_ids if not credira("/callouts", invoice_id=one).json()["data"])


@pytest.mark.parametrize(
    ("path", "total"), [("/calls", "total_calls"), ("/callouts", "total_callouts")]
)
def test_success_envelope(credira, path, total):
    """A list answer has success, data and meta, and meta says how many rows there are."""
    answer = credira(path, invoice_id=CHATTY)
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == {"success", "data", "meta"}
    assert body["success"] is True
    assert body["meta"].keys() == {"timestamp", "request_id", total}
    assert body["meta"][total] == len(body["data"]) > 1


def test_no_calls_is_false(credira, silent):
    """No calls on a known invoice is data false inside the usual envelope."""
    body = credira("/calls", invoice_id=silent).json()
    assert body["success"] is True
    assert body["data"] is False
    assert body["meta"]["total_calls"] == 0


def test_no_callouts_is_an_empty_array(credira, silent):
    """No callouts on a known invoice is an empty array, not false."""
    body = credira("/callouts", invoice_id=silent).json()
    assert body["success"] is True
    assert body["data"] == []
    assert body["meta"]["total_callouts"] == 0


def test_no_emails_is_false(credira, callouts):
    """A callout without emails answers data false."""
    bodies = [credira("/emails", callout_id=row["id"]).json() for row in callouts]
    empty = [body for body in bodies if not body["data"]]
    assert empty
    assert all(body["data"] is False for body in empty)
    assert all(body["meta"]["total_emails"] == 0 for body in empty)


def test_every_invoice_is_known(credira, rows):
    """Credira knows every invoice by its ERP id, handed over or not."""
    asked = [credira("/calls", invoice_id=row["remote_id"]).status_code for row in rows]
    assert set(asked) == {200}


def refused(answer: Any, status: int, code: str) -> str:
    """Check the error envelope and give its message."""
    assert answer.status_code == status
    body = answer.json()
    assert body.keys() == {"success", "error", "meta"}
    assert body["success"] is False
    assert body["error"].keys() == {"code", "message"}
    assert body["meta"].keys() == {"timestamp", "request_id"}
    assert body["error"]["code"] == code
    message: str = body["error"]["message"]
    return message


@pytest.mark.parametrize(
    ("path", "name"),
    [("/calls", "invoice_id"), ("/callouts", "invoice_id"), ("/emails", "callout_id")],
)
def test_missing_parameter(credira, path, name):
    """A list without its key, or with an empty one, is INVALID_REQUEST and names the key."""
    message = f"Missing required parameter: {name}"
    assert refused(credira(path), 400, "INVALID_REQUEST") == message
    assert refused(credira(path, **{name: ""}), 400, "INVALID_REQUEST") == message


def test_emails_need_a_callout(credira):
    """Emails cannot be asked for by invoice."""
    refused(credira("/emails", invoice_id=CHATTY), 400, "INVALID_REQUEST")


@pytest.mark.parametrize("path", ["/calls", "/callouts"])
@pytest.mark.parametrize("invoice_id", ["ERP-999999", "INV-1042", "erp-000042"])
def test_unknown_invoice(credira, path, invoice_id):
    """An unknown invoice is NOT_FOUND, which is not the same as none; a number is no key."""
    assert refused(credira(path, invoice_id=invoice_id), 404, "NOT_FOUND") == "Invoice not found"


def test_stuut_id_is_unknown(credira, rows):
    """Stuut's own id means nothing to Credira."""
    refused(credira("/calls", invoice_id=rows[0]["id"]), 404, "NOT_FOUND")


def test_unknown_callout(credira):
    """Emails and response of an unknown callout are NOT_FOUND."""
    message = "Callout not found"
    assert refused(credira("/emails", callout_id="callout_0"), 404, "NOT_FOUND") == message
    assert refused(credira("/callouts/callout_0/response"), 404, "NOT_FOUND") == message


def test_callout_id_format(credira):
    """A response asked for with something that is no callout id is INVALID_REQUEST."""
    refused(credira("/callouts/nonsense/response"), 400, "INVALID_REQUEST")


@pytest.mark.parametrize("token", [None, "", "wrong", "sandbox-stuut-token"])
def test_token_is_asked_for(credira, token):
    """Without the right key the answer is UNAUTHORIZED."""
    answer = credira("/calls", token=token, invoice_id=CHATTY)
    assert refused(answer, 401, "UNAUTHORIZED") == "Invalid or missing API key"


@pytest.mark.parametrize("path", ["/invoices", "/callouts/callout_1", "/calls/call_0", "/"])
def test_unknown_path(credira, path):
    """What the reference does not have is NOT_FOUND."""
    refused(credira(path), 404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_read_only(credira, method):
    """Anything but GET is 405: nobody is phoned, mailed or deleted by accident."""
    answer = credira("/calls", method=method)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET"


def test_request_ids_differ(credira):
    """Two identical requests get two request ids and two timestamps."""
    first, second = (credira("/calls", invoice_id=CHATTY).json() for _ in range(2))
    assert first["data"] == second["data"]
    assert first["meta"]["request_id"] != second["meta"]["request_id"]
    assert first["meta"]["timestamp"] != second["meta"]["timestamp"]


def test_rows_name_what_was_asked_for(credira, callouts):
    """Calls and callouts name the ERP id they were asked with, emails their callout."""
    for path in ("/calls", "/callouts"):
        asked = credira(path, invoice_id=CHATTY).json()["data"]
        assert {row["invoice_id"] for row in asked} == {CHATTY}
    for callout in callouts:
        found = credira("/emails", callout_id=callout["id"]).json()["data"]
        assert {row["callout_id"] for row in found or []} <= {callout["id"]}


def test_call_rows_are_thin(calls):
    """A call in a list has the sample's fields and none of the detail's."""
    assert union(calls) == CALL_ROW


def test_call_details_are_rich(credira, calls):
    """A call asked for alone has the list's fields, unchanged, and the others."""
    details = [credira(f"/calls/{row['id']}").json()["data"] for row in calls]
    assert union(details) == CALL_DETAIL
    assert all(detail.items() >= row.items() for detail, row in zip(details, calls, strict=True))


def test_callout_fields(callouts):
    """A callout has exactly the sample's fields, inside its objects too."""
    assert union(callouts) == CALLOUT
    assert union([row["target_contact"] for row in callouts]) == {"name", "email", "phone"}
    assert union([row["actions"] for row in callouts]) == {
        "calls_enabled",
        "emails_enabled",
        "voice_agent_id",
    }


def test_email_fields(emails):
    """An email has exactly the documented fields, and no invoice among them."""
    assert union(emails) == EMAIL


def test_response_fields(responses):
    """A response and its attempts have exactly the documented fields."""
    attempts = [attempt for one in responses for attempt in one["responses"]]
    assert union(responses) == RESPONSE
    assert union([one["analytics"] for one in responses]) == ANALYTICS
    assert union([one for one in attempts if one["type"] == "call"]) == CALL_ATTEMPT
    assert union([one for one in attempts if one["type"] == "email"]) == EMAIL_ATTEMPT


def test_attempt_ids_repeat(responses):
    """An attempt's id is unique inside its callout and nowhere else."""
    lists = [[attempt["attempt_id"] for attempt in one["responses"]] for one in responses]
    assert all(len(names) == len(set(names)) for names in lists)
    assert sum(names[:1] == ["attempt_001"] for names in lists) > 1


def test_attempts_do_not_add_up(responses):
    """Some responses count more attempts than they list, none count fewer."""
    gaps = {one["total_attempts"] - len(one["responses"]) for one in responses}
    assert gaps == {0, 1}


def test_attempts_name_no_call_or_email(calls, emails, responses):
    """Attempts carry neither the ids nor the media addresses of calls and emails."""
    known = {one["id"] for one in [*calls, *emails]}
    known |= {one["call_recording_url"] for one in calls if one.get("call_recording_url")}
    values = {
        str(value)
        for one in responses
        for attempt in one["responses"]
        for value in attempt.values()
    }
    assert not values & known


def test_emails_under_disabled_channel(credira, callouts):
    """A callout whose email channel is off may have emails all the same."""
    off = [row for row in callouts if row["actions"]["emails_enabled"] is False]
    answers = [credira("/emails", callout_id=row["id"]).json()["data"] for row in off]
    assert any(answers)
    assert not all(answers)


def test_words_outside_the_samples(calls, callouts, emails):
    """Status words occur that no sample shows, beside those that do."""
    assert {"completed", "initiated"} < {call["status"] for call in calls}
    assert {"scheduled", "completed"} < {row["status"] for row in callouts}
    assert {"delivered", "scheduled"} < {email["status"] for email in emails}


def test_mail_fates(emails):
    """Emails get opened, clicked, bounced and unsubscribed from, apart from their status."""
    assert any(email.get("opened_time") for email in emails)
    assert any(email.get("clicked_time") for email in emails)
    assert any(email["bounced"] for email in emails)
    assert any(email["unsubscribed"] for email in emails)
    assert not any(email["bounced"] and email.get("opened_time") for email in emails)


def test_whole_numbers_among_scores(calls):
    """A score may arrive as an integer."""
    kinds = {type(call["confidence_score"]) for call in calls if call.get("confidence_score")}
    assert kinds == {int, float}


def test_optional_keys_come_and_go(emails):
    """An email that was not opened has opened_time null, or has no such key."""
    unopened = [email for email in emails if not email.get("opened_time")]
    assert {("opened_time" in email) for email in unopened} == {True, False}
