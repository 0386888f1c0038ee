"""Where the items of a page are, and what is said where they are not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.errors import PluginError, ProtocolError
from duetrail.model import Call, Email, Invoice
from duetrail.pipeline.items import find
from duetrail.pipeline.slices import slices
from duetrail.source import Resource, Shape


def resource(*paths):
    """A resource whose shapes are called as their paths."""
    return Resource(
        name="things",
        shapes=tuple(Shape(name=path, record=Invoice, wire=object, path=path) for path in paths),
    )


def found(paths, data):
    """Shape and path of every candidate."""
    return [(f.place.shape.name, f.path) for f in find(resource(*paths), data)]


def wrong(paths, data):
    return [(f.path, f.wrong) for f in find(resource(*paths), data) if f.wrong]


@pytest.mark.parametrize(
    ("path", "data", "where"),
    [
        ("$.data[*]", {"data": [{}, {}]}, ["$.data[0]", "$.data[1]"]),
        ("$[*]", [{}, {}], ["$[0]", "$[1]"]),
        ("$.data", {"data": {}}, ["$.data"]),
        ("$.data.rows[*]", {"data": {"rows": [{}]}}, ["$.data.rows[0]"]),
        (
            "$.data[*][*]",
            {"data": [[{}], [{}, {}]]},
            ["$.data[0][0]", "$.data[1][0]", "$.data[1][1]"],
        ),
        ("$.data[*].row", {"data": [{"row": {}}, {}]}, ["$.data[0].row"]),
        ("$.line-items[*]", {"line-items": [{}]}, ["$.line-items[0]"]),
    ],
)
def test_a_path_leads_through_keys_and_lists(path, data, where):
    """A path leads through keys and lists."""
    assert found([path], data) == [(path, place) for place in where]


def test_items_inside_items_are_found_after_them():
    """Items inside items are found after those around them, with those as parents."""
    data = {"data": [{"calls": [{"who": {}}]}, {"calls": []}]}
    paths = ["$.data[*].calls[*].who", "$.data[*].calls[*]", "$.data[*]"]
    every = list(find(resource(*paths), data))
    assert [f.path for f in every] == [
        "$.data[0]",
        "$.data[0].calls[0]",
        "$.data[0].calls[0].who",
        "$.data[1]",
    ]
    assert [f.parent and f.parent.path for f in every] == [
        None,
        "$.data[0]",
        "$.data[0].calls[0]",
        None,
    ]


def test_an_own_part_leaves_out_items_inside():
    """An item's own part leaves out the items inside it and changes nothing on the page."""
    data = {"data": [{"id": 1, "calls": [{"id": 2}], "more": {"mails": [{"id": 3}], "x": 4}}]}
    paths = ["$.data[*]", "$.data[*].calls[*]", "$.data[*].more.mails[*]"]
    first = next(find(resource(*paths), data))
    assert first.place.own(first.raw) == {"id": 1, "more": {"x": 4}}
    assert data["data"][0]["calls"] == [{"id": 2}]


@pytest.mark.parametrize("nothing", [None, False, []])
def test_no_items(nothing):
    """A list that is empty, null or false holds nothing, at the top and inside."""
    paths = ["$.data[*]", "$.data[*].calls[*]"]
    assert found(paths, {"data": nothing}) == []
    assert found(paths, {"data": [{"calls": nothing}]}) == [("$.data[*]", "$.data[0]")]


@pytest.mark.parametrize("page", [None, False])
def test_no_page(page):
    """A page that is null or false holds nothing."""
    assert found(["$.data[*]"], page) == []


def test_absent_inside():
    """Inside an item a list may be absent, and an object null."""
    paths = ["$.data[*]", "$.data[*].calls[*]", "$.data[*].who"]
    assert found(paths, {"data": [{}, {"who": None}]}) == [
        ("$.data[*]", "$.data[0]"),
        ("$.data[*]", "$.data[1]"),
    ]


@pytest.mark.parametrize("bad", [True, 0, 7, "", "none", {}, {"0": {}}])
def test_no_list_inside(bad):
    """Inside an item, what stands in place of a list is found as wrong, with its path."""
    paths = ["$.data[*]", "$.data[*].calls[*]"]
    assert wrong(paths, {"data": [{"calls": bad}]}) == [("$.data[0].calls", "no list")]


@pytest.mark.parametrize("bad", [None, True, False, 7, "one", []])
def test_no_object(bad):
    """In a list, what stands in place of an object is found as wrong, with its path."""
    paths = ["$.data[*]", "$.data[*].calls[*]"]
    assert wrong(paths, {"data": [{}, bad]}) == [("$.data[1]", "no object")]
    assert wrong(paths, {"data": [{"calls": [{}, bad]}]}) == [("$.data[0].calls[1]", "no object")]


@pytest.mark.parametrize("bad", [True, 7, "none", {}, {"id": 1}])
def test_no_list_at_the_top(bad):
    """At the top of a page, what stands in place of a list is an error that names the place."""
    with pytest.raises(ProtocolError, match=r"no list at \$\.data"):
        found(["$.data[*]"], {"data": bad})


@pytest.mark.parametrize("page", [True, 7, "none", []])
def test_no_object_at_the_top(page):
    """So is a page that is no object where it should be one."""
    with pytest.raises(ProtocolError, match=r"no object at \$"):
        found(["$.data[*]"], page)


def test_absent_at_the_top():
    """An absent list at the top is an error: a silent empty listing loses everything."""
    with pytest.raises(ProtocolError, match=r"nothing at \$\.data"):
        found(["$.data[*]"], {"error": "soon"})


