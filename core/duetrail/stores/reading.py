"""Reading for people: what the trail and the commands ask a SQLite store."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any

from duetrail.model import RECORDS, Ref
from duetrail.stores.conditions import Conditions
from duetrail.stores.queries import CountQuery, ObservationQuery, ValueQuery
from duetrail.stores.rows import Table, table_of
from duetrail.stores.sightings import SqliteSightings

_LINK = "connection, record, id, invoice_connection, invoice_id, how, rule"
_REJECT = "connection, resource, shape, key, json_path, reason, raw"
# A link that a vendor names stays whether the invoice is there or not; others go with either end.
_PRESENT_LINK = (
    "NOT EXISTS (SELECT 1 FROM absent WHERE absent.connection = links.connection "
    "AND absent.record = links.record AND absent.id = links.id) "
    "AND (how = 'native' OR NOT EXISTS (SELECT 1 FROM absent "
    "WHERE absent.connection = invoice_connection AND absent.record = 'invoices' "
    "AND absent.id = invoice_id))"
)


class SqliteReading(SqliteSightings):
    """See `duetrail.stores.protocols.Reading`."""

    def values(self, query: ValueQuery) -> Iterator[tuple[str, list[Ref]]]:
        column, table, where = query.column, query.table, Conditions()
        where.equal(connection=query.connection)
        if query.values is None:
            where.add(f"{column} > :after", after=query.after)
        else:  # each bound by itself: SQLite's JSON ends a text at a NUL
            given = {f"value{at}": value for at, value in enumerate(query.values)}
            where.add(f"{column} IN ({', '.join(f':{name}' for name in given)})", **given)
        if query.is_present:
            where.add("absent_since IS NULL")
        known, source = ("", table) if query.connection is not None else _each_connection(table)
        rows = self._stream(
            f"{known} SELECT {column}, connection, id FROM {source} {where} "
            f"ORDER BY {column}, connection, id",
            where.values,
        )
        groups = groupby(rows, key=lambda row: row[0])
        for value, group in islice(groups, query.most):
            yield value, [Ref(connection, table, id) for _, connection, id in group]

    def counts(self, query: CountQuery | ObservationQuery) -> dict[str | None, int]:
        if isinstance(query, ObservationQuery):
            return self._count_observed(query)
        where = Conditions()
        where.equal(connection=query.connection)
        for column, value in query.where.items():
            where.add(f"coalesce({column}, '') = :{column}", **{column: value})
        if query.is_absent:
            where.add("absent_since IS NOT NULL")
        sql = f"SELECT {query.by}, count(*) FROM {query.table} {where} GROUP BY 1 ORDER BY 1"
        return dict(self._read(sql, where.values))

    def content(self) -> Iterator[tuple[Any, ...]]:
        for record in RECORDS:
            table = table_of(record.table)
            yield from self._rows_of(table, "absent_since IS NULL")
            for child in table.children.values():
                yield from self._rows_of(child, _has_parent(table, child))
        yield from self._lines("links", _LINK, _PRESENT_LINK, _LINK)
        yield from self._lines("rejects", _REJECT, "true", _REJECT)

    def _rows_of(self, table: Table, where: str) -> Iterator[tuple[Any, ...]]:
        identity = ", ".join(column.name for column in table.identity)
        columns = ", ".join(column.name for column in (*table.identity, *table.columns))
        return self._lines(table.name, columns, where, identity)

    def _lines(self, table: str, columns: str, where: str, order: str) -> Iterator[tuple[Any, ...]]:
        sql = f"SELECT {columns} FROM {table} WHERE {where} ORDER BY {order}"
        return ((table, *row) for row in self._stream(sql))


def _each_connection(table: str) -> tuple[str, str]:
    """SQL that names the connections in a table, and a source that goes from one to the next.

    Every index begins with the connection: with a list of them, no row is looked at but those that
    are found. The list is read in one step for each connection, not for each row.
    """
    known = (
        f"WITH RECURSIVE known (name) AS (SELECT min(connection) FROM {table} "
        f"UNION ALL SELECT (SELECT min(connection) FROM {table} WHERE connection > known.name) "
        "FROM known WHERE known.name IS NOT NULL)"
    )
    return known, f"known JOIN {table} ON connection = known.name"


def _has_parent(table: Table, child: Table) -> str:
    """SQL for the children of records that are present."""
    return (
        f"EXISTS (SELECT 1 FROM {table.name} AS parent WHERE parent.absent_since IS NULL "
        f"AND parent.connection = {child.name}.connection "
        f"AND parent.id = {child.name}.{child.parent})"
    )
