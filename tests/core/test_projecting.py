"""A few keys of a page, read from its bytes."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.http.answer import Answer
from duetrail.http.body import read
from duetrail.source import Page

PATHS = ("$.next", "$.data[*].id", "$.data[*].a.b", "$.data[*].c[*].id")
KEYS = ["next", "data", "id", "a", "b", "c", "x"]

_leaves = st.sampled_from([None, True, False, 0, 2**70, "", "t", {}, []])
_trees = st.recursive(
    _leaves,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), below, max_size=4)
        | st.fixed_dictionaries({"data": st.lists(below, max_size=3), "x": below})
    ),
    max_leaves=25,
)


def page(body: bytes) -> Page:
    return read(Answer(url="https://api.acme.example/bills", status=200, headers={}, body=body), ())


def chosen(tree: Any, every: list[list[str]]) -> Any:
    """What some steps leave of a tree."""
    if [] in every or not isinstance(tree, dict | list):
        return tree
    if isinstance(tree, list):
        return [chosen(part, [steps[1:] for steps in every if steps[0] == "*"]) for part in tree]
    keys = {steps[0] for steps in every} & tree.keys()
    return {key: chosen(tree[key], [s[1:] for s in every if s[0] == key]) for key in keys}


STEPS = [path.replace("$.", "").replace("[*]", ".*").split(".") for path in PATHS]


@given(_trees)
def test_the_chosen_keys_are_as_in_the_tree(tree: Any) -> None:
    """Whatever stands at the paths, and elsewhere: what is chosen is what the tree has there."""
    one = page(json.dumps(tree).encode())
    assert chosen(one.only(*PATHS), STEPS) == chosen(tree, STEPS)


def test_nothing_else_is_parsed() -> None:
    """Other keys are left out, absent ones are absent, and nobody has looked at the page."""
    one = page(b'{"next":1.50,"more":[1],"data":[{"id":1,"x":2,"c":null},{"c":[{"y":1}]}]}')
    found = one.only(*PATHS)
    assert found == {"next": Decimal("1.50"), "data": [{"id": 1, "c": None}, {"c": [{}]}]}
    assert one.unread == one.body


def test_where_a_path_leads_elsewhere_all_is_there() -> None:
    """Text where the path has an object: then the whole page is given."""
    tree = {"data": "none", "more": 1}
    assert page(json.dumps(tree).encode()).only(*PATHS) == tree


def test_what_a_plugin_changed_counts() -> None:
    """Of a page that was looked at, the tree is given, with whatever was done to it."""
    one = page(b'{"next":1}')
    one.data["next"] = 2
    assert one.only("$.next") == {"next": 2}
    assert one.unread is None


@pytest.mark.parametrize("path", ["next", "$.data[0]", "$data", "$.data[*", "$..id"])
def test_a_path_that_cannot_be_read(path: str) -> None:
    """A mistake of the plugin is told with the path."""
    with pytest.raises(ValueError, match="is no path such as"):
        page(b"{}").only(path)
