"""Read the lists of calls, which only grow: by the number of each call.

Yeti numbers a call when it is over, so whoever asks for higher numbers than the last one is shown
what is new, long calls included. Without a bound on when calls began Yeti shows those of one day
alone, so there always is one. The past is read in windows of time with both ends bound, since with
every page Yeti counts all that is in one; the end of the list, where calls may be going on, has no
upper bound. Source: Yeti's customer API, GET /cdrs and GET /incoming-cdrs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve, field, frozen

from duetrail.source import Cursor, Notice, Page, Shard
from duetrail.wire import utc
from duetrail_yeti.call_pages import Question, Seen
from duetrail_yeti.documents import Client, instant
from duetrail_yeti.first_calls import first_calls_from
from duetrail_yeti.reverse_billing import CallReader

# No call is taken to last longer: what began earlier than this before a run is over, and numbered.
_LONGEST = timedelta(days=2)

# So much a clock may be set back without anything being read anew.
_SET_BACK = timedelta(hours=1)

# A number is drawn before its row can be read, so a lower one may be seen later. A large switch
# draws hundreds a second, for all its customers: there this is less than a minute, and days on a
# small one, where the bound on time is the nearer one.
_STEP_BACK = 10_000

_ALMOST_A_SECOND = timedelta(microseconds=999_999)


def _whole_seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


@frozen
class Position:
    """How far a list of calls was read.

    Attributes:
        since: When the calls of this window began at the earliest, in whole seconds.
        until: Before when they began; None for the end of the list.
        id: The highest number read.
    """

    since: datetime = field(converter=_whole_seconds)
    until: datetime | None = None
    id: int = 0

    @classmethod
    def of(cls, cursor: Any) -> Position:
        """The position that a cursor holds."""
        until = cursor["until"]
        return cls(utc(cursor["since"]), utc(until) if until else None, cursor["id"])

    @property
    def cursor(self) -> Cursor:
        """The position in plain values."""
        until = instant(self.until) if self.until else None
        return Cursor({"since": instant(self.since), "until": until, "id": self.id})

    def is_past(self, now: datetime) -> bool:
        """Whether all that lies before it is over; a clock that was ahead leaves another one."""
        return max(self.since, self.until or self.since) <= now - _LONGEST + _SET_BACK

    def with_calls(self, calls: Sequence[Seen], after: int, now: datetime) -> Position:
        """The position after these calls, up to a number; it never goes back.

        At the end of the list the bound on time follows the newest call, though not a clock that
        is ahead.
        """
        id = max(self.id, after)
        starts = [min(call.start, now) for call in calls if call.start is not None]
        if self.until is not None or not starts:
            return evolve(self, id=id)
        return evolve(self, id=id, since=max(self.since, max(starts) - _LONGEST))


def read_calls(shard: Shard, client: Client, options: Any) -> Iterator[Page | Cursor | Notice]:
    """The pages of a list of calls, each with how far it was read.

    Raises:
        ProtocolError: An answer holds what was not asked for: a filter or the order was ignored.
        Incomplete: More calls are reported than are shown.
    """
    here = Position.of(shard.cursor) if shard.cursor is not None else None
    if here is None or not here.is_past(shard.now):
        here = _window(first_calls_from(shard, client, options), shard, options)
        if shard.since is None and options.calls_from is None:
            yield _not_asked_for(shard, here)
    # What comes in is shown without what the customer pays for it, whoever is billed.
    reader = CallReader(client, is_known=shard.resource == "cdrs")
    while True:
        yield from _pages(here, shard, reader, options.call_page_size)
        if here.until is None or (shard.until is not None and here.until >= shard.until):
            return
        here = _window(here.until, shard, options)
        yield here.cursor


# --- windows -------------------------------------------------------------------------------------


def _window(since: datetime, shard: Shard, options: Any) -> Position:
    """What begins there: a window, or the end of the list where calls may still be going on."""
    over = _whole_seconds(shard.now.astimezone(UTC) - _LONGEST)
    if since >= over:
        return Position(since)
    if shard.until is not None:
        # Up: a window that ended short of it would be followed by an empty one, again and again.
        until = _whole_seconds(shard.until.astimezone(UTC) + _ALMOST_A_SECOND)
        over = min(over, max(since, until))
    return Position(since, min(since + timedelta(days=options.call_window_days), over))


def _not_asked_for(shard: Shard, first: Position) -> Notice:
    return Notice(
        f"{shard.resource} that began before {first.since:%Y-%m-%d} were not asked for: calls_from "
        "says from which day on they are"
    )


# --- one window ----------------------------------------------------------------------------------


def _pages(here: Position, shard: Shard, reader: CallReader, size: int) -> Iterator[Page | Cursor]:
    """One window, by numbers; the first row of a page is beyond the last one of the page before."""
    reached, after, more = here, here.id if here.until else max(here.id - _STEP_BACK, 0), True
    while more:
        question = Question(
            name=shard.resource, since=here.since, until=here.until, after=after, size=size
        )
        step = reader.read(question)
        for answer in step.answers:
            yield answer.page
            reached = reached.with_calls(answer.calls, step.after, shard.now)
        # Not between the pages of a step: the second may hold lower numbers than the first.
        yield reached.cursor
        after, more = step.after, step.more
