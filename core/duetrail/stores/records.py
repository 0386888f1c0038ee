"""Record tables, their children, links and derivations in SQLite."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import compress

from duetrail.model import How, Link, Ref
from duetrail.stores.database import (
    EACH,
    EACH_PAIR,
    Database,
    by_table,
    json_list,
    marks,
)
from duetrail.stores.rows import Row, Table, Values, table_of

_LINK = ("connection", "record", "id", "invoice_connection", "invoice_id", "how", "rule")

LINK = ", ".join(f"l.{name}" for name in _LINK)
"""The columns of a link `l`, as `link_of` reads them."""

# Rows that are in memory at once.
_PORTION = 500

# From so many rows on it pays to look which columns are empty in all of them.
_MANY = 16


class Records(Database):
    """Reads and writes records in batches."""

    def rows(self, table: str, connection: str, ids: Iterable[str]) -> dict[str, Row]:
        """The rows of these ids that exist, by id."""
        where = f"connection = ? AND id IN {EACH}"
        found = self._rows(table_of(table), where, (connection, json_list(ids)))
        return {row.id: row for row, _ in found}

    def all_rows(self, table: str, *, present: bool = False) -> Iterator[Row]:
        """Every row of a record table, ordered by identity; with `present`, none that is absent."""
        found, last = table_of(table), ("", "")
        where = "(connection, id) > (?, ?)" + (" AND absent_since IS NULL" if present else "")
        while some := self._rows(found, where, last, limit=_PORTION):
            for row, _ in some:
                yield row
            last = (some[-1][0].connection, some[-1][0].id)

    def links(self, refs: Iterable[Ref]) -> set[Link]:
        """Every link of these touches, or of these invoices to others that are the same."""
        return {
            link
            for (connection, table), ids in by_table(refs).items()
            for link in self._links(connection, table, ids)
        }

    def derivations(self, refs: Iterable[Ref]) -> dict[Ref, frozenset[Ref]]:
        """What is derived from each of these records; those from which nothing is are left out."""
        found: dict[Ref, set[Ref]] = {}
        for (connection, table), ids in by_table(refs).items():
            for id, derived, derived_id in self._read(
                "SELECT id, derived, derived_id FROM derivations "
                f"WHERE connection = ? AND record = ? AND id IN {EACH}",
                (connection, table, json_list(ids)),
            ):
                origin = Ref(connection, table, id)
                found.setdefault(origin, set()).add(Ref(connection, derived, derived_id))
        return {origin: frozenset(refs) for origin, refs in found.items()}

    # --- inside

    def _rows(
        self, table: Table, where: str, values: Sequence[str], *, limit: int = -1
    ) -> list[tuple[Row, str | None]]:
        """Rows in order, each with the time since when it is absent."""
        names = ["connection", "id", *(c.name for c in table.columns), "absent_since"]
        found = self._read(
            f"SELECT {', '.join(names)} FROM {table.name} WHERE {where} "
            "ORDER BY connection, id LIMIT ?",
            (*values, limit),
        )
        if not found:
            return []
        # One query for the children of all, not one for those of each.
        identities = json_list(row[:2] for row in found)
        children = {c.name: self._children(c, identities) for c in table.children.values()}
        native = self._native(table, identities)
        return [
            (
                Row(
                    table.name,
                    row[0],
                    row[1],
                    row[2:-1],
                    {name: tuple(of.get(row[:2], ())) for name, of in children.items()},
                    tuple(native.get(row[:2], ())),
                ),
                row[-1],
            )
            for row in found
        ]

    def _children(self, child: Table, identities: str) -> dict[tuple[str, str], list[Values]]:
        """The children of some records, by the record's identity."""
        columns = ", ".join(c.name for c in child.columns)
        found: dict[tuple[str, str], list[Values]] = {}
        for connection, id, *values in self._read(
            f"SELECT connection, {child.parent}, {columns} FROM {child.name} "
            f"WHERE (connection, {child.parent}) IN {EACH_PAIR} ORDER BY 1, 2, position",
            (identities,),
        ):
            found.setdefault((connection, id), []).append(tuple(values))
        return found

    def _native(self, table: Table, identities: str) -> dict[tuple[str, str], list[Ref]]:
        """The invoices the vendor names for some records, by the record's identity."""
        found: dict[tuple[str, str], list[Ref]] = {}
        for connection, id, *invoice in self._read(
            "SELECT connection, id, invoice_connection, invoice_id FROM links "
            f"WHERE record = ? AND (connection, id) IN {EACH_PAIR} AND how = 'native' "
            "ORDER BY 1, 2, 3, 4",
            (table.name, identities),
        ):
            found.setdefault((connection, id), []).append(Ref(invoice[0], "invoices", invoice[1]))
        return found

    def _links(self, connection: str, table: str, ids: Iterable[str]) -> Iterator[Link]:
        for row in self._read(
            f"SELECT {LINK} FROM links AS l WHERE connection = ? AND record = ? AND id IN {EACH}",
            (connection, table, json_list(ids)),
        ):
            yield link_of(row)

    def _put_rows(self, rows: Iterable[Row], known: Collection[Ref]) -> None:
        """Insert or replace records with their children and native links.

        Args:
            rows: The records.
            known: Those of them that are stored already, and whose children are to go.
        """
        groups: dict[str, list[Row]] = {}
        for row in rows:
            groups.setdefault(row.table, []).append(row)
        for name, group in groups.items():
            table = table_of(name)
            identities = [(r.connection, r.id) for r in group if r.ref in known]
            values = [(row.connection, row.id, *row.values) for row in group]
            self._insert(table, values, or_update=True)
            for child in table.children.values():
                if identities:
                    self._db.executemany(_delete_children(child), identities)
                if children := _child_rows(child, group):
                    self._insert(child, children)
            self._put_native(name, group, identities)

    def _insert(self, table: Table, rows: list[Values], *, or_update: bool = False) -> None:
        columns, filled = _filled(table, rows)
        self._db.executemany(_insert_into(table, columns, or_update=or_update), filled)

    def _put_native(self, table: str, rows: list[Row], known: Sequence[tuple[str, str]]) -> None:
        if known:
            self._db.executemany(
                "DELETE FROM links WHERE record = ? AND connection = ? AND id = ? "
                "AND how = 'native'",
                [(table, *identity) for identity in known],
            )
        self._put_links(
            Link(row.ref, invoice, How.NATIVE) for row in rows for invoice in row.invoices
        )

    def _drop_rows(self, refs: Iterable[Ref]) -> None:
        """Remove records with their children and links."""
        for (connection, name), ids in by_table(refs).items():
            table, identities = table_of(name), [(connection, id) for id in ids]
            self._db.executemany(
                f"DELETE FROM {table.name} WHERE connection = ? AND id = ?", identities
            )
            for child in table.children.values():
                self._db.executemany(_delete_children(child), identities)
            self._db.executemany(
                "DELETE FROM links WHERE record = ? AND connection = ? AND id = ?",
                [(name, *identity) for identity in identities],
            )

    def _put_links(self, links: Iterable[Link]) -> None:
        """Add links that are not there yet."""
        rows = [_link_values(link) for link in links]
        if rows:
            names = ", ".join(_LINK)
            self._db.executemany(f"INSERT OR IGNORE INTO links ({names}) VALUES ({marks(7)})", rows)

    def _drop_links(self, links: Iterable[Link]) -> None:
        self._db.executemany(
            "DELETE FROM links WHERE connection = ? AND record = ? AND id = ? "
            "AND invoice_connection = ? AND invoice_id = ? AND how = ? AND rule = ?",
            [_link_values(link) for link in links],
        )

    def _put_derived(self, origin: Ref, derived: Iterable[Ref]) -> None:
        self._db.execute(
            "DELETE FROM derivations WHERE connection = ? AND record = ? AND id = ?", origin
        )
        self._db.executemany(
            "INSERT INTO derivations (connection, record, id, derived, derived_id) "
            "VALUES (?, ?, ?, ?, ?)",
            [(*origin, other.record, other.id) for other in derived],
        )

    def _absent(self, refs: Iterable[Ref]) -> set[Ref]:
        """Those of some records that are marked as absent."""
        found: set[Ref] = set()
        for (connection, table), ids in by_table(refs).items():
            rows = self._read(
                f"SELECT id FROM {table} WHERE connection = ? AND id IN {EACH} "
                "AND absent_since IS NOT NULL",
                (connection, json_list(ids)),
            )
            found.update(Ref(connection, table, id) for (id,) in rows)
        return found

    def _mark(self, refs: Iterable[Ref], since: str) -> list[Ref]:
        """Mark records as absent; those that were not yet."""
        marked: list[Ref] = []
        for (connection, table), ids in by_table(refs).items():
            found = self._read(
                f"UPDATE {table} SET absent_since = ? WHERE connection = ? AND id IN {EACH} "
                "AND absent_since IS NULL RETURNING id",
                (since, connection, json_list(ids)),
            )
            marked += [Ref(connection, table, id) for (id,) in found]
        return marked

    def _unmark(self, refs: Iterable[Ref]) -> None:
        """Take the mark of absence from records."""
        for (connection, table), ids in by_table(refs).items():
            self._read(
                f"UPDATE {table} SET absent_since = NULL WHERE connection = ? AND id IN {EACH}",
                (connection, json_list(ids)),
            )


