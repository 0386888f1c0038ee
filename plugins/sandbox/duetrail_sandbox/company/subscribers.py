"""Accounts at the carrier, and the periods for which each of them is billed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from attrs import frozen

from duetrail_sandbox.company.clock import TODAY
from duetrail_sandbox.company.records import Record, uid
from duetrail_sandbox.data import read_toml

# Places among the subscribers: the account that is gone, the one that is called, and the one
# whose bills somebody makes by pressing a button.
DELETED, FREEPHONE, BY_HAND = 2, 3, 4

_USES: dict[str, str] = read_toml("telephony")["uses"]
_BUTTON = datetime(2026, 6, 11, 9, 56, 8, 253_000, tzinfo=UTC)
_CLOSED = datetime(2026, 6, 14, 15, 30, tzinfo=UTC)


@frozen
class Subscriber:
    """Who is billed; ``account`` is ``None`` where it was deleted since.

    Periods are counted backwards from the company's first day: 0 is the latest that had ended
    then, -1 the one that was running.
    """

    slot: int
    account: Record | None

    def period(self, back: int) -> tuple[datetime, datetime]:
        """The start of a period, and its end, which is the start of the next."""
        if self.slot == BY_HAND:
            end = _BUTTON - timedelta(days=30 * back)
            return end - timedelta(days=30), end
        start, end = _month(back), _month(back - 1)
        return (start, min(end, _CLOSED)) if self.slot == DELETED else (start, end)

    def exists(self, back: int) -> bool:
        """Whether there was such a period at all."""
        return self.slot != DELETED or back >= -1


def subscribers(accounts: int, seed: int, rng: Random) -> tuple[Subscriber, ...]:
    """Make so many accounts, and one that is no longer there."""
    made = [_account(place, seed, rng) for place in range(accounts)]
    owners = (*made[:DELETED], None, *made[DELETED:])
    return tuple(Subscriber(slot, owner) for slot, owner in enumerate(owners))


def _account(place: int, seed: int, rng: Random) -> Record:
    """A prepaid or postpaid account; a limit that is ``None`` is not set."""
    use = [*_USES][place % len(_USES)]
    return Record(
        uid=uid("phone account", seed, place),
        name=use if place < len(_USES) else f"{use} {place // len(_USES) + 1}",
        currency=_USES[use],
        balance=Decimal(rng.randint(-900_000, 9_000_000)).scaleb(-4),
        minimum=Decimal(-500) if place % 2 else Decimal("0.0"),
        maximum=Decimal(10_000),
        rate_limit=Decimal("0.35") if place % 3 == 0 else None,
        origination=rng.choice((30, 60, 120)),
        termination=30 if place % 2 else None,
        total=rng.choice((120, 240)) if place % 3 else None,
    )


def _month(back: int) -> datetime:
    """The beginning of the calendar month that ended so many months ago."""
    month = TODAY.year * 12 + TODAY.month - 2 - back
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
