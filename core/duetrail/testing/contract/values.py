"""Amounts to the last digit, times to the microsecond, and words nobody has heard of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import attrs
from attrs import frozen

from duetrail.model import BY_TABLE, Money, exponent, fields_of
from duetrail.source import Resource, Shape
from duetrail.testing.contract.advice import fail
from duetrail.testing.contract.bench import Bench
from duetrail.testing.contract.suite import Suite
from duetrail.testing.differences import changed_values
from duetrail.testing.leaves import spelled, steps_of
from duetrail.testing.trials import Trial
from duetrail.testing.wires import Steps, all_named, bare, element, kind_at

# More digits than a float holds (2 to the power of 53 is 9,007,199,254,740,992).
_WHOLE = 9_007_199_254_740_993
_AMOUNTS = (Decimal(f"{_WHOLE}.07"), Decimal(_WHOLE), Decimal("7.25"), Decimal(725))

# Two, three and no digits after the point.
_CURRENCIES = ("USD", "KWD", "JPY")

_MOMENT = "2001-02-03T04:05:06.789012+05:30"
_SECONDS = 981_173_106

# With a capital and a blank, which are the vendor's to write.
_WORD = "Made-up word "

# What ends the name of the field with the vendor's own word.
RAW = "_raw"

# With what is lost most easily: a sign before it, capitals, umlauts, and length.
_TEXT = f"+1 Größe {'and so on ' * 30}"

# In so many items a leaf is changed.
_TRIALS = 8


@frozen(eq=False)
class Spot:
    """A leaf of an item that can be changed.

    Attributes:
        resource: The resource.
        shape: The item's shape.
        path: The leaf's path.
        kind: The type its wire class gives to it.
        becomes: The record fields that change with it.
        trials: Items with the way to the leaf.
    """

    resource: Resource
    shape: Shape
    path: str
    kind: Any
    becomes: frozenset[str]
    trials: tuple[tuple[Trial, Steps], ...]

    def __str__(self) -> str:
        return f"{self.resource.name}, {self.shape.name}: {self.path}"

    def outcomes(self, value: Any) -> Iterator[tuple[Trial, list[tuple[str, Any]]]]:
        """What becomes of each item with this value: the trial, and the fields that change."""
        for one, steps in self.trials:
            other = one.with_leaf(steps, value)
            yield other, list(changed_values(one.records, other.records))


class Values(Suite):
    """What becomes of single values."""

    def test_money_is_exact(self) -> None:
        """Every digit of an amount stands in the record, in major units or in minor ones."""
        wrong = [text for spot in _amounts(self.bench) for text in _inexact(spot)]
        if wrong:
            fail(
                "amounts are not what the vendor wrote",
                "money",
                where=wrong,
                do="never go through float; use Money.from_minor or Money.major",
            )

    def test_minor_units_go_by_the_currency(self) -> None:
        """An amount has two, three or no digits after its point as its currency has it."""
        wrong = [
            text for spot in _spots(self.bench, Money) for text in _misplaced(self.bench, spot)
        ]
        if wrong:
            fail(
                "the point of an amount does not go by its currency",
                "money",
                where=wrong,
                do="let Money.from_minor divide, and give it the currency of the item",
            )

    def test_times_are_the_same_instant(self) -> None:
        """A time with an offset is the same instant in UTC, to the microsecond."""
        wrong = [text for spot in _spots(self.bench, datetime) for text in _shifted(spot)]
        if wrong:
            fail(
                "times are not the instant the vendor wrote",
                "wire",
                where=wrong,
                do="declare the wire field as datetime: the core reads offsets and refuses none",
            )

    def test_text_that_is_no_number_is_not_dropped(self) -> None:
        """Text where an amount or a time is meant gets the item refused, or is kept in `extra`."""
        wrong = [
            text
            for wanted in (Money, datetime)
            for spot in _spots(self.bench, wanted)
            if not any(name.endswith("currency") for name in spot.becomes)
            for text in _dropped(spot)
        ]
        if wrong:
            fail(
                "values that could not be read go under",
                "errors",
                where=wrong,
                do="raise BadItem(reason, path), or keep the text in extra=",
            )

    def test_unknown_words_survive(self) -> None:
        """A word nobody has heard of is `unknown`, and stands in the record as it came."""
        wrong = [text for spot in _spots(self.bench, StrEnum) for text in _guessed(spot)]
        if wrong:
            fail(
                "words the mapping does not know are lost, guessed or refused",
                "words",
                where=wrong,
                do="use canonical(Words, raw, KNOWN) beside x_raw=raw",
            )

    def test_text_is_kept_as_it_is_written(self) -> None:
        """What is text at the vendor and in a record is the same text, sign by sign."""
        wrong = [
            f"{spot}: {_TEXT!r} is nowhere in the record"
            for spot in _spots(self.bench, str)
            if spot.kind is str
            if not spot.becomes & (_names(Money) | _names(date) | _names(StrEnum))
            if any(not one.is_refused and not _holds(one, _TEXT) for one, _ in spot.outcomes(_TEXT))
        ]
        if wrong:
            fail(
                "texts are not what the vendor wrote",
                "records",
                where=wrong,
                do="take them as they are: no strip, no lower, no cut",
            )

    def test_nothing_is_made_up(self) -> None:
        """An item that says nothing has no amount, no currency, no time and no number."""
        wrong = sorted(
            f"{resource.name}, {shape.name}: {name} is {value}"
            for resource, shape in self.bench.shapes
            for name, value in _made_up(self.bench.study(resource, shape).host)
        )
        if wrong:
            fail(
                "values are made up where the vendor gives none",
                "records",
                where=wrong,
                do="leave a field None where the vendor says nothing: no default, no nought",
            )


# --- where ---------------------------------------------------------------------------------------


def _spots(bench: Bench, wanted: type[Any]) -> Iterator[Spot]:
    """The claimed leaves that become fields of this type, or the vendor's word beside one."""
    names = _names(wanted)
    names |= {f"{name}{RAW}" for name in names}
    for resource, shape in bench.shapes:
        study = bench.study(resource, shape)
        steps_of = {spelled(steps): steps for steps in all_named(shape.wire)}
        for fate in bench.fates(resource, shape):
            if fate.is_claimed and fate.becomes & names and fate.path in steps_of:
                steps = steps_of[fate.path]
                trials = tuple((one, way) for _, one, way, _ in study.places(fate.path, steps))
                sound = tuple(pair for pair in trials if not pair[0].is_refused)
                kind = kind_at(shape.wire, steps)
                yield Spot(resource, shape, fate.path, kind, fate.becomes, sound[:_TRIALS])


