"""The tables are those of the model."""

import sqlite3
from contextlib import closing

import pytest

from duetrail.model import RECORDS
from duetrail.stores import open_store, opening, table_of

MAIN = [table_of(record.table) for record in RECORDS]
TABLES = [table for main in MAIN for table in (main, *main.children.values())]


@pytest.fixture
def db(store, tmp_path):
    """The file, as any SQL tool sees it."""
    connection = sqlite3.connect(tmp_path / "store.db")
    yield connection
    connection.close()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_migrated_store_has_the_columns_of_the_model(db, table):
    """A migrated store has, in order and by type, the columns the model asks for."""
    columns = [
        (name, type_) for _, name, type_, *_ in db.execute(f"PRAGMA table_info({table.name})")
    ]
    own = [] if table.parent else [("absent_since", "TEXT"), ("changed_run", "INTEGER")]
    model = [(column.name, column.sql) for column in (*table.identity, *table.columns)]
    assert columns == model + own


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_primary_keys(db, table):
    """Its primary key is the identity; everything else may be empty."""
    info = db.execute(f"PRAGMA table_info({table.name})").fetchall()
    keys = sorted((place, name) for _, name, _, _, _, place in info if place)
    assert [name for _, name in keys] == [column.name for column in table.identity]
    assert {name for _, name, _, needed, _, _ in info if needed} == {name for _, name in keys}


def test_every_table_is_strict(db):
    """Every table is strict: SQLite changes no value to fit, and takes none that does not."""
    rows = db.execute("PRAGMA table_list").fetchall()
    kinds = {name: strict for _, name, kind, _, _, strict in rows if kind == "table"}
    assert {name for name, strict in kinds.items() if not strict} <= {"sqlite_schema"} | {
        name for name in kinds if name.startswith("sqlite_")
    }
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value in INTEGER column"):
        db.execute("INSERT INTO calls (connection, id, voicemail) VALUES ('a', '1', 'no')")


def test_no_column_can_hold_a_float():
    """Columns hold text or whole numbers; none could hold a float."""
    assert {column.sql for table in TABLES for column in table.columns} == {"TEXT", "INTEGER"}


def _fill(db):
    """One row in every table, with something in every column that must hold something."""
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    values = {"TEXT": "x", "INTEGER": 1, "BLOB": b"x"}
    for table in names:
        info = db.execute(f"PRAGMA table_info({table})").fetchall()
        row = {name: values[kind] for _, name, kind, needed, _, key in info if needed or key}
        marks = ", ".join("?" * len(row))
        db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", [*row.values()])
    return names


@pytest.mark.parametrize("before", range(len(opening._scripts()) + 1))
def test_a_store_of_any_age_is_sound(tmp_path, before):
    """A store of any age is sound to SQLite itself once it is opened, and keeps its rows."""
    file = tmp_path / "old.db"
    names = []
    with closing(sqlite3.connect(file)) as db:
        for script in opening._scripts()[:before]:
            db.executescript(script)
        if before:
            names = _fill(db)
            db.execute(f"PRAGMA application_id = {opening._APPLICATION}")
            db.execute(f"PRAGMA user_version = {before}")
        db.commit()
    open_store("sqlite:///old.db", folder=tmp_path, create=True).close()
    with closing(sqlite3.connect(file)) as db:
        names = [{"copies": "observations", "bodies": "variants"}.get(name, name) for name in names]
        assert [db.execute(f"SELECT count(*) FROM {name}").fetchone() for name in names] == [
            (1,) for _ in names
        ]
        if not names:
            _fill(db)
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
