"""What the company buys at a telephone carrier: accounts, calls, bills, payments.

Amounts are decimals of major units, as the carrier reckons in fractions of a cent; durations
are seconds, moments are aware UTC datetimes. These are bills the company receives: they are
no part of what its customers owe.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from random import Random

import attrs
from attrs import frozen

from duetrail_sandbox.company.cdrs import PhoneCall
from duetrail_sandbox.company.clock import NOW
from duetrail_sandbox.company.phone_accounts import PhoneAccount, subscribers
from duetrail_sandbox.company.phone_bills import PhoneBill, bills, idle_slots
from duetrail_sandbox.company.switchboard import FIRST_DAY, Switchboard
from duetrail_sandbox.company.topups import Topup, topups

__all__ = ["Telephony"]

# Rows of calls are kept for so long, by whole days.
_KEPT = timedelta(days=120)
# A bill is written for every period that ends within this time, to know what is charged in it.
_AHEAD = timedelta(days=40)


@frozen(slots=False, eq=False, kw_only=True)
class Telephony:
    """The company at its carrier at one moment, ``now``; everything is made when first asked for.

    ``invoices`` is how many the company itself has: a larger one telephones more.
    """

    invoices: int
    seed: int
    now: datetime = NOW
    switchboard: Switchboard

    @classmethod
    def build(cls, invoices: int, seed: int) -> Telephony:
        """Make a bill for every ten invoices of the company, and three at least."""
        owners = subscribers(4 + _count(invoices) // 50, seed, _rng(seed))
        switchboard = Switchboard(
            seed,
            owners,
            busy=min(7, 1 + invoices // 20),
            idle=idle_slots(_count(invoices), len(owners)),
        )
        return cls(invoices=invoices, seed=seed, switchboard=switchboard)

    def lived(self, day: int) -> Telephony:
        """The same company on a later day, counted from the one it was built for.

        What was stays as it was; what had to come, comes: calls, bills, payments, documents.
        """
        return self.at(NOW + timedelta(days=day))

    def at(self, now: datetime) -> Telephony:
        """The same company at another moment, an aware UTC one."""
        return attrs.evolve(self, now=now)

    @cached_property
    def accounts(self) -> tuple[PhoneAccount, ...]:
        """The accounts that there are."""
        owners = self.switchboard.subscribers
        return tuple(who.account for who in owners if who.account is not None)

    @cached_property
    def bills(self) -> tuple[PhoneBill, ...]:
        """The bills approved by now."""
        return tuple(bill for bill in self._written if bill.approved <= self.now)

    @cached_property
    def calls(self) -> tuple[PhoneCall, ...]:
        """The rows of calls that can be read now, of both directions, in the order of ids."""
        oldest = datetime.combine(self.now.date(), time(tzinfo=UTC)) - _KEPT
        rows = self.switchboard.rows(FIRST_DAY, self.now.date())
        return tuple(row for row in rows if row.written <= self.now and row.start >= oldest)

    @cached_property
    def outgoing(self) -> tuple[PhoneCall, ...]:
        """The calls the company made: of each the last attempt."""
        return tuple(row for row in self.calls if row.origin is not None and row.is_last)

    @cached_property
    def incoming(self) -> tuple[PhoneCall, ...]:
        """The attempts that reached the company."""
        return tuple(row for row in self.calls if row.target is not None)

    @cached_property
    def payments(self) -> tuple[Topup, ...]:
        """The payments made by now and not rolled back."""
        return tuple(topups(self.accounts, self.seed, self.now))

    @cached_property
    def _written(self) -> list[PhoneBill]:
        rng = _rng(self.seed)
        # Accounts and bills of the past are drawn from one row of numbers.
        subscribers(len(self.accounts), self.seed, rng)
        return bills(_count(self.invoices), self.switchboard, rng, self.now + _AHEAD)


def _count(invoices: int) -> int:
    return max(3, invoices // 10)


def _rng(seed: int) -> Random:
    return Random(f"{seed}/telephony")
