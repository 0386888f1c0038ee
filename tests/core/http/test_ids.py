"""Ids that were met are known again, in few bytes."""

import tracemalloc
import uuid

from hypothesis import given
from hypothesis import strategies as st

from duetrail.http import Listing, walk
from duetrail.http.ids import Ids
from duetrail.source import Page

_some = st.lists(st.text(st.characters(), max_size=3), max_size=300)


@given(_some, _some)
def test_as_a_set(first, second):
    """They are what a set of them would be, and each keeps the number it had when it was met."""
    ids, others = Ids(first), Ids(second)
    assert len(ids) == len(set(first))
    assert [ids.add(id) for id in first] == [list(dict.fromkeys(first)).index(id) for id in first]
    assert [id in ids for id in second] == [id in set(first) for id in second]
    assert ids.issuperset(second) == set(first).issuperset(second)
    assert (ids == others) == (set(first) == set(second))
    ids.join(others)
    assert (len(ids), ids == Ids([*second, *first])) == (len({*first, *second}), True)


def test_any_text():
    """An id may be any text, long or empty, or half a character."""
    texts = ["", "\ud800", "x" * 10_000, "x", "\0"]
    assert len(Ids(texts)) == 5
    assert Ids(texts) != set(texts)


def test_memory_of_a_walk():
    """A walk over a list keeps less than 40 bytes of each row, however long its id is."""
    rows = 50_000

    def ask(number, size):
        begin = number * size
        ids = [str(uuid.UUID(int=n * 2**100)) for n in range(begin, min(begin + size, rows))]
        page = Page(url="https://acme.example/", status=200, headers={}, body=b"", data=None)
        return Listing(page=page, rows=[{"id": id} for id in ids], total=rows)

    tracemalloc.start()
    try:
        for _ in walk(ask, vendor="Acme", rows="bills", size=1_000):
            pass
        assert tracemalloc.get_traced_memory()[1] < 40 * rows
    finally:
        tracemalloc.stop()
