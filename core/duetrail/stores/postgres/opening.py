"""A store's tables in PostgreSQL: made, recognised as ours, brought up to the latest schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from attrs import frozen

from duetrail.errors import NoStore, StoreError
from duetrail.stores.history import SINCE_LAST_CHANGE
from duetrail.stores.opening import latest_schema
from duetrail.stores.postgres.connecting import Place, errors_of
from duetrail.stores.schema import TableSchema, engine_tables, record_tables
from duetrail.stores.schema import statements as sql
from duetrail.stores.schema.statements import POSTGRESQL
from duetrail.stores.schema.views import views

if TYPE_CHECKING:
    import psycopg

# Its one row says which schema the others have; its being there, that they are ours.
_VERSION = "duetrail_schema"

_FACTS = (
    "SELECT c.relname, c.relkind::text, a.attname, obj_description(c.oid, 'pg_class') "
    "FROM pg_class AS c LEFT JOIN pg_attribute AS a "
    "ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r' "
    "WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) "
    "AND c.relkind IN ('r', 'v', 'i')"
)


def bring_up_to_date(db: psycopg.Connection[Any], place: Place, *, create: bool) -> frozenset[str]:
    """Make or complete the tables of a store; nothing where they are as they should be.

    Args:
        db: A connection.
        place: Where it leads.
        create: Whether to make the store where there is none.

    Returns:
        The names of the indexes that were there before.

    Raises:
        NoStore: There is none.
        StoreError: What is there is another program's, newer, or damaged, or may not be changed.
    """
    with errors_of(place):
        present = _Present.of(db)
        if present.is_empty and not create:
            raise NoStore(
                f"there is no store at {place.name}",
                hint="Run `duetrail sync` first, or check --store.",
            )
        _refuse(present, place)
        if present.version == latest_schema() and not list(_missing(present)):
            return present.indexes
        with db.transaction():
            db.execute("SELECT pg_advisory_xact_lock(hashtext('duetrail: opening'))")
            if place.schema:
                db.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(place.schema)}")
            present = _Present.of(db)  # another process may have been first
            _refuse(present, place)
            statements = [
                *_missing(present),
                f"CREATE TABLE IF NOT EXISTS {_VERSION} (version integer NOT NULL)",
                f"DELETE FROM {_VERSION}",
                f"INSERT INTO {_VERSION} (version) VALUES ({latest_schema()})",
            ]
            db.execute(";\n".join(statements))  # together: each on its own is a way to the server
        return present.indexes


@frozen
class _Present:
    """What the schema holds.

    Attributes:
        columns: Each table with each of its columns.
        tables: The tables.
        indexes: The indexes.
        views: The views, each with what it was made of.
        version: How many migrations the store has had; None where there is no store.
    """

    columns: frozenset[tuple[str, str]]
    tables: frozenset[str]
    indexes: frozenset[str]
    views: Mapping[str, str | None]
    version: int | None

    @property
    def is_empty(self) -> bool:
        """Whether there is no store."""
        return self.version is None

    @classmethod
    def of(cls, db: psycopg.Connection[Any]) -> _Present:
        rows = db.execute(_FACTS).fetchall()
        tables = frozenset(name for name, kind, _, _ in rows if kind == "r")
        version = None
        if _VERSION in tables:
            (version,) = db.execute(f"SELECT max(version) FROM {_VERSION}").fetchone() or (None,)
        return cls(
            frozenset((name, column) for name, kind, column, _ in rows if kind == "r"),
            tables,
            frozenset(name for name, kind, _, _ in rows if kind == "i"),
            {name: comment for name, kind, _, comment in rows if kind == "v"},
            version,
        )


def _refuse(present: _Present, place: Place) -> None:
    """Refuse what is none of ours, newer than we are, or damaged."""
    ours = {table.name for table in _tables()}
    if present.version is None:
        if others := sorted((ours | {*views(record_tables())}) & {*present.tables, *present.views}):
            raise StoreError(
                f"the database {place.name} has a table {others[0]} of another program",
                hint="Give the store a schema of its own: add ?schema=duetrail to its URL.",
            )
        return
    declared = {(table.name, part.name) for table in _tables() for part in table.parts}
    more = sorted(pair for pair in present.columns - declared if pair[0] in ours)
    if present.version > latest_schema():
        reason = f"schema {present.version}, this one knows {latest_schema()}"
    elif more and present.version == latest_schema():
        reason = f"it has {', '.join('.'.join(pair) for pair in more)}"
    elif present.version == latest_schema() and (lost := sorted(ours - present.tables)):
        raise StoreError(
            f"the store {place.name} cannot be used: it has lost its tables {', '.join(lost)}",
            hint="Restore a backup, or give another place and sync again.",
        )
    else:
        return
    raise StoreError(
        f"the store {place.name} was written by a newer Duetrail ({reason})",
        hint="Upgrade: pip install --upgrade duetrail.",
    )


def _missing(present: _Present) -> Iterator[str]:
    """The statements that make what the store lacks."""
    for table in _tables():
        yield from _missing_of(table, present)
    for name, query in views(record_tables()).items():
        made_of = f"Made by Duetrail ({blake2b(query.encode(), digest_size=8).hexdigest()})."
        if present.views.get(name) != made_of:
            yield f"DROP VIEW IF EXISTS {name}"
            yield sql.create_view(name, query)
            yield f"COMMENT ON VIEW {name} IS '{made_of}'"
    if not present.is_empty and "history_since" not in present.tables:
        yield SINCE_LAST_CHANGE


def _missing_of(table: TableSchema, present: _Present) -> Iterator[str]:
    if table.name not in present.tables:
        yield sql.create_table(table, POSTGRESQL)
        yield from sql.comments(table)
    for column in table.parts if table.name in present.tables else ():
        if (table.name, column.name) not in present.columns:
            definition = sql.column_definition(column, POSTGRESQL)
            yield f"ALTER TABLE {table.name} ADD COLUMN {definition}"
    for index in table.indexes:
        if index.name not in present.indexes:
            yield sql.create_index(table, index)


def _tables() -> tuple[TableSchema, ...]:
    return (*record_tables(), *engine_tables())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
