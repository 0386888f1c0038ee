"""From a status to an error that helps."""

from datetime import UTC, datetime

import pytest
from attrs import evolve

from duetrail.errors import (
    FetchError,
    Forbidden,
    ProtocolError,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnknownKey,
)
from duetrail.http import by_status, retry_after
from duetrail.http.faults import limit_reset, request_id_of, sanitized_error
from duetrail.source import Page

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def page(status, headers=None):
    url = "https://api.acme.example/v1/bills?contact=ann%40debtor.example"
    return Page(url=url, status=status, headers=headers or {}, body=b"", data=None)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_2xx_is_no_error(status):
    """2xx is no error."""
    assert by_status(page(status)) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, ProtocolError),
        (304, ProtocolError),
        (400, FetchError),
        (401, Unauthorized),
        (403, Forbidden),
        (404, FetchError),
        (406, FetchError),
        (408, Unavailable),
        (429, RateLimited),
        (500, Unavailable),
        (502, Unavailable),
        (599, Unavailable),
    ],
)
def test_every_other_status_is_its_error(status, kind):
    """Every other status is the error that says what happens next, with the status in it."""
    error = by_status(page(status, {"x-request-id": "req-1"}))
    assert type(error) is kind
    assert (error.status, error.request_id) == (status, "req-1")
    assert str(status) in error.message


def test_404_is_no_unknown_key():
    """Only the plugin can say that a 404 means an unknown key."""
    assert not isinstance(by_status(page(404)), UnknownKey)


def test_the_text_leaves_the_query_out():
    """The text says what was asked, what came and what to do, and leaves the query out."""
    assert str(by_status(page(401), connection="acme-eu")) == (
        "https://api.acme.example/v1/bills answered 401 (Unauthorized)\n"
        "  Check the token of connection 'acme-eu': it may be mistyped, expired, revoked or meant "
        "for another base_url."
    )


@pytest.mark.parametrize(
    "body",
    [
        {"error": "no such bill"},
        {"message": "no such bill"},
        {"detail": "no  such\nbill"},
        {"detail": [{"loc": ["path", "id"], "msg": "no such bill"}]},
        {"error": {"type": "invalid_request", "code": "missing", "message": "no such bill"}},
    ],
)
def test_the_vendors_words(body):
    """What the vendor says is repeated from wherever most vendors put it."""
    assert by_status(evolve(page(404), data=body)).message.endswith("404 (Not Found): no such bill")


@pytest.mark.parametrize("body", [None, [], {"error": {}}, {"error": {"message": 7}}, {"error": 1}])
def test_no_words(body):
    """An answer without a text says no more than its status."""
    assert by_status(evolve(page(404), data=body)).message.endswith("404 (Not Found)")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 429, 500])
