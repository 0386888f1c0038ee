"""`duetrail sync` reads stretches of time, and says what it would ask."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from duetrail.testing import Answer, LoopbackServer

PLUGIN = """
from attrs import frozen

from duetrail import hookimpl
from duetrail.http import NoAuth, segment
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.source import Cursor, Keys, KeySource, Resource, Shape, Source, option

@frozen
class Options:
    ids: KeySource = option("Which bills to ask about.")

@frozen
class Thing:
    id: str

@hookimpl
def source():
    bills = Shape(name="bill", record=Invoice, wire=Thing, path="$.rows[*]")
    mails = Shape(name="mail", record=Email, wire=Thing, path="$.rows[*]")
    calls = Shape(name="call", record=Call, wire=Thing, path="$.rows[*]")
    return Source(
        name="acme", title="Acme", options=Options, base_url="https://api.acme.example",
        resources=(
            Resource(name="bills", shapes=(bills,), since="day", until="day"),
            Resource(name="mails", shapes=(mails,)),
            Resource(name="calls", shapes=(calls,), keys=Keys(record=Invoice, option="ids")),
        ),
        unsupported=(Callout,), auth=lambda options: NoAuth(),
    )

@hookimpl
def fetch(shard, session, connection):
    if shard.key is not None:
        yield session.get(f"/bills/{segment(shard.key.value)}/calls")
        return
    bounds = {"from": shard.since, "to": shard.until}
    page = session.get(f"/{shard.resource}", {k: v and v.isoformat() for k, v in bounds.items()})
    yield page
    yield Cursor(len(page.data["rows"]))

@hookimpl
def map_item(item, connection):
    yield item.shape.record(connection=connection.name, id=item.wire.id)