def test_absent_at_the_top_below_an_object():
    """It is one below an envelope of two objects, too."""
    with pytest.raises(ProtocolError, match=r"\$\.data\.rows"):
        found(["$.data.rows[*]"], {"data": {"error": "soon"}})


@pytest.mark.parametrize("path", ["$.data[0]", "$.data[*]calls", "$..data", "$data[*]", "$.data[]"])
def test_an_unreadable_path_is_the_plugins_error(path):
    """A path that cannot be read is the plugin's error, and named."""
    with pytest.raises(PluginError) as caught:
        found([path], {"data": []})
    assert repr(path) in str(caught.value)


@pytest.mark.parametrize("path", ["$", "data[*]", ""])
def test_never_silent(path):
    """A path that leads to the page itself, or nowhere, finds the page or is refused."""
    try:
        items = found([path], {"id": 1, "data": [{}]})
    except PluginError:
        return
    assert items


def test_one_name_begins_like_another():
    """Two keys, one of which begins like the other, are two places."""
    paths = ["$.call", "$.calls[*]"]
    assert len(found(paths, {"call": {}, "calls": [{}]})) == 2


def test_two_shapes_of_one_object():
    """What stands inside an object that two shapes show is one item."""
    shapes = (
        Shape(name="customer", record=Email, wire=object, path="$.data[*]"),
        Shape(name="invoice", record=Invoice, wire=object, path="$.data[*]"),
        Shape(name="call", record=Call, wire=object, path="$.data[*].calls[*]"),
    )
    every = list(find(Resource(name="things", shapes=shapes), {"data": [{"calls": [{}]}]}))
    assert sorted(f.place.shape.name for f in every) == ["call", "customer", "invoice"]


# --- every page ----------------------------------------------------------------------------------

_PATHS = ["$.rows[*]", "$.rows[*].calls[*]", "$.rows[*].calls[*].who", "$.rows[*].box.mails[*]"]
_leaf = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3))
_junk = st.one_of(_leaf, st.lists(_leaf, max_size=2), st.just({}))


def _object(**parts):
    return st.fixed_dictionaries({}, optional={"id": _leaf, **parts})


def _or_junk(strategy):
    return st.one_of(strategy, strategy, strategy, _junk)


_who = _or_junk(_object())
_call = _or_junk(_object(who=_who))
_box = _or_junk(_object(mails=_or_junk(st.lists(_or_junk(_object()), max_size=3))))
_row = _or_junk(_object(calls=_or_junk(st.lists(_call, max_size=3)), box=_box))
_pages = st.fixed_dictionaries({"rows": st.lists(_row, max_size=4)})


def _objects(data: Any, steps: list[str]) -> list[int]:
    """The identities of all objects the steps lead to, found the plain way."""
    if not steps:
        return [id(data)] if isinstance(data, dict) else []
    if steps[0] == "*":
        inner = data if isinstance(data, list) else []
        return [each for element in inner for each in _objects(element, steps[1:])]
    if not isinstance(data, dict) or steps[0] not in data:
        return []
    return _objects(data[steps[0]], steps[1:])


def _at(data: Any, path: str) -> Any:
    """What a found path leads to."""
    for step in path.replace("[", ".[").split(".")[1:]:
        data = data[int(step[1:-1])] if step.startswith("[") else data[step]
    return data


@given(_pages)
def test_every_object_once(data):
    """Every object under a shape's path is found exactly once, by a path that leads back to it."""
    every = list(find(resource(*_PATHS), data))
    for path in _PATHS:
        steps = path.replace("[*]", ".*").split(".")[1:]
        right = [f for f in every if f.place.shape.path == path and not f.wrong]
        assert sorted(id(f.raw) for f in right) == sorted(_objects(data, steps))
    assert all(_at(data, f.path) is f.raw for f in every)


@given(_pages)
def test_the_parent_is_the_object_around(data):
    """The parent of an item is the object around it, and its path begins the item's."""
    for item in find(resource(*_PATHS), data):
        if item.parent:
            assert item.path.startswith(item.parent.path)
            assert not item.parent.wrong


@pytest.mark.parametrize("data", [{}, {"other": 1}, {"data": None}])
def test_a_list_may_be_left_out_where_its_shape_says_so(data):
    """Then such a page has no items; another shape's list has to be there all the same."""
    absent = Shape(name="a", record=Invoice, wire=object, path="$.data[*]", may_be_absent=True)
    needed = Shape(name="b", record=Call, wire=object, path="$.calls[*]")
    assert list(find(Resource(name="things", shapes=(absent,)), data)) == []
    with pytest.raises(ProtocolError, match="nothing at"):
        list(find(Resource(name="things", shapes=(absent, needed)), data))


@pytest.mark.parametrize("data", [{}, {"_embedded": {}}, {"_embedded": None}])
def test_so_may_what_it_stands_in(data):
    """Of one shape and of another inside it; in bytes and in the tree."""
    path = "$._embedded.rows[*]"
    shapes = (
        Shape(name="a", record=Invoice, wire=object, path=path, may_be_absent=True),
        Shape(name="b", record=Call, wire=object, path=f"{path}.calls[*]"),
    )
    one = Resource(name="things", shapes=shapes)
    assert list(find(one, data)) == []
    assert not slices(one, json.dumps(data).encode())


def test_what_stands_in_the_place_of_an_absent_list_is_still_wrong():
    """It may be absent, and nothing else."""
    absent = Shape(name="a", record=Invoice, wire=object, path="$.data[*]", may_be_absent=True)
    with pytest.raises(ProtocolError, match="no list"):
        list(find(Resource(name="things", shapes=(absent,)), {"data": {}}))
