"""The whole thing: commands, plugins, pipeline and store against the sandbox."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from duetrail_sandbox.server import Sandbox
from support.nightly import examples

INVOICES = examples(150, 2_000)


def duetrail(folder: Path, *arguments: str) -> Any:
    """What a command answers with `--json`; it must end well."""
    code = "from duetrail.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments, "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- a company, four vendors ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(invoices=INVOICES) as one:
        yield one


@pytest.fixture(scope="module")
def folder(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the configuration, synced by one worker and by sixteen."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "duetrail.toml").write_text(sandbox.config)
    for workers in ("1", "16"):
        duetrail(folder, "--store", f"sqlite:///{workers}.db", "sync", "--workers", workers)
    return folder


@pytest.mark.timeout(900)
def test_nothing_is_missing(folder: Path, sandbox: Sandbox) -> None:
    """The store holds exactly as many records of each kind as each vendor has."""
    status = duetrail(folder, "--store", "sqlite:///16.db", "status")
    assert status["counts"] == sandbox.counts
    assert status["rejects"] == 0


@pytest.mark.timeout(900)
def test_workers_make_no_difference(folder: Path) -> None:
    """One worker and sixteen write the same store."""
    digests = {
        duetrail(folder, "--store", f"sqlite:///{workers}.db", "status", "--digest")["digest"]
        for workers in (1, 16)
    }
    assert len(digests) == 1


@pytest.mark.timeout(900)
def test_a_second_run_writes_nothing(folder: Path) -> None:
    """And says so, resource by resource, with numbers that add up."""
    summary = duetrail(folder, "--store", "sqlite:///1.db", "sync")
    assert summary["written"] == 0
    assert summary["records"] == {}
    for resource in summary["resources"]:
        assert (resource["state"], resource["pages"]) == ("complete", 0)
        assert resource["items"] == resource["unchanged"]


@pytest.mark.timeout(900)
def test_nothing_secret_is_stored(folder: Path) -> None:
    """What must never be stored is in no file of the store, not even on a compressed page."""
    from duetrail.stores import open_store

    store = open_store("sqlite:///16.db", folder=folder)
    pages = [row["number"] for row in store.select("SELECT number FROM pages")]
    assert pages
    assert not [n for n in pages if b"sandbox-secret-" in store.page(n).body]
    store.close()
    for file in folder.glob("16.db*"):
        assert b"sandbox-secret-" not in file.read_bytes()
        assert b"sandbox-stuut-token" not in file.read_bytes()


@pytest.mark.timeout(900)
def test_every_touch_stands_on_a_trail(folder: Path) -> None:
    """Each call, callout and email of a vendor is linked to an invoice that is stored.

    Only calls over the telephone switch may wait for a bill.
    """
    with closing(sqlite3.connect(folder / "16.db")) as db, db:
        (loose,) = db.execute(
            "SELECT count(*) FROM touches WHERE connection <> 'yeti' AND NOT EXISTS "
            "(SELECT 1 FROM links JOIN invoices "
            "ON invoices.connection = invoice_connection AND invoices.id = invoice_id "
            "WHERE links.connection = touches.connection AND links.record = touches.record "
            "AND links.id = touches.id)"
        ).fetchone()
    db.close()
    assert loose == 0


@pytest.mark.timeout(900)
def test_calls_stand_on_the_bill_of_their_time(folder: Path) -> None:
    """A bill has the calls it counts, as far as they are kept; one of them counts otherwise."""
    status = duetrail(folder, "--store", "sqlite:///16.db", "status", "--checks")
    found = [one for one in status["checks"] if one["connection"] == "yeti"]
    assert [one["check"] for one in found] == ["outbound_calls = calls in its billing period"]
    with closing(sqlite3.connect(folder / "16.db")) as db, db:
        ((linked,),) = db.execute(
            "SELECT count(*) FROM links WHERE connection = 'yeti' AND rule = 'billing period'"
        )
    db.close()
    assert linked > INVOICES / 20


# --- the demo ------------------------------------------------------------------------------------


def test_the_demo_tells_one_invoices_story_across_vendors(tmp_path: Path) -> None:
    """One command, no account: a store, and a timeline with events of three vendors, in order."""
    answer = duetrail(tmp_path, "demo")
    assert (tmp_path / "duetrail-demo.db").exists()
    events = answer["timeline"]["events"]
    assert {event["connection"] for event in events} >= {"stuut", "credira", "exante"}
    times = [event["at"] for event in events if event["at"]]
    assert times == sorted(times)
    assert answer["sync"]["exit_code"] == 0


def test_the_demo_is_for_people(tmp_path: Path) -> None:
    """Without --json it prints a summary, then the timeline."""
    code = "from duetrail.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--store", "sqlite:///mine.db", "demo", "--invoices", "20"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "made up" in done.stderr
    assert "stuut.invoices" in done.stdout
    assert "promised to pay" in done.stdout
    assert [file.name for file in tmp_path.glob("*.db")] == ["mine.db"]


def test_every_plugin_is_loaded(tmp_path: Path) -> None:
    """The vendors and the sandbox, each with what it offers."""
    rows = {row["name"]: row for row in duetrail(tmp_path, "plugins")}
    assert {name: row["state"] for name, row in rows.items()} == dict.fromkeys(
        ["credira", "exante", "notify", "otel", "sandbox", "stripe", "stuut", "twilio", "yeti"],
        "loaded",
    )
    usual = [r for r in rows["credira"]["resources"] if r not in rows["credira"]["optional"]]
    assert usual == ["calls", "callouts", "emails"]
    assert rows["sandbox"]["commands"] == ["demo", "sandbox"]
