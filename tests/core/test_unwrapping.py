"""Values that a vendor writes as objects with their type beside them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from attrs import frozen

from duetrail.errors import BadItem
from duetrail.wire import decode, decode_json, leftovers
from duetrail.wire.judging import judge


class Typed:
    """Reads `{"__class__": ..., "value": ...}`."""

    @staticmethod
    def __unwrap__(typed):
        value = typed["value"]
        return Decimal(value) if typed["__class__"] == "decimal" else value


@frozen
class Line(Typed):
    price: Decimal | None = None


@frozen
class Bill(Typed):
    id: str
    total: Decimal | None = None
    issued: datetime | None = None
    due: date | None = None
    tags: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()


def typed(name, value):
    return {"__class__": name, "value": value}


RAW = {
    "id": "b1",
    "total": typed("decimal", "12.50"),
    "issued": typed("datetime", "2026-03-02T09:30:00+01:00"),
    "due": "2026-04-01",
    "tags": [typed("text", "a"), "b"],
    "lines": [{"price": typed("decimal", "1.10")}, {"price": 2}],
    "more": typed("text", "kept"),
}
BILL = Bill(
    id="b1",
    total=Decimal("12.50"),
    issued=datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
    due=date(2026, 4, 1),
    tags=("a", "b"),
    lines=(Line(price=Decimal("1.10")), Line(price=Decimal(2))),
)


@pytest.mark.parametrize(
    "read",
    [decode, judge, lambda wire, raw: decode_json(wire, json.dumps(raw).encode(), json.loads)],
    ids=["decode", "judge", "decode_json"],
)
def test_a_typed_value_is_what_it_means(read):
    """Beside plain ones, in lists and in objects below, whichever way it is decoded."""
    assert read(Bill, RAW) == BILL


@pytest.mark.parametrize(
    "wrong", [typed("text", "much"), {"value": "1"}, typed("decimal", "x"), {}]
)
def test_what_is_not_meant_so_is_refused_where_it_stands(wrong):
    """An object that the hook cannot read, or reads as another type, is told with its path."""
    with pytest.raises(BadItem) as refused:
        decode(Bill, {"id": "b1", "lines": [{"price": 1}, {"price": wrong}]})
    assert refused.value.path == "$.lines[1].price"


def test_what_no_field_names_is_left_over_as_it_came():
    """A typed value that nobody claims is kept whole."""
    assert leftovers(Bill, RAW) == {"more": typed("text", "kept")}
