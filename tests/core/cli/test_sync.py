"""`duetrail sync`, against a made-up company of twelve invoices."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from urllib.parse import quote

import pytest

from duetrail import api
from duetrail.cli.progress import Follower
from duetrail.cli.summary import write_troubles
from duetrail.errors import FetchError
from duetrail.pipeline import Halted, ResourceSummary, Summary
from duetrail.stores import opening


@pytest.fixture(scope="module")
def sandbox():
    from duetrail_sandbox.server import Sandbox

    with Sandbox(invoices=12, seed=7) as running:
        yield running


@pytest.fixture
def sync(sandbox, write_config, run):
    """The command, with a new store beside a configuration of its own."""
    file = write_config(sandbox.config)
    return lambda *arguments: run("--config", file, "sync", *arguments)


def test_first_and_second_run(sync):
    """The first run brings everything, the second finds that nothing has changed."""
    first = sync("stuut", "credira")
    assert (first.code, first.err) == (0, "")
    assert re.search(r"^stuut\.invoices +complete +\d+ +\d+ ", first.out, re.MULTILINE)
    assert re.search(r"^Written: .*\b12 invoices\b", first.out, re.MULTILINE)
    second = sync("stuut", "credira")
    assert second.code == 0
    assert "Written: nothing, all is as it was." in second.out


def test_the_numbers_of_a_summary_add_up(sync):
    """For machines the summary is one value whose numbers add up."""
    answer = json.loads(sync("stuut", "--json").out)
    assert (answer["run"], answer["exit_code"]) == (1, 0)
    for one in answer["resources"]:
        parts = one["mapped"] + one["unchanged"] + one["rejected"] + sum(one["skipped"].values())
        assert one["items"] == parts


def test_only_what_is_selected_is_read(sync):
    """Only what is selected is read, and what it gets its keys from."""
    assert sync("stuut").code == 0
    answer = json.loads(sync("credira", "--select", "calls, emails", "--json").out)
    assert {one["resource"]: one["feeds"] for one in answer["resources"]} == {
        "calls": "",
        "emails": "",
        "callouts": "emails",
    }


@pytest.mark.parametrize("days", [1_000_000, 10**30])
def test_pages_for_longer_than_time(sync, days):
    """Pages may be kept for more days than the calendar has: then none is dropped."""
    sync("stuut")
    done = sync("stuut", "--keep-pages", days)
    assert (done.code, done.err) == (0, "")
    assert "Dropped" not in done.out


@pytest.mark.parametrize("days", ["1e6", "1e300"])
def test_full_every_so_many_days(sandbox, write_config, run, days):
    """A full reading every million days is one that never falls due."""
    file = write_config(
        sandbox.config.replace("[connections.yeti]", f"[connections.yeti]\nfull_every = {days}")
    )
    requests = []
    for _ in range(2):
        done = run("--config", file, "sync", "yeti", "--json")
        assert (done.code, done.err) == (0, "")
        requests.append(sum(one["requests"] for one in json.loads(done.out)["resources"]))
    assert requests[1] < requests[0]


def test_unknown_name_to_select(sync):
    """What cannot be selected is answered with what can."""
    done = sync("stuut", "--select", "call")
    assert (done.code, done.out) == (2, "")
    assert "nothing to select is called 'call'\n  There are call-details, callouts, " in done.err


def test_keys_that_were_never_read(sync):
    """A connection whose keys were never read fails, and says what to run first."""
    done = sync("credira", "--select", "calls")
    assert done.code == 1
    assert "credira.calls: failed: " in done.err
    assert "Run `duetrail sync stuut` first." in done.err


def test_a_refused_credential_fails_its_connection_alone(sandbox, write_config, run):
    """A credential that is refused fails its connection alone; the rest is brought."""
    text = sandbox.config.replace("sandbox-credira-token", "another-token")
    done = run("--config", write_config(text), "sync", "stuut", "credira")
    assert done.code == 1
    assert "12 invoices" in done.out
    assert re.search(
        r"^credira\.(calls|callouts): failed [^:]*: Credira refused", done.err, re.MULTILINE
    )
    assert "another-token" not in done.out + done.err


def test_one_wrong_password_is_one_paragraph(sandbox, write_config, run):
    """Resources of one connection that fail alike are named together, the hint is told once."""
    config = sandbox.config.replace("sandbox-yeti-password", "wrong-wrong-wrong")
    done = run("--config", write_config(config), "sync", "yeti")
    assert done.code == 1
    assert done.err.count("Ask the operator.") == 1
    # One that had not begun when the login was refused says so in a line of its own.
    assert len(done.err.splitlines()) <= 3
    assert re.match("yeti.accounts(, [a-z]+)*: failed: http", done.err)


def test_keys_that_fail_alike_are_one_paragraph(capsys):
    """One trouble of many keys is told once, though each address names its own key."""
    entry = ResourceSummary("acme", "calls")
    for key, status in [("b1", 500), ("b 2", 500), ("b3", 502)]:
        error = FetchError(f"http://x/calls/{quote(key)} answered {status}", hint="Try later.")
        entry.add_problem("failed", key, error)
    write_troubles(Summary(1, [entry]))
    assert capsys.readouterr().err.splitlines() == [
        "acme.calls: failed b1, b 2: http://x/calls/b1 answered 500",
        "acme.calls: failed b3: http://x/calls/b3 answered 502",
        "  Try later.",
    ]


def test_unknown_keys_are_one_paragraph(sandbox, write_config, run):
    """All keys that one vendor does not know stand on one line; a command shows each of them."""
    keys = [f"NOBODYS-{number}" for number in range(15)]
    config = sandbox.config.replace('invoices = "stuut:remote_id"', f"invoices = {keys}", 1)
    file = write_config(config.replace("'", '"'))
    done = run("--config", file, "sync", "credira")
    assert done.code == 3
    (line,) = [line for line in done.err.splitlines() if "unknown to the vendor" in line]
    assert line.startswith("credira.calls, callouts: 15 keys are unknown to the vendor: NOBODYS-")
    assert line.endswith(" and 12 more")
    assert "`duetrail status --problems`" in done.err
    shown = run("--config", file, "status", "--problems").out
    assert all(f"credira.calls: unknown key {key}: " in shown for key in keys)


def test_requests_without_queries_and_secrets(sandbox, write_config, run):
    """With -v each request has a line: no query, no credential, and as many as the summary says."""
    done = run("--config", write_config(sandbox.config), "sync", "-v", "--json")
    lines = [line for line in done.err.splitlines() if line.endswith(" ms")]
    resources = json.loads(done.out)["resources"]
    assert len(lines) == sum(one["requests"] for one in resources) > 20
    for entry in resources:
        name = f"{entry['connection']}.{entry['resource']}: "
        assert sum(line.startswith(name) for line in lines) == entry["requests"]
    for secret in re.findall(r'(?:token|login|password) = "(.*)"', sandbox.config):
        assert secret not in done.err
    assert "?" not in done.err


def test_quiet_has_no_progress(sync):
    """With -q there is no progress, and with -v beside it no question."""
    assert sync("stuut", "-q").err == ""
    done = sync("stuut", "-q", "-v")
    assert (done.code, "exclude each other" in done.err) == (2, True)


@pytest.mark.parametrize("workers", ["0", "65", "many"])
def test_the_number_of_workers_has_bounds(run, workers):
    """The number of workers has bounds."""
    done = run("sync", "--workers", workers)
    assert (done.code, "--workers" in done.err) == (2, True)


def test_full_and_since_exclude_each_other(sync):
    """To read everything, and only from a day on, is no question."""
    done = sync("stuut", "--full", "--since", "2026-01-01")
    assert (done.code, done.out) == (2, "")
    assert "exclude each other" in done.err


@pytest.mark.parametrize(
    ("given", "words"),
    [("yesterday", "is no date"), ("2026-13-01", "is no date"), ("2026-06-30T08:00", "no zone")],
)
def test_since_that_is_no_date(sync, given, words):
    """What is no day or time is told, with how to write one."""
    done = sync("stuut", "--since", given)
    assert done.code == 2
    assert words in done.err


@pytest.mark.parametrize("given", ["2262-01-01", "2262-01-01T00:00:00Z"])
def test_since_in_the_future(sync, given):
    """Nothing has happened since then: a mistake of the command, and nothing is asked."""
    done = sync("stuut", "--since", given)
    assert (done.code, done.out) == (2, "")
    assert "a time in the future" in done.err


@pytest.mark.parametrize("given", ["2026-06-01", "2026-06-01T00:00:00Z", "2026-06-01T02:00+02:00"])
def test_a_day_is_its_midnight_in_utc(sync, given):
    """A day is its midnight in UTC; a vendor without a date reads everything and says so."""
    answer = json.loads(sync("exante", "--since", given, "--json").out)
    (invoices, *_) = answer["resources"]
    assert invoices["notices"] == ["read without --since: Exante has no date for it"]


def test_a_limited_run_keeps_whole_pages(sync):
    """A limited run keeps whole pages, says that it is limited, and ends well."""
    done = sync("exante", "--limit", "1", "--select", "invoices")
    assert done.code == 0
    assert re.search(r"^exante\.invoices +limited ", done.out, re.MULTILINE)
    assert sync("exante", "--limit", "0").code == 2


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_a_store_that_is_taken_away(sync, tmp_path, monkeypatch, how):
    """Where another program locks the store, the summary so far is told, then the error."""
    holders = []

    def lock(line, progress):
        if not holders:
            holders.append(sqlite3.connect(tmp_path / "duetrail.db", isolation_level=None))
            holders[0].execute("BEGIN IMMEDIATE")

    monkeypatch.setattr(opening, "_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(Follower, "__call__", lock)
    done = sync("stuut", "credira", "--workers", "1", *how)
    holders[0].close()
    assert done.code == 1
    assert "database is locked" in done.err
    if how:
        answer = json.loads(done.out)
        assert (answer["state"], answer["exit_code"]) == ("halted", 1)
        assert answer["error"]["type"] == "StoreError"
        assert sum(one["items"] for one in answer["resources"]) > 0
        assert "incomplete" in {one["state"] for one in answer["resources"]}
    else:
        assert done.out.startswith("Halted: what stands below is kept")
        assert "Another process is writing to it" in done.err


def _delete(store):
    store.unlink()


def _delete_the_log(store):
    store.with_name(f"{store.name}-wal").unlink()


def _replace(store):
    shutil.copy(store, store.with_name("copy.db"))
    store.with_name("copy.db").replace(store)


def _move(store):
    store.rename(store.with_name("moved.db"))


@pytest.mark.parametrize("harm", [_delete, _delete_the_log, _replace, _move])
def test_a_store_that_is_deleted(sandbox, write_config, harm):
    """A store that goes away under a sync is told, with how far it came; not "all is well"."""
    config = write_config(sandbox.config)
    done = []

    def observer(progress):
        if not done:
            done.append(harm(config.with_name("duetrail.db")))

    with pytest.raises(Halted, match=r"the store .* is lost") as caught:
        api.sync("stuut", "credira", config=config, observer=observer)
    assert (caught.value.summary.state, caught.value.summary.exit_code) == ("halted", 1)
    assert caught.value.summary.resources[0].items > 0


def test_sqlite_finds_the_store_sound(sandbox, write_config, run):
    """SQLite itself finds a store sound after a sync, without its pages, and after an erasure."""
    config = write_config(sandbox.config)

    def look():
        with closing(sqlite3.connect(config.with_name("duetrail.db"))) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            sql = "SELECT email FROM contacts WHERE email IS NOT NULL LIMIT 2"
            return [one for (one,) in db.execute(sql)]

    api.sync(config=config)
    people = look()
    api.sync(config=config, full=True, keep_pages="none")
    look()
    assert run("--config", config, "erase", *(f"--contact={one}" for one in people)).code == 0
    look()
