"""A SQLite file brought to what is declared: what is missing is made, nothing is dropped."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from duetrail.stores.schema import statements as sql
from duetrail.stores.schema.engine import engine_tables
from duetrail.stores.schema.records import record_tables
from duetrail.stores.schema.tables import TableSchema
from duetrail.stores.schema.views import views

_COLUMNS = (
    "SELECT tables.name, columns.name "
    "FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns "
    "WHERE tables.type = 'table'"
)
_CLUSTERED = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr"


def complete(db: sqlite3.Connection) -> tuple[str, ...]:
    """Make the tables, columns, indexes and views that a database lacks; all of them, or none.

    A fresh database gets everything; one that was written before a field was added gets its
    column, which is NULL in every row; one whose rows lie otherwise than declared has that table
    copied. A column that is not declared stays. A view whose query has changed is made anew.

    Args:
        db: An open connection that may write. Where it is in a transaction, this is part of it;
            otherwise it is one, which waits for other processes that do the same.

    Returns:
        The statements that were run; none where nothing was missing.
    """
    if db.in_transaction:
        return _run_missing(db)
    return _in_one_transaction(db) if missing(db) else ()


def _in_one_transaction(db: sqlite3.Connection) -> tuple[str, ...]:
    db.execute("BEGIN IMMEDIATE")
    try:
        done = _run_missing(db)  # another process may have been first
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
    return done


def _run_missing(db: sqlite3.Connection) -> tuple[str, ...]:
    statements = missing(db)
    for statement in statements:
        db.execute(statement)
    return statements


def missing_columns(db: sqlite3.Connection) -> tuple[str, ...]:
    """The declared columns, as `table.column`, that a database lacks: it was written before them.

    A store that may only be read must have them all.
    """
    return tuple(f"{table}.{column}" for table, column in sorted(_declared() - _columns(db)))


def missing_tables(db: sqlite3.Connection) -> tuple[str, ...]:
    """The declared tables that a database lacks: new ones come with a migration."""
    present = {table for table, _ in _columns(db)}
    return tuple(sorted({table for table, _ in _declared()} - present))


def undeclared_columns(db: sqlite3.Connection) -> tuple[str, ...]:
    """The columns of our tables, as `table.column`, that a newer version has put there.

    Whoever does not know a column must not write a row that has it: it would be left as it was,
    beside values that are newer.
    """
    ours = {table for table, _ in _declared()}
    more = sorted(_columns(db) - _declared())
    return tuple(f"{table}.{column}" for table, column in more if table in ours)


def _declared() -> frozenset[tuple[str, str]]:
    tables = (*record_tables(), *engine_tables())
    return frozenset((table.name, part.name) for table in tables for part in table.parts)


def _columns(db: sqlite3.Connection) -> frozenset[tuple[str, str]]:
    return frozenset(db.execute(_COLUMNS))


def missing(db: sqlite3.Connection) -> tuple[str, ...]:
    """The statements that `complete` would run; reads only."""
    present = _Present.of(db)
    tables = (*record_tables(), *engine_tables())
    changes = [one for table in tables for one in _table_changes(table, present)]
    created = {name: sql.create_view(name, query) for name, query in views(record_tables()).items()}
    # A table cannot take the name of another that a view reads.
    is_rebuilt = any(change.startswith("DROP TABLE") for change in changes)
    outdated = [
        name for name, view in created.items() if is_rebuilt or present.sql.get(name) != view
    ]
    return (
        *(f"DROP VIEW {name}" for name in outdated if name in present.sql),
        *changes,
        *(
            sql.create_index(table, index)
            for table in tables
            for index in table.indexes
            if index.name not in present.sql or f"DROP TABLE {table.name}" in changes
        ),
        *(created[name] for name in outdated),
    )


class _Present(Struct, frozen=True):
    """What a database has.

    Attributes:
        sql: The statement that made each table, index and view.
        columns: Each table with each of its columns.
        clustered: The tables whose rows lie in the order of their primary key.
    """

    sql: Mapping[str, str]
    columns: frozenset[tuple[str, str]]
    clustered: frozenset[str]

    @classmethod
    def of(cls, db: sqlite3.Connection) -> _Present:
        return cls(
            dict(db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")),
            _columns(db),
            frozenset(name for (name,) in db.execute(_CLUSTERED)),
        )


def _table_changes(table: TableSchema, present: _Present) -> list[str]:
    if table.name not in present.sql:
        return [sql.create_table(table)]
    added = [
        f"ALTER TABLE {table.name} ADD COLUMN {sql.column_definition(column)}"
        for column in table.parts
        if (table.name, column.name) not in present.columns
    ]
    lies_otherwise = table.is_clustered != (table.name in present.clustered)
    return [*added, *(_rebuilt(table, present) if lies_otherwise else ())]


def _rebuilt(table: TableSchema, present: _Present) -> list[str]:
    """A table copied into one whose rows lie as declared; as it is where it has columns beyond."""
    names = [part.name for part in table.parts]
    has_more = {column for name, column in present.columns if name == table.name} - {*names}
    if has_more:
        return []
    columns = ", ".join(names)
    copy = f"{table.name}_copy"
    return [
        sql.create_table(replace(table, name=copy)),
        f"INSERT INTO {copy} ({columns}) SELECT {columns} FROM {table.name}",
        f"DROP TABLE {table.name}",
        f"ALTER TABLE {copy} RENAME TO {table.name}",
    ]
