"""docs/extending.md: the plugins of docs/examples/desk, installed, turned on and used."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from duetrail import api, plugins
from duetrail.cli import main
from duetrail.config import read_config
from duetrail.errors import ConfigError, NoStore
from duetrail.stores import open_store

DESK = Path(__file__).parents[2] / "docs" / "examples" / "desk"


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The distribution as an installer would leave it."""
    project = tomllib.loads((DESK / "pyproject.toml").read_text())["project"]
    info = tmp_path / "site" / "duetrail_desk-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: duetrail-desk\nVersion: 0.1.0\n")
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {place}" for name, place in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines))
    for folder in (DESK, tmp_path / "site"):
        monkeypatch.syspath_prepend(str(folder))
    plugins.load.cache_clear()
    yield
    plugins.load.cache_clear()
    for module in [name for name in sys.modules if name.startswith("duetrail_desk")]:
        del sys.modules[module]


@pytest.fixture
def configured(served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration of the sandbox with these plugins on, and a store of its own."""
    monkeypatch.setenv("PSEUDONYM_KEY", "a key for the tests")
    text = (served / "duetrail.toml").read_text()
    file = tmp_path / "duetrail.toml"
    file.write_text(
        f"{text}\n[plugins.pseudonyms]\nkey = 'env:PSEUDONYM_KEY'\n"
        f"[plugins.journal]\nfile = '{tmp_path / 'syncs.jsonl'}'\n"
    )
    return file


def _run(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="duetrail")


def _names(store: str, folder: Path) -> dict[tuple[str, str], str]:
    opened = open_store(store, folder=folder)
    try:
        rows = list(opened.select("SELECT connection, id, name FROM parties"))
    finally:
        opened.close()
    return {(row["connection"], row["id"]): row["name"] for row in rows if row["name"]}


def test_a_transform_reaches_every_record(configured: Path, served: Path) -> None:
    """No customer is called by name any more, and two of one name still are of one."""
    assert api.sync(config=configured).exit_code == 0
    real = _names("sqlite:///duetrail.db", served)
    shown = _names("sqlite:///duetrail.db", configured.parent)
    assert shown.keys() == real.keys() != set()
    assert not set(shown.values()) & set(real.values())
    pairs = {(real[key].strip().lower(), shown[key]) for key in real}
    assert len(pairs) == len(set(real.values())) == len(set(shown.values()))


def test_the_same_transform_writes_nothing_again(configured: Path) -> None:
    """What passes through it the same way twice has not changed."""
    api.sync(config=configured)
    assert api.sync(config=configured).written == 0


def test_a_transform_reaches_what_is_stored(configured: Path, served: Path) -> None:
    """Turned on later, it changes the stored records with a remap, and nobody is asked."""
    configured.write_text(configured.read_text().partition("[plugins.")[0])
    api.sync(config=configured)
    text = configured.read_text()
    configured.write_text(f"{text}\n[plugins.pseudonyms]\nkey = 'env:PSEUDONYM_KEY'\n")
    summary = api.remap(config=configured)
    assert (summary.exit_code, sum(entry.requests for entry in summary.resources)) == (0, 0)
    real = set(_names("sqlite:///duetrail.db", served).values())
    assert not real & set(_names("sqlite:///duetrail.db", configured.parent).values())


def test_an_observer_hears_the_end(configured: Path) -> None:
    """Every sync leaves a line."""
    first = api.sync(config=configured)
    api.sync(config=configured)
    journal = (configured.parent / "syncs.jsonl").read_text()
    lines = [json.loads(line) for line in journal.splitlines()]
    assert [(line["run"], line["state"], line["exit_code"]) for line in lines] == [
        (1, "ended", 0),
        (2, "ended", 0),
    ]
    assert (lines[0]["written"], lines[1]["written"]) == (first.written, 0)


def test_a_store_of_its_own(configured: Path, tmp_path: Path, monkeypatch) -> None:
    """A URL that begins with the plugin's name opens the plugin's store."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(NoStore):
        open_store("scratch://tryout")
    with pytest.raises(ConfigError, match="names no scratch store"):
        open_store("scratch://../tryout", create=True)
    done = _run("--config", str(configured), "--store", "scratch://tryout", "sync", "stuut")
    assert done.exit_code == 0
    assert _names("scratch://tryout", tmp_path)


def test_a_command_of_its_own(served: Path) -> None:
    """It is listed without being imported, and reads the store the user means."""
    assert "(from duetrail-desk)" in _run("--help").output
    assert "duetrail_desk.ageing" not in sys.modules
    shown = _run("--config", str(served / "duetrail.toml"), "ageing", "--on", "2026-11-20")
    assert shown.exit_code == 0
    assert any(line.split()[-1] == "days" for line in shown.output.splitlines())


def test_the_configuration_of_the_page(page, tmp_path: Path) -> None:
    """What the page shows turns these plugins on."""
    (text,) = [toml for toml in page("extending.md").fences("toml") if "[plugins." in toml]
    file = tmp_path / "shown.toml"
    file.write_text(text)
    extensions = read_config(file).extensions()
    assert [one.plugin.name for one in extensions] == ["pseudonyms", "journal"]
