"""Rows as Arrow: the types of `duetrail.stores.schema.arrow`, made by Arrow's own casts.

Numbers are decimals of 38 digits, 18 of them behind the point. One that does not fit is refused,
with the record that it stands in: nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
import pyarrow as pa

from duetrail.errors import StoreError
from duetrail.exports.tables import Chunk, schema
from duetrail.stores.schema import TableSchema
from duetrail.stores.schema.arrow import arrow_schema

_json = msgspec.json.decode

_PLAIN = {
    "utf8": pa.string(),
    "date": pa.date32(),
    "bool": pa.bool_(),
    "int": pa.int64(),
    "binary": pa.binary(),
}


@cache
def schema_of(name: str) -> Any:
    """The Arrow schema of a table, with what its columns mean as metadata."""
    table = arrow_schema(schema(name))
    return pa.schema(list(map(_field, table["fields"])), metadata=_metadata(table))


def batch_of(chunk: Chunk) -> Any:
    """Rows as a record batch.

    Raises:
        StoreError: A number has more digits than Arrow's decimals.
    """
    fields = schema_of(chunk.table.name)
    columns = zip(*chunk.rows, strict=True) if chunk.rows else [()] * len(fields)
    arrays = []
    for field, values in zip(fields, columns, strict=True):
        try:
            arrays.append(_array(field.type, values))
        except pa.ArrowInvalid as error:
            raise _refused(chunk, field.name, field.type, values) from error
    return pa.RecordBatch.from_arrays(arrays, schema=fields)


def _field(field: dict[str, Any]) -> Any:
    return pa.field(field["name"], _type(field), field["nullable"], _metadata(field))


def _metadata(told: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: one["value"] for one in told["metadata"]}


def _type(field: dict[str, Any]) -> Any:
    type_, children = field["type"], field["children"]
    match type_["name"]:
        case "timestamp":
            return pa.timestamp("us", type_["timezone"])
        case "decimal":
            return pa.decimal128(type_["precision"], type_["scale"])
        case "list":
            return pa.list_(_field(children[0]))
        case "struct":
            return pa.struct(list(map(_field, children)))
    return _PLAIN[type_["name"]]


def _array(type_: Any, values: Sequence[Any]) -> Any:
    if pa.types.is_list(type_) or pa.types.is_struct(type_):
        return pa.array([None if one is None else _json(one) for one in values], type_)
    if pa.types.is_string(type_) or pa.types.is_integer(type_) or pa.types.is_binary(type_):
        return pa.array(values, type_)
    stored = pa.int64() if pa.types.is_boolean(type_) else pa.string()
    return pa.array(values, stored).cast(type_)


def _refused(chunk: Chunk, column: str, type_: Any, values: Iterable[Any]) -> StoreError:
    """An error that names the first value which has no place."""
    names = [part.name for part in chunk.table.parts]
    keys = [names.index(name) for name in chunk.table.primary_key]
    for row, value in zip(chunk.rows, values, strict=True):
        try:
            _array(type_, [value])
        except pa.ArrowInvalid:
            where = ":".join(str(row[at]) for at in keys)
            digits = len(Decimal(value).as_tuple().digits)
            return StoreError(
                f"{chunk.table.name}.{column} of {where} has {digits} digits, and Arrow's decimals "
                "hold 20 before the point and 18 behind it",
                hint="Nothing was exported. Leave the table out with --table, or export it as "
                "jsonl or csv, which hold every number.",
            )
    raise NotImplementedError(f"{chunk.table.name}.{column} cannot be cast")


def empty(table: TableSchema) -> Any:
    """No rows of a table."""
    return batch_of(Chunk(table, []))
