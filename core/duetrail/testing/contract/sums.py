"""Amounts that are made of several figures of one object, such as a debit without a credit.

One figure is changed to several amounts. What the record then has beside the amount must be the
same each time, and be made of the object's other figures: so no digit was lost, and nothing was
invented.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import combinations, product
from typing import Any

from duetrail.json_tree import Steps, leaves
from duetrail.model import Money, exponent
from duetrail.testing.leaves import spelled
from duetrail.testing.mutations import Mutation
from duetrail.testing.wires import covers

UNITS = ("major", "minor")

# So many other figures of an object may be in an amount; of objects with very many, fewer.
_MOST, _FEWER, _MANY = 3, 2, 16


def is_sum(mutation: Mutation, steps: Steps, told: Mapping[Decimal, Iterable[Money]]) -> bool:
    """Whether amounts are sums or differences of a figure and others of its object.

    Args:
        mutation: The item.
        steps: The way to the figure.
        told: What the record says, by the amount that the figure was changed to.
    """
    return any(_rest(unit, told) & _sums(mutation, steps) for unit in UNITS)


def unit_of_sum(mutation: Mutation, steps: Steps, amount: Decimal, money: Money) -> str:
    """In which units figures were summed up; empty where an amount is no such sum."""
    sums = _sums(mutation, steps)
    return next((unit for unit in UNITS if _rest(unit, {amount: [money]}) & sums), "")


def _rest(unit: str, told: Mapping[Decimal, Iterable[Money]]) -> set[Decimal]:
    """What is in the record beside each amount, or beside what the amount is taken from."""
    rests: set[Decimal] = set()
    for sign in (1, -1):
        each = [
            {
                value - sign * amount
                for money in moneys
                if (value := _value(money, unit)) is not None
            }
            for amount, moneys in told.items()
            # What is left of less than nothing may be nothing.
            if not (len(told) > 1 and all(_value(money, unit) == 0 for money in moneys))
        ]
        rests |= set.intersection(*each) if each else set()
    return rests


def _value(money: Money, unit: str) -> Decimal | None:
    if money.amount is None:
        return Decimal(money.minor) if unit == "minor" and money.minor is not None else None
    digits = 0 if unit == "major" else exponent(money.currency)
    return None if digits is None else money.amount.scaleb(digits)


def _sums(mutation: Mutation, steps: Steps) -> set[Decimal]:
    """The sums and differences of the figures of an item beside one of them."""
    figures = sorted(set(_figures(mutation, steps)))
    most = _MOST if len(figures) <= _MANY else _FEWER
    return {
        sum((sign * one for sign, one in zip(signs, some, strict=True)), Decimal(0))
        for count in range(most + 1)
        for some in combinations(figures, count)
        for signs in product((1, -1), repeat=count)
    }


def _figures(mutation: Mutation, steps: Steps) -> Iterator[Decimal]:
    """Every other figure that the wire class names; of a list, their sum as well."""
    lists: dict[str, Decimal] = {}
    for other, value in leaves(mutation.item):
        figure = _number(value)
        if figure is None or other == steps or not covers(mutation.shape.wire, other):
            continue
        yield figure
        if any(isinstance(step, int) for step in other):
            lists[spelled(other)] = lists.get(spelled(other), Decimal(0)) + figure
    yield from lists.values()


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number != 0 else None
