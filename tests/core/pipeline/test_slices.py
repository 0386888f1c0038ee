"""The candidates found in the bytes of a page are those found in its tree."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.errors import ProtocolError
from duetrail.http.body import decode
from duetrail.model import Invoice, Party
from duetrail.pipeline.items import Found, find
from duetrail.pipeline.slices import slices
from duetrail.pipeline.whole import FoundWhole
from duetrail.source import Resource, Shape
from duetrail.wire import decode as decode_tree
from support.nightly import examples


@frozen
class Wire:
    id: str


@frozen
class Part:
    """An object inside another, of which the wire class reads a part itself."""

    id: Any = None


@frozen
class Greedy:
    """A wire class that wants keys under which items stand."""

    id: str
    v: bool | None = None
    a: tuple[Part, ...] | None = None
    b: Part | None = None
    c: tuple[str, ...] | None = None
    x: datetime | None = None


def _resource(*paths: str, id: str = "id", wire: type[Any] = Wire) -> Resource:
    """A resource with a shape at each path."""
    shapes = [
        Shape(
            name=str(at),
            record=Invoice if at == 0 else Party,
            wire=wire,
            path=path,
            id=id,
            version="v" if at % 2 else None,
        )
        for at, path in enumerate(paths)
    ]
    return Resource(name="things", shapes=tuple(shapes))


RESOURCES = {
    "list": _resource("$.data[*]"),
    "page": _resource("$"),
    "page and inside": _resource("$", "$.a", "$.b[*]", "$.b[*].c"),
    "object": _resource("$.data"),
    "top list": _resource("$[*]", "$[*].a.b[*]"),
    "lists in lists": _resource("$.data[*][*]", "$.data[*][*].a[*][*]"),
    "below": _resource("$.a.b[*]", "$.a.b[*].c[*].data"),
    "in each": _resource("$.data[*].a", "$.data[*].a.b"),
    "two shapes of one object": _resource("$.data[*]", "$.data[*]", "$.data[*].a"),
    "several tops": _resource("$.data[*]", "$.a.b", "$.a.c[*]", "$.b.data[*].c"),
    "a list and an object": _resource("$[*]", "$.a"),
    "an id that is an item": _resource("$.data[*]", "$.data[*].a", id="a"),
    "an id elsewhere": _resource("$.data[*]", "$.data[*].b", id="c"),
    "names with dashes": _resource("$.a-b[*]", "$.a-b[*].a_b"),
    "keys wanted twice": _resource(
        "$.data[*]", "$.data[*].a[*]", "$.data[*].a[*].b", "$.data[*].b.a", wire=Greedy
    ),
    "keys wanted elsewhere": _resource("$.data[*]", "$.data[*].data", wire=Greedy),
    "an id that is read as an object": _resource("$.data[*]", id="b", wire=Greedy),
    "an object that is a list": _resource("$.data[*]", "$.data[*].a", "$.data[*].a[*]"),
}

KEYS = ["data", "a", "b", "c", "id", "v", "a-b", "a_b", "x"]
_leaves = st.sampled_from(["", "t", "i1", None, None, False, True, 1, 0, 2**70, {}, []])
_trees = st.recursive(
    _leaves,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), below, max_size=4)
        | st.fixed_dictionaries({"data": st.lists(below, max_size=3)})
        | st.fixed_dictionaries({"a": below, "b": below, "id": st.sampled_from(["i", 7])})
    ),
    max_leaves=25,
)


def _told(founds: list[Found]) -> list[Any]:
    places = [(found.parent.path, found.parent.place) if found.parent else None for found in founds]
    return [
        (one.place, one.path, one.wrong, one.id, one.version, one.raw, one.own, around)
        for one, around in zip(founds, places, strict=True)
    ]


def _check(resource: Resource, body: bytes) -> bool:
    """Compare both ways; say whether bytes were enough."""
    parts = slices(resource, body)
    if parts is None:
        return False
    try:
        wanted = list(find(resource, decode(body)))
    except ProtocolError:
        pytest.fail("the tree has a mistake that the bytes do not show")
    paths = [one.path for one in parts]
    assert paths == list(dict.fromkeys(one.top.path for one in wanted))
    for one in parts:
        inside = [found for found in wanted if found.top.path == one.path]
        # Of several shapes of one object each has its turn, with what is inside it.
        assert _told(one.founds()) == _told(inside)
    return True


@settings(max_examples=examples(60, 300))
@pytest.mark.parametrize("name", RESOURCES)
@given(tree=_trees, indent=st.sampled_from([None, 1]))
def test_bytes_show_what_the_tree_shows(name: str, tree: Any, indent: int | None) -> None:
    """Whatever stands on a page, both ways give the same candidates, or bytes give none at all."""
    _check(RESOURCES[name], json.dumps(tree, indent=indent).encode())


GOOD = {
    "list": {"data": [{"id": "1"}, {"id": 2, "x": [1.5]}], "more": None},
    "page": {"id": "1"},
    "page and inside": {"id": "1", "a": {"id": "2"}, "b": [{"id": 3, "c": {"id": 4, "v": 1.50}}]},
    "object": {"data": {"id": "1"}},
    "top list": [{"id": "1", "a": {"b": [{"id": "2", "v": "x"}]}}, {"id": 2, "a": None}],
    "lists in lists": {"data": [[{"id": "1", "a": [[{"id": 1}], []]}], [], None]},
    "below": {"a": {"b": [{"id": "1", "c": [{"data": {"id": 1}}, {}]}]}},
    "in each": {"data": [{"a": {"id": 1, "b": {"id": 1}}}, {"a": None}, {}]},
    "two shapes of one object": {"data": [{"id": 1, "a": {"id": 1}}]},
    "several tops": {"data": [{"id": 1}], "a": {"b": {"id": 2}, "c": []}, "b": None},
    "an id elsewhere": {"data": [{"c": 7, "b": {"c": "x"}}]},
    "names with dashes": {"a-b": [{"id": 1, "a_b": {"id": 1}}]},
    "keys wanted twice": {
        "data": [
            {"id": "1", "a": [{"id": "1", "b": {"id": "2"}}, {"id": "3"}], "b": {"a": {"id": "4"}}},
            {"id": "1", "a": [], "b": None},
            {"id": "1"},
        ]
    },
    "keys wanted elsewhere": {"data": [{"id": "1", "v": True, "data": {"id": "2", "v": False}}]},
    "an id that is read as an object": {"data": [{"b": 1}, {"b": {"id": 1}}]},
}


@pytest.mark.parametrize("name", GOOD)
def test_bytes_are_enough(name: str) -> None:
    """Where a page is as its shapes say, no tree is built to find what stands there."""
    assert _check(RESOURCES[name], json.dumps(GOOD[name]).encode())


IN_ONE_PASS = ["keys wanted twice", "keys wanted elsewhere"]


@pytest.mark.parametrize("name", IN_ONE_PASS)
def test_a_document_is_read_in_one_pass(name: str) -> None:
    """Where its items are as their wire classes say, each is decoded from it and read no more."""
    parts = slices(RESOURCES[name], json.dumps(GOOD[name]).encode())
    assert parts is not None
    for part in parts:
        for one in part.founds():
            assert type(one) is FoundWhole
            assert one.decode() == decode_tree(Greedy, one.raw)


def test_one_odd_item_leaves_the_others_read() -> None:
    """What only one item's wire class has to judge does not have its document read once more."""
    tree = {"data": [{"id": "1", "c": ["x", None], "data": {"id": "2", "c": ["y"]}}]}
    parts = slices(RESOURCES["keys wanted elsewhere"], json.dumps(tree).encode())
    assert parts is not None
    outer, inner = parts[0].founds()
    assert (type(outer), type(inner)) == (FoundWhole, FoundWhole)
    assert (outer.decode().c, inner.decode().c) == (("x",), ("y",))


def test_of_two_equal_keys_the_last_counts() -> None:
    """As in the tree."""
    body = b'{"data":[{"id":"1"}],"data":[{"id":"2","id":"3","a":{"id":1},"a":null}]}'
    assert _check(RESOURCES["two shapes of one object"], body)


def test_what_cannot_be_a_list_is_told() -> None:
    """Of a key that shapes want as an object and as a list one is wrong, as in the tree."""
    resource = RESOURCES["an object that is a list"]
    assert _check(resource, b'{"data":[{"id":"1","a":{"id":"2","[*]":{"id":"3"}}}]}')
