"""From an HTTP status to the error that says what happens next.

Statuses: RFC 9110, section 15, and RFC 6585 for 429. `Retry-After`: RFC 9110, section 10.2.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from duetrail.errors import (
    DuetrailError,
    FetchError,
    Forbidden,
    ProtocolError,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from duetrail.http.shortening import shortened
from duetrail.secrets import redact
from duetrail.source import Page

LONGEST_PAUSE = 300.0
"""Seconds; what a vendor asks for beyond this is cut, so that a typo there stops no run here."""

# Characters of a message, and of what a vendor wrote into a header; both go into logs.
_LONGEST = 1_000
_LONGEST_HEADER = 100

_REQUEST_IDS = ("x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray")

_ID = re.compile(r"[A-Za-z0-9_.:/=+-]+")
_ID_AROUND = re.compile(
    r"(?i)^(?:req|request|trace|corr|id|rid|cid|tid|uuid|root|self|r|x)(?=[-_.:/=0-9])|-[A-Z]{3}$"
)
_BETWEEN_PARTS = re.compile(r"[_.:/=+-]")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]*")

_RESETS = ("ratelimit", "x-ratelimit", "x-rate-limit")
# Not the comma behind the day of the week.
_BETWEEN_VALUES = re.compile(r"(?<!day)(?<!Mon)(?<!Tue)(?<!Wed)(?<!Thu)(?<!Fri)(?<!Sat)(?<!Sun),")
# Larger numbers are times, not seconds from now.
_SINCE_1970 = 1e9
_IN_MILLISECONDS = 1e12

_HINTS = {
    401: "Check the token of {whose}: it may be mistyped, expired, revoked or meant for another "
    "base_url.",
    403: "Ask whoever manages {whose} at the vendor to let its credentials read this, or leave "
    "the resource out with --select.",
    404: "Check the base_url and the options of {whose}.",
    408: "Try again later, or raise the timeout of {whose}.",
    429: "Set requests_per_second of {whose} to the vendor's limit, or use fewer --workers.",
}
_HINT_4XX = "Check the options of {whose}; if they are right, tell the author of the plugin."
_HINT_5XX = "Try again later; if it lasts, give the vendor's support the time and the address."


def by_status(page: Page, *, connection: str = "") -> FetchError | None:
    """The error an answer stands for, going by the HTTP status alone; None for 2xx.

    A 404 is a plain `FetchError`: where it means that the vendor does not know the key, the
    plugin says so with `UnknownKey`.

    Args:
        page: The answer.
        connection: The name of the connection, for the hint.
    """
    status = page.status
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return redirected(page.url, status, page.headers)
    text = f"{url_without_query(page.url)} answered {_phrase(status)}{_said(page.data)}"
    hint = _hint(status, f"connection {connection!r}" if connection else "this connection")
    request_id = request_id_of(page.headers)
    if status == 429:
        return RateLimited(
            text,
            hint=hint,
            status=status,
            request_id=request_id,
            retry_after=retry_after(page.headers),
        )
    return _kind(status)(text, hint=hint, status=status, request_id=request_id)


def _said(data: object) -> str:
    """The vendor's own words for a refusal, from the keys most vendors put them under."""
    for key in ("error", "message", "detail"):
        words = data.get(key) if isinstance(data, dict) else None
        if isinstance(words, dict):
            words = words.get("message")
        if isinstance(words, list) and words and isinstance(words[0], dict):
            words = words[0].get("msg")
        if isinstance(words, str) and words.strip():
            return f": {' '.join(words.split())}"
    return ""


