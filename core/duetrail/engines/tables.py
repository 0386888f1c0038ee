"""A record as one row of an engine: a mapping in logical types, with where it came from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
from attrs import frozen

from duetrail.errors import UsageError, did_you_mean
from duetrail.model import BY_TABLE, Link, LinkKind
from duetrail.stores import Row, table_of
from duetrail.stores.logical import LINKS, logical_link, logical_record
from duetrail.stores.rows import Table, is_touch
from duetrail.stores.schema.tables import ColumnSchema, Kind

ORIGIN = "_duetrail"
"""The column that says where a row came from."""


@frozen
class Origin:
    """Where a row came from; what `explain` begins with.

    Attributes:
        plugin: The plugin that mapped it, with its version.
        resource: The resource it was read from.
        page: What was asked, without secrets.
        path: Where on the page it stood, as a JSON path.
    """

    plugin: str
    resource: str
    page: str
    path: str


def known_table(name: str) -> Table:
    """The table of a kind of record.

    Raises:
        UsageError: There is none of this name.
    """
    if name not in BY_TABLE:
        raise UsageError(
            f"there is no record table {name!r}",
            hint=did_you_mean(name, BY_TABLE, f"There are {', '.join(BY_TABLE)}."),
        )
    return table_of(name)


def columns_of(table: Table) -> list[ColumnSchema]:
    """The plain columns of a row, in order: identity, then fields; money takes two."""
    return [*_identity(table), *(part for one in table.fields for part in one.schema.parts)]


def mapping_of(row: Row, links: Iterable[Link], origin: Origin) -> dict[str, Any]:
    """A row as a mapping.

    Its keys are the columns of the record's table, then the fields that hold child records (lists
    of mappings), `links` for what can belong to an invoice, and `_duetrail`. Amounts are `Decimal`,
    times aware and in UTC, lists of texts are lists, an address is a mapping of texts, and what a
    vendor may structure as it likes is JSON, as text.
    """
    made = logical_record(row)
    # Plain JSON stays text: no engine has a type for what may be of any form.
    parts = (part for one in table_of(row.table).fields for part in one.schema.parts)
    for part, value in zip(parts, row.values, strict=True):
        if part.kind is Kind.JSON:
            made[part.name] = value
    if is_touch(row.table):
        native = (Link(row.ref, invoice, LinkKind.NATIVE) for invoice in row.invoices)
        made[LINKS] = [logical_link(one) for one in sorted({*native, *links})]
    made[ORIGIN] = attrs.asdict(origin)
    return made


def _identity(table: Table) -> list[ColumnSchema]:
    names = [column.name for column in table.identity]
    return [column for column in table.schema.columns if column.name in names]