def _amounts(bench: Bench) -> Iterator[Spot]:
    """The leaves that become amounts; a currency, which is in every amount, is none."""
    for spot in _spots(bench, Money):
        if not any(name.endswith("currency") for name in spot.becomes):
            yield spot


def _names(wanted: type[Any]) -> frozenset[str]:
    """The fields of this type, of records and of their children."""
    kinds: list[Any] = list(BY_TABLE.values())
    for kind in kinds:
        kinds += [element(bare(one.type)) for one in fields_of(kind) if "table" in one.metadata]
    return frozenset(
        f"{kind.__name__}.{one.name}"
        for kind in kinds
        for one in fields_of(kind)
        if isinstance(bare(one.type), type) and issubclass(bare(one.type), wanted)
    )


# --- money ---------------------------------------------------------------------------------------


def _inexact(spot: Spot) -> Iterator[str]:
    """Where no amount of the record has the digits of the leaf."""
    names = _names(Money)
    for amount in _AMOUNTS:
        for _, changes in spot.outcomes(_as(spot.kind, amount)):
            told = [value for name, value in changes if name in names and value is not None]
            if told and not any(_unit(money, amount) for money in told):
                yield f"{spot}: {amount} becomes {_shown(told[0])}"
                return
    for amount in (Decimal(0), _AMOUNTS[2]):
        usual = spot.outcomes(_as(spot.kind, _AMOUNTS[-1]))
        for (_, some), (_, other) in zip(usual, spot.outcomes(_as(spot.kind, amount)), strict=True):
            shown = {name for name, value in some if name in names and value is not None}
            if shown and shown <= {name for name, value in other if value is None}:
                yield f"{spot}: {amount} becomes no amount"
                return


def _misplaced(bench: Bench, spot: Spot) -> Iterator[str]:
    names = _names(Money)
    units: dict[str, str] = {}
    for currency in _CURRENCIES:
        for one, steps in spot.trials:
            for way in _currency_of(bench, spot, one):
                before = one.with_leaf(way, currency)
                after = before.with_leaf(steps, _as(spot.kind, Decimal(_WHOLE)))
                changes = changed_values(before.records, after.records)
                told = [m for name, m in changes if name in names and m is not None]
                # What is left of an amount, and other sums, change with it.
                found = {_unit(m, Decimal(_WHOLE)) for m in told if m.currency == currency} - {""}
                if found:
                    units[currency] = found.pop()
                elif told and told[0].currency == currency:
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


