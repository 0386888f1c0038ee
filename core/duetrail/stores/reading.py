"""Reading for people: what the trail and the commands ask a SQLite store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby

from duetrail.model import How, Link, Ref
from duetrail.stores.queries import EACH, EACH_PAIR, Queries, as_json, ids_by_place, marks

_LINK = "connection, record, id, invoice_connection, invoice_id, how, rule"


class SqliteReading(Queries):
    """See `duetrail.stores.protocols.Reading`."""

    def find_invoices(self, name: str, exact: Ref) -> list[Ref]:
        """The invoices that somebody may mean by a name: stored ones, else those links name."""
        found = self._read(
            "SELECT connection, id FROM invoices WHERE ?1 IN (number, id, remote_id) "
            "OR (connection = ?2 AND id = ?3)",
            (name, exact.connection, exact.id),
        ) or self._read(
            "SELECT DISTINCT invoice_connection, invoice_id FROM links WHERE invoice_id = ?1 "
            "OR (invoice_connection = ?2 AND invoice_id = ?3)",
            (name, exact.connection, exact.id),
        )
        return sorted(Ref(connection, exact.record, id) for connection, id in found)

    def links_to(self, invoices: Iterable[Ref]) -> list[Link]:
        """Every link to these invoices, by `how` descending and then by the touch."""
        found = self._read(
            f"SELECT {_LINK} FROM links WHERE (invoice_connection, invoice_id) IN {EACH_PAIR} "
            f"ORDER BY how DESC, {_LINK}",
            (as_json((ref.connection, ref.id) for ref in invoices),),
        )
        return [_link(*row) for row in found]

    def derived_links(self, table: str) -> set[Link]:
        """Every link of records of a table that a rule made."""
        sql = f"SELECT {_LINK} FROM links WHERE record = ? AND how = 'derived'"
        return {_link(*row) for row in self._read(sql, (table,))}

    def absent_since(self, refs: Iterable[Ref]) -> dict[Ref, datetime | None]:
        """Since when some records are absent; None for one that is not."""
        return {
            Ref(connection, table, id): None if since is None else datetime.fromisoformat(since)
            for (connection, table), ids in ids_by_place(refs).items()
            for id, since in self._read(
                f"SELECT id, absent_since FROM {table} WHERE connection = ? AND id IN {EACH}",
                (connection, as_json(ids)),
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
        wanted = f"{column} > ''" if values is None else f"{column} IN ({marks(given)})"
        rows = self._stream(
            f"SELECT {column}, id FROM {table} WHERE connection = ? AND {wanted}"
            f"{' AND absent_since IS NULL' if present else ''} ORDER BY {column}, id",
            [connection, *given],
        )
        for value, group in groupby(rows, key=lambda row: row[0]):
            yield value, [id for _, id in group]


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
