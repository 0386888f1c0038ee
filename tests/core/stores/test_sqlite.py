"""The SQLite store as a file; what holds for every store is in `contract`."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from decimal import Decimal

import pytest
from attrs import evolve

from duetrail.errors import ConfigError
from duetrail.model import Invoice, InvoiceLine, Money
from duetrail.stores import (
    Changes,
    RecordQuery,
    StateChanges,
    ValueQuery,
    open_store,
    to_row,
)
from support.stored import INVOICE, PAGE, count, observed, put


def plans(store, ask):
    """How SQLite goes about what is asked, step by step."""
    asked = []
    store._db.set_trace_callback(asked.append)
    ask()
    store._db.set_trace_callback(None)
    return [row["detail"] for sql in asked for row in store.select(f"EXPLAIN QUERY PLAN {sql}")]


# --- the file ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("store")
def test_others_read_while_a_sync_writes(tmp_path):
    """Others can read while a sync is writing."""
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_the_disk_is_waited_for(tmp_path):
    """Where no test says otherwise, as often as a log needs it to stay whole without power."""
    code = (
        "import sys; from pathlib import Path; from duetrail.stores.opening import open_database\n"
        "db = open_database(Path(sys.argv[1]), create=True)\n"
        "print(*db.execute('PRAGMA synchronous').fetchone())"
    )
    command = [sys.executable, "-c", code, tmp_path / "store.db"]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "1\n"  # NORMAL


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_files_are_readable_by_their_owner_only(store, keep, tmp_path):
    """Its files are readable by their owner only, whatever the umask: they are about people."""
    keep(INVOICE)
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.glob("store.db*")}
    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}


def test_what_was_written_is_there_when_opened_again(store, keep, tmp_path):
    """What was written is there when the store is opened again."""
    keep(INVOICE)
    store.close()
    again = open_store("sqlite:///store.db", folder=tmp_path)
    assert list(again.records(RecordQuery("invoices"))) == [to_row(INVOICE)]
    again.close()


def test_two_at_once(store, keep, tmp_path):
    """A reader sees what was committed while it is open."""
    reader = open_store("sqlite:///store.db", folder=tmp_path)
    keep(INVOICE)
    assert count(reader, "invoices") == 1
    reader.close()


@pytest.mark.parametrize(
    "url", ["", "store.db", "sqlite://", "sqlite:///", "sqlite:store.db", "mysql://a/b"]
)
def test_no_url(url):
    """What is no store URL is answered with two that are."""
    with pytest.raises(ConfigError, match=r"not a store URL\n.*sqlite:///relative.db or sqlite:/"):
        open_store(url, create=True)


def test_absolute_url(tmp_path):
    """Four slashes begin an absolute path."""
    open_store(f"sqlite:///{tmp_path}/a.db", folder=tmp_path / "other", create=True).close()
    assert (tmp_path / "a.db").exists()


def test_decimals_are_exact(store, keep, tmp_path):
    """In the file an amount is text, digit by digit."""
    amount = Decimal("12345678901234567890123456789012.10")
    keep(evolve(INVOICE, currency="USD", total=Money(amount, "USD")))
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:
        (found,) = db.execute("SELECT total, typeof(total) FROM invoices")
    db.close()
    assert found == ("12345678901234567890123456789012.10", "text")


@pytest.mark.parametrize("column", ["number", "customer_name", "status_raw"])
def test_keys_of_any_column(store, keep, column):
    """Any column of keys is read in order, without looking at other records."""
    keep(*(Invoice(connection="acme", id=str(at), **{column: f"k{at}"}) for at in range(9)))
    for _ in range(2):
        with store.transaction():
            store.put_sync_state(StateChanges(indexes=[("invoices", column)]))
    step, *_ = plans(store, lambda: list(store.values(ValueQuery("invoices", column, "acme"))))
    assert f"(connection=? AND {column}>?)" in step
    assert len(list(store.values(ValueQuery("invoices", column, "acme", after="k3")))) == 5


def test_all_rows_in_portions(store, keep, monkeypatch):
    """However many rows there are, few are in memory; each comes once, with its children."""
    monkeypatch.setattr("duetrail.stores.records._PORTION", 2)
    made = [
        Invoice(connection=c, id=str(at), lines=(InvoiceLine(name=f"{c}{at}"),) * (at % 3))
        for c in "ab"
        for at in range(5)
    ]
    keep(*made)
    assert list(store.records(RecordQuery("invoices"))) == [to_row(invoice) for invoice in made]


# --- how it is kept ------------------------------------------------------------------------------


def test_a_page_is_kept_compressed_and_comes_back(store, tmp_path):
    """A page is kept compressed and comes back as it was."""
    with store.transaction():
        store.apply(Changes(pages={7: PAGE}))
    assert store.page(7) == PAGE
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:
        (size,) = db.execute("SELECT length(body) FROM pages").fetchone()
    db.close()
    assert size < len(PAGE.body) / 10


def test_contents_of_observations(store):
    """The content of differing observations is kept once, as long as one of them has it."""
    with store.transaction():
        put(store, observed("1", 1, hash=b"kept"))
        store.apply(Changes(variants={b"kept": "[]", b"gone": "[]"}))
        store.drop_superseded()
    assert contents(store) == {b"kept": "[]"}


def contents(store):
    return dict(store._db.execute("SELECT hash, content FROM variants"))


def test_the_former_name_of_records_works_with_a_warning(store, keep):
    """Commands that read `all_rows` go on working for a minor version."""
    keep(INVOICE)
    with pytest.warns(DeprecationWarning, match="RecordQuery"):
        assert list(store.all_rows("invoices", present=True)) == [to_row(INVOICE)]


# --- interrupts ----------------------------------------------------------------------------------


class Striking:
    """A connection that is interrupted right after a statement."""

    def __init__(self, db, statement):
        self._db, self._statement = db, statement

    def __getattr__(self, name):
        return getattr(self._db, name)

    def execute(self, sql, *more):
        done = self._db.execute(sql, *more)
        if sql == self._statement:
            raise KeyboardInterrupt
        return done


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "COMMIT"])
def test_an_interrupt_in_a_transaction(store, statement):
    """Wherever an interrupt strikes, no transaction is left open for the next one."""
    real = store._db
    store._db = Striking(real, statement)
    with pytest.raises(KeyboardInterrupt), store.transaction():
        pass
    store._db = real
    assert not real.in_transaction
    assert store.begin_run("2026-01-01T00:00:00.000000Z") == 1


def test_a_run_ends_over_what_was_left_open(store):
    """A transaction that an interrupt left open is undone by the end of the run."""
    run = store.begin_run("2026-01-01T00:00:00.000000Z")
    left = store.transaction()
    left.__enter__()
    store.apply(Changes(variants={b"x": "never committed"}))
    store.end_run(run, "2026-01-01T00:00:01.000000Z", "interrupted", "{}")
    assert contents(store) == {}
    assert next(store.runs()).state == "interrupted"


def test_an_interrupt_in_a_function_of_ours(store):
    """An interrupt while SQLite calls back is an interrupt, not an error of the store."""
    with store.transaction():
        store.apply(Changes(variants={b"x": "text"}))

    def strike(value):
        raise KeyboardInterrupt

    for dry_run in (True, False):
        with pytest.raises(KeyboardInterrupt):
            store.rewrite("variants", {"content": strike}, dry_run=dry_run)
        with pytest.raises(KeyboardInterrupt):
            store.remove("variants", ["content"], strike, dry_run=dry_run)
    assert contents(store) == {b"x": "text"}


def test_an_interrupt_as_a_function_of_ours_begins(store):
    """It may come before anything of the function could catch it."""
    with store.transaction():
        store.apply(Changes(variants={b"x": "text"}))

    def strike(frame, event, arg):
        if frame.f_code.co_name == "changed":
            raise KeyboardInterrupt

    before = sys.gettrace()
    sys.settrace(strike)
    try:
        with pytest.raises(KeyboardInterrupt):
            store.rewrite("variants", {"content": str.upper})
    finally:
        sys.settrace(before)
    assert contents(store) == {b"x": "text"}
