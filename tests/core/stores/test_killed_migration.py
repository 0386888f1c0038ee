"""A migration that is killed anywhere is as if it had never begun."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from duetrail.stores import CountQuery, ObservationQuery, RecordQuery, open_store

OLD = 6

# Opens the store and ends without a word before the statement of a number.
_KILLED = """
import os, sqlite3, sys
from pathlib import Path
from duetrail.stores import open_store

connect, count = sqlite3.connect, [0]

def traced(*args, **more):
    def step(sql):
        count[0] += 1
        if count[0] == int(sys.argv[2]):
            os._exit(9)
    db = connect(*args, **more)
    db.set_trace_callback(step)
    return db

sqlite3.connect = traced
open_store("sqlite:///old.db", folder=Path(sys.argv[1]), create=False)
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store of the schema before observations and variants, with one copy and one body."""
    db = sqlite3.connect(tmp_path / "old.db")
    scripts = sorted(files("duetrail.stores").joinpath("migrations").iterdir(), key=str)
    for script in scripts[:OLD]:
        db.executescript(script.read_text(encoding="utf-8"))
    db.execute("INSERT INTO invoices (connection, id, number) VALUES ('acme', 'i1', '1042')")
    db.execute(
        "INSERT INTO copies (connection, record, id, resource, shape, within, version, hash, page, "
        "path, run, lost) VALUES ('acme', 'invoices', 'i1', 'list', 'row', '', '', x'01', 3, "
        "'$[0]', 2, 0)"
    )
    db.execute("INSERT INTO bodies (hash, body) VALUES (x'01', '[]')")
    db.execute("PRAGMA application_id = 0x44554554")
    db.execute(f"PRAGMA user_version = {OLD}")
    db.commit()
    db.close()
    return tmp_path


@pytest.mark.parametrize("statement", [4, 12, 16, 40, 100])
def test_killed_in_a_migration(old: Path, statement: int) -> None:
    """Killed at any statement, the store opens the next time with all that it had."""
    command = [sys.executable, "-c", _KILLED, str(old), str(statement)]
    assert subprocess.run(command, check=False).returncode == 9
    store = open_store("sqlite:///old.db", folder=old, create=False)
    try:
        assert list(store.records(RecordQuery("invoices", "acme", ["i1"])))
        assert [one[:-1] for one in store.observations(ObservationQuery(page=3))] == [
            ("acme", "invoices", "i1", "list", "row", "", "", b"\1", 0, 3, "$[0]", 2)
        ]
        assert len(store.counts(CountQuery("variants", by="hash"))) == 1
    finally:
        store.close()
