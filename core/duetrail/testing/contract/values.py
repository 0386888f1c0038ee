"""Single values: times to the microsecond, unknown words, and text where none belongs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import attrs

from duetrail.json_tree import steps_of
from duetrail.model import Money, fields_of
from duetrail.testing.contract.advice import expect_none
from duetrail.testing.contract.nothing import made_up
from duetrail.testing.contract.probe_points import (
    RAW,
    ProbePoint,
    every_point,
    fields_with,
    probe_points,
)
from duetrail.testing.contract.suite import Suite
from duetrail.testing.leaves import spelled
from duetrail.testing.mutations import Mutation

# Neither here nor in UTC is the day the same number as the month, and either could be the other.
_MOMENT = "2001-02-05T04:05:06.789012+05:30"
_DAY = "2001-02-03"
_SECONDS = 981_173_106

# With a capital and a blank, which are the vendor's to write.
_WORD = "Made-up word "

# With what is lost most easily: a sign before it, capitals, umlauts, and length.
_TEXT = f"+1 Größe {'and so on ' * 30}"


class Values(Suite):
    """What becomes of single values."""

    def test_times_are_the_same_instant(self) -> None:
        """A time with an offset is the same instant in UTC, to the microsecond."""
        wrong = [text for point in probe_points(self.harness, datetime) for text in _shifted(point)]
        expect_none(
            wrong,
            "times are not the instant the vendor wrote",
            "wire",
            do="declare the wire field as datetime: the core reads offsets and refuses none",
        )

    def test_days_are_the_same_day(self) -> None:
        """A day without a time is the day that the vendor wrote."""
        days = [point for point in probe_points(self.harness, date) if point.kind is date]
        wrong = [text for point in days for text in _another_day(point)]
        expect_none(
            wrong,
            "days are not those the vendor wrote",
            "records",
            do="take them as the wire class gives them",
        )

    def test_text_that_is_no_number_is_not_dropped(self) -> None:
        """Text where an amount or a time is meant gets the item refused, or is kept in `extra`."""
        wrong = [
            text
            for wanted in (Money, datetime)
            for point in probe_points(self.harness, wanted)
            if not any(name.endswith("currency") for name in point.becomes)
            for text in _dropped(point, wanted)
        ]
        expect_none(
            wrong,
            "texts that decide over an amount or a time are lost where they are unknown",
            "errors",
            do="raise BadItem(reason, path=path) with its path, or keep the text: in extra=, or in "
            "a field of its own where it is a currency or a word",
        )

    def test_unknown_words_survive(self) -> None:
        """A word the mapping does not know is `unknown`, and stands in the record as it came."""
        wrong = [text for point in probe_points(self.harness, StrEnum) for text in _guessed(point)]
        expect_none(
            wrong,
            "words the mapping does not know are lost, guessed or refused",
            "words",
            do="use canonical(Words, raw, KNOWN) beside x_raw=raw",
        )

    def test_text_is_kept_as_it_is_written(self) -> None:
        """What is text at the vendor and in a record is the same text, sign by sign."""
        altered = [(point, *one) for point in _text_points(self) for one in _altered(point)]
        expect_none(
            sorted({f"{at}: nothing has {text!r}" for at, text, is_told in altered if not is_told}),
            "texts are in no field of a record and not in `extra`",
            "records",
            do="have a field take what stands there, also where no child and no address is made of "
            "it, or put it into extra=; what no wire field names is in `extra` by itself",
        )
        expect_none(
            sorted({f"{at}: {text!r} is nowhere in the record" for at, text, _ in altered}),
            "texts are not what the vendor wrote",
            "records",
            do="take them as they are: no strip, no lower, no cut",
        )

    def test_nothing_is_made_up(self) -> None:
        """An item that says nothing has no amount, no currency, no time and no number."""
        wrong = sorted(
            f"{resource.name}, {shape.name}: {name} is {value}"
            for resource, shape in self.harness.shapes
            for name, value in made_up(self.harness.study(resource, shape).host)
        )
        expect_none(
            wrong,
            "values are made up where the vendor gives none",
            "records",
            do="leave a field None where the vendor says nothing: no default, no 0",
        )

    def test_zero_is_a_number(self) -> None:
        """The number 0 is 0 in the record, and not null."""
        wrong = [
            f"{point}: 0 becomes nothing"
            for wanted in (int, Decimal)
            for point in probe_points(self.harness, wanted)
            if point.kind in (int, Decimal) and _is_lost(point, wanted)
        ]
        expect_none(
            wrong,
            "numbers that are zero are lost",
            "records",
            do="ask whether a value is None, not whether it is true",
        )


# --- times ---------------------------------------------------------------------------------------


def _shifted(point: ProbePoint) -> Iterator[str]:
    names = fields_with(datetime)
    number = point.kind in (int, Decimal)
    text = _SECONDS if number else _MOMENT
    meant = (
        {datetime.fromtimestamp(_SECONDS / unit, UTC) for unit in (1, 1000)}
        if number
        else {datetime.fromisoformat(_MOMENT)}
    )
    for _, changes in point.outcomes(text):
        told = [value for name, value in changes if name in names and value is not None]
        for value in told:
            if value.tzinfo is None:
                yield f"{point}: the time has no zone"
                return
        if told and not meant & set(told):
            yield f"{point}: {text} becomes {told[0].isoformat()}"
            return


def _another_day(point: ProbePoint) -> Iterator[str]:
    for _, changes in point.outcomes(_DAY):
        told = [value for _, value in changes if type(value) is date]
        if told and date.fromisoformat(_DAY) not in told:
            yield f"{point}: {_DAY} becomes {told[0].isoformat()}"
            return


# --- text ---


def _text_points(suite: Suite) -> Iterator[ProbePoint]:
    """The leaves of which a text is made that is no amount, no time and no word."""
    others = fields_with(Money) | fields_with(date) | fields_with(StrEnum)
    for point in every_point(suite.harness, str):
        # A currency is a code, whichever way a vendor writes it.
        is_code = any(name.endswith("currency") for name in point.becomes)
        if point.kind is str and not point.becomes & others and not is_code:
            yield point


def _altered(point: ProbePoint) -> Iterator[tuple[str, bool]]:
    """A text that an item has not as it was written, and whether it has anything of it."""
    for text in point.chosen or (_TEXT,):
        for one, changes in point.outcomes(text):
            if not one.is_refused and not _holds(one, text):
                yield text, any(value not in (None, "", ()) for _, value in changes)


# --- nothing ---


def _is_lost(point: ProbePoint, wanted: type[Any]) -> bool:
    """Whether a seven shows in some item of which zero leaves nothing."""
    names = fields_with(wanted) - fields_with(bool)
    for (_, some), (_, zero) in zip(point.outcomes(7), point.outcomes(0), strict=True):
        shown = {name for name, value in some if name in names and value is not None}
        if shown and shown <= {name for name, value in zero if value is None}:
            return True
    return False


# --- words ---------------------------------------------------------------------------------------


def _guessed(point: ProbePoint) -> Iterator[str]:
    if point.kind not in (str, Any):
        return
    names = fields_with(StrEnum)
    for (one, steps), (other, changes) in zip(point.mutations, point.outcomes(_WORD), strict=True):
        if other.is_refused:
            yield f"{point}: an item with an unknown word is refused"
            return
        # What stands there without any word was not made of this one.
        without = dict(_canonical(one.with_leaf(steps, None), None))
        for name, value in _canonical(other, _WORD):
            if value != "unknown" and value != (without.get(name) or "unknown"):
                yield f"{point}: an unknown word becomes {value} in {name}"
                return
        if any(name in names for name, _ in changes) and not _holds(other, _WORD):
            yield f"{point}: an unknown word is nowhere in the record"
            return


def _canonical(mutation: Mutation, word: str | None) -> Iterator[tuple[str, Any]]:
    """Each field beside which this stands as the vendor's own word, with its value."""
    for record in mutation.whole_records:
        for one in fields_of(type(record)):
            if getattr(record, f"{one.name}{RAW}", "") == word:
                yield f"{type(record).__name__}.{one.name}", getattr(record, one.name)


def _dropped(point: ProbePoint, wanted: type[Any]) -> Iterator[str]:
    """Where text in place of a number or a time is neither refused nor kept."""
    if point.kind is not str:
        return
    filled = ", ".join(sorted(point.becomes & fields_with(wanted)))
    for other, _ in point.outcomes(_WORD):
        if not other.is_refused and not _holds(other, _WORD):
            yield f"{point}, of which {filled} is made: {_WORD!r} is neither refused nor kept"
            return
        for refused in other.refused(other.before):
            if not point.path.startswith(spelled(steps_of(refused.json_path))):
                yield (
                    f"{point}, of which {filled} is made: {_WORD!r} is refused, and told as "
                    f"{refused.json_path}"
                )
                return


def _holds(mutation: Mutation, word: str) -> bool:
    """Whether the word stands in a record, in a child of one, or in its `extra`."""
    every = (record for made in mutation.records.values() for record in made)
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
