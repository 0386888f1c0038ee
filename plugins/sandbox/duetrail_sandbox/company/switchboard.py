"""The switch over time: which calls were made on which day, and the numbers of their rows.

A day's calls depend on the seed and the day alone, so a company that lives on finds its past
unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from random import Random

import attrs
from attrs import Factory, frozen

from duetrail_sandbox.company.cdrs import PhoneCall
from duetrail_sandbox.company.dialling import dialled
from duetrail_sandbox.company.phone_accounts import BY_HAND, DELETED, FREEPHONE, Subscriber

__all__ = ["FIRST_DAY", "Switchboard"]

# The carrier began a new table of calls on this day: what was before cannot be read any more.
FIRST_DAY = date(2026, 5, 1)

_FIRST_ID = 48_000_000
_IDS_A_DAY = 5000
_WEEKEND = 5
_NOON = time(12, tzinfo=UTC)
# A part of the switch was cut off and wrote the calls it had kept two weeks later.
_CUT_OFF = (datetime(2026, 5, 29, 13, 4, 10, 417_000, tzinfo=UTC), 3)
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
    _days: dict[date, tuple[PhoneCall, ...]] = Factory(dict)

    def rows(self, start: date, end: date) -> Iterator[PhoneCall]:
        """The rows numbered from a day to another, that included, in the order of their ids."""
        day = max(start, FIRST_DAY)
        while day <= end:
            if day not in self._days:
                self._days[day] = self._numbered(day)
            yield from self._days[day]
            day += timedelta(days=1)

    def between(self, start: datetime, end: datetime, known: datetime) -> list[PhoneCall]:
        """The rows of calls that began from ``start`` to before ``end``, as ``known`` then."""
        rows = self.rows(start.date(), known.date())
        return [row for row in rows if start <= row.start < end and row.written <= known]

    def _numbered(self, day: date) -> tuple[PhoneCall, ...]:
        """Number the rows of calls that ended on a day; others' calls leave gaps between."""
        begun = [*self._begun(day - timedelta(days=1)), *self._begun(day)]
        late = self._late if day == _CAUGHT_UP.date() else []
        over = [row for row in (*begun, *late) if row.numbered.date() == day]
        over.sort(key=lambda row: row.numbered)
        rng = Random(f"{self.seed}/ids/{day}")
        serial = _FIRST_ID + (day - FIRST_DAY).days * _IDS_A_DAY
        rows = []
        for row in over:
            serial += rng.randint(1, 9)
            rows.append(attrs.evolve(row, id=serial))
        return tuple(_overtaken(rows, day))

    def _begun(self, day: date) -> list[PhoneCall]:
        """Let everybody make the calls of a day."""
        if day < FIRST_DAY:
            return []
        rows: list[PhoneCall] = []
        for who in self.subscribers:
            rng = Random(f"{self.seed}/calls/{who.slot}/{day}")
            for start, seconds in [*self._usual(who, day, rng), *_special(who, day)]:
                if self._is_served(who, start):
                    rows += dialled(who, self._freephone, start, rng, seconds)
        return rows

    def _usual(
        self, who: Subscriber, day: date, rng: Random
    ) -> Iterator[tuple[datetime, int | None]]:
        most = self.busy if who.slot <= BY_HAND else min(self.busy, 2)
        count = rng.randint(0, most)
        for _ in range(count // 2 if day.weekday() >= _WEEKEND else count):
            yield _at(day) + timedelta(seconds=rng.uniform(6 * 3600, 21 * 3600)), None

    def _is_served(self, who: Subscriber, start: datetime) -> bool:
        first, middle = who.period(0)
        if start < first or (start < middle and who.slot in self.idle):
            return False
        return who.slot != DELETED or start < who.period(-1)[1]

    @cached_property
    def _late(self) -> list[PhoneCall]:
        start, count = _CUT_OFF
        rng = Random(f"{self.seed}/late")
        rows = []
        for serial in range(count):
            begun = start + timedelta(minutes=7 * serial, microseconds=rng.randint(1, 999))
            row = dialled(self.subscribers[0], self._freephone, begun, rng, 90 + serial)[-1]
            # No target: one bill is to disagree, and not the freephone's, too.
            moment = _CAUGHT_UP + timedelta(milliseconds=40 * serial)
            rows.append(attrs.evolve(row, target=None, numbered=moment, written=moment))
        return rows

    @property
    def _freephone(self) -> Subscriber:
        return self.subscribers[FREEPHONE]


def _at(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC))


def _special(who: Subscriber, day: date) -> Iterator[tuple[datetime, int | None]]:
    """Calls that are there for a reason: across and on the border of a period, and at noon.

    Several accounts' calls across a border begin at the same moment, so a time is no order.
    """
    for back in filter(who.exists, range(0, -14, -1)):
        _, end = who.period(back)
        if end.date() == (day if end.time() != time() else day + timedelta(days=1)):
            yield end - timedelta(seconds=95, microseconds=731), 1800 + 60 * who.slot
    if who.slot == 0 and day.day == 1:
        yield _at(day), 42
    if who.slot == 0 and day.toordinal() % 2 == FIRST_DAY.toordinal() % 2:
        for minute in range(3):
            yield _at(day) + timedelta(hours=11, minutes=51 + 2 * minute, microseconds=407), 20


def _overtaken(rows: Sequence[PhoneCall], day: date) -> Iterator[PhoneCall]:
    """On some days the third row before noon can be read only after noon, its id being lower."""
    noon = datetime.combine(day, _NOON)
    before = [row.id for row in rows if row.written < noon]
    is_one = day.toordinal() % 2 == FIRST_DAY.toordinal() % 2
    slow = before[-3] if is_one and len(before) >= 3 else None
    for row in rows:
        if row.id == slow:
            yield attrs.evolve(row, written=noon + timedelta(minutes=7))
        else:
            yield row
