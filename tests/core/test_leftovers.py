"""Claimed and left over: together they are what was received."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from duetrail.wire import decode, leftovers, named, wire_class
from duetrail.wire.meant import value_of


@frozen
class Leaf:
    a: str | None = None
    b: int | None = named("b-b")


@frozen
class Branch:
    leaf: Leaf | None = None
    leaves: tuple[Leaf, ...] = ()
    a: Any = None


@frozen
class Tree:
    branch: Branch | None = None
    branches: tuple[Branch, ...] | None = None
    tags: tuple[str, ...] = ()
    a: str | None = None


def test_nothing_left():
    """What is all claimed leaves nothing."""
    assert leftovers(Leaf, {"a": "x", "b-b": 1}) == {}


def test_other_keys():
    """Every key nobody claims is given back as received."""
    assert leftovers(Leaf, {"a": "x", "b": 1, "c": {"d": [None]}}) == {"b": 1, "c": {"d": [None]}}


def test_inside_objects():
    """Also inside an object that is claimed."""
    raw = {"branch": {"leaf": {"a": "x", "z": 1}, "y": 2}, "a": "x"}
    assert leftovers(Tree, raw) == {"branch": {"leaf": {"z": 1}, "y": 2}}


def test_inside_lists():
    """In a list, the place of each element is kept."""
    raw = {"branches": [{"a": 1}, {"leaves": [{"a": "x"}, {"c": 3}]}]}
    assert leftovers(Tree, raw) == {"branches": [{}, {"leaves": [{}, {"c": 3}]}]}


def test_an_untyped_field_claims_everything_below():
    """A field without a type claims everything below it."""
    assert leftovers(Branch, {"a": {"b": {"c": 1}}}) == {}


def test_not_what_was_declared():
    """Null where an object was declared is claimed by its field."""
    assert leftovers(Tree, {"branch": None, "branches": None}) == {}


def test_raw_is_left_alone():
    """What was received is not changed."""
    raw = {"branch": {"y": 2}, "z": [1]}
    leftovers(Tree, raw)
    assert raw == {"branch": {"y": 2}, "z": [1]}


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
OTHERS = st.dictionaries(st.sampled_from("uvwxyz"), VALUES, max_size=2)


def objects(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that have some of the fields, and other keys."""
    known = st.fixed_dictionaries({}, optional=fields)
    return st.builds(lambda known, others: known | others, known, OTHERS)


LEAVES = objects(**{"a": VALUES, "b-b": VALUES})
BRANCHES = objects(leaf=LEAVES, leaves=st.lists(LEAVES, max_size=3), a=VALUES)
TREES = objects(branch=BRANCHES, branches=st.lists(BRANCHES, max_size=3), a=VALUES)
INNER: dict[type, dict[str, type]] = {
    Tree: {"branch": Branch, "branches": Branch},
    Branch: {"leaf": Leaf, "leaves": Leaf},
    Leaf: {},
}
OWN = {Tree: {"branch", "branches", "tags", "a"}, Branch: {"leaf", "leaves", "a"}}
OWN[Leaf] = {"a", "b-b"}


def claimed(wire: type, raw: Any) -> Any:
    """The other half, written down independently: only what the wire classes name."""
    if isinstance(raw, list):
        return [claimed(wire, part) for part in raw]
    below = INNER[wire]
    return {k: claimed(below[k], v) if k in below else v for k, v in raw.items() if k in OWN[wire]}


def joined(one: Any, other: Any) -> Any:
    """Two halves put together."""
    if isinstance(one, list) and isinstance(other, list):
        return [joined(*pair) for pair in zip(one, other, strict=True)]
    if isinstance(one, dict) and isinstance(other, dict):
        return one | {k: joined(one[k], v) if k in one else v for k, v in other.items()}
    raise AssertionError("both halves hold a value")


@given(TREES)
def test_claimed_and_left_over_are_the_whole(raw):
    """What is claimed and what is left over are, together, what was received; nothing is both."""
    assert joined(claimed(Tree, raw), leftovers(Tree, raw)) == raw


# --- lists of which some elements are taken ------------------------------------------------------

_LIST_KEYS = st.sets(
    st.sampled_from(["a[0].x", "a[1].x", "a[*].y", "a[2].y", "a[0].in[*].z", "a[*].in[1].z"])
)
_TEXT_KEYS = st.sets(st.sampled_from(["b[0]", "b[2]", "b[*]"]))


def _elements(inner: dict[str, Any]) -> st.SearchStrategy[list[Any]]:
    some = st.fixed_dictionaries({}, optional={**inner, "other": st.just("")})
    return st.lists(st.none() | some, max_size=4)


_lists = st.fixed_dictionaries(
    {},
    optional={
        "a": _elements({"x": st.just(""), "y": st.just(""), "in": _elements({"z": st.just("")})}),
        "b": st.lists(st.none() | st.just(""), max_size=4),
    },
)


def _numbered(value: Any, numbers: Iterator[int]) -> Any:
    """The same with a text of its own in each leaf."""
    if isinstance(value, dict):
        return {key: _numbered(part, numbers) for key, part in value.items()}
    if isinstance(value, list):
        return [_numbered(part, numbers) for part in value]
    return value if value is None else str(next(numbers))


def _texts_in(value: Any) -> list[str]:
    if isinstance(value, dict | list | tuple):
        parts = value.values() if isinstance(value, dict) else value
        return [text for part in parts for text in _texts_in(part)]
    return [] if value is None else [value]


@given(raw=_lists, lists=_LIST_KEYS, texts=_TEXT_KEYS)
def test_what_is_not_taken_of_a_list_is_left_over(
    raw: Any, lists: set[str], texts: set[str]
) -> None:
    """Each text is taken by a key or left over, and none is both."""
    raw = _numbered(raw, count())
    keys = {key: tuple[str, ...] | None if "[*]" in key else str | None for key in lists | texts}
    wire = wire_class("Lists", keys)
    taken = {text for key in keys for text in _texts_in(value_of(decode(wire, raw), key))}
    left = _texts_in(leftovers(wire, raw))
    assert sorted({*taken, *left}) == sorted(_texts_in(raw))
    assert taken.isdisjoint(left)
