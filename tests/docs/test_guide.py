"""docs/guide.md: what its tables tell an author to write can be written."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from duetrail import declared, errors, http, model, source, wire

PAGE = "guide.md"
TABLES = ["Credentials", "The pages", "What is asked for per key", "Only what is new"]
TABLES += ["The records", "Declared mappings", "Money", "Times", "Words"]
TABLES += ["An id of its own", "Links"]

# Their tables are compared with the code by other tests.
ELSEWHERE = {"From a template", "The hooks", "Errors to raise"}

# What `fetch` and `map_item` are given, and what is Python's or the author's own.
GIVEN = {"connection": source.Connection, "session": http.Session, "Decimal": Decimal}
OWN = {"currency.upper", "frozenset", "options.key.resolve", "str"}


def _calls(text: str) -> Iterator[ast.Call]:
    """The calls in the code spans of a text."""
    for span in re.findall(r"`([^`]+)`", text):
        try:
            tree = ast.parse(span.removeprefix("raise ").replace("\\|", "|"))
        except SyntaxError:  # not Python: a word, an address, a template's option
            continue
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _named(node: ast.expr) -> Any:
    """What a name or `name.attribute` in a table is; None for a method of the author's own."""
    if isinstance(node, ast.Name):
        if node.id in GIVEN:
            return GIVEN[node.id]
        homes = (model, http, source, errors, wire, declared)
        found = (getattr(home, node.id, None) for home in homes)
        return next((one for one in found if callable(one)), None)
    assert isinstance(node, ast.Attribute)
    return getattr(_named(node.value), node.attr, None)


@pytest.mark.parametrize("heading", TABLES)
def test_what_a_table_says_can_be_written(page, heading) -> None:
    """Every call in it is of something there is, with arguments it takes."""
    for cells in page(PAGE).section(heading).rows():
        for call in _calls(" ".join(cells[1:])):
            name = ast.unparse(call.func)
            thing = _named(call.func)
            if thing is None:
                assert name in OWN, name
                continue
            if any(isinstance(one, ast.Constant) and one.value is ... for one in call.args):
                continue  # the page leaves the arguments out
            keywords = {one.arg for one in call.keywords}
            taken = inspect.signature(thing).parameters
            varied = any(one.kind is one.VAR_KEYWORD for one in taken.values())
            assert varied or keywords <= set(taken), f"{name} takes no {keywords - set(taken)}"


def test_every_table_is_looked_at(page) -> None:
    """Every section with a table is in the lists above."""
    headings = re.findall(r"^## (.*)$", page(PAGE).text, re.MULTILINE)
    assert [h for h in headings if page(PAGE).section(h).rows() and h not in ELSEWHERE] == TABLES


def test_what_is_not_there_is_noticed() -> None:
    """The test above can fail."""
    (call,) = _calls("`Money.from_cents(7)`")
    assert _named(call.func) is None


_CORE = Path(errors.__file__).parent
_TELL_OF_BAD_ITEMS = [
    Path(__file__).parents[2] / "docs" / "guide.md",
    Path(__file__).parents[2] / "docs" / "contract.md",
    _CORE / "hookspecs.py",
    *sorted((_CORE / "testing" / "contract").glob("*.py")),
]


def test_bad_item_is_raised_as_it_is_shown() -> None:
    """Wherever an author is told to raise BadItem, the call as it stands there can be made."""
    shown = [
        (file.name, text)
        for file in _TELL_OF_BAD_ITEMS
        for text in re.findall(r"BadItem\([^()*]*\)", file.read_text(encoding="utf-8"))
    ]
    assert {"guide.md", "contract.md", "hookspecs.py"} <= {name for name, _ in shown}
    for name, text in shown:
        (call,) = _calls(f"`{text}`")
        given = {one.arg: "$" for one in call.keywords if one.arg}
        try:
            inspect.signature(errors.BadItem).bind(*["a reason"] * len(call.args), **given)
        except TypeError as error:
            pytest.fail(f"{name} shows {text}: {error}")
