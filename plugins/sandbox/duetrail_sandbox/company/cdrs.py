"""Calls as a telephone switch records them: one row per attempt, written when it is over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from attrs import frozen

from duetrail_sandbox.company.phone_accounts import PhoneAccount, Subscriber

__all__ = ["Leg", "PhoneCall", "Traffic", "traffic"]


@frozen(kw_only=True)
class Leg:
    """One side of a call and what it cost there: a customer's, or the one of who was called.

    ``billed`` are seconds after rounding up to the steps of the tariff. ``reverse`` turns
    around who pays.
    """

    slot: int
    account: PhoneAccount | None
    price: Decimal | None
    billed: int | None
    steps: tuple[int, int]
    rate: Decimal
    fee: Decimal
    prefix: str
    reverse: bool = False


@frozen(kw_only=True)
class PhoneCall:
    """One attempt to connect two numbers.

    ``id`` counts in the order of ``numbered``, when a row takes its number; it can be read from
    ``written`` on, which is mostly the same moment. ``origin`` is set where the company made
    the call, ``target`` where the company was called, and both where it called itself.
    """

    id: int
    start: datetime
    connect: datetime | None
    end: datetime | None
    numbered: datetime
    written: datetime
    success: bool | None
    duration: int | None
    code: int
    reason: str
    name: str | None
    caller: str | None
    called: str | None
    caller_routed: str | None
    called_routed: str | None
    call_id: str
    tag: str
    ip: str
    port: int
    transport: int | None
    agent: str | None
    diversion: str | None
    recorded: bool
    is_last: bool
    origin: Leg | None
    target: Leg | None


@frozen(kw_only=True)
class Traffic:
    """The calls of one direction in one period."""

    spent: Decimal = Decimal("0.0")
    calls: int = 0
    successful: int = 0
    duration: int = 0
    billed: int = 0
    first: datetime | None = None
    last: datetime | None = None


def traffic(rows: Iterable[PhoneCall], who: Subscriber, *, incoming: bool) -> Traffic:
    """Count what a subscriber began, the last attempt of each call, or what reached it.

    Of what it began the reverse-billed calls cost nothing, of what reached it they alone do.
    """
    legs = [
        (row, row.target if incoming else row.origin) for row in rows if incoming or row.is_last
    ]
    pairs = [(row, leg) for row, leg in legs if leg is not None and leg.slot == who.slot]
    if not pairs:
        return Traffic()
    starts = [row.start for row, _ in pairs]
    prices = (leg.price or Decimal(0) for _, leg in pairs if leg.reverse is incoming)
    return Traffic(
        spent=sum(prices, Decimal("0.0")),
        calls=len(pairs),
        successful=sum(row.success is True for row, _ in pairs),
        duration=sum(row.duration or 0 for row, _ in pairs),
        billed=sum(leg.billed or 0 for _, leg in pairs),
        first=min(starts),
        last=max(starts),
    )
