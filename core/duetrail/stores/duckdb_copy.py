"""The tables in a DuckDB file: SQL of DuckDB, for `duetrail.exports.duckdb`.

Rows come as Arrow tables. One transaction holds everything from opening to `commit`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from duetrail.errors import StoreError, UsageError
from duetrail.stores.schema.records import owner_of
from duetrail.stores.schema.tables import TableSchema

_CURSOR = "duetrail_export"
_COLUMNS = "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main'"

# DuckDB takes most of the memory of a machine if nobody says so.
_MEMORY = "512MB"


class DuckDBCopy:
    """A copy of tables in a DuckDB file.

    Args:
        path: The file; made if there is none.

    Raises:
        StoreError: It is used by another program, is no DuckDB file, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        import duckdb  # an optional extra

        self._error = duckdb.Error
        self._path = path
        self._is_new = not path.exists()
        with self._errors():
            self._db = duckdb.connect(str(path))
            if self._is_new:
                path.chmod(0o600)  # for its owner only, as the store is
            self._db.execute("SET TimeZone = 'UTC'")
            self._db.execute(f"SET memory_limit = '{_MEMORY}'")
            self._db.execute("BEGIN TRANSACTION")

    def check(self, since: int, tables: Sequence[TableSchema], connections: Sequence[str]) -> None:
        """Refuse changes that would leave a gap.

        Args:
            since: The run after which changes are brought.
            tables: Of which tables.
            connections: Of which connections; of all if empty.

        Raises:
            UsageError: The file lacks a table, a column, changes from before `since`, or has other
                connections.
        """
        with self._errors():
            columns: dict[str, set[str]] = {}
            for table, column in self._db.execute(_COLUMNS).fetchall():
                columns.setdefault(table, set()).add(column)
            known = {}
            if _CURSOR in columns:
                for name, *facts in self._db.execute(f"SELECT * FROM {_CURSOR}").fetchall():
                    known[name] = _Extent(*facts)
        for table in tables:
            extent = known.get(table.name) if table.name in columns else None
            state = "is not there"
            if extent is not None:
                missing = {part.name for part in table.parts} - columns[table.name]
                state = extent.lacks(since, connections) or (
                    f"has no column {min(missing)}" if missing else ""
                )
            if state:
                raise UsageError(
                    f"{self._path} cannot take what changed since run {since}: its table "
                    f"{table.name} {state}",
                    hint="Ask from that run and for the same connections, or export everything "
                    "once, without --since.",
                )

    def create(self, table: TableSchema, empty: Any) -> None:
        """Make a table anew, with what its columns mean."""
        self._run(f"CREATE OR REPLACE TABLE {table.name} AS SELECT * FROM given", empty)
        with self._errors():
            self._db.execute(f"COMMENT ON TABLE {table.name} IS {_quoted(table.help)}")
            for column in table.parts:
                name = f"{table.name}.{column.name}"
                self._db.execute(f"COMMENT ON COLUMN {name} IS {_quoted(column.help)}")

    def add(self, table: str, rows: Any) -> None:
        """Add rows."""
        self._run(f"INSERT INTO {table} BY NAME SELECT * FROM given", rows)

    def forget(self, table: TableSchema, owners: Any) -> None:
        """Remove the rows of some records, before they are added as they are now.

        Args:
            table: Of records, of their children, or of links.
            owners: The records: `connection`, `record`, `id`.
        """
        self._run(f"{_delete_of(table)} AND given.id = {_owner(table)}", owners)

    def remove(self, table: TableSchema, removals: Any) -> None:
        """Remove the rows of records that are not stored any more.

        Args:
            table: Of records, of their children, or of links.
            removals: Rows of the table `removals`.
        """
        owner = _owner(table)
        salt = "split_part(given.id, ':', 2)"
        self._run(f"{_delete_of(table)} AND given.id = {owner}", removals)
        self._run(
            f"{_delete_of(table)} AND starts_with(given.id, 'erased:') "
            f"AND given.id = concat('erased:', {salt}, ':', sha256({salt} || {owner}))",
            removals,
        )

    def commit(self, cursor: int, tables: Sequence[str], connections: Sequence[str]) -> None:
        """Note how far tables go, and make everything visible."""
        with self._errors():
            self._db.execute(
                f"CREATE TABLE IF NOT EXISTS {_CURSOR} (table_name VARCHAR, cursor BIGINT)"
            )
            # A file that an older version made does not say which connections it has.
            self._db.execute(
                f"ALTER TABLE {_CURSOR} ADD COLUMN IF NOT EXISTS connections VARCHAR[]"
            )
            some = _named(connections)
            for name in tables:
                self._db.execute(f"DELETE FROM {_CURSOR} WHERE table_name = ?", [name])
                self._db.execute(f"INSERT INTO {_CURSOR} VALUES (?, ?, ?)", [name, cursor, some])
            self._db.execute("COMMIT")
            self._is_new = False
            self._db.close()

    def close(self) -> None:
        """Let go of the file; what was not committed never was, and nor was a new file."""
        self._db.close()
        if self._is_new:
            for name in (self._path, Path(f"{self._path}.wal")):
                name.unlink(missing_ok=True)

    def _run(self, sql: str, given: Any) -> None:
        """Run a statement over Arrow rows, which it knows as the table `given`.

        DuckDB finds them by the name of this variable. What is registered with a connection would
        stay in memory until the transaction ends.
        """
        with self._errors():
            self._db.execute(sql)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (self._error, OSError) as error:
            text = str(error).partition("\n")[0]
            raise StoreError(
                f"the DuckDB file {self._path} cannot be written: {text}",
                hint="Close what else uses it, and check that it is a DuckDB file and that there "
                "is space; what stood in it is as it was.",
            ) from error


class _Extent(NamedTuple):
    """How far a table goes.

    Attributes:
        cursor: Up to which run.
        connections: Of which connections; None for all.
    """

    cursor: int
    connections: list[str] | None = None

    def lacks(self, since: int, connections: Sequence[str]) -> str:
        """Why changes cannot be brought to it; empty where they can."""
        if self.connections != _named(connections):
            return f"has {', '.join(self.connections or ['every connection'])}"
        return f"ends at run {self.cursor}" if self.cursor < since else ""


def _named(connections: Sequence[str]) -> list[str] | None:
    """Connections as they are noted; None for all."""
    return sorted(set(connections)) or None


def _delete_of(table: TableSchema) -> str:
    """The beginning of a statement that deletes rows of records that are `given`."""
    record = "known.record" if "record" in table.primary_key else _quoted(owner_of(table))
    return (
        f"DELETE FROM {table.name} AS known USING given "
        f"WHERE given.connection = known.connection AND given.record = {record}"
    )


def _owner(table: TableSchema) -> str:
    """The column with the id of the record that a row belongs to."""
    return f"known.{table.parent or 'id'}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
