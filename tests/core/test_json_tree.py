"""JSON as a tree: what is found is found in order, what is copied leaves the original alone."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.json_tree import EACH, along, at, leaves, map_texts, path_of, pattern_of, steps_of
from duetrail.json_tree import texts as texts_in

DATA = {"data": [{"calls": [{"id": 1}, {"id": 2}]}, {"calls": []}], "n": "x"}

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
keys = st.text(alphabet="abc-_$ 1", min_size=1)
steps = st.lists(keys | st.integers(0, 99)).map(tuple)


@given(values)
def test_a_leaf_stands_where_its_steps_lead(value):
    """Each leaf is what stands at its steps, and there is one at least."""
    found = list(leaves(value))
    assert found
    assert all(at(value, way) == leaf for way, leaf in found)


@given(values)
def test_texts_are_the_leaves_that_are_text(value):
    """In the same order."""
    assert list(texts_in(value)) == [leaf for _, leaf in leaves(value) if isinstance(leaf, str)]


def test_texts_of_what_is_nested_deeply():
    """Depth costs no recursion."""
    deep: object = "x"
    for _ in range(10_000):
        deep = [deep]
    assert list(texts_in(deep)) == ["x"]


@given(steps)
def test_a_path_can_be_read_again(way):
    """The steps of a written path are those it was written from."""
    assert steps_of(path_of(way)) == way


def test_paths_are_written_for_people():
    """With the number of an element, or with all elements alike."""
    way = ("data", 3, "calls", 0)
    assert path_of(way) == "$.data[3].calls[0]"
    assert pattern_of(way) == "$.data[*].calls[*]"
    assert steps_of("$.data[*].calls[*]") == ("data", 0, "calls", 0)


@given(values)
def test_a_copy_that_changes_nothing_is_equal(value):
    """Texts given back as they are make an equal copy."""
    assert map_texts(value, str) == value
    assert map_texts(value, str, keys=True) == value


def test_texts_are_changed_and_the_original_is_not():
    """Keys only where that is asked for."""
    before = copy.deepcopy(DATA)
    assert map_texts(DATA, str.upper)["n"] == "X"
    assert map_texts({"a": "b"}, str.upper, keys=True) == {"A": "B"}
    assert before == DATA


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("data",), {**DATA, "data": 2}),
        (("data", EACH), {**DATA, "data": [1, 1]}),
        (("data", EACH, "calls"), {**DATA, "data": [{"calls": 2}, {"calls": 0}]}),
        (("other", EACH), DATA),
        (("n", EACH), DATA),
    ],
)
def test_what_steps_lead_to_is_changed(steps, expected):
    """What they lead to, wherever they lead to something, and nothing else."""
    before = copy.deepcopy(DATA)
    assert along(DATA, steps, end=len) == expected
    assert before == DATA


def test_lists_on_the_way_are_picked_from():
    """Each list that the steps go through has the elements that are picked."""
    picked = along(DATA, ("data", EACH, "calls", EACH), pick=lambda rows: rows[:1])
    assert picked == {"data": [{"calls": [{"id": 1}]}], "n": "x"}
