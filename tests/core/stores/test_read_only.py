"""A store that may only be read is read, and nothing is made beside it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from duetrail.errors import StoreError
from duetrail.model import Invoice
from duetrail.stores import Changes, CountQuery, is_held, open_store, to_row
from duetrail.stores.base import Store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs file modes")

NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody can reach: those of pytest are their maker's."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    if not _can_be_reached(place):
        place.rmdir()
        pytest.skip(
            "root cannot be somebody else here, or nobody else gets to the temporary folder"
        )
    yield place
    place.chmod(0o755)
    shutil.rmtree(place)


def _can_be_reached(place: Path) -> bool:
    if os.geteuid():
        return True
    try:
        os.seteuid(NOBODY)
        list(place.iterdir())
    except PermissionError:
        return False
    finally:
        os.seteuid(0)
    return True


@pytest.fixture
def made(folder: Path) -> Iterator[Store]:
    """A store with an invoice in its log, still open."""
    store = open_store("sqlite:///s.db", folder=folder, create=True)
    with store.transaction():
        row = to_row(Invoice(connection="a", id="1"))
        store.apply(Changes(rows={row.ref: row}))
    yield store
    store.close()


@contextmanager
def sealed(folder: Path) -> Iterator[None]:
    """Nobody may write there; root may write everywhere, and is somebody else meanwhile."""
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    before = sorted(folder.iterdir())
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
    assert sorted(folder.iterdir()) == before


def count(folder: Path) -> int:
    with closing(open_store("sqlite:///s.db", folder=folder)) as store:
        return sum(store.counts(CountQuery("invoices")).values())


def left(folder: Path, *ends: str) -> None:
    """Leave of an open store what a killed process leaves: some of its files as they are."""
    (folder / "killed").mkdir()
    for end in ends:
        shutil.copy(folder / f"s.db{end}", folder / "killed" / f"s.db{end}")


def test_a_store_that_was_closed(folder: Path, made: Store) -> None:
    """Without a log it is read as it is."""
    made.close()
    with sealed(folder):
        assert count(folder) == 1


def test_while_somebody_writes(folder: Path, made: Store) -> None:
    """What stands in the log of a store at work is seen."""
    with sealed(folder):
        assert count(folder) == 1


def test_a_store_that_was_killed(folder: Path, made: Store) -> None:
    """So is what stands in the log that a killed process left."""
    left(folder, "", "-wal", "-shm")
    with sealed(folder / "killed"):
        assert count(folder / "killed") == 1


def test_a_log_without_its_index(folder: Path, made: Store) -> None:
    """A log that cannot be read without writing is told, with two ways out."""
    left(folder, "", "-wal")
    with sealed(folder / "killed"), pytest.raises(StoreError, match="was not closed") as caught:
        count(folder / "killed")
    assert "copy the store with all that is beside it" in str(caught.value)


def test_an_old_schema(folder: Path, made: Store) -> None:
    """What cannot be brought up to date here names the command that does it elsewhere."""
    made.close()
    with closing(sqlite3.connect(folder / "s.db")) as db:
        db.execute("PRAGMA user_version = 1")
    with sealed(folder), pytest.raises(StoreError, match="by an older Duetrail") as caught:
        count(folder)
    assert "run `duetrail status`" in str(caught.value)


def test_what_may_not_be_read(folder: Path, made: Store) -> None:
    """A file of somebody else that may not be read says so, and not that it cannot be written."""
    made.close()
    with sealed(folder):
        if os.geteuid() == NOBODY:
            os.seteuid(0)
        (folder / "s.db").chmod(0o000)
        if os.getuid() == 0:
            os.seteuid(NOBODY)
        with pytest.raises(StoreError, match="may not be read by this user"):
            count(folder)


def test_written_meanwhile(folder: Path, made: Store) -> None:
    """What was read of a store without a log, and then written by somebody, is not trusted."""
    made.close()
    (folder / "s.db").chmod(0o444)
    with sealed(folder):
        store = open_store("sqlite:///s.db", folder=folder)
        os.utime(folder / "s.db") if os.getuid() else _touched(folder / "s.db")
        with pytest.raises(StoreError, match="was written while it was read"):
            store.close()


def _touched(file: Path) -> None:
    os.seteuid(0)
    os.utime(file, (1, 1))
    os.seteuid(NOBODY)


def test_nothing_is_written(folder: Path, made: Store) -> None:
    """Whoever wants to write is refused, as an error of the store, with what to do."""
    made.close()
    with sealed(folder), closing(open_store("sqlite:///s.db", folder=folder)) as store:
        with pytest.raises(StoreError, match="you may write there"), store.exclusive():
            pass
        with pytest.raises(StoreError, match="readonly"), store.transaction():
            store.apply(Changes(variants={b"x": "text"}))
        assert not is_held(store)


def test_who_holds_it(folder: Path, made: Store) -> None:
    """Whether a sync is at work is seen without permission to write."""
    with (
        made.exclusive(),
        sealed(folder),
        closing(open_store("sqlite:///s.db", folder=folder)) as one,
    ):
        assert is_held(one)