def redirected(url: str, status: int, headers: Mapping[str, str]) -> ProtocolError:
    """The error for a redirect: credentials go to the configured host and to no other."""
    location = headers.get("location", "")
    try:
        host = (urlsplit(urljoin(url, location)).hostname or "nowhere")[:_LONGEST_HEADER]
    except ValueError:
        host = "an address that is none"
    where = f"pointed at {redact(host)}" if location else "pointed nowhere"
    return ProtocolError(
        f"{url_without_query(url)} answered {_phrase(status)} and {where}; "
        "redirects are not followed",
        hint="Set base_url to the address the API itself answers at, with https.",
        status=status,
        request_id=request_id_of(headers),
    )


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Seconds the vendor asks to wait, from 0 to 300; None if it does not say, or not legibly.

    Args:
        headers: The answer's headers, with lower-case keys.
        now: What a date is relative to; by default the answer's own `Date`, so that a clock
            that is wrong here or there does no harm, and without one the clock here.
    """
    now = now or _date(headers.get("date", "")) or datetime.now(UTC)
    return _longest(headers.get("retry-after", ""), now)


def asked_pause(error: RateLimited, headers: Mapping[str, str]) -> float | None:
    """Seconds a refusal asks everybody to wait, from 0 to 300; None or 0 if it does not say.

    Args:
        error: The refusal. Its plugin may have read the time from the body: as a `Decimal`, and as
            long as the vendor likes.
        headers: The answer's headers, with lower-case keys; they count where the error says
            nothing.
    """
    said = min(max(float(error.retry_after or 0), 0.0), LONGEST_PAUSE)
    # "0" says nothing about when it gets better, so it backs off like no answer at all.
    return said or retry_after(headers) or limit_reset(headers)


def _is_left(remaining: str) -> bool:
    """Whether a limit is not used up: a number is told, and it is not zero."""
    digits = remaining.strip()
    return digits.isascii() and digits.isdigit() and digits.strip("0") != ""


def limit_reset(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Seconds until a limit that is used up begins anew, from 0 to 300; None if no header says.

    Vendors give seconds, or a time in seconds or milliseconds since 1970, or a date; several
    limits are told in several lines, or in one. Only for an answer that refuses.
    """
    now = now or _date(headers.get("date", "")) or datetime.now(UTC)
    names = [name for name in _RESETS if not _is_left(headers.get(f"{name}-remaining", ""))]
    ends = ("reset", "reset-after", "retry-after")
    texts = [headers.get(f"{name}-{end}", "") for name in names for end in ends]
    texts += re.findall(r"\b(?:reset|t)=([0-9]+)", headers.get("ratelimit", ""))
    told = [seconds for text in texts if (seconds := _longest(text, now)) is not None]
    return max(told, default=None)


def _longest(text: str, now: datetime) -> float | None:
    """Seconds from now; of several lines, which come joined by commas, the longest."""
    told = [_seconds(one.strip(), now) for one in _BETWEEN_VALUES.split(text)]
    return max((seconds for seconds in told if seconds is not None), default=None)


def _seconds(text: str, now: datetime) -> float | None:
    # Whole seconds by the standard; some vendors send fractions.
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        number = float(text)
        if number >= _IN_MILLISECONDS:
            number /= 1000
        if number >= _SINCE_1970:
            number = max(number - now.timestamp(), 0.0)
        return min(number, LONGEST_PAUSE)
    moment = _date(text)
    if moment is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_PAUSE)


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """The vendor's id of the request, from the usual headers; None where there is none.

    What does not look like an id is none: some vendors put there whatever a client sent.
    """
    ids = (headers.get(name, "").strip() for name in _REQUEST_IDS)
    return next((one for one in ids if _is_id(one)), None)


def _is_id(text: str) -> bool:
    """Whether this is made like an id: of hexadecimals, or of long parts with digits in them."""
    if len(text) > _LONGEST_HEADER or not _ID.fullmatch(text):
        return False
    parts = _BETWEEN_PARTS.split(_ID_AROUND.sub("", text))
    digits = sum(sign.isdigit() for sign in text)
    # Telephone numbers are digits alone, and years or house numbers stand behind names.
    return any(parts) and digits > 0 and not _is_number(text) and all(map(_is_id_part, parts))


def _is_number(text: str) -> bool:
    return not any(sign.isalpha() for sign in text) and sum(map(str.isdigit, text)) >= 6


def _is_id_part(part: str) -> bool:
    if _HEXADECIMAL.fullmatch(part):
        return True
    return len(part) >= 12 and sum(sign.isdigit() for sign in part) >= 2


def sanitized_error(error: DuetrailError, *, more: str = "") -> DuetrailError:
    """The same error, its texts bounded and without secrets, with `more` behind its message."""
    error.message = shortened(redact(error.message), _LONGEST) + more
    error.hint = shortened(redact(error.hint), _LONGEST)
    error.args = (error.message,)
    return error


def url_without_query(url: str) -> str:
    """The address without its query, for messages."""
    return redact(url.partition("?")[0].partition("#")[0])


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _kind(status: int) -> type[FetchError]:
    if status >= 500 or status == 408:
        return Unavailable
    return {401: Unauthorized, 403: Forbidden}.get(status, FetchError)


def _hint(status: int, whose: str) -> str:
    general = _HINT_5XX if status >= 500 else _HINT_4XX
    return _HINTS.get(status, general).format(whose=whose)


def _phrase(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)
