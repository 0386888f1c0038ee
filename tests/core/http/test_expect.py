"""What an answer must hold, read and checked in one step."""

from __future__ import annotations

import json

import pytest

from duetrail.errors import ProtocolError, UnknownKey
from duetrail.http import expect
from duetrail.http.body import decode
from duetrail.source import Page, Unread


def page(data):
    """An answer that nobody has looked at."""
    body = json.dumps(data).encode()
    unread = Unread(body, decode)
    return Page(url="https://acme.example/b", status=200, headers={}, body=body, data=unread)


def test_an_object_is_read_where_it_stands():
    """At the top or below; only what is named is parsed."""
    answer = page({"data": {"id": "b1", "rows": [{"id": 1, "x": 2}], "note": "n"}})
    assert expect.object(answer)["data"]["note"] == "n"
    assert expect.object(answer, "$.data", "id", "rows[*].id") == {"id": "b1", "rows": [{"id": 1}]}
    assert page([1]).data == [1]


def test_a_list_is_read_where_it_stands():
    """At the top or below; of its rows only what is named is parsed."""
    answer = page({"data": {"items": [{"id": 1, "x": 2}, {"id": 2}]}})
    assert expect.list(answer, "$.data.items", "id") == [{"id": 1}, {"id": 2}]
    assert expect.list(page([{"id": 1}])) == [{"id": 1}]


@pytest.mark.parametrize("data", [None, False, [], "error", {"data": None}, {"data": []}, {}])
def test_anything_else_than_an_object_is_an_error(data):
    """An answer that is not what is documented never passes for an empty one."""
    with pytest.raises(ProtocolError, match="answered without an object in `data`"):
        expect.object(page(data), "$.data", "id")


@pytest.mark.parametrize("data", [None, False, {}, "error", 0])
def test_anything_else_than_a_list_is_an_error(data):
    """An answer that is not what is documented never passes for an empty one."""
    with pytest.raises(ProtocolError, match="answered without a list"):
        expect.list(page(data))


def test_a_404_is_what_the_plugin_says_it_is(vendor, session):
    """Where a path holds a key, a 404 may be said to mean that the vendor does not know it."""
    vendor.then(404, b"{}")
    with pytest.raises(UnknownKey) as raised:
        session.get("/bills/1", missing=UnknownKey)
    assert raised.value.status == 404


def test_no_other_refusal_is_taken_for_a_404(vendor, session):
    """Only a 404 is a missing key."""
    vendor.then(410, b"{}")
    with pytest.raises(Exception, match="410") as raised:
        session.get("/bills/1", missing=UnknownKey)
    assert not isinstance(raised.value, UnknownKey)
