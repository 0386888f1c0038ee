"""What the company buys at a telephone carrier: accounts, calls, bills, payments.

Amounts are decimals of major units, as the carrier reckons in fractions of a cent; durations
are seconds, moments are aware UTC datetimes. These are bills the company receives: they are
no part of what its customers owe.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from random import Random

import attrs
from attrs import frozen

from duetrail_sandbox.company.clock import FOREVER, NOW, noon
from duetrail_sandbox.company.dialling import DELETED, FREEPHONE, Subscriber, subscribers
from duetrail_sandbox.company.records import Record, uid
from duetrail_sandbox.company.switchboard import FIRST_DAY, NO_TRAFFIC, Switchboard, traffic

# Rows of calls are kept for so long, by whole days.
_KEPT = timedelta(days=120)
# A bill is written for every period that ends within this time, to know what is charged in it.
_AHEAD = timedelta(days=40)
# How long after the end of its period a bill is filled, and how long then till it is approved.
# The first account of all does not have to wait, since the company lives on.
_FILLED, _APPROVED = timedelta(days=2), timedelta(days=1)
_FILLED_AT_ONCE, _APPROVED_AT_ONCE = timedelta(hours=6), timedelta(hours=2)
# Bills that somebody forgot: one of an account that is gone, and one of the freephone numbers.
_FORGOTTEN = {DELETED: NOW + timedelta(days=1, hours=21), FREEPHONE: NOW + timedelta(days=23)}
# What a service costs each time.
_CHARGE = Decimal("9.5")
# Payments fill an account's balance and belong to no bill.
_FIRST_PAYMENT, _EVERY = NOW - timedelta(days=90), timedelta(days=2)
_NOTES = ("bank transfer", "thank you", "by phone", None)


@frozen(slots=False, eq=False)
class Telephony:
    """The company at its carrier at one moment, ``now``; everything is made when first asked for.

    ``invoices`` is how many the company itself has: a larger one telephones more.
    """

    invoices: int
    seed: int
    switchboard: Switchboard
    now: datetime = NOW

    @classmethod
    def build(cls, invoices: int, seed: int) -> Telephony:
        """Make a bill for every ten invoices of the company, and three at least."""
        count = max(3, invoices // 10)
        owners = subscribers(4 + count // 50, seed, Random(f"{seed}/telephony"))
        idle = frozenset(filter(_is_idle, range(min(count, len(owners)))))
        switchboard = Switchboard(seed, owners, busy=min(7, 1 + invoices // 20), idle=idle)
        return cls(invoices, seed, switchboard)

    def lived(self, day: int) -> Telephony:
        """The same company on a later day, counted from the one it was built for."""
        return attrs.evolve(self, now=noon(day))

    @cached_property
    def accounts(self) -> list[Record]:
        """The accounts that there are."""
        owners = self.switchboard.subscribers
        return [who.account for who in owners if who.account is not None]

    @cached_property
    def bills(self) -> list[Record]:
        """The bills approved by now.

        Each is for what an account used from ``start`` to before ``end``. ``account`` is ``None``
        where it was deleted since; the document is there from ``printed`` on, or never.
        """
        # Accounts and bills of the past are drawn from one row of numbers.
        rng = Random(f"{self.seed}/telephony")
        owners = subscribers(len(self.accounts), self.seed, rng)
        count = max(3, self.invoices // 10)
        places = [(place, *divmod(place, len(owners))) for place in range(count)]
        for who in owners:
            back = -1
            # The periods that were not over on the company's first day and are then.
            while who.exists(back) and who.period(back)[1] <= self.now + _AHEAD:
                places.append((count - 1 - back * len(owners) + who.slot, back, who.slot))
                back -= 1
        written = [
            _bill(place, back, owners[slot], self.switchboard, rng) for place, back, slot in places
        ]
        return [bill for bill in written if bill.approved <= self.now]

    @cached_property
    def calls(self) -> list[Record]:
        """The rows of calls that can be read now, of both directions, in the order of ids."""
        oldest = datetime.combine(self.now.date(), time(tzinfo=UTC)) - _KEPT
        rows = self.switchboard.rows(FIRST_DAY, self.now.date())
        return [row for row in rows if row.written <= self.now and row.start >= oldest]

    @property
    def outgoing(self) -> list[Record]:
        """The calls the company made: of each the last attempt."""
        return [row for row in self.calls if row.origin is not None and row.is_last]

    @property
    def incoming(self) -> list[Record]:
        """The attempts that reached the company."""
        return [row for row in self.calls if row.target is not None]

    @cached_property
    def payments(self) -> list[Record]:
        """The payments made by now and not rolled back, one every second day.

        ``settled`` is when a pending one is decided, ``undone`` when it vanishes.
        """
        serials = range((self.now - _FIRST_PAYMENT) // _EVERY + 1)
        made = [_topup(serial, self.accounts, self.seed) for serial in serials]
        return [one for one in made if one.created <= self.now < (one.undone or FOREVER)]


def _is_idle(place: int) -> bool:
    """Every ninth bill is for a period in which nothing was used."""
    return place % 9 == 1


def _bill(place: int, back: int, who: Subscriber, switchboard: Switchboard, rng: Random) -> Record:
    """Write a bill: of the past, or of a period that was running on the first day or came later.

    Counters are of the calls known when the bill is filled, or drawn where these are too old to be
    read. The first of all disagrees with its calls for ever: three came late, see the switchboard.
    """
    start, end = who.period(back)
    slot, is_past = who.slot, back >= 0
    at_once = slot == 0 and not is_past
    filled = end + (_FILLED_AT_ONCE if at_once else _FILLED)
    approved = filled + (_APPROVED_AT_ONCE if at_once else _APPROVED)
    if back == -1:
        approved = _FORGOTTEN.get(slot, approved)
    printed: datetime | None = approved + timedelta(days=0 if slot % 2 else 4, hours=1)
    transactions, drawn = 1, None
    if is_past:
        transactions, drawn = _drawn(place, start, end, rng)
        # Every third is printed at once, some of the latest in the coming days, others never.
        coming = NOW + timedelta(days=place) if back == 0 and place % 3 == 1 else None
        printed = filled if place % 3 == 0 else coming
    rows = switchboard.between(start, end, filled) if back <= 0 else []
    counted = [traffic(rows, who, incoming=incoming) for incoming in (False, True)]
    originated, terminated = drawn if drawn and back else counted
    # Bills are numbered by month on two accounts alike, by a counter on others, or not at all.
    number = f"{start:%Y-%m}" if slot < DELETED else str(place + 1)
    return Record(
        uid=uid("phone bill", switchboard.seed, place),
        reference=None if place % 4 == 2 else number,
        account=who.account,
        start=start,
        end=end,
        approved=approved,
        printed=printed,
        originated=originated,
        terminated=terminated,
        services=_CHARGE * transactions,
        transactions=transactions,
        spent=originated.spent + terminated.spent + _CHARGE * transactions,
    )


def _drawn(
    place: int, start: datetime, end: datetime, rng: Random
) -> tuple[int, tuple[Record, Record]]:
    """Draw how often services were used, and the calls of both directions."""
    if _is_idle(place):
        return 0, (NO_TRAFFIC, NO_TRAFFIC)
    transactions = rng.choice((0, 1, 1, 2))
    originated = _traffic(start, end, rng, 900)
    terminated = _traffic(start, end, rng, 90) if place % 4 == 3 else NO_TRAFFIC
    return transactions, (originated, terminated)


def _traffic(start: datetime, end: datetime, rng: Random, most: int) -> Record:
    """Make up calls; billing counts in steps of six seconds, so it is never less than real."""
    calls = rng.randint(most // 3, most)
    successful = calls * rng.randint(55, 90) // 100
    duration = successful * rng.randint(40, 150)
    billed = duration + successful * 3
    rate = Decimal(rng.randint(40, 190)).scaleb(-4)
    length = end - start
    return Record(
        spent=(rate * billed / 60).quantize(Decimal("0.000001")),
        calls=calls,
        successful=successful,
        duration=duration,
        billed=billed,
        first=start + length * rng.uniform(0, 0.05),
        last=end - length * rng.uniform(0.001, 0.05),
    )


def _topup(serial: int, accounts: Sequence[Record], seed: int) -> Record:
    """Make one: every fifth by an agency, which takes three days, every fifth rolled back."""
    rng = Random(f"{seed}/topup/{serial}")
    at_nine = _FIRST_PAYMENT + _EVERY * serial - timedelta(hours=3)
    seconds, microseconds = rng.randint(0, 9000), rng.randint(0, 999_999)
    created = at_nine + timedelta(seconds=seconds, microseconds=microseconds)
    by_agency = serial % 5 == 0
    amount = Decimal(rng.randint(5_000, 250_000)).scaleb(-2)
    return Record(
        uid=uid("topup", seed, serial),
        account=accounts[serial % len(accounts)],
        amount=-amount if serial % 7 == 4 else amount,
        notes="correction" if serial % 7 == 4 else rng.choice(_NOTES),
        type="cryptomus" if by_agency else "manual",
        created=created,
        settled=created + timedelta(days=3) if by_agency else created,
        outcome="canceled" if serial % 20 == 10 else "completed",
        undone=created + timedelta(days=5) if serial % 5 == 3 else None,
        before=Decimal(rng.randint(-900_000, 9_000_000)).scaleb(-4),
    )
