"""Every file the store and `duetrail init` make is for its owner's eyes only."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from duetrail.errors import ConfigError, StoreError
from duetrail.stores import open_store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs file modes")


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=["000", "022", "077"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder that everybody may write to."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


@pytest.mark.usefixtures("umask")
def test_the_store_and_the_files_beside_it(shared: Path) -> None:
    """The database, its write-ahead log, its shared memory and the lock of a sync are 0600."""
    store = open_store("sqlite:///a.db", folder=shared, create=True)
    with store.exclusive():
        store.begin_run("2026-01-01T00:00:00.000000Z")
        found = modes(shared)
    store.close()
    assert found == dict.fromkeys(["a.db", "a.db-wal", "a.db-shm", "a.db.lock"], 0o600)


@pytest.mark.usefixtures("umask")
def test_the_configuration(shared: Path) -> None:
    """What `duetrail init` writes is 0600, also where it replaces a file that was not."""
    file = shared / "duetrail.toml"
    for name in ("one", "two"):
        code = "from duetrail.cli import main; main()"
        words = ["--plugin", "stuut", "--name", name, "--set", "token=env:T"]
        subprocess.run(
            [sys.executable, "-c", code, "--config", str(file), "init", *words],
            check=True,
            capture_output=True,
        )
        assert modes(shared) == {"duetrail.toml": 0o600}
        file.chmod(0o644)


def test_an_empty_file_that_was_there(shared: Path) -> None:
    """An empty file of one's own is made private before anything is written into it."""
    file = shared / "a.db"
    file.touch(0o666)
    file.chmod(0o666)
    open_store("sqlite:///a.db", folder=shared, create=True).close()
    assert modes(shared)["a.db"] == 0o600


def test_an_empty_file_of_somebody_else(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty file that the system does not let us make private is not filled."""
    file = shared / "a.db"
    file.touch()

    def refuse(self: Path, mode: int, **how: object) -> None:
        raise PermissionError(1, "Operation not permitted", str(self))

    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(StoreError, match="Operation not permitted"):
        open_store("sqlite:///a.db", folder=shared, create=True)
    assert file.read_bytes() == b""


def test_a_mode_that_was_chosen(shared: Path) -> None:
    """A store that its owner shares on purpose stays shared."""
    open_store("sqlite:///a.db", folder=shared, create=True).close()
    (shared / "a.db").chmod(0o640)
    open_store("sqlite:///a.db", folder=shared).close()
    assert modes(shared)["a.db"] == 0o640


def test_a_link_to_nowhere(shared: Path) -> None:
    """Where the place is a link, the file it leads to is made private as well."""
    (shared / "a.db").symlink_to("real.db")
    open_store("sqlite:///a.db", folder=shared, create=True).close()
    assert modes(shared) == {"a.db": 0o600, "real.db": 0o600}


def test_a_draft_that_was_laid_there(shared: Path) -> None:
    """`duetrail init` writes through no link that stands where its draft goes."""
    from duetrail.cli.init import _write

    victim = shared / "victim"
    victim.write_text("precious")
    file = shared / "duetrail.toml"
    (shared / ".duetrail.toml.new").symlink_to(victim)
    with pytest.raises(ConfigError, match="nothing was written"):
        _write(file, "", '[connections.a]\nplugin = "nobodys"\n[x]\n', "a")
    assert victim.read_text() == "precious"


def test_a_lock_that_is_a_link(shared: Path) -> None:
    """The lock of a sync empties no file that a link leads to."""
    victim = shared / "victim"
    victim.write_text("precious")
    store = open_store("sqlite:///a.db", folder=shared, create=True)
    (shared / "a.db.lock").symlink_to(victim)
    with pytest.raises(StoreError), store.exclusive():
        pass
    store.close()
    assert victim.read_text() == "precious"
