"""Credira's errors: the code decides, then the status; each says what to do."""

import pytest

from duetrail.errors import (
    FetchError,
    Forbidden,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnknownKey,
)

HTML = b"<html><body>Bad gateway for Jane Doe</body></html>"


@pytest.fixture
def error(credira, vendor):
    """The error of reading the calls with this answer."""

    def read(reply):
        vendor.on("/calls", reply)
        with pytest.raises(FetchError) as caught:
            credira.read("credira", "calls")
        return caught.value

    return read


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("INVALID_REQUEST", 400, FetchError),
        ("UNAUTHORIZED", 401, Unauthorized),
        ("NOT_FOUND", 404, UnknownKey),
        ("RATE_LIMITED", 429, RateLimited),
        ("VALIDATION_ERROR", 422, FetchError),
        # Which status goes with which code is nowhere said, so the code comes first.
        ("INVALID_REQUEST", 500, FetchError),
        ("UNAUTHORIZED", 200, Unauthorized),
        ("UNAUTHORIZED", 403, Unauthorized),
        ("NOT_FOUND", 200, UnknownKey),
        ("NOT_FOUND", 400, UnknownKey),
        ("RATE_LIMITED", 200, RateLimited),
        ("RATE_LIMITED", 503, RateLimited),
        ("VALIDATION_ERROR", 400, FetchError),
        ("SOMETHING_NEW", 400, FetchError),
        ("SOMETHING_NEW", 403, Forbidden),
        ("SOMETHING_NEW", 503, Unavailable),
        ("SOMETHING_NEW", 429, RateLimited),
        ("SOMETHING_NEW", 200, FetchError),
        (None, 400, FetchError),
        (17, 400, FetchError),
    ],
)
def test_credira_5_kinds(error, refusal, code, status, kind):
    """A known code has its kind; another goes by the status; all keep code and request id."""
    found = error(refusal(code, status, "Told by the vendor"))
    assert type(found) is kind
    assert (found.status, found.request_id) == (status, "req_9")
    assert "Told by the vendor" in found.message
    assert found.code == (code if isinstance(code, str) else "without a code")


def test_credira_5_an_unknown_code_is_named(error, refusal):
    """The message of a code we do not know names it."""
    assert "(SOMETHING_NEW)" in error(refusal("SOMETHING_NEW")).message


def test_credira_5_an_error_beside_success(error, reply):
    """An error object is an error, whatever `success` says beside it."""
    body = {"success": True, "data": [], "error": {"code": "NOT_FOUND", "message": "No"}}
    assert type(error(reply(body))) is UnknownKey


def test_credira_5_the_request_is_named(credira, vendor, answer):
    """Of an answer that is no error and yet no good, Credira's id of the request is told, too."""
    vendor.on("/calls", answer("none"))
    result = credira.run("sync", "--select", "calls")
    assert "(request req_1)" in result.stderr


def test_credira_t3_a_refused_question_is_not_repeated(connect, vendor, refusal):
    """INVALID_REQUEST would be refused again: it is asked once, and says whose fault it is."""
    vendor.on("/calls", refusal("INVALID_REQUEST", 400, "Missing required parameter: invoice_id"))
    result = connect(invoices=["a"], attempts=3).run("sync", "--select", "calls")
    assert (result.exit_code, len(vendor.asked)) == (1, 1)
    assert "a bug of the plugin" in result.stderr


def test_credira_t16_details_are_not_shown(credira, vendor, refusal):
    """The details of a VALIDATION_ERROR may quote a person; message and code are enough."""
    details = "Phone number +15550100 of Jane Doe is not E.164"
    vendor.on("/calls", refusal("VALIDATION_ERROR", 422, "Invalid phone number", details=details))
    result = credira.run("sync", "--select", "calls")
    assert result.exit_code == 1
    assert "Invalid phone number (VALIDATION_ERROR)" in result.stderr
    assert "Jane" not in result.output + result.stderr


def test_credira_5_an_error_without_a_message(error, reply):
    """An error object may hold next to nothing."""
    body = {"success": False, "error": {}}
    assert "without a code" in error(reply(body, 400)).message


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), (None, None), ("soon", None)])
def test_credira_5_how_long_to_wait(error, refusal, header, seconds):
    """`Retry-After` is heeded where it appears, though it is nowhere documented."""
    headers = {"Retry-After": header} if header else {}
    assert error(refusal("RATE_LIMITED", 429, headers=headers)).retry_after == seconds


def test_credira_5_a_404_of_somebody_else(credira, vendor, reply):
    """A 404 without Credira's code is a wrong address, not an unknown invoice."""
    vendor.on("/calls", reply(b"not here", 404))
    result = credira.run("sync", "--select", "calls")
    assert result.exit_code == 1
    assert "unknown key" not in result.stderr


def test_credira_t16_a_bad_row_costs_only_itself(credira, vendor, answer):
    """A row that cannot be mapped is counted, not quoted."""
    bad = {"id": "call_1", "to": ["+15550100"]}
    vendor.on("/calls?invoice_id=a", answer([bad, {"id": "call_2"}]))
    result = credira.run("sync", "--select", "calls")
    assert result.exit_code == 3
    assert "1 item that could not be mapped" in result.stderr
    assert "15550100" not in result.output + result.stderr
    assert [row["id"] for row in credira.rows("calls")] == ["call_2"]
