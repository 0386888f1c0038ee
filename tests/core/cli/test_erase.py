"""`duetrail erase`, on a made-up company of twelve invoices."""

import io
import json
import shutil
import sqlite3
from contextlib import closing

import pytest


@pytest.fixture
def ask(synced, tmp_path, run):
    """The command, on a copy of the synced store."""
    for name in ("duetrail.toml", "duetrail.db"):
        shutil.copy(synced / name, tmp_path)
    return lambda *arguments: run("--config", tmp_path / "duetrail.toml", "erase", *arguments)


@pytest.fixture
def somebody(tmp_path, ask):
    """The address of a contact in the store."""
    with closing(sqlite3.connect(tmp_path / "duetrail.db")) as db, db:
        ((email,),) = db.execute("SELECT email FROM contacts WHERE email IS NOT NULL LIMIT 1")
    db.close()
    return email


def test_a_table(ask, somebody):
    """It tells how many rows of which table named the person, and never the person."""
    done = ask("--contact", somebody)
    assert (done.code, done.err) == (0, "")
    assert "contacts" in done.out
    assert "Kept out from now on: 1." in done.out
    assert somebody not in done.out


def test_erasing_twice_is_no_fault(ask, somebody):
    """The second time there is nothing to do, and that is no fault."""
    ask("--contact", somebody)
    done = ask("--contact", somebody)
    assert done.code == 0
    assert (
        done.out == "Nothing stored names them.\nKept out from now on: 1 (1 were listed before).\n"
    )


def test_dry_run(ask, somebody):
    """A dry run says that nothing was changed, and so it is."""
    done = ask("--contact", somebody, "--dry-run")
    assert done.code == 0
    assert "Nothing was changed: that was --dry-run." in done.out
    first, second = (json.loads(ask("--contact", somebody, "--json").out) for _ in range(2))
    assert first["changed"]["contacts"] >= 1
    assert second["changed"] == {}


def test_for_machines_it_is_one_value(ask):
    """For machines the same is one value."""
    answer = json.loads(ask("--contact", "a@b.example", "--contact", "Pat Doe", "--json").out)
    assert answer == {"dry_run": False, "contacts": 2, "listed": 2, "changed": {}, "removed": {}}


def test_contacts_come_from_stdin(ask, monkeypatch):
    """Contacts can be read from stdin, a line each."""
    monkeypatch.setattr("sys.stdin", io.StringIO("a@b.example\n\n+1 202 555 0101\n"))
    assert json.loads(ask("--contact", "-", "--json").out)["contacts"] == 2


def test_no_contact(ask):
    """What is no contact is a mistake, told without repeating it."""
    done = ask("--contact", "Patricia")
    assert (done.code, done.out) == (2, "")
    assert "no full name" in done.err
    assert "Patricia" not in done.err


def test_no_store(run, tmp_path):
    """Where there is no store there is nobody to erase, and none is made."""
    done = run("--store", f"sqlite:///{tmp_path}/none.db", "erase", "--contact", "a@b.example")
    assert done.code == 1
    assert "there is no store" in done.err
    assert list(tmp_path.iterdir()) == []
