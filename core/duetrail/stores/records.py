"""Record tables, their children, links and derivations in SQLite: upserts by batch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import compress, islice, starmap

from duetrail.model import Link, LinkKind, Ref
from duetrail.stores.conditions import Conditions
from duetrail.stores.database import Values as Bound
from duetrail.stores.database import by_table
from duetrail.stores.history import History, State, states_of, time_of
from duetrail.stores.queries import DerivationQuery, LinkQuery, RecordQuery, RemovalQuery
from duetrail.stores.removals import Removal
from duetrail.stores.rows import Row, Table, Values, table_of
from duetrail.stores.schema.records import ABSENT_SINCE, CHANGED_RUN
from duetrail.stores.schema.statements import insert_new
from duetrail.stores.situation import Changes, Past
from duetrail.stores.sqlite_dialect import marks

_PRESENT_LINK = (
    "NOT EXISTS (SELECT 1 FROM absent WHERE absent.connection = links.connection "
    "AND absent.record = links.record AND absent.id = links.id) "
    "AND (how = 'native' OR NOT EXISTS (SELECT 1 FROM absent "
    "WHERE absent.connection = invoice_connection AND absent.record = 'invoices' "
    "AND absent.id = invoice_id))"
)
LINK = "connection, record, id, invoice_connection, invoice_id, how, rule"
_REMOVAL = "connection, record, id, run"

# What is noted of a record behind its own columns.
_NOTED = (ABSENT_SINCE.name, CHANGED_RUN.name)

# Rows that are in memory at once.
_PORTION = 500

_NO_CHILDREN: Mapping[str, list[Values]] = {}

# From so many rows on it pays to look which columns are empty in all of them.
_MANY = 16


class Records(History):
    """Reads and writes records in batches."""

    def records(self, query: RecordQuery) -> Iterator[Row]:
        table, last = table_of(query.table), ("", "")
        where = self._where()
        where.equal(connection=query.connection)
        where.among("ids", query.ids, "id")
        where.add("(connection, id) > (:last_connection, :last_id)")
        if query.is_present:
            where.add("absent_since IS NULL")
        if query.changed_since is not None:
            where.add("changed_run > :since", since=query.changed_since)
        while True:
            values = {**where.values, "last_connection": last[0], "last_id": last[1]}
            some = self._rows(
                table,
                f"{where} ORDER BY connection, id LIMIT {_PORTION}",
                values,
                is_bare=query.is_bare,
            )
            yield from some
            if len(some) < _PORTION:
                return
            last = (some[-1].connection, some[-1].id)

    def links(self, query: LinkQuery) -> Iterator[Link]:
        if query.touches is None:
            yield from self._links(query, self._where())
            return
        # An index finds ids of one table faster than whole references.
        for (connection, table), ids in sorted(by_table(query.touches).items()):
            where = self._where()
            where.equal(connection=connection, record=table)
            where.among("ids", ids, "id")
            yield from self._links(query, where)

    def _links(self, query: LinkQuery, where: Conditions) -> Iterator[Link]:
        if query.invoices is not None:
            invoices = ((ref.connection, ref.id) for ref in query.invoices)
            where.among("invoices", invoices, "invoice_connection", "invoice_id")
        where.among("names", query.invoice_ids, "invoice_id")
        if query.is_present:
            where.add(_PRESENT_LINK)
        sql = f"SELECT {LINK} FROM links {where} ORDER BY {LINK}"
        return map(link_of, self._stream(sql, where.values))

    def derivations(self, query: DerivationQuery) -> Iterator[tuple[Ref, Ref]]:
        where = self._where()
        where.among("origins", query.origins, "connection", "record", "id")
        where.among("derived", query.derived, "connection", "derived", "derived_id")
        sql = "SELECT connection, record, id, derived, derived_id FROM derivations"
        found = self._stream(f"{sql} {where} ORDER BY 1, 2, 3, 4, 5", where.values)
        return ((Ref(*row[:3]), Ref(row[0], *row[3:])) for row in found)

    def removals(self, query: RemovalQuery) -> Iterator[Removal]:
        where = self._where()
        where.equal(record=query.table, connection=query.connection)
        where.add("run > :since", since=query.since)
        # What was removed and came back is there: nobody has to take it away.
        where.add(
            f"NOT EXISTS (SELECT 1 FROM {query.table} AS back "
            "WHERE back.connection = removals.connection AND back.id = removals.id)"
        )
        sql = f"SELECT {_REMOVAL} FROM removals {where} ORDER BY connection, id"
        return starmap(Removal, self._stream(sql, where.values))

    # --- inside

    def _derived(self, refs: Iterable[Ref]) -> dict[Ref, frozenset[Ref]]:
        """What is derived from each of these records; those from which nothing is are left out."""
        found: dict[Ref, set[Ref]] = {}
        for (connection, table), ids in by_table(refs).items():
            for id, derived, derived_id in self._read(
                "SELECT id, derived, derived_id FROM derivations "
                f"WHERE connection = ? AND record = ? AND id IN {self.dialect.each}",
                (connection, table, self.dialect.bound(ids)),
            ):
                origin = Ref(connection, table, id)
                found.setdefault(origin, set()).add(Ref(connection, derived, derived_id))
        return {origin: frozenset(refs) for origin, refs in found.items()}

    def _rows_among(self, refs: Iterable[Ref], more: str = "") -> Iterator[Row]:
        """The rows of some records that exist, and of which something more is true."""
        for (connection, name), ids in by_table(refs).items():
            where = f"WHERE connection = ? AND id IN {self.dialect.each}{more}"
            yield from self._rows(table_of(name), where, (connection, self.dialect.bound(ids)))

    def _past_before(self, refs: Iterable[Ref], run: int) -> list[Past]:
        """What some records are that exist, and that an earlier run has changed last."""
        rows = list(self._rows_among(refs, f" AND coalesce(changed_run, 0) < {run:d}"))
        return with_links(rows, self._links_of(row.ref for row in rows))

    def _keep_past(
        self,
        refs: Iterable[Ref],
        run: int,
        as_before: Callable[[list[Past]], list[Past]] = lambda past: past,
    ) -> None:
        """Keep what records are, for history, before a run changes them.

        What the run itself has made of one already is no state of its own. Where history is built,
        it follows the run at its end.

        Args:
            refs: Records that may be stored.
            run: The run that is about to change them.
            as_before: Gives what they were, where their links have changed already.
        """
        rest = iter(refs)
        while portion := list(islice(rest, _PORTION)):
            if not (begun := self._begun(run)):
                return
            if past := self._past_before(portion, run):
                self.put_states(states_of(as_before(past), begun))

    def _replaced(self, changes: Changes) -> tuple[list[State], list[tuple[Ref, str]]]:
        """The states that changes put an end to, and when those of what is removed end."""
        refs = changes.replaced
        if not refs or not (begun := self._begun(changes.run)):
            return [], []
        past = [one for one in changes.past.values() if one[0].changed_run < changes.run]
        if rest := refs - changes.past.keys():
            past += self._past_before(rest, changes.run)
        at = time_of(changes.run, begun)
        return states_of(past, begun), [(ref, at) for ref in changes.removed]

    def _rows(self, table: Table, where: str, values: Bound, *, is_bare: bool = False) -> list[Row]:
        names = ["connection", "id", *(c.name for c in table.columns), *_NOTED]
        found = self._read(f"SELECT {', '.join(names)} FROM {table.name} {where}", values)
        if not found:
            return []
        children: dict[tuple[str, str], dict[str, list[Values]]] = {}
        native: dict[tuple[str, str], list[Ref]] = {}
        if not is_bare:  # one query for the children of all, not one for those of each
            identities = self.dialect.bound(row[:2] for row in found)
            for child in table.children.values():
                for identity, rows in self._children(child, identities).items():
                    children.setdefault(identity, {})[child.name] = rows
            native = self._native(table, identities)
        return [
            Row(
                table.name,
                row[0],
                row[1],
                row[2:-2],
                {} if is_bare else table.children_of(children.get(row[:2], _NO_CHILDREN)),
                tuple(native.get(row[:2], ())),
                row[-2],
                row[-1] or 0,
            )
            for row in found
        ]

    def _children(self, child: Table, identities: str) -> dict[tuple[str, str], list[Values]]:
        """The children of some records, by the record's identity."""
        columns = ", ".join(c.name for c in child.columns)
        found: dict[tuple[str, str], list[Values]] = {}
        for connection, id, *values in self._read(
            f"SELECT connection, {child.parent}, {columns} FROM {child.name} "
            f"WHERE (connection, {child.parent}) IN {self.dialect.each_pair} "
            "ORDER BY 1, 2, position",
            (identities,),
        ):
            found.setdefault((connection, id), []).append(tuple(values))
        return found

    def _native(self, table: Table, identities: str) -> dict[tuple[str, str], list[Ref]]:
        """The invoices the vendor names for some records, by the record's identity."""
        found: dict[tuple[str, str], list[Ref]] = {}
        for connection, id, *invoice in self._read(
            "SELECT connection, id, invoice_connection, invoice_id FROM links "
            f"WHERE record = ? AND (connection, id) IN {self.dialect.each_pair} AND how = 'native' "
            "ORDER BY 1, 2, 3, 4",
            (table.name, identities),
        ):
            found.setdefault((connection, id), []).append(Ref(invoice[0], "invoices", invoice[1]))
        return found

    def _links_of(self, touches: Iterable[Ref]) -> Iterator[Link]:
        """Every link of some touches."""
        for (connection, table), ids in by_table(touches).items():
            for row in self._read(
                f"SELECT {LINK} FROM links WHERE connection = ? AND record = ? "
                f"AND id IN {self.dialect.each}",
                (connection, table, self.dialect.bound(ids)),
            ):
                yield link_of(row)

    def _put_rows(self, rows: Iterable[Row], known: Collection[Ref], run: int) -> None:
        """Insert or replace records with their children and native links.

        Args:
            rows: The records.
            known: Those of them that are stored already, and whose children are to go.
            run: The run that changes them.
        """
        groups: dict[str, list[Row]] = {}
        for row in rows:
            groups.setdefault(row.table, []).append(row)
        for name, group in groups.items():
            table = table_of(name)
            identities = [(r.connection, r.id) for r in group if r.ref in known] if known else []
            values = [(row.connection, row.id, *row.values, run) for row in group]
            self._insert(table, values, or_update=True)
            # A line of an invoice has a position and no identity, so all of them are written anew.
            for child in table.children.values():
                if identities:
                    self._write(_delete_children(child), identities)
                if children := child_rows(child, group):
                    self._insert(child, children)
            self._put_native(name, group, identities)

    def _insert(self, table: Table, rows: list[Values], *, or_update: bool = False) -> None:
        columns, filled = _filled(table, rows)
        self._write(_insert_into(table, columns, or_update=or_update), filled)

    def _put_native(self, table: str, rows: list[Row], known: Sequence[tuple[str, str]]) -> None:
        if known:
            self._write(
                "DELETE FROM links WHERE record = ? AND connection = ? AND id = ? "
                "AND how = 'native'",
                [(table, *identity) for identity in known],
            )
        self._put_links(
            Link(row.ref, invoice, LinkKind.NATIVE) for row in rows for invoice in row.invoices
        )

    def _drop_rows(self, refs: Iterable[Ref], run: int) -> None:
        """Remove records with their children and links; what is removed leaves its id."""
        for (connection, name), ids in by_table(refs).items():
            table, identities = table_of(name), [(connection, id) for id in ids]
            # Before the rows go: what was never stored is not found here, and leaves no id.
            self._write(
                f"INSERT OR REPLACE INTO removals ({_REMOVAL}) "
                f"SELECT connection, ?, id, ? FROM {name} WHERE connection = ? AND id = ?",
                [(name, run, *identity) for identity in identities],
            )
            self._write(f"DELETE FROM {table.name} WHERE connection = ? AND id = ?", identities)
            for child in table.children.values():
                self._write(_delete_children(child), identities)
            self._write(
                "DELETE FROM links WHERE record = ? AND connection = ? AND id = ?",
                [(name, *identity) for identity in identities],
            )

    def _put_links(self, links: Iterable[Link]) -> None:
        """Add links that are not there yet."""
        rows = [link_values(link) for link in links]
        if rows:
            self._write(insert_new("links", LINK), rows)

    def _drop_links(self, links: Iterable[Link]) -> None:
        self._write(
            "DELETE FROM links WHERE connection = ? AND record = ? AND id = ? "
            "AND invoice_connection = ? AND invoice_id = ? AND how = ? AND rule = ?",
            [link_values(link) for link in links],
        )

    def _put_derived(self, origin: Ref, derived: Iterable[Ref]) -> None:
        self._read("DELETE FROM derivations WHERE connection = ? AND record = ? AND id = ?", origin)
        self._write(
            "INSERT INTO derivations (connection, record, id, derived, derived_id) "
            "VALUES (?, ?, ?, ?, ?)",
            [(*origin, other.record, other.id) for other in derived],
        )

    def _absent(self, refs: Iterable[Ref]) -> set[Ref]:
        """Those of some records that are marked as absent."""
        found: set[Ref] = set()
        for (connection, table), ids in by_table(refs).items():
            rows = self._read(
                f"SELECT id FROM {table} WHERE connection = ? AND id IN {self.dialect.each} "
                "AND absent_since IS NOT NULL",
                (connection, self.dialect.bound(ids)),
            )
            found.update(Ref(connection, table, id) for (id,) in rows)
        return found

    def _mark(self, refs: Iterable[Ref], since: str, run: int) -> list[Ref]:
        """Mark records as absent; those that were not yet."""
        refs = set(refs)
        self._keep_past(refs - self._absent(refs), run)
        marked: list[Ref] = []
        for (connection, table), ids in by_table(refs).items():
            # A mark that is there stays: it tells when the record was first missed.
            found = self._read(
                f"UPDATE {table} SET absent_since = ?, changed_run = ? WHERE connection = ? "
                f"AND id IN {self.dialect.each} AND absent_since IS NULL RETURNING id",
                (since, run, connection, self.dialect.bound(ids)),
            )
            marked += [Ref(connection, table, id) for (id,) in found]
        return marked

    def _unmark(self, refs: Iterable[Ref], run: int) -> None:
        """Take the mark of absence from records."""
        self._note_run(refs, run, "absent_since = NULL, ")

    def _note_change(self, refs: Iterable[Ref], run: int) -> None:
        """Note that a run has changed records beyond their own columns, and keep what they were."""
        refs = list(dict.fromkeys(refs))
        self._keep_past(refs, run)
        self._note_run(refs, run)

    def _note_run(self, refs: Iterable[Ref], run: int, more: str = "") -> None:
        """Note that a run has changed some records: their links, or what more is set in SQL."""
        for (connection, table), ids in by_table(refs).items():
            self._read(
                f"UPDATE {table} SET {more}changed_run = ? "
                f"WHERE connection = ? AND id IN {self.dialect.each}",
                (run, connection, self.dialect.bound(ids)),
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


@cache
def _columns(table: Table) -> tuple[str, ...]:
    names = [column.name for column in (*table.identity, *table.columns)]
    return tuple(names if table.parent else [*names, CHANGED_RUN.name])


@lru_cache(maxsize=256)
def _insert_into(table: Table, columns: tuple[str, ...], *, or_update: bool) -> str:
    """Insert rows of which other columns are NULL, or update all columns of those that exist."""
    sql = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks(len(columns))})"
    if not or_update:
        return sql
    names = [*(column.name for column in table.columns), CHANGED_RUN.name]
    changes = ", ".join(f"{name} = excluded.{name}" for name in names)
    return f"{sql} ON CONFLICT (connection, id) DO UPDATE SET {changes}"


@cache
def _delete_children(child: Table) -> str:
    return f"DELETE FROM {child.name} WHERE connection = ? AND {child.parent} = ?"


def child_rows(child: Table, rows: Iterable[Row]) -> list[Values]:
    """The rows of a child table that some records have."""
    return [
        (row.connection, row.id, position, *values)
        for row in rows
        for position, values in enumerate(row.children.get(child.name, ()))
    ]


def with_links(rows: Iterable[Row], links: Iterable[Link]) -> list[Past]:
    """Rows, each with those of some links that are its own."""
    linked: dict[Ref, list[Link]] = {}
    for link in links:
        linked.setdefault(link.touch, []).append(link)
    return [(row, linked.get(row.ref, ())) for row in rows]


def link_of(row: Sequence[str]) -> Link:
    """A link from its row."""
    connection, record, id, invoice_connection, invoice_id, how, rule = row
    invoice = Ref(invoice_connection, "invoices", invoice_id)
    return Link(Ref(connection, record, id), invoice, LinkKind(how), rule)


def link_values(link: Link) -> Values:
    """A link as its row."""
    touch, invoice, how, rule = link
    return (*touch, invoice.connection, invoice.id, how._value_, rule)  # `value` takes far longer
