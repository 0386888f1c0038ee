"""Amounts: every digit, and the point where the currency has it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any

from duetrail.json_tree import Steps, at
from duetrail.model import Money, exponent
from duetrail.testing.contract.advice import expect_none, money_text
from duetrail.testing.contract.harness import Harness
from duetrail.testing.contract.probe_points import ProbePoint, fields_with, probe_points
from duetrail.testing.contract.suite import Suite
from duetrail.testing.contract.sums import is_sum, unit_of_sum
from duetrail.testing.differences import changed_values
from duetrail.testing.leaves import spelled
from duetrail.testing.mutations import Mutation
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
        wrong = [text for point in _amounts(self.harness) for text in _inexact(point)]
        expect_none(
            wrong,
            "amounts are not what the vendor wrote",
            "money",
            do=(
                "never go through float; use Money.from_minor or Money.major; figures that are "
                "summed up stand in one object; where a word decides over an amount, raise "
                "BadItem(reason, path=path) for one that is not known"
            ),
        )

    def test_minor_units_go_by_the_currency(self) -> None:
        """An amount has two, three or no digits after its point as its currency has it."""
        wrong = [
            text
            for point in probe_points(self.harness, Money)
            for text in _misplaced(self.harness, point)
        ]
        expect_none(
            wrong,
            "the point of an amount does not go by its currency",
            "money",
            do="let Money.from_minor divide, and give it the currency of the item",
        )


def _amounts(harness: Harness) -> Iterator[ProbePoint]:
    """The leaves that become amounts; a currency, which is in every amount, is none."""
    for point in probe_points(harness, Money):
        if not any(name.endswith("currency") for name in point.becomes):
            yield point


def _inexact(point: ProbePoint) -> Iterator[str]:
    """Where no amount of the record has the digits of the leaf, alone or in a sum."""
    names = fields_with(Money)
    outcomes = [point.outcomes(_as(point.kind, amount)) for amount in _AMOUNTS]
    nothing = []
    for (one, steps), *each in zip(point.mutations, *outcomes, strict=True):
        told = {
            amount: money
            for amount, (_, changes) in zip(_AMOUNTS, each, strict=True)
            if (money := [m for name, m in changes if name in names and m is not None])
        }
        lost = [a for a, money in told.items() if not any(_unit(m, a) for m in money)]
        if lost and not is_sum(one, steps, told):
            made = money_text(told[lost[0]][0])
            word = _word(one, steps)
            nothing.append(
                f"{point}: {word!r} there is a word and no amount, but decides over one: with "
                f"another word it is {made}"
                if word
                else f"{point}: {lost[0]} becomes {made}"
            )
            if not all(map(_is_zero, chain(*told.values()))):
                yield nothing[-1]
                return
    # What is left of an amount may be zero, but not always.
    if len(nothing) == len(point.mutations):
        yield from nothing[:1]
    yield from _vanished(point)


def _word(one: Mutation, steps: Steps) -> str:
    """The recorded text of a leaf that is no number; empty for others."""
    try:
        text = at(one.item, steps)
        Decimal(text if isinstance(text, str) else 0)
    except (KeyError, IndexError, TypeError):
        return ""
    except InvalidOperation:
        return str(text)
    return ""


def _vanished(point: ProbePoint) -> Iterator[str]:
    """Where one amount of the vendor is an amount in the record, and another is none."""
    names = fields_with(Money)
    for amount in (Decimal(0), _AMOUNTS[2]):
        usual = point.outcomes(_as(point.kind, _AMOUNTS[-1]))
        tried = point.outcomes(_as(point.kind, amount))
        for (_, some), (_, other) in zip(usual, tried, strict=True):
            shown = {name for name, value in some if name in names and value is not None}
            if shown and shown <= {name for name, value in other if value is None}:
                yield f"{point}: {amount} becomes no amount"
                return


def _misplaced(harness: Harness, point: ProbePoint) -> Iterator[str]:
    names = fields_with(Money)
    units: dict[str, str] = {}
    for currency in _CURRENCIES:
        for one, steps in point.mutations:
            for way in _currency_of(harness, point, one):
                before = one.with_leaf(way, currency)
                after = before.with_leaf(steps, _as(point.kind, Decimal(_WHOLE)))
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
                elif told and told[0].currency == currency and not all(map(_is_zero, told)):
                    yield f"{point}: {_WHOLE} {currency} becomes {money_text(told[0])}"
                    return
    # A yen is its own minor unit.
    both = {unit for currency, unit in units.items() if currency != "JPY"}
    if len(both) > 1:
        yield f"{point}: in {' and '.join(sorted(both))} units, depending on the currency"


def _currency_of(harness: Harness, point: ProbePoint, one: Mutation) -> Iterator[Steps]:
    """The way to the leaf that is the item's currency."""
    kind = point.shape.record.__name__
    for lineage in harness.lineages(point.resource, point.shape):
        if lineage.is_claimed and f"{kind}.currency" in lineage.becomes:
            for steps in all_named(point.shape.wire):
                if spelled(steps) == lineage.path:
                    yield steps


def _unit(money: Money, amount: Decimal) -> str:
    """In which units the amount was taken; empty where its digits are not there."""
    if money.amount is None:
        return "minor" if money.minor is not None and abs(money.minor) == amount else ""
    if abs(money.amount) == amount:
        return "major"
    digits = exponent(money.currency)
    return "minor" if digits is not None and abs(money.amount).scaleb(digits) == amount else ""


def _is_zero(money: Money) -> bool:
    return not (money.minor if money.amount is None else money.amount)


def _as(kind: Any, amount: Decimal) -> Any:
    """An amount as a vendor's JSON would show it."""
    if kind is str:
        return str(amount)
    return int(amount) if amount == amount.to_integral_value() else amount
