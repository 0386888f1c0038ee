"""`duetrail record`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from duetrail import api
from duetrail.recording import replay
from duetrail_sandbox.server import Sandbox

Run = Callable[..., object]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(invoices=6) as one:
        yield one


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "duetrail.toml"
    file.write_text(sandbox.config)
    return file


def test_a_cassette_here(config: Path, run: Run) -> None:
    """Without --out the cassette is called like the connection; it says what is on it."""
    done = run("record", "stuut", "--limit", "2")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[1].split()[:2] == ["stuut.invoices", "limited"]
    assert "Recorded: 1 requests in stuut.yaml." in done.out
    assert "--pseudonyms replaces them" in done.out
    assert replay("stuut.yaml").exit_code == 0


def test_somewhere_else(config: Path, run: Run) -> None:
    """--out names it, --select what is read, for people without people."""
    done = run("record", "exante", "--out", "a.yaml", "--select", "outreach", "--pseudonyms")
    assert done.code == 0
    assert "Read it before you share it" in done.out
    text = Path("a.yaml").read_text()
    assert "/outreach" in text
    assert "Eriksen" not in text


def test_for_machines(config: Path, run: Run) -> None:
    """--json tells the file, how much is on it, and what the sync came to."""
    done = run("record", "stuut", "--pseudonyms", "--json")
    told = json.loads(done.out)
    assert (told["cassette"], told["summary"]["exit_code"]) == ("stuut.yaml", 0)
    assert told["requests"] == len(yaml.safe_load(Path("stuut.yaml").read_text())["interactions"])
    assert told["pseudonyms"] > 10


def test_the_store_is_only_read(config: Path, run: Run) -> None:
    """Keys come from the store, and it stays as it was."""
    api.sync("stuut", config=config)
    before = Path("duetrail.db").read_bytes()
    assert run("record", "credira", "--limit", "1").code == 0
    assert Path("duetrail.db").read_bytes() == before


def test_troubles_are_told(config: Path, run: Run) -> None:
    """A failure is told with its exit code, and is on the cassette."""
    config.write_text(config.read_text().replace("sandbox-stuut-token", "mistyped-token"))
    done = run("record", "stuut")
    assert done.code == 1
    assert "Check the token" in done.err
    assert "code: 401" in Path("stuut.yaml").read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nobody"], "has no connection 'nobody'"),
        (["stuut", "--select", "bills"], "nothing to select is called 'bills'"),
        (["stuut", "--limit", "0"], "--limit"),
        (["stuut", "--out", "gone/a.yaml"], "there is no folder"),
        (["stuut", "--out", "duetrail.toml"], "is there already"),
    ],
)
def test_a_mistake_is_exit_code_2_and_writes_nothing(
    config: Path, run: Run, words: list[str], told: str
) -> None:
    """What cannot be done is told, with exit code 2, and nothing is written."""
    before = sorted(config.parent.iterdir())
    done = run("record", *words)
    assert done.code == 2
    assert told in done.err
    assert sorted(config.parent.iterdir()) == before
