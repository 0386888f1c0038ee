"""Faults: what may come back over the network instead of an answer, as small named values.

A fault is told what was asked and, if it wants to know, what the real answer would have been; it
gives moves: bytes to send, seconds to wait, `HOLD` (until the client hangs up) or `RESET`. What
follows the last move is the end of the connection, unless the fault says that it stays open.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus

from attrs import evolve, field, frozen

from duetrail.testing.answers import HOLD, RESET, Answer, End, Move


@frozen(kw_only=True)
class Exchange:
    """A request that is about to get a fault.

    Attributes:
        method: Its method.
        target: Its path and query.
        real: Asks the stand-in and gives its answer; each call is a request there. Given another
            path and query, asks for that.
        before: The last good answer to this path, whatever the query; None where there was none.
    """

    method: str
    target: str
    real: Callable[..., Answer]
    before: Answer | None = None


@frozen
class Fault:
    """Something that goes wrong with one request.

    Attributes:
        name: What it is called in tests and tables.
        moves: What is done instead of answering.
        stays: Whether the connection stays open for a next request.
    """

    name: str
    moves: Callable[[Exchange], Iterable[Move]] = field(repr=False)
    stays: bool = False


# --- ways to make one ----------------------------------------------------------------------------


def instead(name: str, answer: Answer) -> Fault:
    """A fault that is this answer; the stand-in is not asked."""
    return Fault(name, lambda exchange: [answer.sent()])


def changed(name: str, change: Callable[[Answer], Answer]) -> Fault:
    """A fault that is the real answer, changed."""
    return Fault(name, lambda exchange: [change(exchange.real()).sent()])


def garbled(name: str, change: Callable[[bytes], bytes]) -> Fault:
    """A fault that is the real answer with another body."""
    return changed(name, lambda answer: evolve(answer, body=change(answer.body)))


def error_inside(body: bytes, name: str = "200 with an error inside") -> Fault:
    """A good status over a vendor's own error.

    Args:
        body: The vendor's error as it documents it.
        name: What the fault is called.
    """
    return instead(name, Answer(body=body))


def _refusal(status: int, name: str = "", **headers: str) -> Fault:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    text = f"{status} {HTTPStatus(status).phrase}".encode()
    named["Content-Type"] = "text/plain"
    return instead(name or str(status), Answer(status=status, headers=named, body=text))


def _redirect(name: str, location: Callable[[Exchange], str]) -> Fault:
    def moves(exchange: Exchange) -> list[Move]:
        return [Answer(status=302, headers={"Location": location(exchange)}).sent()]

    return Fault(name, moves)


# --- refusals ------------------------------------------------------------------------------------


def _too_many_until(exchange: Exchange) -> list[Move]:
    # Dates have whole seconds; the answer's own `Date` is what the other is relative to.
    now = datetime.now(UTC)
    later = now + timedelta(seconds=1)
    dates = {"Date": format_datetime(now, True), "Retry-After": format_datetime(later, True)}
    return [Answer(status=429, headers=dates, body=b"{}").sent()]


TOO_MANY = _refusal(429, "429 without Retry-After")
TOO_MANY_SECONDS = _refusal(429, "429, Retry-After in seconds", Retry_After="1")
TOO_MANY_UNTIL = Fault("429, Retry-After as a date", _too_many_until)
INTERNAL_ERROR = _refusal(500)
BAD_GATEWAY = _refusal(502)
UNAVAILABLE = _refusal(503)
EXPIRED = _refusal(401, "401 in mid-walk")

# --- the line ------------------------------------------------------------------------------------


def _amid(end: End) -> Callable[[Exchange], Iterator[Move]]:
    def moves(exchange: Exchange) -> Iterator[Move]:
        answer = exchange.real()
        yield answer.head() + answer.body[: len(answer.body) // 2]
        yield end

    return moves


def _truncated(exchange: Exchange) -> list[Move]:
    answer = exchange.real()
    return [answer.head() + answer.body[: len(answer.body) // 2]]


def _overlong(exchange: Exchange) -> list[Move]:
    # In one piece: a client that takes the rest for the next answer must have it at hand.
    answer = exchange.real()
    return [answer.head(stays=True) + answer.body + b'{"more": "than announced"}']


def _dripped(exchange: Exchange) -> Iterator[Move]:
    sent = exchange.real().sent()
    step = len(sent) // 20 + 1
    for at in range(0, len(sent), step):
        yield sent[at : at + step]
        yield 0.01


def _dripped_endlessly(exchange: Exchange) -> Iterator[Move]:
    # JSON may begin with any number of blanks.
    answer = exchange.real()
    yield answer.head(length=2**40)
    while True:
        yield b" "
        yield 0.05


SILENT = Fault("no answer", lambda exchange: [HOLD])
SILENT_AMID = Fault("no more bytes amid the body", _amid(HOLD))
RESETS = Fault("connection reset", lambda exchange: [RESET])
RESETS_AMID = Fault("connection reset amid the body", _amid(RESET))
TRUNCATED = Fault("body shorter than announced", _truncated)
OVERLONG = Fault("body longer than announced", _overlong, stays=True)
DRIPPED = Fault("body in drips", _dripped)
DRIPPED_ENDLESSLY = Fault("body in drips without end", _dripped_endlessly)

# --- what stands in the body ---------------------------------------------------------------------

_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>"

# A string, which is passed over, or a number.
_NUMBER = re.compile(rb'"(?:[^"\\]|\\.)*"|(-?[0-9][0-9.eE+-]*)')


def _with_number(number: bytes) -> Callable[[bytes], bytes]:
    """Puts another number in place of the longest, which is likelier an amount than a count."""

    def change(body: bytes) -> bytes:
        one = max(_NUMBER.finditer(body), key=lambda found: len(found[1] or b""), default=None)
        if one is None or not one[1]:
            return body
        return body[: one.start()] + number + body[one.end() :]

    return change


def _packed(answer: Answer, change: Callable[[bytes], bytes]) -> Answer:
    packed = change(gzip.compress(answer.body, mtime=0))
    return evolve(answer, headers={**answer.headers, "Content-Encoding": "gzip"}, body=packed)


def _with_wrong_sum(packed: bytes) -> bytes:
    """Another checksum: the last eight bytes are that and the length."""
    return packed[:-8] + bytes(byte ^ 0xFF for byte in packed[-8:-4]) + packed[-4:]


def _is_html(answer: Answer) -> Answer:
    return evolve(answer, headers={**answer.headers, "Content-Type": "text/html"})


EMPTY = instead("empty body", Answer())
HTML = instead("HTML", Answer(headers={"Content-Type": "text/html"}, body=_PAGE))
WRONG_TYPE = changed("wrong content type", _is_html)
BAD_GZIP = changed("damaged gzip", lambda answer: _packed(answer, _with_wrong_sum))
CUT_GZIP = changed("gzip cut short", lambda a: _packed(a, lambda packed: packed[:-20]))
BAD_UTF8 = garbled(
    "invalid UTF-8", lambda body: re.sub(rb'(":\s*")', b"\\1\xff\xfe", body, count=1)
)
DUPLICATE_KEYS = garbled(
    "duplicate keys", lambda body: re.sub(rb'\{\s*("[^"]+":)', rb"{\1null,\1", body)
)
NAN = garbled("NaN", _with_number(b"NaN"))
INFINITY = garbled("Infinity", _with_number(b"-Infinity"))
HUGE_INTEGER = garbled("number of 5,000 digits", _with_number(b"9" * 5000))
HUGE_EXPONENT = garbled("number beyond a float", _with_number(b"1e4000"))
DEEP = instead("deep nesting", Answer(body=b"[" * 100_000 + b"]" * 100_000))

# --- another answer ------------------------------------------------------------------------------


def _repeated(exchange: Exchange) -> list[Move]:
    return [(exchange.before or exchange.real()).sent()]


REDIRECT_ELSEWHERE = _redirect("redirect to another host", lambda e: "https://elsewhere.example/")
REDIRECT_PLAIN = _redirect("redirect to http", lambda e: f"http://elsewhere.example{e.target}")
REDIRECT_LOOP = _redirect("redirect to itself", lambda e: e.target)
REPEATED = Fault("the answer before, again", _repeated)

FAULTS: tuple[Fault, ...] = (
    TOO_MANY,
    TOO_MANY_SECONDS,
    TOO_MANY_UNTIL,
    INTERNAL_ERROR,
    BAD_GATEWAY,
    UNAVAILABLE,
    EXPIRED,
    SILENT,
    SILENT_AMID,
    RESETS,
    RESETS_AMID,
    TRUNCATED,
    OVERLONG,
    DRIPPED,
    DRIPPED_ENDLESSLY,
    EMPTY,
    HTML,
    WRONG_TYPE,
    BAD_GZIP,
    CUT_GZIP,
    BAD_UTF8,
    DUPLICATE_KEYS,
    NAN,
    INFINITY,
    HUGE_INTEGER,
    HUGE_EXPONENT,
    DEEP,
    REDIRECT_ELSEWHERE,
    REDIRECT_PLAIN,
    REDIRECT_LOOP,
    REPEATED,
)
"""Every fault that needs no vendor's own words; `error_inside` makes the one that does."""

WORDS: Mapping[str, Fault] = {
    name.lower().replace("_", "-"): value
    for name, value in list(globals().items())
    if isinstance(value, Fault)
}
"""The same by what a command line calls them: `TOO_MANY` is `too-many`."""
