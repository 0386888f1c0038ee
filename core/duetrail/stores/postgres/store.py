"""The PostgreSQL store: the tables of a schema on a server.

How they are made and kept up to date is in `duetrail.stores.postgres.opening`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from duetrail.errors import StoreError
from duetrail.model import RECORDS, Link, Ref
from duetrail.stores.conditions import Conditions
from duetrail.stores.database import Values
from duetrail.stores.periods import Periods
from duetrail.stores.postgres.connecting import Place, connect, errors_of
from duetrail.stores.postgres.erasing import PostgresErasing
from duetrail.stores.postgres.opening import bring_up_to_date
from duetrail.stores.postgres.shards import SYNC, PostgresShards
from duetrail.stores.postgres.situation import PostgresSituations
from duetrail.stores.postgres.texts import escaped, jsonb_of
from duetrail.stores.postgres.writing import PostgresWriting
from duetrail.stores.reading import Reading
from duetrail.stores.records import LINK, link_values
from duetrail.stores.rows import Row, table_of
from duetrail.stores.schema import TableSchema, record_tables
from duetrail.stores.situation import Past
from duetrail.stores.sqlite_state import SyncStates

_PORTION = 1000

# Bytes of what an index takes: a third of a page, less what else stands in a row of it.
_LONGEST = 2400
# Two ids stand in one row of it, such as a call's and its invoice's.
_LONGEST_ID = _LONGEST // 2

_HOLDER = (
    "SELECT application_name, pid FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
    "AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND (classid::bigint, objid::bigint) = "
    "(hashtext('duetrail: sync')::bigint & 4294967295, "
    "hashtext(current_schema())::bigint & 4294967295)"
)


def open_postgres(url: str, *, create: bool = False) -> PostgresStore:
    """Open the store at a URL, `postgresql://USER@HOST:PORT/DATABASE?schema=NAME`.

    Args:
        url: Its URL; the schema is the user's own where none is named.
        create: Whether to make the store where there is none.

    Raises:
        ConfigError: The URL is none.
        StoreError: The server cannot be reached, or what is there cannot be used.
    """
    return PostgresStore(Place.of(url), create=create)


class PostgresStore(
    PostgresShards,
    PostgresWriting,
    PostgresSituations,
    PostgresErasing,
    SyncStates,
    Reading,
    Periods,
):
    """A store in a schema of a PostgreSQL database (see `duetrail.stores.base.Store`)."""

    keeps_spelling = False  # jsonb keeps what JSON says
    sql_dialect = "postgresql"

    def __init__(self, place: Place, *, create: bool) -> None:
        super().__init__()
        self.url = place.name
        self._place = place
        self._holds = False
        self._db = connect(place)
        try:
            names = bring_up_to_date(self._db, place, create=create)
        except BaseException:
            self._db.close()
            raise

        self._indexed = {table.name: _indexed(table, names) for table in record_tables()}

    def answer(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """See `duetrail.stores.metrics.reading.AnswersQueries`; all rows are read at once."""
        with errors_of(self._place), self._db.transaction():
            # The planner knows nothing of views inside a query: it takes each for one row, and
            # would go through all of one for every row of another. Without that way its estimates
            # are so high that it would compile the query, which takes longer than to run it.
            self._db.execute("SET LOCAL enable_nestloop = off")
            self._db.execute("SET LOCAL jit = off")
            return iter(self._fetch(self._db, sql, ()))

    def too_long(self, row: Row, within: str) -> str | None:
        """The column of a row that is too long for an index (see `duetrail.pipeline.too_long`)."""
        if any(_size(id) > _LONGEST_ID for id in (row.id, *(one.id for one in row.invoices))):
            return "id, or that of its invoice,"
        if _size(row.id) + _size(within) > _LONGEST:
            return "place: its id and those around it"
        for table, rows in ((row.table, (row.values,)), *row.children.items()):
            for at, column in self._indexed[table]:
                for value in (values[at] for values in rows):
                    if value.__class__ is str and _size(value) > _LONGEST:
                        return column
        return None

    def is_too_long_key(self, key: str) -> bool:
        """Whether how far a key has come cannot be noted (see `duetrail.pipeline.too_long`)."""
        return _size(key) > _LONGEST

    def close(self) -> None:
        """Close all connections; the server rolls back what was not committed."""
        self._close_budgets()
        self._db.close()
        if self._aside is not None:
            self._aside.close()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """One sync at a time; the server lets go of the lock of a process that was killed."""
        if self._holds or not self._read(f"SELECT pg_try_advisory_lock({SYNC})")[0][0]:
            holder = ", ".join(f"{name or 'another program'}" for name, _ in self._read(_HOLDER))
            raise StoreError(
                f"another command is writing to the store {self._place.name} ({holder})",
                hint="Wait for it to end, then run again; or give this one a --store of its own.",
            )
        self._holds = True
        try:
            yield
        finally:
            self._holds = False
            if not self._db.closed:
                self._roll_back()
                self._read(f"SELECT pg_advisory_unlock({SYNC})")

    def _reconnected(self) -> None:
        super()._reconnected()
        if self._holds and not self._read(f"SELECT pg_try_advisory_lock({SYNC})")[0][0]:
            raise StoreError(
                f"another command began to write to the store {self._place.name} meanwhile",
                hint="Wait for it to end, then run again.",
            )

    def is_held(self) -> bool:
        """Whether some sync holds the lock."""
        return bool(self._read(_HOLDER))

    def end_run(self, run: int, now: str, state: str, summary: str) -> None:
        super().end_run(run, now, state, jsonb_of(summary))

    @contextmanager
    def _noting_relinked(self, run: int) -> Iterator[None]:
        self._read(
            "CREATE TEMP TABLE relinked ON COMMIT DROP AS "
            f"SELECT {LINK}, false AS is_new FROM links WITH NO DATA"
        )
        yield
        self._keep_relinked(run)
        for record in RECORDS:
            self._read(
                f"UPDATE {record.table} SET changed_run = ? WHERE changed_run IS DISTINCT FROM ? "
                "AND (connection, id) IN (SELECT connection, id FROM relinked WHERE record = ?)",
                (run, run, record.table),
            )
        self._read("DROP TABLE relinked")

    def _changed(self, sql: str, values: Values = ()) -> int:
        """Change links by rules; the records at their beginning are noted meanwhile."""
        link = ", ".join(f"links.{column}" for column in LINK.split(", "))
        is_new = sql.startswith("INSERT")
        ((count,),) = self._read(
            f"WITH done AS ({sql} RETURNING {link}), "
            f"noted AS (INSERT INTO relinked SELECT *, {is_new} FROM done) "
            "SELECT count(*) FROM done",
            values,
        )
        return int(count)

    def _replace_links(self, where: Conditions, links: Iterable[Link]) -> int:
        self._read("CREATE TEMP TABLE wanted (LIKE links) ON COMMIT DROP")
        rows = iter(links)
        # Whatever gives the links may read from this connection, so each portion is whole first.
        while portion := list(islice(rows, _PORTION)):
            self._copy(f"COPY wanted ({LINK}) FROM STDIN", map(link_values, portion))
        same = " AND ".join(f"wanted.{name} = links.{name}" for name in LINK.split(", "))
        changed = self._changed(
            f"DELETE FROM links {where} AND NOT EXISTS (SELECT 1 FROM wanted WHERE {same})",
            where.values,
        )
        changed += self._changed(
            f"INSERT INTO links ({LINK}) SELECT {LINK} FROM wanted ON CONFLICT DO NOTHING"
        )
        self._read("DROP TABLE wanted")
        return changed

    def _json(self, text: str) -> str:
        return jsonb_of(text)

    def _past_before(self, refs: Iterable[Ref], run: int) -> list[Past]:
        return [one for one in self._past_of(refs) if one[0].changed_run < run]

    def drop_superseded(self) -> None:
        # NOT IN would search all of a list that is too long to be hashed, for each row.
        for table, column, others in [
            ("pages", "number", [("observations", "page"), ("rejects", "page")]),
            ("variants", "hash", [("observations", "hash")]),
            ("extras", "page", [("observations", "page")]),
            ("documents", "document", [("observations", "document")]),
        ]:
            unused = " AND ".join(
                f"NOT EXISTS (SELECT 1 FROM {other} WHERE {other}.{name} = {table}.{column})"
                for other, name in others
            )
            self._read(f"DELETE FROM {table} WHERE {unused}")

    def select(self, sql: str, values: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
        """Rows of a query in PostgreSQL's SQL, for tests; not a part of `Store`."""
        with errors_of(self._place):
            cursor = self._db.execute(sql, values or None)
            names = [column.name for column in cursor.description or ()]
            yield from (dict(zip(names, row, strict=True)) for row in cursor)

    def _put_index(self, table: str, column: str) -> None:
        """Make an index unless there is one that begins so, whatever it is called.

        Where a value is too long for it there is none: keys are looked up all the same.
        """
        begins = (
            "SELECT 1 FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid WHERE "
            "c.relname = ? AND c.relnamespace = to_regnamespace(quote_ident(current_schema())) "
            "AND pg_get_indexdef(i.indexrelid, 1, true) = 'connection' "
            "AND pg_get_indexdef(i.indexrelid, 2, true) = ?"
        )
        too_long = f"SELECT 1 FROM {table} WHERE octet_length({column}) > {_LONGEST} LIMIT 1"
        if not self._read(begins, (table, column)) and not self._read(too_long):
            name = f"{table}_by_{column}_too"
            self._read(f"CREATE INDEX {name} ON {table} (connection, {column})")
            self._indexed[table] |= _indexed(table_of(table).schema, [name])


def _indexed(table: TableSchema, names: Iterable[str]) -> frozenset[tuple[int, str]]:
    """The columns of a table that are looked up, each with its place in a row.

    Args:
        table: The table of records or of their children.
        names: Those of indexes that users' keys have made; others are left alone.
    """
    columns = {column for index in table.indexes for column in index.columns}
    columns |= {name.removeprefix(f"{table.name}_by_").removesuffix("_too") for name in names}
    places = enumerate(one.name for one in table.parts if one.name not in table.primary_key)
    return frozenset((at, column) for at, column in places if column in columns)


def _size(text: str) -> int:
    """Bytes as it is kept at least, where they are few, and exactly where they may be many."""
    if len(text) * 4 <= _LONGEST_ID:
        return len(text)
    return len(escaped(text).encode(errors="replace"))