"""

DAYS = {"2026-01-05": "b1", "2026-02-10": "b2", "2026-02-20": "b3", "2026-04-01": "b4"}


@pytest.fixture
def broken():
    """Starts of windows that the vendor cannot answer."""
    return set()


@pytest.fixture
def vendor(broken):
    """Four bills, each with its day; one mail; a call a bill."""
    asked = []

    def respond(request):
        asked.append(request.target)
        query = {name: values[0][:10] for name, values in request.query.items()}
        if request.path == "/mails":
            return Answer.of({"rows": [{"id": "m1"}]})
        if request.path.endswith("/calls"):
            return Answer.of({"rows": [{"id": f"c-{request.path.split('/')[2]}"}]})
        if query.get("from") in broken:
            return Answer.of({}, 404)
        first, last = query.get("from", ""), query.get("to", "9")
        rows = [{"id": id} for day, id in DAYS.items() if first <= day < last]
        return Answer.of({"rows": rows})

    with LoopbackServer(respond) as one:
        one.asked = asked
        yield one


@pytest.fixture
def config(site, vendor, tmp_path):
    site.install("acme", PLUGIN)
    file = tmp_path / "duetrail.toml"
    file.write_text(f'[connections.acme]\nbase_url = "{vendor.url}"\nids = "acme"\n')
    return file


@pytest.fixture
def ids(config):
    """The ids of the stored bills."""

    def read():
        with closing(sqlite3.connect(config.parent / "duetrail.db")) as db:
            return [id for (id,) in db.execute("SELECT id FROM invoices ORDER BY id")]

    return read


# --- one window ----------------------------------------------------------------------------------


def test_until_is_excluded(run, config, ids):
    """What happened from a day on up to another, without that one."""
    words = ["--select", "bills", "--since", "2026-02-10", "--until", "2026-04-01"]
    done = run("--config", config, "sync", *words, "--json")
    assert (done.code, ids()) == (0, ["b2", "b3"])
    said = json.loads(done.out)
    assert (said["since"][:10], said["until"][:10]) == ("2026-02-10", "2026-04-01")


def test_a_window_proves_no_absence_and_moves_no_cursor(run, config, ids, vendor):
    """What is outside stays as it is, and the next run asks for everything."""
    run("--config", config, "sync", "--select", "bills")
    run("--config", config, "sync", "--select", "bills", "--until", "2026-02-01")
    with closing(sqlite3.connect(config.parent / "duetrail.db")) as db:
        absent = "SELECT count(*) FROM invoices WHERE absent_since IS NOT NULL"
        assert db.execute(absent).fetchone() == (0,)
    assert ids() == ["b1", "b2", "b3", "b4"]


def test_what_has_no_date_is_read_whole(run, config):
    """And that is told."""
    words = ["--select", "mails", "--until", "2026-02-01"]
    done = run("--config", config, "sync", *words)
    assert "read without --until: Acme has no date for it" in done.out


@pytest.mark.parametrize(
    ("name", "found"),
    [("2026", "b1 b2 b3 b4"), ("2026-Q1", "b1 b2 b3"), ("2026-02", "b2 b3"), ("2026-02-10", "b2")],
)
def test_a_window_has_a_name(run, config, ids, name, found):
    """Years, quarters, months and days are called as they are written."""
    assert run("--config", config, "sync", "--select", "bills", "--window", name).code == 0
    assert ids() == found.split()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--window", "2026-13"], "no calendar has 2026-13"),
        (["--window", "next-week"], "no stretch of time is called"),
        (["--window", "2026", "--until", "2026-02-01"], "--window says"),
        (["--since", "2026-02-01", "--until", "2026-02-01"], "nothing lies between"),
        (["--full", "--until", "2026-02-01"], "exclude each other"),
        (["--step", "month", "--since", "2026-01-01"], "--step needs --since and --until"),
        (["--step", "month", "--window", "2026-Q1", "--limit", "3"], "beside --step"),
        (["--step", "month", "--window", "2026-Q1", "--plan"], "--plan is of one sync"),
    ],
)
def test_a_wrong_window_is_told(run, config, vendor, words, says):
    """Before anybody is asked."""
    done = run("--config", config, "sync", *words)
    assert (done.code, says in " ".join(done.err.split()), vendor.asked) == (2, True, [])


# --- window by window ----------------------------------------------------------------------------


QUARTER = ["--window", "2026-Q1", "--step", "month"]


def test_a_stretch_is_read_month_by_month(run, config, ids, vendor):
    """One sync a month, the oldest first; what knows no dates is left to other syncs."""
    done = run("--config", config, "sync", *QUARTER)
    assert (done.code, ids()) == (0, ["b1", "b2", "b3"])
    starts = [target.partition("from=")[2][:10] for target in vendor.asked]
    assert starts == ["2026-01-01", "2026-02-01", "2026-03-01"]


def test_a_backfill_goes_on_where_it_failed(run, config, ids, vendor, broken):
    """What was read is not asked again; once all was read, it begins anew."""
    broken.add("2026-02-01")
    assert run("--config", config, "sync", *QUARTER).code == 1
    assert ids() == ["b1"]
    broken.clear()
    vendor.asked.clear()
    assert run("--config", config, "sync", *QUARTER).code == 0
    assert (ids(), len(vendor.asked)) == (["b1", "b2", "b3"], 1)
    vendor.asked.clear()
    run("--config", config, "sync", *QUARTER)
    assert len(vendor.asked) == 3


def test_nothing_to_be_read_by_windows(run, config):
    """It says so, and what to do instead."""
    done = run("--config", config, "sync", "--select", "mails", *QUARTER)
    assert (done.code, "can be asked window by window" in done.err) == (2, True)


# --- what would be asked -------------------------------------------------------------------------


def plan(run, config, *words):
    done = run("--config", config, "sync", "--plan", "--json", *words)
    assert done.code == 0
    return {
        row["resource"]: (row["keys"], row["requests"], row["basis"])
        for row in json.loads(done.out)
    }


def test_before_the_first_sync_little_is_known(run, config, vendor):
    """Nobody can know how long a list is; nobody is asked, and no store is made."""
    assert plan(run, config) == {
        "bills": (None, None, "unknown"),
        "mails": (None, None, "unknown"),
        "calls": (None, None, "unknown"),
    }
    assert vendor.asked == []
    assert not (config.parent / "duetrail.db").exists()


def test_the_plan_of_a_full_sync_is_what_it_asks(run, config, vendor):
    """Keys are counted, pages are those of the last full reading: the sum is what is asked."""
    run("--config", config, "sync")
    assert plan(run, config, "--full") == {
        "bills": (None, 1, "as in run 1"),
        "mails": (None, 1, "as in run 1"),
        "calls": (4, 4, "at least"),
    }
    vendor.asked.clear()
    run("--config", config, "sync", "--full")
    assert len(vendor.asked) == 6


def test_keys_that_nothing_new_can_feed_are_exact(run, config, vendor):
    """Where the user lists them, and each took one request when it was last asked."""
    listed = (
        f'[connections.others]\nplugin = "acme"\nbase_url = "{vendor.url}"\nids = ["b1", "b2"]\n'
    )
    config.write_text(listed)
    assert plan(run, config, "others", "--select", "calls")["calls"] == (2, 2, "at least")
    run("--config", config, "sync", "others", "--select", "calls")
    assert plan(run, config, "others", "--select", "calls")["calls"] == (2, 2, "exact")
    done = run("--config", config, "sync", "--plan", "--select", "calls")
    assert "2 keys" in done.out
    assert "Nothing was asked." in done.out


def test_a_window_that_was_read_is_known(run, config):
    """The same window took so many requests before; another one is unknown."""
    words = ["--select", "bills", "--window", "2026-02"]
    run("--config", config, "sync", *words)
    assert plan(run, config, *words)["bills"] == (None, 1, "as in run 1")
    assert plan(run, config, "--select", "bills", "--window", "2026-03")["bills"][1] is None
