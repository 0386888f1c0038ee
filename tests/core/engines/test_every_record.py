"""Whatever a record holds, a target reads the same out of its messages."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from attrs import evolve
from hypothesis import example, given

from duetrail.engines import airbyte, singer
from duetrail.engines.row_schemas import json_row
from duetrail.model import Call, Record
from duetrail.stores import Row, to_row
from duetrail.stores.logical import LINKS, logical_row
from support.passed_on import logical
from support.read_back import row_of
from support.records import EVERY

encode = msgspec.json.Encoder(decimal_format="number").encode
LINK = {"invoice_connection": "b", "invoice_id": "1", "how": "derived", "rule": "same number"}


def passed_on(row: Row) -> dict[str, Any]:
    """The row as a target parses it."""
    told = {**logical_row(row), LINKS: [LINK]}
    return dict(json.loads(encode(json_row(row.table, told)), parse_float=Decimal))


@given(EVERY)
@example(Call(connection="a", id="1", transcript_parts="1"))
@example(Call(connection="a", id="1", transcript_parts=[Decimal("0.10"), None, "x"]))
def test_a_target_reads_what_was_stored(record: Record) -> None:
    """Every value of every column and child comes back, digit by digit."""
    row = to_row(record)
    found = logical(row.table, passed_on(row))
    assert row_of(row.table, found) == evolve(row, invoices=())
    assert found[LINKS] == [LINK]


@given(EVERY)
def test_a_row_fits_its_schema(record: Record) -> None:
    """What is said of a stream holds for every record: types, formats, and no column besides."""
    row = to_row(record)
    told = passed_on(row)
    (stream,) = airbyte.discovered([row.table])["catalog"]["streams"]
    for schema in (singer.stream_schema(row.table), stream["json_schema"]):
        assert list(misfits(schema, told)) == []


_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    Decimal: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}
_FORMATS = {
    "date-time": lambda text: datetime.fromisoformat(text).tzinfo,
    "date": date.fromisoformat,
    "x-singer.decimal": Decimal,
}


def misfits(schema: Any, value: Any, at: str = "$") -> Any:
    """Where a value is not what a JSON Schema of ours says."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = _TYPES[type(value)]
    if kind not in kinds and not (kind == "integer" and "number" in kinds):
        yield f"{at}: {kind}"
    if isinstance(value, str) and "format" in schema:
        assert _FORMATS[schema["format"]](value) is not None
    if isinstance(value, dict) and "properties" in schema:
        for name, part in value.items():
            if name not in schema["properties"]:
                yield f"{at}.{name}: not in the schema"
            else:
                yield from misfits(schema["properties"][name], part, f"{at}.{name}")
    if isinstance(value, list) and "items" in schema:
        for part in value:
            yield from misfits(schema["items"], part, f"{at}[]")
