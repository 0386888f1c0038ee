"""Bookmarks: read back, or refused in one line."""

import pytest

from duetrail.engines.bookmarks import Bookmark, Place, bookmark_of
from duetrail.engines.singer import state_of
from duetrail.errors import UsageError

GOOD = Bookmark("acme", 3, "2026-11-20T08:00:00.000000Z").as_dict()

CASES = [
    pytest.param({**GOOD, "version": 2}, "has version 2, and this Duetrail reads 1", id="version"),
    pytest.param({**GOOD, "connection": "b"}, "of connection 'b', not of 'acme'", id="connection"),
    pytest.param({"replication_key": "x"}, "no state of Duetrail's", id="another tap's"),
    pytest.param({**GOOD, "cursor": "3"}, "no state of Duetrail's", id="a text for a number"),
    pytest.param("3", "no state of Duetrail's", id="no object"),
]


@pytest.mark.parametrize(("given", "message"), CASES)
def test_a_state_that_cannot_be_gone_on_from(given, message):
    """Of another version, connection or tap: one line that says so, and what to do."""
    with pytest.raises(UsageError, match=message) as error:
        bookmark_of("invoices", given, "acme")
    assert error.value.hint


def test_a_stream_that_is_no_table():
    """The state of another tap names other streams."""
    with pytest.raises(UsageError, match="has a stream 'orders', which is no table"):
        bookmark_of("orders", GOOD, "acme")


@pytest.mark.parametrize("given", [[], "x", {"value": {}}, {"bookmarks": 1}])
def test_what_is_no_state(given):
    """Anything without bookmarks is refused."""
    with pytest.raises(UsageError, match="it has no bookmarks"):
        state_of(given, "acme")


def test_what_a_target_has():
    """Up to its place it has what runs up to a later one changed, and nothing of newer runs."""
    one = Bookmark("acme", 3, "", 5, Place(True, "m"))
    assert one.has(5, Place(True, "m"))
    assert one.has(4, Place(False, "z"))
    assert not one.has(5, Place(True, "n"))
    assert not one.has(6, Place(True, "a"))
    assert not Bookmark("acme", 3, "").has(2, Place(False, ""))


@pytest.mark.parametrize("id", ["dana@example.com", "Dana Example", "+4930123456"])
def test_people_are_no_places(id):
    """An id that may be a person stands in no state."""
    assert Place(True, id).may_name_person
    assert not Place(True, "inv_00c64d9cd00001").may_name_person
