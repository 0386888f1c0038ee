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
    """Make the tables, columns, indexes and views that a database lacks.

    A fresh database gets all of them; one that was written before a field was added gets its
    column, which is NULL in every row. A column that is not declared any more stays. A view whose
    query has changed is made anew.

    Args:
        db: An open connection that may write. Where it is in a transaction, this is part of it.

    Returns:
        The statements that were run; none where nothing was missing.
    """
    done = missing(db)
    for statement in done:
        db.execute(statement)
    return done


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
