"""Subscribers at the carrier, and how one call of theirs goes: who, whether answered, at what cost.

A call is one record for each attempt to connect two numbers, written when it is over. Its ``id``
counts in the order of ``numbered``; it can be read from ``written`` on, which is mostly the same
moment. ``origin`` is set where the company made the call, ``target`` where the company was
called, and both where it called itself: what the call cost on that side.
"""

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

_DATA = read_toml("telephony")
_USES: dict[str, str] = _DATA["uses"]
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


_WEIGHTS = [one["weight"] for one in _DATA["endings"]]
_ANSWERED, _BROKEN, _NEVER_ROUTED = 200, 500, (404, 484)
_NAMES = ("Accounts Desk", "Reminder Line", None, None)
_AGENTS = ("Softphone 4.2", "Gateway/11", None)
_ZERO, _PRICE = Decimal(0), Decimal("0.00000001")


def dialled(
    who: Subscriber, freephone: Subscriber, start: datetime, rng: Random, seconds: int | None = None
) -> list[Record]:
    """Let a subscriber make a call, or be called: mostly one attempt, sometimes two.

    With ``seconds`` it is answered and lasts so long. Calls are not numbered yet.
    """
    row = _attempt(start, rng, seconds)
    if who.slot == FREEPHONE and seconds is None and rng.random() < 0.5:
        row.target = _leg(who, row, rng, reverse=True)
        return [row]
    row.origin = _leg(who, row, rng, reverse=False)
    if who.slot != 0 or rng.random() >= 0.12:
        return [row]
    return _to_ourselves(row, freephone, rng)


def _to_ourselves(row: Record, freephone: Subscriber, rng: Random) -> list[Record]:
    """Send a call to the company's own freephone number, every third time by a second way."""
    target = _leg(freephone, row, rng, reverse=False)
    if rng.random() >= 0.34:
        return [row.but(target=target)]
    over = row.start + timedelta(milliseconds=rng.randint(300, 900))
    failed = row.but(end=over, numbered=over, written=over, success=False, duration=0, code=503)
    failed.connect, failed.reason = None, "Service Unavailable"
    failed.recorded = failed.is_last = False
    failed.origin, failed.target = (leg.but(price=_ZERO, billed=0) for leg in (row.origin, target))
    return [failed, row]


def _attempt(start: datetime, rng: Random, seconds: int | None) -> Record:
    ending = _DATA["endings"][0] if seconds else rng.choices(_DATA["endings"], _WEIGHTS)[0]
    code = ending["code"]
    is_answered, is_broken = code == _ANSWERED, code == _BROKEN
    length = (_talk(rng) if seconds is None else seconds) if is_answered else 0
    connect = start + timedelta(seconds=rng.uniform(2, 18)) if is_answered else None
    over = (connect or start) + timedelta(seconds=length + rng.uniform(0.05, 0.9))
    caller, called = _number(rng), _number(rng)
    anonymous = rng.random() < 0.05
    return Record(
        id=0,
        start=start,
        connect=connect,
        end=None if is_broken else over,
        numbered=over,
        written=over,
        success=None if is_broken else is_answered,
        duration=None if is_broken else length,
        code=code,
        reason=ending["reason"],
        name=None if anonymous else rng.choice(_NAMES),
        caller=None if anonymous else rng.choice((caller, f"+{caller}")),
        called=called if rng.random() < 0.5 else f"011{called}",
        caller_routed=None if anonymous else caller,
        called_routed=None if code in _NEVER_ROUTED else called,
        call_id=f"{rng.getrandbits(64):016x}@192.0.2.{rng.randint(10, 20)}",
        tag=f"{rng.randint(1, 9)}-{rng.getrandbits(40):010X}-{rng.getrandbits(24):06X}",
        ip=f"198.51.100.{rng.randint(2, 9)}",
        port=rng.choice((5060, 5061, 5080)),
        transport=rng.choice((1, 1, 2, 3, None)),
        agent=rng.choice(_AGENTS),
        diversion=f"<sip:{_number(rng)}@pbx.example.org>" if rng.random() < 0.03 else None,
        recorded=is_answered and length > 0 and rng.random() < 0.15,
        is_last=True,
    )


def _talk(rng: Random) -> int:
    """How long two people talk: some hang up at once, a few stay for hours."""
    kind = rng.random()
    if kind < 0.03:
        return 0
    return rng.randint(3000, 12_000) if kind > 0.99 else rng.randint(4, 420)


def _number(rng: Random) -> str:
    """A number that nobody will ever have: 555-01xx is kept free for stories."""
    return f"1{rng.choice(_DATA['areas'])}55501{rng.randint(0, 99):02d}"


def _leg(who: Subscriber, row: Record, rng: Random, *, reverse: bool) -> Record:
    """Reckon one side; ``reverse``, who pays, is often turned around at freephone numbers.

    ``billed`` are seconds after rounding up to the steps of the tariff.
    """
    first, later = rng.choice(_DATA["tariffs"])
    rate = Decimal(rng.randint(40, 190)).scaleb(-4)
    length = row.duration or 0
    billed = -(-max(length - first, 0) // later) * later + first if length else 0
    is_packaged = rng.random() < 0.07
    fee = Decimal("0.002") if rng.random() < 0.1 else Decimal(0)
    price = (rate * billed / 60 + fee).quantize(_PRICE) if length and not is_packaged else _ZERO
    number = row.called_routed or row.called or ""
    is_broken = row.success is None
    return Record(
        slot=who.slot,
        account=who.account,
        price=None if is_broken else price,
        billed=None if is_broken or row.code in _NEVER_ROUTED else billed,
        first=first,
        later=later,
        rate=rate,
        fee=fee,
        prefix=number.removeprefix("011")[:4],
        reverse=who.slot == FREEPHONE and rng.random() < (0.7 if reverse else 0.25),
    )
