"""What the author has seen with their own eyes stands in the records.

A recording cannot tell the day of issue from the day it is due: both are days. Whoever looks at the
same invoice in the vendor's own application can.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import attrs

from duetrail.model import Money, Record, Ref
from duetrail.testing.contract.advice import expect_none, money_text, skip
from duetrail.testing.contract.suite import Suite


class Known(Suite):
    """What the author knows of single records."""

    def test_what_is_known_is_so(self) -> None:
        """What the author read of a record in the vendor's own application stands in it."""
        if not self.known:
            skip("the suite is told of no record that somebody has looked at")
        project = self.harness.good()
        there = {(one.table, one.id): one for one in project.records()}
        linked = project.linked()
        wrong = [
            text
            for table, records in self.known.items()
            for id, fields in records.items()
            for text in _wrong(
                f"{table} {id}",
                there.get((table, str(id))),
                fields,
                linked.get((table, str(id)), ()),
            )
        ]
        expect_none(
            wrong,
            "records are not what is known of them",
            "known",
            do="compare the mapping with the vendor's documentation, field by field",
        )


def _wrong(
    where: str, record: Record | None, fields: Mapping[str, Any], linked: Collection[str]
) -> Iterator[str]:
    if record is None:
        yield f"{where}: there is no such record"
        return
    names = {one.name for one in attrs.fields(type(record))}
    for name, said in fields.items():
        if name not in names:
            yield f"{where}: there is no field {name}"
        elif _is(getattr(record, name), said):
            continue
        elif name == "invoices":  # those that it stands in, or was asked for with, count, too
            if sorted(linked) != sorted(said or ()):
                yield f"{where}: it belongs to {sorted(linked)}, known is {said}"
        else:
            yield f"{where}: {name} is {_shown(getattr(record, name))}, known is {said}"


def _is(value: Any, said: Any) -> bool:
    """Whether a value of the model is what somebody wrote down as plain text or numbers."""
    match value:
        case None | bool():
            return value is said
        case Money():
            return _is_money(value, str(said))
        case Ref():  # a tuple, too
            return bool(value.id == said)
        case tuple():  # of none of them the vendor shows nothing
            several = () if said is None else said
            is_list = isinstance(several, list | tuple) and len(value) == len(several)
            return is_list and all(map(_is, value, several))
        case datetime():
            return _instant(said) == value
        case date():
            return str(said) == value.isoformat()
        case int() | Decimal():
            return _number(said) == value
        case str() | dict() | list():
            return bool(value == said)
    names = attrs.fields_dict(type(value))
    return isinstance(said, Mapping) and all(
        name in names and _is(getattr(value, name), part) for name, part in said.items()
    )


def _is_money(money: Money, said: str) -> bool:
    digits, _, currency = said.partition(" ")
    number = _number(digits)
    is_amount = number is not None and number == money.amount
    return is_amount and (currency or None) == money.currency


def _instant(said: Any) -> datetime | None:
    try:
        return said if isinstance(said, datetime) else datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return None


def _number(said: Any) -> Decimal | None:
    try:
        return Decimal(str(said))
    except InvalidOperation:
        return None


def _shown(value: Any) -> str:
    if isinstance(value, Money):
        return money_text(value)
    return value.isoformat() if isinstance(value, date) else str(value)
