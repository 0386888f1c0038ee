"""The tables as SQL."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from duetrail.errors import StoreError
from duetrail.stores.schema.engine import engine_tables
from duetrail.stores.schema.records import record_tables
from duetrail.stores.schema.tables import ColumnSchema, Index, Kind, TableSchema
from duetrail.stores.schema.views import views


@frozen
class Dialect:
    """How one kind of database is told of a table.

    Attributes:
        types: The type of a column by its kind.
        options: What stands behind the columns of every table.
        clustered: What is added for a table whose rows lie in the order of their primary key.
    """

    types: Mapping[Kind, str]
    options: str = ""
    clustered: str = ""


# Decimals are text, since SQLite would make floats of them; times are text that sorts.
SQLITE = Dialect(
    types=dict.fromkeys(Kind, "TEXT")
    | {Kind.FLAG: "INTEGER", Kind.WHOLE: "INTEGER", Kind.BYTES: "BLOB"},
    options="STRICT",
    clustered="WITHOUT ROWID",
)

_DIALECTS = {"sqlite": SQLITE}


def ddl(dialect: str = "sqlite") -> tuple[str, ...]:
    """The statements that make an empty store: tables, indexes, views.

    Raises:
        StoreError: The dialect is not known.
    """
    if dialect not in _DIALECTS:
        raise StoreError(
            f"there is no SQL for {dialect!r}", hint=f"Known are: {', '.join(_DIALECTS)}."
        )
    known = _DIALECTS[dialect]
    tables = (*record_tables(), *engine_tables())
    return (
        *(create_table(table, known) for table in tables),
        *(create_index(table, index) for table in tables for index in table.indexes),
        *(create_view(name, query) for name, query in views(record_tables()).items()),
    )


def create_table(table: TableSchema, dialect: Dialect = SQLITE) -> str:
    """The statement that makes a table."""
    number = _numbered_by(table)
    lines = [
        f"{column.name} {dialect.types[column.kind]} PRIMARY KEY"
        if column.name == number
        else column_definition(column, dialect)
        for column in table.parts
    ]
    if number is None:
        lines.append(f"PRIMARY KEY ({', '.join(table.primary_key)})")
    lines += [f"CHECK ({check})" for check in table.checks]
    options = [dialect.options, dialect.clustered if table.is_clustered else ""]
    end = ", ".join(option for option in options if option)
    body = ",\n  ".join(lines)
    return f"CREATE TABLE {table.name} (\n  {body}\n){' ' if end else ''}{end}"


def _numbered_by(table: TableSchema) -> str | None:
    """The column that alone is the primary key and is a whole number: the store may count it."""
    keys = [one for one in table.columns if (one.name,) == table.primary_key]
    return next((one.name for one in keys if one.kind is Kind.WHOLE), None)


def column_definition(column: ColumnSchema, dialect: Dialect = SQLITE) -> str:
    """A column as CREATE TABLE and ADD COLUMN have it."""
    return f"{column.name} {dialect.types[column.kind]}{'' if column.nullable else ' NOT NULL'}"


def create_index(table: TableSchema, index: Index) -> str:
    """The statement that makes an index."""
    return f"CREATE INDEX {index.name} ON {table.name} ({', '.join(index.columns)})"


def create_view(name: str, query: str) -> str:
    """The statement that makes a view."""
    return f"CREATE VIEW {name} AS\n{query}"
