"""Amounts: every digit, and the point where the currency has it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

from duetrail.json_tree import Steps
from duetrail.model import Money, exponent
from duetrail.testing.contract.advice import fail
from duetrail.testing.contract.bench import Bench
from duetrail.testing.contract.spots import Spot, fields_with, spots
from duetrail.testing.contract.suite import Suite
from duetrail.testing.contract.sums import is_sum, unit_of_sum
from duetrail.testing.differences import changed_values
from duetrail.testing.leaves import spelled
from duetrail.testing.trials import Trial
from duetrail.testing.wires import all_named

# More digits than a float holds (2 to the power of 53 is 9,007,199,254,740,992).
_WHOLE = 9_007_199_254_740_993
_AMOUNTS = (Decimal(f"{_WHOLE}.07"), Decimal(_WHOLE), Decimal("7.25"), Decimal(725))

# Two, three and no digits after the point.
_CURRENCIES = ("USD", "KWD", "JPY")


class Amounts(Suite):
    """What becomes of amounts."""

    def test_money_is_exact(self) -> None:
        """Every digit of an amount stands in the record, in major units or in minor ones."""
        wrong = [text for spot in _amounts(self.bench) for text in _inexact(spot)]
        if wrong:
            fail(
                "amounts are not what the vendor wrote",
                "money",
                where=wrong,
                do="never go through float; use Money.from_minor or Money.major; figures that are "
                "summed up stand in one object",
            )

    def test_minor_units_go_by_the_currency(self) -> None:
        """An amount has two, three or no digits after its point as its currency has it."""
        wrong = [text for spot in spots(self.bench, Money) for text in _misplaced(self.bench, spot)]
        if wrong:
            fail(
                "the point of an amount does not go by its currency",
                "money",
                where=wrong,
                do="let Money.from_minor divide, and give it the currency of the item",
            )


def _amounts(bench: Bench) -> Iterator[Spot]:
    """The leaves that become amounts; a currency, which is in every amount, is none."""
    for spot in spots(bench, Money):
        if not any(name.endswith("currency") for name in spot.becomes):
            yield spot


def _inexact(spot: Spot) -> Iterator[str]:
    """Where no amount of the record has the digits of the leaf, alone or in a sum."""
    names = fields_with(Money)
    outcomes = [spot.outcomes(_as(spot.kind, amount)) for amount in _AMOUNTS]
    nothing = []
    for (one, steps), *each in zip(spot.trials, *outcomes, strict=True):
        told = {
            amount: money
            for amount, (_, changes) in zip(_AMOUNTS, each, strict=True)
            if (money := [m for name, m in changes if name in names and m is not None])
        }
        lost = [a for a, money in told.items() if not any(_unit(m, a) for m in money)]
        if lost and not is_sum(one, steps, told):
            nothing.append(f"{spot}: {lost[0]} becomes {_shown(told[lost[0]][0])}")
            if not all(map(_is_nought, chain(*told.values()))):
                yield nothing[-1]
                return
    # What is left of an amount may be nought, but not always.
    if len(nothing) == len(spot.trials):
        yield from nothing[:1]
    yield from _vanished(spot)


def _vanished(spot: Spot) -> Iterator[str]:
    """Where one amount of the vendor is an amount in the record, and another is none."""
    names = fields_with(Money)
    for amount in (Decimal(0), _AMOUNTS[2]):
        usual = spot.outcomes(_as(spot.kind, _AMOUNTS[-1]))
        tried = spot.outcomes(_as(spot.kind, amount))
        for (_, some), (_, other) in zip(usual, tried, strict=True):
            shown = {name for name, value in some if name in names and value is not None}
            if shown and shown <= {name for name, value in other if value is None}:
                yield f"{spot}: {amount} becomes no amount"
                return


def _misplaced(bench: Bench, spot: Spot) -> Iterator[str]:
    names = fields_with(Money)
    units: dict[str, str] = {}
    for currency in _CURRENCIES:
        for one, steps in spot.trials:
            for way in _currency_of(bench, spot, one):
                before = one.with_leaf(way, currency)
                after = before.with_leaf(steps, _as(spot.kind, Decimal(_WHOLE)))
                changes = changed_values(before.records, after.records)
                told = [m for name, m in changes if name in names and m is not None]
                # What is left of an amount, and other sums, change with it.
                own = [m for m in told if m.currency == currency]
                found = {_unit(m, Decimal(_WHOLE)) for m in own} - {""}
                found = found or {unit_of_sum(before, steps, Decimal(_WHOLE), m) for m in own} - {
                    ""
                }
                if found:
                    units[currency] = found.pop()
                elif told and told[0].currency == currency and not all(map(_is_nought, told)):
                    yield f"{spot}: {_WHOLE} {currency} becomes {_shown(told[0])}"
                    return
    # A yen is its own minor unit.
    both = {unit for currency, unit in units.items() if currency != "JPY"}
    if len(both) > 1:
        yield f"{spot}: in {' and '.join(sorted(both))} units, depending on the currency"


def _currency_of(bench: Bench, spot: Spot, one: Trial) -> Iterator[Steps]:
    """The way to the leaf that is the item's currency."""
    kind = spot.shape.record.__name__
    for fate in bench.fates(spot.resource, spot.shape):
        if fate.is_claimed and f"{kind}.currency" in fate.becomes:
            for steps in all_named(spot.shape.wire):
                if spelled(steps) == fate.path:
                    yield steps


def _unit(money: Money, amount: Decimal) -> str:
    """In which units the amount was taken; empty where its digits are not there."""
    if money.amount is None:
        return "minor" if money.minor is not None and abs(money.minor) == amount else ""
    if abs(money.amount) == amount:
        return "major"
    digits = exponent(money.currency)
    return "minor" if digits is not None and abs(money.amount).scaleb(digits) == amount else ""


def _is_nought(money: Money) -> bool:
    return not (money.minor if money.amount is None else money.amount)


def _shown(money: Money) -> str:
    return f"{money.amount if money.amount is not None else money.minor} {money.currency or ''}"


def _as(kind: Any, amount: Decimal) -> Any:
    """An amount as a vendor's JSON would show it."""
    if kind is str:
        return str(amount)
    return int(amount) if amount == amount.to_integral_value() else amount
