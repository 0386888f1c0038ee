"""`duetrail singer` and `tap-duetrail`: a sync, then messages, with a made-up company."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from duetrail.engines import singer as engine
from duetrail.project import Project
from duetrail.stores import open_store
from duetrail_sandbox.server import Sandbox
from support.passed_on import store_of_target
from support.read_back import digest_of

Message = dict[str, Any]
Key = tuple[str, str]


class Company:
    """A running sandbox, its configuration, and the tap that reads it."""

    def __init__(self, sandbox: Sandbox, folder: Path, run: Callable[..., Any]) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.config = folder / "duetrail.toml"
        self.config.write_text(sandbox.config)
        self._run = run

    def tap(self, *arguments: object, state: Any = None) -> list[Message]:
        """What the tap says; it has to end well."""
        if state is not None:
            arguments = (*arguments, "--state", self.write("state.json", state))
        done = self.run(*arguments)
        assert done.code == 0, done.err
        return [json.loads(line) for line in done.out.splitlines()]

    def run(self, *arguments: object) -> Any:
        return self._run("--config", self.config, "singer", "stuut", *arguments)

    def write(self, name: str, value: Any) -> Path:
        file = self.folder / name
        file.write_text(json.dumps(value))
        return file

    def digest(self) -> str:
        """The digest of what is stored."""
        with closing(open_store("sqlite:///duetrail.db", folder=self.folder)) as store:
            return digest_of(store)


@pytest.fixture
def company(tmp_path: Path, run: Callable[..., Any]) -> Iterator[Company]:
    with Sandbox(invoices=12, vendors=("stuut",)) as sandbox:
        yield Company(sandbox, tmp_path, run)


class Target:
    """A target that replaces rows by their keys, as targets do."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[Key, Message]] = {}
        self.state: Any = None
        self.records = 0

    def take(self, messages: list[Message]) -> Target:
        for one in messages:
            if one["type"] == "STATE":
                self.state = one["value"]
            elif one["type"] == "RECORD":
                self.records += 1
                row = one["record"]
                self.rows.setdefault(one["stream"], {})[row["connection"], row["id"]] = row
        return self

    def digest(self, folder: Path) -> str:
        """The digest of what it has."""
        folder.mkdir()
        there = {
            table: [row for row in rows.values() if row["_sdc_deleted_at"] is None]
            for table, rows in self.rows.items()
        }
        with closing(store_of_target(there, folder)) as store:
            return digest_of(store)


def records(messages: list[Message]) -> list[tuple[str, str]]:
    return [(one["stream"], one["record"]["id"]) for one in messages if one["type"] == "RECORD"]


def test_a_target_has_what_the_store_has(company: Company, tmp_path: Path) -> None:
    """Every record comes, with exact decimals, times and links: the digest is the store's."""
    assert Target().take(company.tap()).digest(tmp_path / "target") == company.digest()


def test_only_messages_stand_on_stdout(company: Company) -> None:
    """What the sync has to say goes to stderr."""
    done = company.run()
    assert {json.loads(line)["type"] for line in done.out.splitlines()} == {
        *("SCHEMA", "RECORD", "STATE"),
    }
    assert "Written: 12 invoices" in done.err


def test_a_second_run_tells_nothing(company: Company) -> None:
    """With the state of the first one."""
    state = company.tap()[-1]["value"]
    assert records(company.tap(state=state)) == []


def test_only_what_has_changed_comes(company: Company, tmp_path: Path) -> None:
    """Some days later a target is brought up to date by less than everything."""
    target = Target().take(company.tap())
    first = target.records
    company.sandbox.pass_days(10)
    changed = company.tap(state=target.state)
    assert 0 < len(records(changed)) < first
    assert target.take(changed).digest(tmp_path / "target") == company.digest()