def test_each_class_of_status_has_a_hint(status):
    """Each class of status has a hint, with or without the connection's name."""
    assert "{" not in by_status(page(status)).hint
    assert by_status(page(status)).hint


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        (" 7 ", 7),
        ("1.5", 1.5),
        ("86400", 300),
        ("9" * 400, 300),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sunday, 01-Mar-26 12:01:00 GMT", 60),
        ("Sun Mar  1 12:01:00 2026", 60),
        ("Sun, 01 Mar 2026 13:01:00 +0100", 60),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Mon, 02 Mar 2026 12:00:00 GMT", 300),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("7 seconds", None),
        ("\N{ARABIC-INDIC DIGIT SEVEN}", None),
        ("1e3", None),
        ("nan", None),
        ("Sun, 99 Mar 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after(text, seconds):
    """Both forms of the standard, 0 to 300 seconds; None for what cannot be read."""
    assert retry_after({"retry-after": text}, now=NOW) == seconds


def test_retry_after_missing():
    """No header, no wish."""
    assert retry_after({}) is None


def test_retry_after_by_the_vendors_clock():
    """A date counts from the answer's own date, so that a wrong clock does no harm."""
    headers = {
        "retry-after": "Sun, 01 Mar 2037 12:00:09 GMT",
        "date": "Sun, 01 Mar 2037 12:00:00 GMT",
    }
    assert retry_after(headers) == 9


def test_retry_after_in_the_error():
    """The error of a 429 carries what the vendor asks for."""
    assert by_status(page(429, {"retry-after": "7"})).retry_after == 7
    assert by_status(page(429)).retry_after is None


def test_long_headers():
    """What a vendor writes into a header is repeated in part, however long it is."""
    assert by_status(page(500, {"x-request-id": "7" + "a" * 9_000})).request_id is None
    moved = by_status(page(302, {"location": f"https://{'a' * 9_000}.example/"}))
    assert len(moved.message) < 300


def test_tidy_bounds():
    """A message is bounded, whoever wrote it, and still says how often it was tried."""
    error = sanitized_error(FetchError("x" * 9_000, hint="y" * 9_000), more=" (after 5 attempts)")
    assert len(error.message) < 1_100
    assert error.message.endswith("x (after 5 attempts)")
    assert 0 < len(error.hint) <= 1_000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5, 10", 10),
        ("10,5", 10),
        ("soon, 7", 7),
        ("5, Sun, 01 Mar 2026 12:00:09 GMT", 9),
        ("Sun, 01 Mar 2026 12:00:04 GMT, Sun, 01 Mar 2026 12:00:09 GMT, 3", 9),
    ],
)
def test_retry_after_in_several_lines(text, seconds):
    """Of several `Retry-After` the longest counts."""
    headers = {"retry-after": text, "date": "Sun, 01 Mar 2026 12:00:00 GMT"}
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"x-ratelimit-reset": "30"}, 30),
        ({"ratelimit-reset": "30, 50"}, 50),
        ({"ratelimit-reset": "3", "x-rate-limit-reset": "20"}, 20),
        ({"x-ratelimit-reset": "1772366442"}, 42),
        ({"x-ratelimit-reset": "1772366442000"}, 42),
        ({"x-ratelimit-reset": "1772366000"}, 0),
        ({"x-ratelimit-reset-after": "1.5"}, 1.5),
        ({"x-ratelimit-retry-after": "12"}, 12.0),
        ({"ratelimit": '"minute";r=0;t=40, "day";r=0;t=9'}, 40),
        ({"ratelimit": "limit=100, remaining=0, reset=50"}, 50),
        ({"x-ratelimit-reset": "86400"}, 300),
        ({"x-ratelimit-reset": "30", "x-ratelimit-remaining": "12"}, None),
        ({"x-ratelimit-reset": "30", "x-ratelimit-remaining": "0"}, 30),
        ({"x-ratelimit-reset": "soon"}, None),
    ],
)
def test_limit_reset(headers, seconds):
    """A used-up limit says when it begins anew, in one of several headers and forms."""
    assert limit_reset({**headers, "date": "Sun, 01 Mar 2026 12:00:00 GMT"}) == seconds


@pytest.mark.parametrize(
    "told",
    [
        "550e8400-e29b-41d4-a716-446655440000",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "Root=1-67891233-abcdef012345678912345678",
        "8a1b2c3d4e5f-FRA",
        "req_1a2B3c4D5e6F7g",
        "4711",
    ],
)
def test_an_id_of_a_request(told):
    """What is made like an id is told."""
    assert request_id_of({"x-request-id": told}) == told


@pytest.mark.parametrize(
    "told",
    [
        "ANNA KIM",
        "anna.kim",
        "anna.kim1985",
        "kim-1",
        "ann@debtor.example",
        "ann%40debtor.example",
        "+4915112345678",
        "004915112345678",
        "0151-12345678",
        "a" * 101,
        "\x1b[31m1",
    ],
)
def test_no_id_of_a_request(told):
    """What is not, is about somebody, perhaps; another header may tell the id."""
    assert request_id_of({"x-request-id": told}) is None
    assert request_id_of({"x-request-id": told, "request-id": "req-1"}) == "req-1"