def _shown(money: Money) -> str:
    return f"{money.amount if money.amount is not None else money.minor} {money.currency or ''}"


def _as(kind: Any, amount: Decimal) -> Any:
    """An amount as a vendor's JSON would show it."""
    if kind is str:
        return str(amount)
    return int(amount) if amount == amount.to_integral_value() else amount


# --- times ---------------------------------------------------------------------------------------


def _shifted(spot: Spot) -> Iterator[str]:
    names = _names(datetime)
    number = spot.kind in (int, Decimal)
    text = _SECONDS if number else _MOMENT
    meant = (
        {datetime.fromtimestamp(_SECONDS / unit, UTC) for unit in (1, 1000)}
        if number
        else {datetime.fromisoformat(_MOMENT)}
    )
    for _, changes in spot.outcomes(text):
        told = [value for name, value in changes if name in names and value is not None]
        for value in told:
            if value.tzinfo is None:
                yield f"{spot}: the time has no zone"
                return
        if told and not meant & set(told):
            yield f"{spot}: {text} becomes {told[0].isoformat()}"
            return


# --- nothing ---


def _made_up(trial: Trial) -> Iterator[tuple[str, Any]]:
    """The amounts, currencies, times and numbers in the records of an item."""
    for record in _all(trial):
        for one in fields_of(type(record)):
            value = getattr(record, one.name)
            is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
            is_given = is_number or isinstance(value, Money | date) or one.name == "currency"
            if value == "" or (value is not None and is_given):
                yield f"{type(record).__name__}.{one.name}", value


# --- words ---------------------------------------------------------------------------------------


def _guessed(spot: Spot) -> Iterator[str]:
    if spot.kind not in (str, Any):
        return
    names = _names(StrEnum)
    for (one, steps), (other, changes) in zip(spot.trials, spot.outcomes(_WORD), strict=True):
        if other.is_refused:
            yield f"{spot}: an item with an unknown word is refused"
            return
        # What stands there without any word was not made of this one.
        without = dict(_canonical(one.with_leaf(steps, None), None))
        for name, value in _canonical(other, _WORD):
            if value != "unknown" and value != (without.get(name) or "unknown"):
                yield f"{spot}: an unknown word becomes {value} in {name}"
                return
        if any(name in names for name, _ in changes) and not _holds(other, _WORD):
            yield f"{spot}: an unknown word is nowhere in the record"
            return


def _canonical(trial: Trial, word: str | None) -> Iterator[tuple[str, Any]]:
    """Each field beside which this stands as the vendor's own word, with its value."""
    for record in _all(trial):
        for one in fields_of(type(record)):
            if getattr(record, f"{one.name}{RAW}", "") == word:
                yield f"{type(record).__name__}.{one.name}", getattr(record, one.name)


def _dropped(spot: Spot) -> Iterator[str]:
    """Where text in place of a number or a time is neither refused nor kept."""
    if spot.kind is not str:
        return
    for other, _ in spot.outcomes(_WORD):
        if not other.is_refused and not _holds(other, _WORD):
            yield f"{spot}: text that is no amount or time is neither refused nor kept"
            return
        for refused in other.refused(other.before):
            if not spot.path.startswith(spelled(steps_of(refused.json_path))):
                yield f"{spot}: text that is none is told as {refused.json_path}"
                return


def _all(trial: Trial) -> Iterator[Any]:
    """The records of an item, and the children in them."""
    for record in (record for made in trial.records.values() for record in made):
        yield record
        for one in fields_of(type(record)):
            if "table" in one.metadata:
                yield from getattr(record, one.name)


def _holds(trial: Trial, word: str) -> bool:
    """Whether the word stands in a record, in a child of one, or in its `extra`."""
    every = (record for made in trial.records.values() for record in made)
    return any(word in text for record in every for text in _texts(record))


def _texts(value: Any) -> Iterator[str]:
    """Every value, however deep, as text; a repr would leave out what is personal."""
    if attrs.has(type(value)):
        value = attrs.asdict(value, recurse=False)
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
    else:
        yield str(value)
