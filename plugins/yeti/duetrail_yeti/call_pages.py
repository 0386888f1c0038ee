"""One question for calls, and the proof that its answer shows what was asked for.

Yeti drops a filter that it cannot read, and answers as if it had not been there. Source: Yeti's
customer API, GET /cdrs and GET /incoming-cdrs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from duetrail.errors import Incomplete, ProtocolError
from duetrail.source import Page
from duetrail.wire import Mismatch, utc
from duetrail_yeti.documents import Client, Query, instant, rows, total

REVERSE = "filter[destination-reverse-billing-eq]"
LEFT_OUT = "filter[id-not-in]"

# A longer number is none of a database's.
_MOST_DIGITS = 19


@frozen(kw_only=True)
class Question:
    """Which calls of a list are asked for, in the order of their numbers.

    Attributes:
        name: The list.
        since: When they began at the earliest.
        until: Before when they began; None for the end of the list.
        after: Their numbers are beyond this one.
        upto: Their numbers are not beyond this one; None for no such bound.
        left_out: Numbers that are not wanted; none at all where it is empty.
        reverse: Whether only reverse-billed ones are wanted.
        size: The most of them on one page.
    """

    name: str
    since: datetime
    until: datetime | None
    after: int
    size: int
    upto: int | None = None
    left_out: Sequence[int] = ()
    reverse: bool = False

    @property
    def query(self) -> Query:
        """The parameters."""
        return {
            "filter[time-start-gteq]": instant(self.since),
            "filter[time-start-lt]": instant(self.until) if self.until else None,
            "filter[id-gt]": self.after,
            "filter[id-lteq]": self.upto,
            LEFT_OUT: ",".join(map(str, self.left_out)) or None,
            REVERSE: "true" if self.reverse else None,
            "sort": "id",
            "include": "account",
            "page[size]": self.size,
        }


@frozen
class Seen:
    """What is looked at here of a call; None where it is not shown or cannot be read."""

    id: int | None
    start: datetime | None


@frozen
class Answer:
    """A page of calls that are proven to be those that were asked for.

    Attributes:
        page: The page.
        calls: What is looked at of them.
        more: Whether there are more of them.
    """

    page: Page
    calls: Sequence[Seen]
    more: bool

    @property
    def ids(self) -> list[int]:
        """Their numbers, rising; without those that cannot be read."""
        return _ids(self.calls)


def ask_for(client: Client, question: Question) -> Answer:
    """Ask, and look at what was answered.

    Raises:
        ProtocolError: The answer holds what was not asked for: a filter or the order was ignored.
        Incomplete: More calls are reported than are shown.
    """
    page = client.ask(question.name, question.query)
    calls = [_seen(row) for row in rows(page)]
    if wrong := _wrong(calls, question):
        raise ProtocolError(
            f"{page.url} answered with calls {wrong}",
            hint="Going on would skip calls, or never end. If this stays, tell the operator of the "
            "switch.",
        )
    # A count may be too low: where a page is full, another one may follow.
    more = _goes_on(page, len(calls)) or len(calls) >= question.size
    return Answer(page, calls, more)


def _seen(row: Any) -> Seen:
    row = row if isinstance(row, dict) else {}
    id, attributes = row.get("id"), row.get("attributes")
    start = attributes.get("time-start") if isinstance(attributes, dict) else None
    is_number = isinstance(id, str) and id.isascii() and id.isdecimal() and len(id) <= _MOST_DIGITS
    return Seen(int(id) if is_number else None, _moment(start))


def _moment(value: Any) -> datetime | None:
    try:
        return utc(value) if isinstance(value, str) else None
    except Mismatch:
        return None  # the mapping says what is wrong with it


def _ids(calls: Sequence[Seen]) -> list[int]:
    return [call.id for call in calls if call.id is not None]


def _wrong(calls: Sequence[Seen], question: Question) -> str:
    """What is wrong with the calls of an answer; nothing where they are those asked for."""
    ids = _ids(calls)
    starts = [call.start for call in calls if call.start is not None]
    if calls and not ids:
        return "without a number in any id"
    if any(start < question.since for start in starts):
        return _ignored("time-start-gteq")
    if question.until and any(start >= question.until for start in starts):
        return _ignored("time-start-lt")
    return _wrong_ids(ids, question)


def _wrong_ids(ids: Sequence[int], question: Question) -> str:
    if any(id <= question.after for id in ids):
        return _ignored("id-gt")
    if question.upto is not None and any(id > question.upto for id in ids):
        return _ignored("id-lteq")
    if set(ids) & set(question.left_out):
        return _ignored("id-not-in")
    return "in another order than by id" if list(ids) != sorted(ids) else ""


def _ignored(name: str) -> str:
    return f"that filter[{name}] should have kept out"


def _goes_on(page: Page, shown: int) -> bool:
    reported = total(page)
    if reported is None:
        return shown > 0
    if reported and not shown:
        raise Incomplete(
            f"{page.url} reports {reported} calls and shows none",
            hint="The next run goes on from there.",
        )
    return shown < reported
