"""The logical schema: the tables of a store follow the record classes, and what is declared."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from duetrail.model import RECORDS, fields_of
from duetrail.stores import opening
from duetrail.stores.schema import (
    Kind,
    TableSchema,
    complete,
    ddl,
    engine_tables,
    missing,
    missing_columns,
    record_tables,
    undeclared_columns,
)

TABLES = (*record_tables(), *engine_tables())


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """An empty database."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        yield connection


@pytest.fixture
def migrated(db: sqlite3.Connection) -> sqlite3.Connection:
    """A database that went through every migration."""
    for script in opening._scripts():
        db.executescript(script)
    return db


def _columns(db: sqlite3.Connection, table: str) -> list[tuple[str, str]]:
    return db.execute("SELECT name, type FROM pragma_table_info(?)", [table]).fetchall()


def test_every_field_is_a_column_once() -> None:
    """A field is one column of its own name, but for children, `invoices` and `extra`."""
    tables = {table.name: table for table in record_tables()}
    for record in RECORDS:
        names = [column.name for column in tables[record.table].columns]
        fields = [
            one.name
            for one in fields_of(record)
            if one.name != "invoices" and "table" not in one.metadata
        ]
        assert names == [*fields, "absent_since", "changed_run"]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_everything_is_explained(table: TableSchema) -> None:
    """Every table and column says what it holds."""
    assert table.help
    assert [column.name for column in table.columns if not column.help] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_keys_and_indexes_are_over_columns(table: TableSchema) -> None:
    """A primary key is over columns that are never NULL; an index is over columns there are."""
    columns = {part.name: part for part in table.parts}
    assert [name for name in table.primary_key if columns[name].nullable] == []
    assert {name for index in table.indexes for name in index.columns} <= columns.keys()


def test_money_is_two_columns() -> None:
    """Money is declared once, and stored as amount and minor units; nothing stored is money."""
    invoices = record_tables()[0]
    (total,) = (column for column in invoices.columns if column.name == "total")
    assert total.kind is Kind.MONEY
    assert total.currency == "currency"
    assert [part.name for part in total.parts] == ["total", "total_minor"]
    assert {part.kind for table in TABLES for part in table.parts} == {*Kind} - {Kind.MONEY}


def test_a_fresh_database_gets_everything(db: sqlite3.Connection) -> None:
    """An empty database becomes what the statements make, and lacks nothing afterwards."""
    assert complete(db) == ddl()
    assert missing(db) == ()
    assert complete(db) == ()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_tables_are_as_declared(db: sqlite3.Connection, table: TableSchema) -> None:
    """SQLite sees the declared columns, primary key and indexes."""
    complete(db)
    info = db.execute("SELECT name, pk FROM pragma_table_info(?)", [table.name]).fetchall()
    assert [name for name, _ in info] == [part.name for part in table.parts]
    keys = sorted((place, name) for name, place in info if place)
    assert tuple(name for _, name in keys) == table.primary_key
    for index in table.indexes:
        over = db.execute("SELECT name FROM pragma_index_info(?)", [index.name])
        assert tuple(name for (name,) in over) == index.columns


def test_records_lie_in_rowid_tables(db: sqlite3.Connection) -> None:
    """Rows of records are long: only short rows of the engine lie in their primary key."""
    complete(db)
    clustered = {row[1] for row in db.execute("PRAGMA table_list") if row[4]}
    assert clustered & {table.name for table in record_tables()} == set()
    assert clustered == {table.name for table in TABLES if table.is_clustered}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_migrations_lead_to_what_is_declared(
    migrated: sqlite3.Connection, table: TableSchema
) -> None:
    """A store that went through every migration has the columns of a fresh one once it is opened.

    A new field needs no migration: its column is added then. Their order may be another: a column
    that is added stands behind those that were there.
    """
    before = _columns(migrated, table.name)
    complete(migrated)
    after = _columns(migrated, table.name)
    with closing(sqlite3.connect(":memory:")) as fresh:
        complete(fresh)
        assert sorted(after) == sorted(_columns(fresh, table.name))
    assert {*before} <= {*after}


def test_migrations_lead_to_no_other_tables(migrated: sqlite3.Connection) -> None:
    """Every table, index and view that migrations leave is declared, and the other way round."""

    def everything(db: sqlite3.Connection) -> set[tuple[str, str]]:
        return {*db.execute("SELECT type, name FROM sqlite_schema WHERE sql IS NOT NULL")}

    with closing(sqlite3.connect(":memory:")) as fresh:
        complete(fresh)
        assert everything(migrated) == everything(fresh)


