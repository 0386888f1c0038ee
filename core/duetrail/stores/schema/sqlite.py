"""A SQLite file brought to what is declared: what is missing is made, nothing is dropped."""

from __future__ import annotations

import sqlite3

from duetrail.stores.schema import statements as sql
from duetrail.stores.schema.engine import engine_tables
from duetrail.stores.schema.records import record_tables
from duetrail.stores.schema.views import views

_COLUMNS = (
    "SELECT tables.name, columns.name "
    "FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns "
    "WHERE tables.type = 'table'"
)


def complete(db: sqlite3.Connection) -> tuple[str, ...]:
    """Make the tables, columns, indexes and views that a database lacks; all of them, or none.

    A fresh database gets everything; one that was written before a field was added gets its
    column, which is NULL in every row. A column that is not declared any more stays. A view whose
    query has changed is made anew.

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


def undeclared(db: sqlite3.Connection) -> tuple[str, ...]:
    """The columns, as `table.column`, that a newer version has put into our tables.

    Whoever does not know a column must not write a row that has it: it would be left as it was,
    beside values that are newer.
    """
    declared = {
        (table.name, part.name)
        for table in (*record_tables(), *engine_tables())
        for part in table.parts
    }
    ours = {table for table, _ in declared}
    return tuple(
        f"{table}.{column}"
        for table, column in db.execute(_COLUMNS)
        if table in ours and (table, column) not in declared
    )


def missing(db: sqlite3.Connection) -> tuple[str, ...]:
    """The statements that `complete` would run; reads only.

    A store that may only be read must lack nothing.
    """
    tables = (*record_tables(), *engine_tables())
    present = dict(db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"))
    columns = set(db.execute(_COLUMNS))
    statements: list[str] = []
    for table in tables:
        if table.name not in present:
            statements.append(sql.create_table(table))
            continue
        statements += [
            f"ALTER TABLE {table.name} ADD COLUMN {sql.column_definition(column)}"
            for column in table.parts
            if (table.name, column.name) not in columns
        ]
    statements += [
        sql.create_index(table, index)
        for table in tables
        for index in table.indexes
        if index.name not in present
    ]
    for name, query in views(record_tables()).items():
        statement = sql.create_view(name, query)
        if name in present and present[name] != statement:
            statements.append(f"DROP VIEW {name}")
        if present.get(name) != statement:
            statements.append(statement)
    return tuple(statements)
