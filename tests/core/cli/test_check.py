"""`duetrail check` says what a credential can and cannot read."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from duetrail import api
from duetrail_sandbox.server import Sandbox

Run = Callable[..., object]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(invoices=6) as one:
        yield one


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> Path:
    file = tmp_path / "duetrail.toml"
    file.write_text(sandbox.config)
    return file


def _states(out: str) -> dict[str, str]:
    return {f"{row['connection']}.{row['resource']}": row["state"] for row in json.loads(out)}


def test_before_the_first_sync_keys_are_missing(config: Path, run: Run) -> None:
    """A list is tried; what needs keys says that there are none yet; that is no failure."""
    done = run("--config", config, "check", "stuut", "credira", "--json")
    assert _states(done.out) == {
        "stuut.invoices": "allowed",
        "credira.calls": "untried",
        "credira.callouts": "untried",
        "credira.emails": "untried",
    }
    assert done.code == 0


def test_after_a_sync_every_resource_is_tried(config: Path, run: Run, sandbox: Sandbox) -> None:
    """With keys in the store each resource is asked for one page, and nothing is written."""
    api.sync("stuut", "credira", config=config)
    store = config.parent / "duetrail.db"
    before = store.read_bytes()
    sandbox.requests.clear()
    done = run("--config", config, "check", "stuut", "credira", "--json")
    assert set(_states(done.out).values()) == {"allowed"}
    assert len(sandbox.requests) == 4
    assert store.read_bytes() == before


def test_a_refused_credential_is_told(config: Path, run: Run) -> None:
    """A wrong token is `refused`, with what to do, and exit code 1."""
    config.write_text(config.read_text().replace("sandbox-stuut-token", "mistyped-token"))
    done = run("--config", config, "check", "stuut")
    assert done.code == 1
    assert "refused" in done.out
    assert "Check the token" in done.err
    assert "mistyped-token" not in done.out + done.err


def test_nobody_there_is_told(config: Path, run: Run) -> None:
    """A server that does not answer is `unreachable`."""
    text = config.read_text().replace('plugin = "stuut"', 'plugin = "stuut"\nattempts = 1')
    port = text.partition("127.0.0.1:")[2].partition("/")[0]
    config.write_text(text.replace(f":{port}/stuut", ":9/stuut"))
    done = run("--config", config, "check", "stuut", "--json")
    assert _states(done.out) == {"stuut.invoices": "unreachable"}


def test_one_broken_plugin_hides_no_other(config: Path, run: Run) -> None:
    """A connection whose plugin is missing is a row; the others are checked."""
    config.write_text(config.read_text() + '\n[connections.gone]\nplugin = "gone"\n')
    done = run("--config", config, "check", "gone", "stuut", "--json")
    assert _states(done.out) == {"gone.": "failed", "stuut.invoices": "allowed"}
    assert done.code == 1


def test_an_unknown_connection_is_a_mistake(config: Path, run: Run) -> None:
    """A name that is not configured ends with exit code 2."""
    assert run("--config", config, "check", "stutt").code == 2


def test_a_broken_store_is_not_overlooked(config: Path, run: Run) -> None:
    """Only a store that is not there yet is none."""
    shutil.copy(config, config.parent / "duetrail.db")
    done = run("--config", config, "check")
    assert done.code == 1
    assert "not a database" in done.err
