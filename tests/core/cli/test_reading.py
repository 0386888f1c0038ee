"""`duetrail status` and `duetrail timeline`, over what a real sync has brought."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from functools import partial

import pytest

from duetrail.model import Invoice, Money
from duetrail.pipeline import digest
from duetrail.stores import open_store


@pytest.fixture
def ask(synced, run):
    """A command with the configuration of the synced folder."""
    return lambda *arguments: run("--config", synced / "duetrail.toml", *arguments)


@pytest.fixture
def some(synced):
    """An invoice of the store, with its number, id and ERP id."""
    store = open_store("sqlite:///duetrail.db", folder=synced)
    sql = (
        "SELECT number, invoices.id, remote_id FROM invoices "
        "JOIN links ON invoices.id = invoice_id GROUP BY number "
        "HAVING count(DISTINCT links.connection) = 2 AND count(DISTINCT invoices.id) = 1 LIMIT 1"
    )
    found = next(store.select(sql))
    store.close()
    return found


# --- status --------------------------------------------------------------------------------------


def test_status_shows_the_last_run_and_how_much_is_stored(ask):
    """Status shows the last run and how much is stored, by connection and kind."""
    done = ask("status")
    assert done.code == 0
    assert re.search(r"^last run  1, ended, 2\d{3}-.*Z to 2", done.out, re.MULTILINE)
    assert re.search(r"^stuut +invoices +12$", done.out, re.MULTILINE)
    assert "digest" not in done.out


def test_status_json(ask):
    """For machines the same, as one value."""
    answer = json.loads(ask("status", "--json").out)
    assert list(answer) == ["store", "last_run", "counts", "absent", "rejects"]
    assert answer["last_run"]["state"] == "ended"
    assert answer["counts"]["stuut"]["invoices"] == 12
    assert "invoices" not in answer["counts"]["credira"]


def test_the_digest_is_one_number_for_all(ask, synced):
    """The digest is a number for the whole content."""
    store = open_store("sqlite:///duetrail.db", folder=synced)
    wanted = digest(store)
    store.close()
    assert json.loads(ask("status", "--digest", "--json").out)["digest"] == wanted
    assert f"digest    {wanted}\n" in ask("status", "--digest").out


def test_status_of_a_named_store(synced, run):
    """A store that is named needs no configuration."""
    done = run("--store", f"sqlite:///{synced}/duetrail.db", "status", "--json")
    assert json.loads(done.out)["store"] == f"sqlite:///{synced}/duetrail.db"


def test_status_shows_how_the_last_run_ended(ask):
    """Status shows the exit code of the last run, and with --problems all that is noted of it."""
    assert re.search(r"^last run  .*, exit code \d$", ask("status").out, re.MULTILINE)
    shown = ask("status", "--problems").out
    assert shown.startswith(ask("status").out)
    assert "\nlast run, one by one:\n" in shown


@pytest.mark.usefixtures("store")
def test_status_of_an_empty_store(run, tmp_path):
    """A store nothing was ever brought into says so."""
    done = run("--store", f"sqlite:///{tmp_path}/store.db", "status")
    assert (done.code, "last run  none" in done.out) == (0, True)


# --- timeline ------------------------------------------------------------------------------------


def test_a_timeline_has_a_line_for_each_event(ask, some):
    """A timeline has the invoice's name, and a line for each thing that happened, in order."""
    done = ask("timeline", some["number"])
    heading, _, columns, *lines = done.out.splitlines()
    assert heading.startswith(f"Invoice {some['number']}, ")
    assert columns.split() == ["when", "(UTC)", "who", "says", "so", "what"]
    days = [line[:10] for line in lines if line[:1].isdigit()]
    assert days == sorted(days)
    assert {"stuut", "credira"} <= {line[18:].split()[0] for line in lines}


@pytest.mark.parametrize("name", ["{number}", "{id}", "{remote_id}", "stuut:{id}"])
def test_an_invoice_is_found_by_any_of_its_names(ask, some, name):
    """An invoice can be asked for by number, id, ERP id, or connection and id."""
    done = ask("timeline", name.format(**some), "--json")
    assert json.loads(done.out)["invoice"] == {
        "connection": "stuut",
        "record": "invoices",
        "id": some["id"],
    }


def test_timeline_json(ask, some):
    """For machines it is the record and the events, with amounts as text and times in UTC."""
    answer = json.loads(ask("timeline", some["id"], "--json").out)
    assert list(answer) == ["invoice", "same", "record", "customer", "events"]
    assert (
        " ".join(answer["events"][0]) == "at connection record id kind text how absent_since rule"
        " planned failed said"
    )
    assert isinstance(answer["record"]["total"]["amount"], str)
    assert answer["record"]["created_at"].endswith("Z")


def test_an_unknown_invoice_is_wrong_usage(ask):
    """An invoice nobody knows is wrong usage, with what to ask by."""
    done = ask("timeline", "INV-0")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "Error: no invoice is called 'INV-0'\n"
        "  Ask by its number, its id at the vendor, its ERP id, or CONNECTION:ID.\n"
    )


def test_a_number_of_several_invoices_is_answered_with_these(store, keep, run, tmp_path):
    """A number that is not unique is answered with the candidates."""
    keep(*(Invoice(connection=c, id="i1", number="INV-1") for c in ("b", "a")))
    done = run("--store", f"sqlite:///{tmp_path}/store.db", "timeline", "INV-1")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-2:] == ["    a:i1", "    b:i1"]


# --- what is no longer listed, and what does not agree -------------------------------------------


@pytest.fixture
def gone(tmp_path, keep, store):
    """A store with an invoice that is no longer listed, and whose total is not its sum."""
    usd = partial(Money.major, currency="USD")
    facts = {"currency": "USD", "total": usd(12), "subtotal": usd(10), "tax": usd(1)}
    when = datetime(2026, 6, 1, tzinfo=UTC)
    keep(
        Invoice(connection="acme", id="i1", number="1", issued_at=when),
        Invoice(connection="acme", id="i2", number="2", **facts),
    )
    store.close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:
        db.execute("UPDATE invoices SET absent_since = '2026-06-30T00:00:00Z' WHERE id = 'i1'")
    db.close()
    return f"sqlite:///{tmp_path}/store.db"


def test_status_counts_what_is_there(run, gone):
    """What is no longer listed is counted apart."""
    answer = json.loads(run("--store", gone, "status", "--json").out)
    assert answer["counts"] == {"acme": {"invoices": 1}}
    assert answer["absent"] == {"acme": {"invoices": 1}}
    assert re.search(
        r"no longer listed\nacme +invoices +1 +1\n", run("--store", gone, "status").out
    )


def test_timeline_of_what_is_gone(run, gone):
    """A timeline still tells it, and says so."""
    assert "(no longer listed)" in run("--store", gone, "timeline", "1").out


def test_numbers_that_disagree_are_listed(run, gone):
    """Numbers of a vendor that disagree are listed when asked for."""
    answer = json.loads(run("--store", gone, "status", "--checks", "--json").out)
    assert answer["checks"] == [
        {
            "connection": "acme",
            "invoice": "i2",
            "check": "total = subtotal + tax - discount",
            "says": "12 USD",
            "found": "11 USD",
        }
    ]
    assert "12 USD" in run("--store", gone, "status", "--checks").out
    assert "checks" not in json.loads(run("--store", gone, "status", "--json").out)


def test_checks_that_agree(ask):
    """Where everything agrees, that is said."""
    done = ask("status", "--checks")
    assert "agree" in done.out or "says" in done.out