def test_rows_that_lie_otherwise_are_copied(migrated: sqlite3.Connection) -> None:
    """Record tables of an older store become rowid tables with what they held, and indexes."""
    names = [table.name for table in record_tables()]
    for table in record_tables():
        keys = ", ".join(table.primary_key)
        migrated.execute(
            f"INSERT INTO {table.name} ({keys}, id) VALUES ('a', '1', 0, 'x')"
            if table.parent
            else f"INSERT INTO {table.name} ({keys}, created_at) VALUES ('a', '1', '2026')"
        )
    complete(migrated)
    clustered = {row[1] for row in migrated.execute("PRAGMA table_list") if row[4]}
    assert clustered & {*names} == set()
    assert [migrated.execute(f"SELECT count(*) FROM {name}").fetchone() for name in names] == [
        (1,) for _ in names
    ]
    assert len(migrated.execute("SELECT * FROM touches").fetchall()) == 3
    found = {name for (name,) in migrated.execute("SELECT name FROM sqlite_schema")}
    assert {index.name for table in TABLES for index in table.indexes} <= found
    assert missing(migrated) == ()
    assert migrated.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_table_with_columns_beyond_is_not_copied(migrated: sqlite3.Connection) -> None:
    """Nothing is lost, even where its rows lie otherwise than declared."""
    migrated.execute("ALTER TABLE calls ADD COLUMN colour TEXT")
    migrated.execute("INSERT INTO calls (connection, id, colour) VALUES ('a', '1', 'red')")
    complete(migrated)
    assert migrated.execute("SELECT colour FROM calls").fetchall() == [("red",)]


def test_a_field_that_was_added_becomes_a_column(db: sqlite3.Connection) -> None:
    """A store from before a field gets its column, NULL in every row, and keeps its rows."""
    complete(db)
    whole = _columns(db, "calls")
    db.execute("DROP VIEW touches")
    db.execute("ALTER TABLE calls DROP COLUMN sentiment")
    db.execute("INSERT INTO calls (connection, id, status) VALUES ('a', '1', 'completed')")
    assert missing_columns(db) == ("calls.sentiment",)
    complete(db)
    assert missing_columns(db) == ()
    assert sorted(_columns(db, "calls")) == sorted(whole)
    assert db.execute("SELECT id, status, sentiment FROM calls").fetchall() == [
        ("1", "completed", None)
    ]


def test_a_column_that_is_not_declared_stays(db: sqlite3.Connection) -> None:
    """What a newer version put into a store is not dropped, and can be noticed."""
    complete(db)
    db.execute("ALTER TABLE calls ADD COLUMN colour TEXT")
    db.execute("INSERT INTO calls (connection, id, colour) VALUES ('a', '1', 'red')")
    assert undeclared_columns(db) == ("calls.colour",)
    assert complete(db) == ()
    assert db.execute("SELECT colour FROM calls").fetchall() == [("red",)]


def test_a_view_follows_its_declaration(db: sqlite3.Connection) -> None:
    """A view with another query is made anew."""
    complete(db)
    db.execute("DROP VIEW absent")
    db.execute("CREATE VIEW absent AS SELECT 1 AS one")
    complete(db)
    assert db.execute("SELECT connection, record, id, absent_since FROM absent").fetchall() == []


def test_it_is_part_of_the_callers_transaction(db: sqlite3.Connection) -> None:
    """Whoever rolls back has the database as it was."""
    db.execute("BEGIN")
    complete(db)
    db.execute("ROLLBACK")
    assert db.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)


def test_all_or_nothing(db: sqlite3.Connection) -> None:
    """Where a statement fails, the database is left as it was, and in no transaction."""
    db.execute("CREATE TABLE runs (run INTEGER PRIMARY KEY) STRICT")
    db.execute("INSERT INTO runs (run) VALUES (1)")
    with pytest.raises(sqlite3.OperationalError, match="NOT NULL"):
        complete(db)
    assert db.execute("SELECT name FROM sqlite_schema").fetchall() == [("runs",)]
    assert not db.in_transaction


def test_two_processes_at_once(tmp_path: Path) -> None:
    """Whoever comes second waits, and finds nothing missing."""

    def make(_: int) -> int:
        with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as own:
            return len(complete(own))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(make, range(4))) == [0, 0, 0, len(ddl())]


def test_every_touch_in_one_form(db: sqlite3.Connection) -> None:
    """Every touch in one form: when it was, what came of it."""
    complete(db)
    db.execute("INSERT INTO calls (connection, id, created_at) VALUES ('a', '1', '2026')")
    db.execute(
        "INSERT INTO emails (connection, id, sent_at, bounced, opened_at) "
        "VALUES ('a', '2', '2025', 0, '2025')"
    )
    db.execute("INSERT INTO callouts (connection, id, kind) VALUES ('a', '3', 'reminder')")
    found = db.execute(
        "SELECT record, id, at, at_field, outcome, callout_id FROM touches ORDER BY id"
    )
    assert found.fetchall() == [
        ("calls", "1", "2026", "created_at", None, None),
        ("emails", "2", "2025", "sent_at", "opened", None),
        ("callouts", "3", None, None, "reminder", "3"),
    ]


def test_absent_records_of_every_kind(db: sqlite3.Connection) -> None:
    """Records that are absent, whatever their kind."""
    complete(db)
    for record in RECORDS:
        db.execute(
            f"INSERT INTO {record.table} (connection, id, absent_since) VALUES ('a', '1', '2026')"
        )
        db.execute(f"INSERT INTO {record.table} (connection, id) VALUES ('a', '2')")
    found = db.execute("SELECT record, id, absent_since FROM absent").fetchall()
    assert found == [(record.table, "1", "2026") for record in RECORDS]
