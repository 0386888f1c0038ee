"""Ids that were met are known again, however many there are, and memory does not grow with them."""

import os
import tempfile
import tracemalloc
import uuid
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.errors import DuetrailError
from duetrail.http import Listing, ids, spilling, walk
from duetrail.http.ids import ById, Ids
from duetrail.http.spilling import SpillFile
from duetrail.source import Page

_id = st.text(st.characters(), max_size=3)
_some = st.lists(_id, max_size=300)
_pages = st.lists(st.dictionaries(_id, st.binary(min_size=2, max_size=2)), max_size=8)
# In memory, at first in memory, all in a file.
_room = st.sampled_from([2**20, 5_000, 0])


def _met(some, room):
    """Ids of which so much stays in memory."""
    met = Ids()
    met._room = room
    met.update(some)
    return met


@given(_some, _some, _room, _room)
def test_as_a_set(first, second, room, another):
    """They are what a set of them would be, whether in memory or in a file."""
    met, others = _met(first, room), _met(second, another)
    assert (len(met), bool(met)) == (len(set(first)), bool(first))
    assert [id in met for id in second] == [id in set(first) for id in second]
    assert met.issuperset(second) == set(first).issuperset(second)
    assert (met == others) == (set(first) == set(second))
    met.join(others)
    assert (len(met), met == Ids([*second, *first])) == (len({*first, *second}), True)
    assert len(others) == len(set(second))


@given(_pages, _room)
def test_of_each_id_the_last_value(pages, room):
    """As in a dict, the last value that was put for an id is its value."""
    met, wanted = ById(2), {}
    met._room = room
    for page in pages:
        met.put(page)
        wanted |= page
    assert sorted(met.values()) == sorted(wanted.values())
    assert len(met) == len(wanted)


@pytest.mark.parametrize("room", [2**20, 0])
def test_any_text(room):
    """An id may be any text, long or empty, or half a character."""
    texts = ["", "\ud800", "x" * 10_000, "x", "\0"]
    met = _met(texts, room)
    assert (len(met), met.issuperset(texts), "\ud801" in met) == (5, True, False)
    assert met != set(texts)


def test_a_key_is_found_nowhere_but_in_its_place():
    """What stands in a value, or across two entries, is no key."""
    first, second = b"\0" * 16, b"\0" * 8 + b"\1" * 8
    file = SpillFile(16)
    file.add([(first, second), (first, b"\0" * 16)])
    assert (first in file, second in file) == (True, False)
    file.add([(second, first)])
    assert (first in file, second in file) == (True, True)


def _ids(begin, end):
    return [str(uuid.UUID(int=number * 2**80)) for number in range(begin, end)]


def _peak(rows):
    """The most memory that a walk over so many rows takes."""

    def ask(number, size):
        found = _ids(number * size, min((number + 1) * size, rows))
        page = Page(url="https://acme.example/", status=200, headers={}, body=b"", data=None)
        return Listing(page=page, rows=[{"id": id} for id in found], total=rows)

    tracemalloc.start()
    try:
        for _ in walk(ask, vendor="Acme", rows="bills", size=1_000):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_of_a_walk_is_flat():
    """Four times as many rows take no more memory than those that fill what ids may take of it."""
    few, many = _peak(12_000), _peak(48_000)
    assert many < 1.1 * few
    assert few < 3 * 2**20


def test_long_ids_take_no_more_memory(monkeypatch):
    """What is in memory is bounded in bytes, not in ids."""
    monkeypatch.setattr(ids, "_ROOM", 100_000)
    met = Ids(f"{number:01000}" for number in range(99))
    assert (met._some, len(met)) == ({}, 99)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.skipif(os.name == "nt", reason="a file without a name is another thing there")
def test_a_kill_leaves_no_file(folder):
    """The file has no name even while it is written, and is closed with what it is for."""
    met = _met(_ids(0, 70_000), 0)
    file = met._file._file
    assert os.fstat(file.fileno()).st_size > 0
    assert list(folder.iterdir()) == []
    del met
    assert file.closed


def test_no_folder_for_temporary_files(folder, monkeypatch):
    """Where no temporary file can be made, that is said, and what to do."""
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "gone"))
    with pytest.raises(
        DuetrailError, match=r"temporary files cannot be used: No such file"
    ) as told:
        _met(["a"], 0)
    assert "TMPDIR" in told.value.hint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device is always full here")
def test_a_full_disk_is_told(monkeypatch):
    """No id is lost in silence where the disk is full."""
    full = partial(Path("/dev/full").open, "r+b")
    monkeypatch.setattr(spilling, "TemporaryFile", full)
    with pytest.raises(DuetrailError, match=r"temporary files cannot be used: No space left"):
        _met(_ids(0, 70_000), 0)


def test_a_disk_that_fills_up_in_the_middle_is_told(monkeypatch):
    """Nor where it takes a part of what is written."""

    class Filling:
        seek = close = staticmethod(lambda at=0: None)
        write = staticmethod(lambda data: len(data) - 1)

    monkeypatch.setattr(spilling, "TemporaryFile", lambda **how: Filling())
    with pytest.raises(DuetrailError, match=r"temporary files cannot be used: No space left"):
        _met(_ids(0, 70_000), 0)
