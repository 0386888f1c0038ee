"""Payments to the carrier: they fill an account's balance and belong to no bill."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from attrs import frozen

from duetrail_sandbox.company.clock import NOW
from duetrail_sandbox.company.phone_accounts import PhoneAccount
from duetrail_sandbox.company.uids import uid

__all__ = ["Topup", "topups"]

_FIRST = NOW - timedelta(days=90)
_EVERY = timedelta(days=2)
_NOTES = ("bank transfer", "thank you", "by phone", None)


@frozen(kw_only=True)
class Topup:
    """A payment; ``settled`` is when a pending one is decided, ``undone`` when it vanishes."""

    uid: str
    account: PhoneAccount
    amount: Decimal
    notes: str | None
    type: str
    created: datetime
    settled: datetime
    outcome: str
    undone: datetime | None
    before: Decimal

    def status(self, now: datetime) -> str:
        """``pending`` until it is settled."""
        return self.outcome if self.settled <= now else "pending"

    def is_visible(self, now: datetime) -> bool:
        """Whether it was made by now, and not rolled back."""
        return self.created <= now and (self.undone is None or self.undone > now)


def topups(accounts: Sequence[PhoneAccount], seed: int, now: datetime) -> list[Topup]:
    """The payments of every second day, of one account after the other."""
    made = (_topup(serial, accounts, seed) for serial in range((now - _FIRST) // _EVERY + 1))
    return [one for one in made if one.is_visible(now)]


def _topup(serial: int, accounts: Sequence[PhoneAccount], seed: int) -> Topup:
    """Make one: every fifth by an agency, which takes three days, every fifth rolled back."""
    rng = Random(f"{seed}/topup/{serial}")
    at_nine = _FIRST + _EVERY * serial - timedelta(hours=3)
    created = at_nine + timedelta(
        seconds=rng.randint(0, 9000), microseconds=rng.randint(0, 999_999)
    )
    by_agency = serial % 5 == 0
    amount = Decimal(rng.randint(5_000, 250_000)).scaleb(-2)
    return Topup(
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