def _filled(table: Table, rows: list[Values]) -> tuple[tuple[str, ...], Iterable[Values]]:
    """The columns in which any of these rows holds something, and the rows with just these.

    Half the columns of a page are NULL in all its rows, and each value that is bound takes time.
    A few rows are left whole: another statement for each costs more.
    """
    names = _columns(table)
    if len(rows) < _MANY:
        return names, rows
    empty = (None,) * len(rows)
    columns = list(zip(*rows, strict=True))
    is_filled = [column != empty for column in columns]
    return tuple(compress(names, is_filled)), zip(*compress(columns, is_filled), strict=True)


def link_of(row: Sequence[str]) -> Link:
    """A link from its columns."""
    return Link(Ref(*row[:3]), Ref(row[3], "invoices", row[4]), How(row[5]), row[6])


@cache
def _columns(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in (*table.identity, *table.columns))


@lru_cache(maxsize=256)
def _insert_into(table: Table, columns: tuple[str, ...], *, or_update: bool) -> str:
    """Insert rows of which other columns are NULL, or update all columns of those that exist."""
    sql = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks(len(columns))})"
    if not or_update:
        return sql
    changes = ", ".join(f"{c.name} = excluded.{c.name}" for c in table.columns)
    return f"{sql} ON CONFLICT (connection, id) DO UPDATE SET {changes}"


@cache
def _delete_children(child: Table) -> str:
    return f"DELETE FROM {child.name} WHERE connection = ? AND {child.parent} = ?"


def _child_rows(child: Table, rows: Iterable[Row]) -> list[Values]:
    return [
        (row.connection, row.id, position, *values)
        for row in rows
        for position, values in enumerate(row.children.get(child.name, ()))
    ]


def _link_values(link: Link) -> Values:
    touch, invoice, how, rule = link
    return (*touch, invoice.connection, invoice.id, how._value_, rule)  # `value` takes far longer
