"""Reading for people: what the trail and the commands ask a SQLite store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from duetrail.model import RECORDS, How, Link, Ref
from duetrail.stores.database import EACH, EACH_PAIR, Database, by_table, json_list, marks
from duetrail.stores.rows import Table, table_of

_LINK = "connection, record, id, invoice_connection, invoice_id, how, rule"
# Every index of invoices begins with the connection: with this list of them, no row is looked at
# but those that are found. It is read in one step for each connection, not for each invoice.
_CONNECTIONS = (
    "WITH RECURSIVE known (name) AS (SELECT min(connection) FROM invoices "
    "UNION ALL SELECT (SELECT min(connection) FROM invoices WHERE connection > known.name) "
    "FROM known WHERE known.name IS NOT NULL)"
)
_REJECT = "connection, resource, shape, key, json_path, reason, raw"
# A link that a vendor names stays whether the invoice is there or not; others go with either end.
_PRESENT_LINK = (
    "NOT EXISTS (SELECT 1 FROM absent WHERE absent.connection = links.connection "
    "AND absent.record = links.record AND absent.id = links.id) "
    "AND (how = 'native' OR NOT EXISTS (SELECT 1 FROM absent "
    "WHERE absent.connection = invoice_connection AND absent.record = 'invoices' "
    "AND absent.id = invoice_id))"
)


class SqliteReading(Database):
    """See `duetrail.stores.protocols.Reading`."""

    def find_invoices(self, name: str, exact: Ref) -> list[Ref]:
        """The invoices that somebody may mean by a name: stored ones, else those links name."""
        asked = {"name": name, "connection": exact.connection, "id": exact.id}
        found = self._read(
            f"{_CONNECTIONS} {' UNION '.join(map(_named, ('number', 'id', 'remote_id')))} "
            "UNION SELECT connection, id FROM invoices "
            "WHERE connection = :connection AND id = :id",
            asked,
        ) or self._read(
            "SELECT DISTINCT invoice_connection, invoice_id FROM links WHERE invoice_id = :name "
            "OR (invoice_connection = :connection AND invoice_id = :id)",
            asked,
        )
        return sorted(Ref(connection, exact.record, id) for connection, id in found)

    def links_to(self, invoices: Iterable[Ref]) -> list[Link]:
        """Every link to these invoices, by `how` descending and then by the touch."""
        found = self._read(
            f"SELECT {_LINK} FROM links WHERE (invoice_connection, invoice_id) IN {EACH_PAIR} "
            f"ORDER BY how DESC, {_LINK}",
            (json_list((ref.connection, ref.id) for ref in invoices),),
        )
        return [_link(*row) for row in found]

    def absent_since(self, refs: Iterable[Ref]) -> dict[Ref, datetime | None]:
        """Since when some records are absent; None for one that is not."""
        return {
            Ref(connection, table, id): None if since is None else datetime.fromisoformat(since)
            for (connection, table), ids in by_table(refs).items()
            for id, since in self._read(
                f"SELECT id, absent_since FROM {table} WHERE connection = ? AND id IN {EACH}",
                (connection, json_list(ids)),
            )
        }

    def ids_by_value(
        self,
        table: str,
        column: str,
        connection: str,
        values: Iterable[str] | None = None,
        *,
        present: bool = False,
    ) -> Iterator[tuple[str, list[str]]]:
        """Values of a text column in order, each with the sorted ids that hold it."""
        given = [] if values is None else list(values)
        # Each bound by itself: SQLite's JSON ends a text at a NUL.
        wanted = f"{column} > ''" if values is None else f"{column} IN ({marks(len(given))})"
        rows = self._stream(
            f"SELECT {column}, id FROM {table} WHERE connection = ? AND {wanted}"
            f"{' AND absent_since IS NULL' if present else ''} ORDER BY {column}, id",
            [connection, *given],
        )
        for value, group in groupby(rows, key=lambda row: row[0]):
            yield value, [id for _, id in group]

    def origin(self, ref: Ref) -> Ref | None:
        """The record that a derived record was read off; None where it is not derived."""
        found = self._read(
            "SELECT connection, record, id FROM derivations "
            "WHERE connection = ? AND derived = ? AND derived_id = ? ORDER BY record, id LIMIT 1",
            ref,
        )
        return Ref(*found[0]) if found else None

    def content(self) -> Iterator[tuple[Any, ...]]:
        """Everything a store says, line by line, in one order."""
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

    def record_counts(self) -> list[tuple[str, str, int, int]]:
        """Connection, table, records that are present, and absent ones."""
        return [
            row
            for record in RECORDS
            for row in self._read(
                f"SELECT connection, '{record.table}', count(*) - count(absent_since), "
                f"count(absent_since) FROM {record.table} GROUP BY 1 ORDER BY 1"
            )
        ]

    def known_connections(self) -> set[str]:
        """The connections that left a checkpoint or a reject."""
        sql = "SELECT connection FROM checkpoints UNION SELECT connection FROM rejects"
        return {connection for (connection,) in self._read(sql)}

    def unknown_words(self, connection: str, table: str, column: str) -> list[tuple[str, int]]:
        """A vendor's own words for which the model has none, in order, each with its count."""
        return self._read(
            f"SELECT {column}_raw, count(*) FROM {table} "
            f"WHERE connection = ? AND {column} = 'unknown' GROUP BY 1 ORDER BY 1",
            (connection,),
        )

    def page_numbers(self, connections: Collection[str] | None = None) -> list[int]:
        """The numbers of the kept pages of some connections, or of all, in order."""
        wanted = None if connections is None else json_list(connections)
        found = self._read(
            "SELECT number FROM pages WHERE :wanted IS NULL "
            "OR connection IN (SELECT value FROM json_each(:wanted)) ORDER BY number",
            {"wanted": wanted},
        )
        return [number for (number,) in found]

    def cursors(self) -> dict[tuple[str, str, str], str]:
        """The cursor of each shard that has one, by connection, resource and shard, in order."""
        found = self._read(
            "SELECT connection, resource, shard, cursor FROM checkpoints "
            "WHERE cursor IS NOT NULL ORDER BY connection, resource, shard"
        )
        return {row[:3]: row[3] for row in found}


def _named(column: str) -> str:
    """SQL for the invoices of which a column holds the name, by its index."""
    return (
        "SELECT connection, id FROM known "
        f"JOIN invoices ON connection = known.name AND {column} = :name"
    )


def _has_parent(table: Table, child: Table) -> str:
    """SQL for the children of records that are present."""
    return (
        f"EXISTS (SELECT 1 FROM {table.name} AS parent WHERE parent.absent_since IS NULL "
        f"AND parent.connection = {child.name}.connection "
        f"AND parent.id = {child.name}.{child.parent})"
    )


def _link(
    connection: str,
    record: str,
    id: str,
    invoice_connection: str,
    invoice_id: str,
    how: str,
    rule: str,
) -> Link:
    """A link from its row."""
    invoice = Ref(invoice_connection, "invoices", invoice_id)
    return Link(Ref(connection, record, id), invoice, How(how), rule)
