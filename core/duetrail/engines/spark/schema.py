"""Rows for Spark: the schema of a table, and mappings as batches of Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

import attrs

from duetrail.engines.tables import ORIGIN, Origin, columns_of, known_table
from duetrail.errors import BadItem
from duetrail.stores.logical import LINK, LINKS
from duetrail.stores.rows import is_touch
from duetrail.stores.schema.tables import ColumnSchema, Kind

# What Spark's decimals hold at most: 20 digits before the point and 18 behind it.
_PRECISION, _SCALE = 38, 18

_BATCH = 1_000  # rows


@cache
def schema_of(table: str) -> Any:
    """The schema of a table's rows, a `StructType`.

    Raises:
        UsageError: There is no such table.
    """
    from pyspark.sql import types

    made = known_table(table)
    fields = [_field(column) for column in columns_of(made)]
    for name, child in made.children.items():
        parts = [_field(part) for one in child.fields for part in one.schema.parts]
        fields.append(types.StructField(name, types.ArrayType(types.StructType(parts))))
    if is_touch(table):
        fields.append(types.StructField(LINKS, types.ArrayType(_texts(LINK))))
    fields.append(types.StructField(ORIGIN, _texts([one.name for one in attrs.fields(Origin)])))
    return types.StructType(fields)


def batches(rows: Iterable[dict[str, Any]], table: str) -> Iterator[Any]:
    """Mappings of a table as record batches of Arrow.

    Raises:
        BadItem: A number has more digits than Spark's decimals hold; it is never rounded.
    """
    import pyarrow

    made = arrow_schema(table)
    numbers = _numbers(table)
    waiting = iter(rows)
    while some := list(islice(waiting, _BATCH)):
        for row in some:
            _refuse_wide(row, table, numbers)
        yield pyarrow.RecordBatch.from_pylist(some, schema=made)


@cache
def arrow_schema(table: str) -> Any:
    """The same schema as Spark expects it of Arrow, a `pyarrow.Schema`."""
    from pyspark.sql.pandas.types import to_arrow_schema

    return to_arrow_schema(schema_of(table), timezone="UTC")


def _field(column: ColumnSchema) -> Any:
    from pyspark.sql import types

    return types.StructField(column.name, _type(column), True, {"comment": column.help})


def _type(column: ColumnSchema) -> Any:
    from pyspark.sql import types

    match column.kind:
        case Kind.TIME:
            return types.TimestampType()
        case Kind.DAY:
            return types.DateType()
        case Kind.FLAG:
            return types.BooleanType()
        case Kind.WHOLE:
            return types.LongType()
        case Kind.NUMBER:
            return types.DecimalType(_PRECISION, _SCALE)
        case Kind.LIST:
            return types.ArrayType(types.StringType())
        case Kind.ADDRESS:
            return _texts([one.name for one in attrs.fields(column.type)])
        case Kind.BYTES:
            return types.BinaryType()
    return types.StringType()


def _texts(names: Sequence[str]) -> Any:
    from pyspark.sql import types

    return types.StructType([types.StructField(name, types.StringType()) for name in names])


@cache
def _numbers(table: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The columns with numbers, by the field of child records they are in; of the row itself ''."""
    made = known_table(table)
    found = [("", made), *made.children.items()]
    return tuple(
        (
            name,
            tuple(
                part.name
                for one in each.fields
                for part in one.schema.parts
                if part.kind is Kind.NUMBER
            ),
        )
        for name, each in found
    )


def _refuse_wide(
    row: dict[str, Any], table: str, numbers: tuple[tuple[str, tuple[str, ...]], ...]
) -> None:
    for field, columns in numbers:
        for one in row[field] if field else (row,):
            for column in columns:
                value = one[column]
                if value is not None and not _fits(value):
                    raise BadItem(
                        f"{row['connection']}:{table}:{row['id']}: {column} has more digits than "
                        f"decimal({_PRECISION},{_SCALE}) holds",
                        path=f"${field and '.' + field}.{column}",
                    )


def _fits(number: Decimal) -> bool:
    # By its digits: arithmetic would round to the precision of the context.
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):  # not a number, or infinite
        return False
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return not number or (exponent + zeros >= -_SCALE and number.adjusted() < _PRECISION - _SCALE)
