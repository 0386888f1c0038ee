"""Reading for people: what the trail and the commands ask a SQLite store."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any

from duetrail.model import Ref
from duetrail.stores.queries import CountQuery, ObservationQuery, ValueQuery
from duetrail.stores.schema.records import owner_of, record_table
from duetrail.stores.sightings import Sightings


class Reading(Sightings):
    """See `duetrail.stores.base.Store`."""

    def answer(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one by one (see `duetrail.stores.metrics`)."""
        return self._stream(sql)

    def values(self, query: ValueQuery) -> Iterator[tuple[str, list[Ref]]]:
        column, table, where = query.column, query.table, self._where()
        schema = record_table(table)
        owner, id = (owner_of(schema), schema.parent or "id") if schema else (table, "id")
        # A record may hold a value in several children; of its own it has one, which is streamed.
        select = "SELECT DISTINCT" if id != "id" else "SELECT"
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
            f"{known} {select} {column}, connection, {id} FROM {source} {where} "
            f"ORDER BY {column}, connection, {id}",
            where.values,
        )
        groups = groupby(rows, key=lambda row: row[0])
        for value, group in islice(groups, query.most):
            yield value, [Ref(connection, owner, id) for _, connection, id in group]

    def counts(self, query: CountQuery | ObservationQuery) -> dict[str | None, int]:
        if isinstance(query, ObservationQuery):
            return self._count_observed(query)
        where = self._where()
        where.equal(connection=query.connection)
        for column, value in query.where.items():
            where.add(f"coalesce({column}, '') = :{column}", **{column: value})
        if query.is_absent:
            where.add("absent_since IS NOT NULL")
        sql = f"SELECT {query.by}, count(*) FROM {query.table} {where} GROUP BY 1"
        return dict(self._read(f"{sql} ORDER BY 1 NULLS FIRST", where.values))


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
