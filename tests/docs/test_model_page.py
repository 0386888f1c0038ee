"""docs/model.md has every field with its type and meaning, and every canonical word."""

from __future__ import annotations

import types
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Union, get_args, get_origin

import attrs
import pytest

from duetrail import model
from duetrail.model import words
from duetrail.model.records import RECORDS, Record, Touch
from duetrail.model.values import Address, Link, LinkKind, Ref

CHILDREN = (
    model.InvoiceLine,
    model.PaymentAllocation,
    model.Instalment,
    model.CreditAllocation,
    model.PaymentApplication,
    model.CalloutAttempt,
    model.Attachment,
    model.Contact,
)
CLASSES = {one.__name__: one for one in (Record, Touch, *RECORDS, *CHILDREN)}
VALUES = {one.__name__: one for one in (model.Money, Address, Ref, Link)}
LISTS = {
    name: one
    for name, one in vars(words).items()
    if isinstance(one, type) and issubclass(one, StrEnum) and one is not StrEnum
}

PEOPLE = {
    str: "text",
    int: "whole number",
    bool: "yes/no",
    Decimal: "decimal",
    datetime: "time (UTC)",
    date: "date",
    model.Money: "money",
    Address: "address",
    Ref: "reference",
    Any: "any JSON",
}


def _for_people(type_: Any) -> str:
    """A type of the code in the words of the page."""
    if type_ in PEOPLE:
        return PEOPLE[type_]
    if get_origin(type_) in (Union, types.UnionType):
        (one,) = (part for part in get_args(type_) if part is not type(None))
        return _for_people(one)
    if get_origin(type_) is tuple:
        return f"list of {_for_people(get_args(type_)[0])}"
    if isinstance(type_, type) and issubclass(type_, StrEnum):
        return f"word ([{type_.__name__}](#{type_.__name__.lower()}))"
    if attrs.has(type_):
        return f"[{type_.__name__}](#{type_.__name__.lower()})"
    return "JSON object"  # extra


def _parts(class_: type[Any]) -> list[tuple[str, str]]:
    """The parts of a named tuple, each with its type for people."""
    hints = {"touch": Ref, "invoice": Ref, "how": LinkKind}
    return [(f"`{name}`", _for_people(hints.get(name, str))) for name in class_._fields]


def field_table(class_: type[Any]) -> str:
    """The fields a class adds to those it inherits: name, type and meaning."""
    attrs.resolve_types(class_)
    rows = [
        f"| `{f.name}` | {_for_people(f.type)} | {f.metadata.get('help', '')} |"
        for f in attrs.fields(class_)
        if not f.inherited
    ]
    return "\n".join(["| field | type | meaning |", "|---|---|---|", *rows, ""])


@pytest.mark.parametrize("name", [*CLASSES, "Money", "Address"])
def test_every_field_is_described_as_it_describes_itself(name, generated) -> None:
    """Fields, types and meanings on the page are those of the class, in order."""
    generated("model.md", name, field_table((CLASSES | VALUES)[name]))


@pytest.mark.parametrize("name", ["Ref", "Link"])
def test_every_field_of_a_reference_is_described_with_its_type(name, page) -> None:
    """Fields and types on the page are those of the named tuple, in order."""
    rows = page("model.md").section(name).rows()
    assert [(cells[0], cells[1]) for cells in rows] == _parts(VALUES[name])


@pytest.mark.parametrize("name", [*CLASSES, *VALUES])
def test_every_field_has_a_meaning(name, page) -> None:
    """No field is left to its name alone."""
    assert [cells[0] for cells in page("model.md").section(name).rows() if not cells[2]] == []


@pytest.mark.parametrize("name", [*LISTS, "LinkKind"])
def test_every_word_is_explained(name, page) -> None:
    """The words of each list stand on the page, in order, each with a meaning."""
    rows = page("model.md").section(name).rows()
    assert [cells[0] for cells in rows] == [
        f"`{word}`" for word in {**LISTS, "LinkKind": LinkKind}[name]
    ]
    assert all(meaning for _, meaning in rows)


@pytest.mark.parametrize("name", LISTS)
def test_where_a_word_list_is_used(name, page) -> None:
    """Below each list stand the fields that take its words."""
    used = [
        f"`{class_.__name__}.{f.name}`"
        for class_ in CLASSES.values()
        for f in model.fields_of(class_)
        if not f.inherited and f"#{name.lower()})" in _for_people(f.type)
    ]
    assert f"Used by {', '.join(used)}." in page("model.md").section(name).text


@pytest.mark.parametrize("name", CLASSES)
def test_every_word_has_the_vendors_word_beside_it(name) -> None:
    """As the page says: a field `x` of a canonical word has a neighbour `x_raw`."""
    fields = {f.name: _for_people(f.type) for f in model.fields_of(CLASSES[name])}
    words_of_ours = [field for field, type_ in fields.items() if type_.startswith("word")]
    assert [field for field in words_of_ours if fields.get(f"{field}_raw") != "text"] == []


def test_no_record_or_word_list_is_missing(page) -> None:
    """Every public class of the model has a place on the page."""
    named = {*CLASSES, *VALUES, *LISTS, "LinkKind"}
    public = {name for name in model.__all__ if isinstance(getattr(model, name), type)}
    assert public - named == set()
