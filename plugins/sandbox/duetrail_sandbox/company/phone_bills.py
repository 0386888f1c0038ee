"""The carrier's bills: how each of them is filled, approved, and printed some time later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import attrs
from attrs import frozen

from duetrail_sandbox.company.cdrs import Traffic, traffic
from duetrail_sandbox.company.clock import NOW
from duetrail_sandbox.company.phone_accounts import DELETED, FREEPHONE, PhoneAccount, Subscriber
from duetrail_sandbox.company.switchboard import Switchboard
from duetrail_sandbox.company.uids import dated_uid

__all__ = ["CHARGE", "PhoneBill", "bills", "idle_slots"]

# What a service costs each time.
CHARGE = Decimal("9.5")

_MICRO = Decimal("0.000001")
# How long after the end of its period a bill is filled, and how long then till it is approved.
# The first account of all does not have to wait, since the company lives on.
_FILLED, _AT_ONCE = timedelta(days=2), timedelta(hours=6)
_APPROVED = timedelta(days=1)
# Bills that somebody forgot: one of an account that is gone, and one of the freephone numbers.
_FORGOTTEN = {DELETED: NOW + timedelta(days=1, hours=21), FREEPHONE: NOW + timedelta(days=23)}


@frozen(kw_only=True)
class PhoneBill:
    """A bill for what an account used from ``start`` to before ``end``.

    ``account`` is ``None`` where the account was deleted since. Nobody sees a bill before it is
    ``approved``; its document is there from ``printed`` on, or never.
    """

    uid: str
    reference: str | None
    account: PhoneAccount | None
    start: datetime
    end: datetime
    approved: datetime
    printed: datetime | None
    originated: Traffic
    terminated: Traffic
    services: Decimal
    transactions: int

    def has_pdf(self, now: datetime) -> bool:
        """Whether its document is there."""
        return self.printed is not None and self.printed <= now

    @property
    def spent(self) -> Decimal:
        """All of it: both directions and the services."""
        return self.originated.spent + self.terminated.spent + self.services


def idle_slots(count: int, owners: int) -> frozenset[int]:
    """The subscribers that used nothing in the period 0, of so many owners of so many bills."""
    return frozenset(place for place in range(min(count, owners)) if _is_idle(place))


def bills(count: int, switchboard: Switchboard, rng: Random, until: datetime) -> list[PhoneBill]:
    """Write so many bills of the past, and those of every period that ended since."""
    owners = switchboard.subscribers
    written = [_early(place, switchboard, rng) for place in range(count)]
    for who in owners:
        for back in _ended(who, until):
            written.append(_later(count - 1 - back * len(owners), who, back, switchboard))
    return written


def _ended(who: Subscriber, until: datetime) -> Iterator[int]:
    back = -1
    while who.exists(back) and who.period(back)[1] <= until:
        yield back
        back -= 1


def _early(place: int, switchboard: Switchboard, rng: Random) -> PhoneBill:
    """Write a bill of the past: only of the latest periods the calls can still be read.

    Counters of all are drawn, so that older bills stay what they are; the latest are counted
    then. The first of all disagrees with its calls for ever: three of them came late, see
    the switchboard, when it was filled already.
    """
    back, slot = divmod(place, len(switchboard.subscribers))
    who = switchboard.subscribers[slot]
    start, end = who.period(back)
    idle = _is_idle(place)
    transactions = 0 if idle else rng.choice((0, 1, 1, 2))
    bill = PhoneBill(
        uid=dated_uid(end + _FILLED + timedelta(minutes=slot), place % 16384),
        reference=_reference(place, slot, start),
        account=who.account,
        start=start,
        end=end,
        approved=end + _FILLED + _APPROVED,
        printed=_printed(place, back, end),
        originated=Traffic() if idle else _traffic(start, end, rng, 900),
        terminated=_traffic(start, end, rng, 90) if place % 4 == 3 and not idle else Traffic(),
        services=CHARGE * transactions,
        transactions=transactions,
    )
    return _counted(bill, who, switchboard, end + _FILLED) if back == 0 else bill


def _later(place: int, who: Subscriber, back: int, switchboard: Switchboard) -> PhoneBill:
    """Write the bill of a period that was still running on the company's first day."""
    start, end = who.period(back)
    filled = end + (_FILLED if who.slot else _AT_ONCE)
    approved = filled + (_APPROVED if who.slot else timedelta(hours=2))
    if back == -1:
        approved = _FORGOTTEN.get(who.slot, approved)
    bill = PhoneBill(
        uid=dated_uid(filled + timedelta(minutes=who.slot), (place + who.slot) % 16384),
        reference=_reference(place + who.slot, who.slot, start),
        account=who.account,
        start=start,
        end=end,
        approved=approved,
        printed=approved + timedelta(days=0 if who.slot % 2 else 4, hours=1),
        originated=Traffic(),
        terminated=Traffic(),
        services=CHARGE,
        transactions=1,
    )
    return _counted(bill, who, switchboard, filled)


def _counted(
    bill: PhoneBill, who: Subscriber, switchboard: Switchboard, filled: datetime
) -> PhoneBill:
    """Fill in the calls that are known by then."""
    rows = switchboard.between(bill.start, bill.end, filled)
    sides = (traffic(rows, who, incoming=incoming) for incoming in (False, True))
    return attrs.evolve(bill, originated=next(sides), terminated=next(sides))


def _is_idle(place: int) -> bool:
    """Every ninth bill is for a period in which nothing was used."""
    return place % 9 == 1


def _printed(place: int, back: int, end: datetime) -> datetime | None:
    """Print every third bill at once, some of the latest in the coming days, others never."""
    if place % 3 == 0:
        return end + _FILLED
    return NOW + timedelta(days=place) if back == 0 and place % 3 == 1 else None


def _reference(place: int, slot: int, start: datetime) -> str | None:
    """Number a bill: by month on two accounts alike, by a counter on others, or not at all."""
    if place % 4 == 2:
        return None
    return f"{start:%Y-%m}" if slot < DELETED else str(place + 1)


def _traffic(start: datetime, end: datetime, rng: Random, most: int) -> Traffic:
    """Make up calls; billing counts in steps of six seconds, so it is never less than real."""
    calls = rng.randint(most // 3, most)
    successful = calls * rng.randint(55, 90) // 100
    duration = successful * rng.randint(40, 150)
    billed = duration + successful * 3
    rate = Decimal(rng.randint(40, 190)).scaleb(-4)
    length = end - start
    return Traffic(
        spent=(rate * billed / 60).quantize(_MICRO),
        calls=calls,
        successful=successful,
        duration=duration,
        billed=billed,
        first=_whole(start + length * rng.uniform(0, 0.05)),
        last=_whole(end - length * rng.uniform(0.001, 0.05)),
    )


def _whole(when: datetime) -> datetime:
    """Cut to milliseconds, which is all that the carrier shows."""
    return when.replace(microsecond=when.microsecond // 1000 * 1000)
