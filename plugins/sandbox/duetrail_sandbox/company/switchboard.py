"""The switch over time: which calls were made on which day, and the numbers of their rows.

A day's calls depend on the seed and the day alone, so a company that lives on finds its past
unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from random import Random

from attrs import Factory, frozen

from duetrail_sandbox.company.dialling import BY_HAND, DELETED, FREEPHONE, Subscriber, dialled
from duetrail_sandbox.company.records import Record

# The carrier began a new table of calls on this day: what was before cannot be read any more.
FIRST_DAY = date(2026, 5, 1)

_FIRST_ID, _IDS_A_DAY = 48_000_000, 5000
_WEEKEND = 5
_DAY = timedelta(days=1)

# When a call begins, and how many seconds it lasts where that is settled.
Dialling = tuple[datetime, int | None]

# A part of the switch was cut off and wrote the three calls it had kept two weeks later.
_CUT_OFF = datetime(2026, 5, 29, 13, 4, 10, 417_000, tzinfo=UTC)
_CAUGHT_UP = datetime(2026, 6, 12, 3, 14, 15, 926_535, tzinfo=UTC)


@frozen(slots=False, eq=False)
class Switchboard:
    """All calls of a company's subscribers.

    ``busy`` is the most calls that one of the first subscribers makes a day, ``idle`` the slots
    that made none in the period 0.
    """

    seed: int
    subscribers: tuple[Subscriber, ...]
    busy: int
    idle: frozenset[int]
    _days: dict[date, list[Record]] = Factory(dict)

    def rows(self, start: date, end: date) -> Iterator[Record]:
        """The rows numbered from a day to another, that included, in the order of their ids."""
        day = max(start, FIRST_DAY)
        while day <= end:
            if day not in self._days:
                self._days[day] = self._numbered(day)
            yield from self._days[day]
            day += _DAY

    def between(self, start: datetime, end: datetime, known: datetime) -> list[Record]:
        """The rows of calls that began from ``start`` to before ``end``, as ``known`` then."""
        rows = self.rows(start.date(), known.date())
        return [row for row in rows if start <= row.start < end and row.written <= known]

    def _numbered(self, day: date) -> list[Record]:
        """Number the rows of calls that ended on a day; others' calls leave gaps between.

        On some days the third row before noon can be read only after noon, its id being lower.
        """
        begun = [*self._begun(day - _DAY), *self._begun(day)]
        begun += self._late if day == _CAUGHT_UP.date() else []
        rows = sorted(
            (row for row in begun if row.numbered.date() == day), key=lambda row: row.numbered
        )
        rng = Random(f"{self.seed}/ids/{day}")
        serial = _FIRST_ID + (day - FIRST_DAY).days * _IDS_A_DAY
        for row in rows:
            serial += rng.randint(1, 9)
            row.id = serial
        noon = _at(day) + timedelta(hours=12)
        early = [row for row in rows if row.written < noon]
        if _is_odd(day) and len(early) >= 3:
            early[-3].written = noon + timedelta(minutes=7)
        return rows

    def _begun(self, day: date) -> list[Record]:
        """Let everybody make the calls of a day."""
        rows: list[Record] = []
        for who in self.subscribers if day >= FIRST_DAY else ():
            rng = Random(f"{self.seed}/calls/{who.slot}/{day}")
            for start, seconds in [*self._usual(who, day, rng), *_special(who, day)]:
                if self._is_served(who, start):
                    rows += dialled(who, self.subscribers[FREEPHONE], start, rng, seconds)
        return rows

    def _usual(self, who: Subscriber, day: date, rng: Random) -> Iterator[Dialling]:
        count = rng.randint(0, self.busy if who.slot <= BY_HAND else min(self.busy, 2))
        for _ in range(count // 2 if day.weekday() >= _WEEKEND else count):
            yield _at(day) + timedelta(seconds=rng.uniform(6 * 3600, 21 * 3600)), None

    def _is_served(self, who: Subscriber, start: datetime) -> bool:
        first, middle = who.period(0)
        if start < first or (start < middle and who.slot in self.idle):
            return False
        return who.slot != DELETED or start < who.period(-1)[1]

    @cached_property
    def _late(self) -> list[Record]:
        rng = Random(f"{self.seed}/late")
        rows = []
        for serial in range(3):
            begun = _CUT_OFF + timedelta(minutes=7 * serial, microseconds=rng.randint(1, 999))
            freephone = self.subscribers[FREEPHONE]
            row = dialled(self.subscribers[0], freephone, begun, rng, 90 + serial)[-1]
            # No target: one bill is to disagree, and not the freephone's, too.
            moment = _CAUGHT_UP + timedelta(milliseconds=40 * serial)
            rows.append(row.but(target=None, numbered=moment, written=moment))
        return rows


def _at(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC))


def _is_odd(day: date) -> bool:
    """Whether it is the first day, the third, and so on."""
    return (day - FIRST_DAY).days % 2 == 0


def _special(who: Subscriber, day: date) -> Iterator[Dialling]:
    """Calls that are there for a reason: across and on the border of a period, and at noon.

    Several accounts' calls across a border begin at the same moment, so a time is no order.
    """
    for back in filter(who.exists, range(0, -14, -1)):
        _, end = who.period(back)
        if end.date() == (day if end.time() != time() else day + _DAY):
            yield end - timedelta(seconds=95, microseconds=731), 1800 + 60 * who.slot
    if who.slot == 0 and day.day == 1:
        yield _at(day), 42
    if who.slot == 0 and _is_odd(day):
        for minute in range(3):
            yield _at(day) + timedelta(hours=11, minutes=51 + 2 * minute, microseconds=407), 20


def traffic(rows: Iterable[Record], who: Subscriber, *, incoming: bool) -> Record:
    """Count what a subscriber began, the last attempt of each call, or what reached it.

    Of what it began the reverse-billed calls cost nothing, of what reached it they alone do.
    """
    legs = [
        (row, row.target if incoming else row.origin) for row in rows if incoming or row.is_last
    ]
    pairs = [(row, leg) for row, leg in legs if leg is not None and leg.slot == who.slot]
    starts = [row.start for row, _ in pairs]
    prices = (leg.price or Decimal(0) for _, leg in pairs if leg.reverse is incoming)
    return Record(
        spent=sum(prices, Decimal("0.0")),
        calls=len(pairs),
        successful=sum(row.success is True for row, _ in pairs),
        duration=sum(row.duration or 0 for row, _ in pairs),
        billed=sum(leg.billed or 0 for _, leg in pairs),
        first=min(starts, default=None),
        last=max(starts, default=None),
    )


NO_TRAFFIC = traffic((), Subscriber(0, None), incoming=False)
