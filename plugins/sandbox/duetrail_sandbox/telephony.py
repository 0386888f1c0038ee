"""What the company buys at a telephone carrier: its accounts there, and the bills it gets.

Amounts are decimals of major units, as the carrier reckons in fractions of a cent; durations
are seconds, moments are aware UTC datetimes. These are bills the company receives: they are
no part of what its customers owe.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from attrs import frozen

from duetrail_sandbox.clock import TODAY
from duetrail_sandbox.uids import dated_uid, uid

__all__ = ["PhoneAccount", "PhoneBill", "Telephony", "Traffic"]

_USES = (
    ("Voice agents", "USD"),
    ("Sales team", "EUR"),
    ("Freephone numbers", "USD"),
    ("Field service", "GBP"),
)
_ZERO = Decimal("0.0")
_MICRO = Decimal("0.000001")


@frozen(kw_only=True)
class PhoneAccount:
    """A prepaid or postpaid account; a limit that is ``None`` is not set."""

    uid: str
    name: str
    currency: str
    balance: Decimal
    minimum: Decimal
    maximum: Decimal
    rate_limit: Decimal | None
    origination: int | None
    termination: int | None
    total: int | None


@frozen(kw_only=True)
class Traffic:
    """The calls of one direction in one period."""

    spent: Decimal = _ZERO
    calls: int = 0
    successful: int = 0
    duration: int = 0
    billed: int = 0
    first: datetime | None = None
    last: datetime | None = None


@frozen(kw_only=True)
class PhoneBill:
    """A bill for what an account used from ``start`` to before ``end``.

    ``account`` is ``None`` where the account was deleted since.
    """

    uid: str
    reference: str | None
    account: PhoneAccount | None
    start: datetime
    end: datetime
    has_pdf: bool
    originated: Traffic
    terminated: Traffic
    services: Decimal
    transactions: int

    @property
    def spent(self) -> Decimal:
        """All of it: both directions and the services."""
        return self.originated.spent + self.terminated.spent + self.services


@frozen(eq=False)
class Telephony:
    """The company at its carrier."""

    accounts: tuple[PhoneAccount, ...]
    bills: tuple[PhoneBill, ...]

    @classmethod
    def build(cls, invoices: int, seed: int) -> Telephony:
        """Make a bill for every ten invoices of the company, and three at least."""
        count = max(3, invoices // 10)
        rng = Random(f"{seed}/telephony")
        accounts = tuple(_account(place, seed, rng) for place in range(4 + count // 50))
        # The third is an account that is no longer there.
        owners = (*accounts[:2], None, *accounts[2:])
        bills = (_bill(place, owners, rng) for place in range(count))
        return cls(accounts, tuple(bills))


def _account(place: int, seed: int, rng: Random) -> PhoneAccount:
    use, currency = _USES[place % len(_USES)]
    return PhoneAccount(
        uid=uid("phone account", seed, place),
        name=use if place < len(_USES) else f"{use} {place // len(_USES) + 1}",
        currency=currency,
        balance=Decimal(rng.randint(-900_000, 9_000_000)).scaleb(-4),
        minimum=Decimal(-500) if place % 2 else _ZERO,
        maximum=Decimal(10_000),
        rate_limit=Decimal("0.35") if place % 3 == 0 else None,
        origination=rng.choice((30, 60, 120)),
        termination=30 if place % 2 else None,
        total=rng.choice((120, 240)) if place % 3 else None,
    )


def _bill(place: int, owners: tuple[PhoneAccount | None, ...], rng: Random) -> PhoneBill:
    """Write one bill; every ninth is for a period in which nothing was used."""
    back, owner = divmod(place, len(owners))
    start, end = _by_hand(back) if owner == 4 else _month(back)
    idle = place % 9 == 1
    transactions = 0 if idle else rng.choice((0, 1, 1, 2))
    return PhoneBill(
        uid=dated_uid(end + timedelta(days=2, minutes=owner), place % 16384),
        reference=_reference(place, owner, start),
        account=owners[owner],
        start=start,
        end=end,
        has_pdf=place % 3 == 0,
        originated=Traffic() if idle else _traffic(start, end, rng, 900),
        terminated=_traffic(start, end, rng, 90) if place % 4 == 3 and not idle else Traffic(),
        services=Decimal("9.5") * transactions,
        transactions=transactions,
    )


def _reference(place: int, owner: int, start: datetime) -> str | None:
    """Number a bill: by month on two accounts alike, by a counter on others, or not at all."""
    if place % 4 == 2:
        return None
    return f"{start:%Y-%m}" if owner < 2 else str(place + 1)


def _month(back: int) -> tuple[datetime, datetime]:
    """The calendar month that ended so many months ago."""
    months = TODAY.year * 12 + TODAY.month - 2 - back
    start, end = (
        datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC) for month in (months, months + 1)
    )
    return start, end


def _by_hand(back: int) -> tuple[datetime, datetime]:
    """Thirty days cut at the moment when somebody pressed a button."""
    end = datetime(2026, 6, 11, 9, 56, 8, 253_000, tzinfo=UTC) - timedelta(days=30 * back)
    return end - timedelta(days=30), end


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