def test_a_target_that_dies_anywhere_loses_nothing(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given its last state it gets what it has not got, and nothing twice."""
    monkeypatch.setattr(engine, "STATE_EVERY", 5)
    everything = company.tap()
    ends = [at for at, one in enumerate(everything, start=1) if one["type"] == "STATE"]
    assert len(ends) > 10
    for end in ends:
        kept = everything[:end]
        rest = company.tap(state=kept[-1]["value"])
        assert sorted(records(kept) + records(rest)) == sorted(records(everything))


def test_changes_meanwhile_are_not_lost(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records that change after a target died come in their new form, before its place, too."""
    monkeypatch.setattr(engine, "STATE_EVERY", 5)
    everything = company.tap()
    end = [at for at, one in enumerate(everything, start=1) if one["type"] == "STATE"][3]
    target = Target().take(everything[:end])
    company.sandbox.pass_days(10)
    again = company.tap(state=target.state)
    middle = [at for at, one in enumerate(again, start=1) if one["type"] == "STATE"][2]
    target.take(again[:middle])
    target.take(company.tap(state=target.state))
    assert target.digest(tmp_path / "target") == company.digest()


def test_who_was_erased_is_erased_in_a_target(company: Company, tmp_path: Path) -> None:
    """The rows that come next hold nothing of that person any more."""
    target = Target().take(company.tap())
    with Project(company.config) as project:
        (contact, *_) = [
            contact["email"]
            for one in project.changes(tables=["parties"])
            for contact in (one.row or {}).get("contacts", ())
            if contact["email"]
        ]
        assert contact in json.dumps(list(target.rows["parties"].values()))
        project.erase(contact)
    target.take(company.tap(state=target.state))
    for rows in target.rows.values():
        assert contact not in json.dumps(list(rows.values()), ensure_ascii=False)
    assert target.digest(tmp_path / "target") == company.digest()


def test_streams_and_fields_are_selected(company: Company) -> None:
    """What is not selected is neither in schemas nor in records."""
    catalog = json.loads(company.run("--discover").out)
    for stream in catalog["streams"]:
        is_calls = stream["stream"] == "calls"
        stream["metadata"][0]["metadata"]["selected"] = is_calls
        for one in stream["metadata"][1:]:
            one["metadata"]["selected"] = one["breadcrumb"][1] == "summary"
    told = company.tap("--catalog", company.write("catalog.json", catalog))
    assert {one["stream"] for one in told if one["type"] != "STATE"} == {"calls"}
    for one in told:
        if one["type"] == "RECORD":
            assert set(one["record"]) == {"connection", "id", "summary", "_sdc_deleted_at"}


def test_a_catalog_needs_no_sync(company: Company) -> None:
    """Discovery asks nobody, and makes no store."""
    streams = json.loads(company.run("--discover").out)["streams"]
    assert "invoices" in {one["stream"] for one in streams}
    assert company.sandbox.requests == []
    assert not (company.folder / "duetrail.db").exists()


@pytest.mark.parametrize("place", [0, -1], ids=["in mid-stream", "at the end"])
def test_the_state_of_a_store_that_is_gone(
    company: Company, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clear line, before anything is read: what was deleted meanwhile is not known."""
    monkeypatch.setattr(engine, "STATE_EVERY", 5)
    states = [one["value"] for one in company.tap() if one["type"] == "STATE"]
    state = company.write("state.json", states[place])
    for file in company.folder.glob("duetrail.db*"):
        file.unlink()
    done = company.run("--state", state)
    assert (done.code, done.out) == (2, "")
    assert "is of another store than this one, which is new" in done.err
    assert company.run().code == 0
    done = company.run("--state", state)
    assert (done.code, "is of another store than sqlite:" in done.err) == (2, True)


def test_a_failed_sync_is_a_failed_tap(company: Company) -> None:
    """What is stored is passed on all the same, and the exit code says that more is missing."""
    company.tap()
    text = company.config.read_text()
    company.config.write_text(text.replace("sandbox-stuut-token", "no-good-token"))
    done = company.run()
    assert done.code == 1
    assert len([line for line in done.out.splitlines() if '"RECORD"' in line]) > 12


WRONG = [
    pytest.param(["--state", "no.json"], "the state no.json cannot be read", id="no file"),
    pytest.param(["--catalog", "duetrail.toml"], "the catalog duetrail.toml is no JSON", id="TOML"),
    pytest.param(["--config", "duetrail.toml"], "which connection", id="two connections"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_what_is_given_wrongly(
    company: Company, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line on stderr, and nothing on stdout."""
    monkeypatch.chdir(company.folder)
    done = company.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


NO_GOOD = [
    pytest.param({"connection": "nobody"}, 2, "no connection 'nobody'", id="no connection"),
    pytest.param({"plugin": "nobodys"}, 1, "'nobodys' is not installed", id="no plugin"),
    pytest.param({"token": "env:NOT_THERE"}, 2, "NOT_THERE is not set", id="no secret"),
    pytest.param({"tokn": "x"}, 2, "has no such setting", id="no such setting"),
]


@pytest.mark.parametrize(("wrong", "code", "message"), NO_GOOD)
def test_settings_that_lead_nowhere(
    company: Company, wrong: dict[str, str], code: int, message: str, run: Callable[..., Any]
) -> None:
    """One line on stderr, without a secret, and nothing on stdout."""
    url = company.sandbox.base_urls["stuut"]
    source = {"plugin": "stuut", "base_url": url, "token": "env:A_TOKEN", **wrong}
    settings = {"source": source, "store": f"sqlite:///{company.folder}/a.db"}
    if "connection" in wrong:
        settings = {**wrong, "config": str(company.config)}
    done = run("singer", "--config", company.write("settings.json", settings))
    assert (done.code, done.out) == (code, ""), done.err
    assert message in done.err


def test_tap_duetrail(company: Company) -> None:
    """The same by the name that Singer expects, with a file of settings and a store of its own."""
    settings = {
        "source": {
            "plugin": "stuut",
            "base_url": company.sandbox.base_urls["stuut"],
            "token": "sandbox-stuut-token",
        }
    }
    file = company.write("settings.toml", settings)  # so called because it holds a throw-away token
    program = "from duetrail.cli.singer import tap; tap()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--config", str(file)],
        env={**os.environ, "XDG_STATE_HOME": str(company.folder / "state")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert sum('"RECORD"' in line for line in done.stdout.splitlines()) > 12
    assert (company.folder / "state" / "duetrail" / "stuut.db").exists()


def test_about_tells_all_that_can_be_set(company: Company) -> None:
    """What the tap can do, and what there is to set."""
    about = json.loads(company.run("--about").out)
    assert about["name"] == "tap-duetrail"
    assert {"catalog", "discover", "state"} <= set(about["capabilities"])
    assert {"source", "config", "store"} <= set(about["settings"]["properties"])
