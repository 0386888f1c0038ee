"""`duetrail airbyte`: its four commands, with a made-up company."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from duetrail.stores import open_store
from duetrail_sandbox.server import Sandbox
from support.passed_on import store_of_target
from support.read_back import digest_of

Message = dict[str, Any]
TOKEN = "sandbox-stuut-token"


class Platform:
    """What a platform does: keeps settings, catalog and states, and runs the commands."""

    def __init__(self, sandbox: Sandbox, folder: Path, run: Callable[..., Any]) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self._run = run
        self.store = f"sqlite:///{folder}/store.db"

    def write(self, name: str, value: Any) -> Path:
        # Settings hold a throw-away token, and a file of this kind may.
        file = self.folder / f"{name}.toml"
        file.write_text(json.dumps(value))
        return file

    def settings(self, **source: Any) -> Path:
        address = {"base_url": self.sandbox.base_urls["stuut"]}
        plugin = {"plugin": "stuut", **address, "token": TOKEN, **source}
        return self.write("settings", {"source": plugin, "store": self.store})

    def run(self, command: str, *arguments: object, **source: Any) -> tuple[int, list[Message]]:
        done = self._run("airbyte", command, "--config", self.settings(**source), *arguments)
        return done.code, [json.loads(line) for line in done.out.splitlines()]

    def configured(self, mode: str = "incremental") -> Path:
        _, (found,) = self.run("discover")
        streams = [
            {"stream": one, "sync_mode": mode, "destination_sync_mode": "append_dedup"}
            for one in found["catalog"]["streams"]
        ]
        return self.write("catalog", {"streams": streams})

    def read(self, state: Any = None, mode: str = "incremental") -> list[Message]:
        given = [] if state is None else ["--state", self.write("state", state)]
        code, messages = self.run("read", "--catalog", self.configured(mode), *given)
        assert code == 0
        return messages


@pytest.fixture
def platform(
    tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Platform]:
    monkeypatch.setenv("DUETRAIL_STUUT_TOKEN", "set by the command")
    with Sandbox(invoices=12, vendors=("stuut",)) as sandbox:
        yield Platform(sandbox, tmp_path, run)


def data(messages: list[Message]) -> dict[str, dict[str, Message]]:
    """The records by stream and id."""
    found: dict[str, dict[str, Message]] = {}
    for one in messages:
        if one["type"] == "RECORD":
            row = one["record"]["data"]
            found.setdefault(one["record"]["stream"], {})[row["id"]] = row
    return found


def states(messages: list[Message]) -> list[Message]:
    """The last state of each stream."""
    found = {
        one["state"]["stream"]["stream_descriptor"]["name"]: one["state"]
        for one in messages
        if one["type"] == "STATE"
    }
    return list(found.values())


def test_spec_marks_secrets(run: Callable[..., Any]) -> None:
    """The platform learns of every plugin, and which settings to hide."""
    (line,) = run("airbyte", "spec").out.splitlines()
    given = json.loads(line)["spec"]["connectionSpecification"]
    tokens = {
        one["properties"]["plugin"]["const"]: one["properties"].get("token", {})
        for one in given["properties"]["source"]["oneOf"]
    }
    assert tokens["stuut"]["airbyte_secret"] is True


def test_check_says_whether_it_would_work(platform: Platform) -> None:
    """A connection that may read is well; nothing is written."""
    code, (found,) = platform.run("check")
    assert (code, found["connectionStatus"]["status"]) == (0, "SUCCEEDED")
    assert not (platform.folder / "store.db").exists()


BAD = [
    pytest.param({"token": "no-good-token"}, "refused", id="refused"),
    pytest.param({"token": None}, "token is missing", id="no token"),
    pytest.param({"plugin": "nobodys"}, "'nobodys' is not installed", id="no plugin"),
]


@pytest.mark.parametrize(("source", "message"), BAD)
def test_a_check_that_fails(platform: Platform, source: dict[str, Any], message: str) -> None:
    """It says why, and the command ends well, as the protocol wants it."""
    code, (found,) = platform.run("check", **source)
    assert (code, found["connectionStatus"]["status"]) == (0, "FAILED")
    assert message in found["connectionStatus"]["message"]


def test_a_destination_has_what_the_store_has(platform: Platform, tmp_path: Path) -> None:
    """Every record comes, with exact decimals, times and links: the digest is the store's."""
    found = data(platform.read())
    (tmp_path / "target").mkdir()
    rows = {table: list(rows.values()) for table, rows in found.items()}
    with (
        closing(store_of_target(rows, tmp_path / "target")) as target,
        closing(open_store(platform.store)) as store,
    ):
        assert digest_of(target) == digest_of(store)


def test_a_second_read_tells_only_what_has_changed(platform: Platform) -> None:
    """Nothing at once, some days later a part."""
    first = platform.read()
    again = platform.read(states(first))
    assert data(again) == {}
    platform.sandbox.pass_days(10)
    later = data(platform.read(states(again)))
    assert 0 < sum(map(len, later.values())) < sum(map(len, data(first).values()))


def test_a_full_refresh_tells_everything(platform: Platform) -> None:
    """Whatever the states say."""
    first = platform.read()
    assert data(platform.read(states(first), "full_refresh")).keys() == data(first).keys()


def test_every_stream_is_complete(platform: Platform) -> None:
    """Each begins with STARTED and ends with COMPLETE."""
    told: dict[str, list[str]] = {}
    for one in platform.read():
        if one["type"] == "TRACE":
            status = one["trace"]["stream_status"]
            told.setdefault(status["stream_descriptor"]["name"], []).append(status["status"])
    assert {(one[0], one[-1]) for one in told.values()} == {("STARTED", "COMPLETE")}


def test_a_failed_sync(platform: Platform) -> None:
    """Its streams are incomplete, and an error says why."""
    catalog = platform.configured()
    code, messages = platform.run("read", "--catalog", catalog, token="no-good-token")
    traces = [one["trace"] for one in messages if one["type"] == "TRACE"]
    assert code == 1
    assert "INCOMPLETE" in {one["stream_status"]["status"] for one in traces[:-1]}
    assert traces[-1]["error"]["failure_type"] == "system_error"


def test_a_wrong_state_is_a_trace(platform: Platform) -> None:
    """An error of the user is a message, and the exit code is 1."""
    catalog, state = platform.configured(), platform.write("state", [{"type": "GLOBAL"}])
    code, (found,) = platform.run("read", "--catalog", catalog, "--state", state)
    assert code == 1
    assert found["trace"]["error"]["failure_type"] == "config_error"
    assert "no list of states of streams" in found["trace"]["error"]["message"]


def test_settings_that_are_no_json(run: Callable[..., Any], tmp_path: Path) -> None:
    """An error is a message here, too."""
    (tmp_path / "settings.json").write_text("{")
    done = run("airbyte", "discover", "--config", tmp_path / "settings.json")
    assert done.code == 1
    assert "is no JSON" in json.loads(done.out)["trace"]["error"]["message"]
