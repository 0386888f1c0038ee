"""A store from before it was noted which run changed a record."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from duetrail.errors import UsageError
from duetrail.model import Invoice
from duetrail.pipeline import history
from duetrail.pipeline.change_feed import changes
from duetrail.stores import Changes, RecordQuery, Store, open_store, to_row
from duetrail.stores.metrics import MetricParameters, read_metric

OLD = 7
NOW = "2026-01-01T00:00:00.000000Z"


def _old(folder: Path, runs: int) -> Store:
    """A store of the schema before, with three invoices and so many runs, opened now."""
    scripts = sorted(files("duetrail.stores").joinpath("migrations").iterdir(), key=str)
    with closing(sqlite3.connect(folder / "old.db")) as db, db:
        for script in scripts[:OLD]:
            db.executescript(script.read_text(encoding="utf-8"))
        for id in "123":
            db.execute("INSERT INTO invoices (connection, id) VALUES ('acme', ?)", [id])
        for _ in range(runs):
            db.execute("INSERT INTO runs (started_at, state) VALUES (?, 'running')", [NOW])
        db.execute("PRAGMA application_id = 0x44554554")
        db.execute(f"PRAGMA user_version = {OLD}")
    return open_store("sqlite:///old.db", folder=folder)


@pytest.mark.parametrize("runs", [0, 4])
def test_what_was_stored_before_is_told_first(tmp_path: Path, runs: int) -> None:
    """The first call tells everything, the next only what changed after it."""
    with closing(_old(tmp_path, runs)) as store:
        first = changes(store)
        assert [one.id for one in first] == ["1", "2", "3"]
        assert first.cursor == runs
        row = to_row(Invoice(connection="acme", id="2", number="x"))
        with store.transaction():
            store.apply(Changes(runs + 1, rows={row.ref: row}, known={row.ref}))
        if runs:
            assert [one.id for one in changes(store, first.cursor)] == ["2"]


def test_the_past_is_known_from_the_last_change_on(tmp_path: Path) -> None:
    """What changed in it before was not kept; what changes from now on is."""
    with closing(_old(tmp_path, 4)) as store:
        row = to_row(Invoice(connection="acme", id="2", number="x"))
        run = store.begin_run("2026-01-02T00:00:00.000000Z")
        with store.transaction():
            store.apply(Changes(run, rows={row.ref: row}, known={row.ref}))
        history.build(store, datetime(2026, 2, 1, tzinfo=UTC))
        day = date(2025, 12, 31)
        with pytest.raises(UsageError, match="from 2026-01-01 on"):
            read_metric(store, "ar_open", MetricParameters(on=day, as_of=day))
        kept = store.answer("SELECT id, run FROM history ORDER BY id, run")
        assert [*kept] == [("1", 4), ("2", 4), ("2", 5), ("3", 4)]


def test_nobody_misses_what_was_stored_before(tmp_path: Path) -> None:
    """They changed in some run up to the last one: whoever asks since an earlier one gets all."""
    with closing(_old(tmp_path, 4)) as store:
        assert len(list(changes(store, 3))) == 3
        assert list(changes(store, 4)) == []
        assert {row.changed_run for row in store.records(RecordQuery("invoices"))} == {4}
