"""What a rule is given in place of a key is refused by the field it stands for, with what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail import declared
from duetrail.declared import (
    FieldMapping,
    computed,
    digits,
    each,
    first_of,
    invoice_id,
    itself,
    joined,
    local,
    lookup,
    made_of,
    mentioned,
    money,
    nested,
    outer,
    parent,
    parsed,
    shared,
    summed,
    text,
    unix,
    upper,
    word,
)
from duetrail.errors import PluginError
from duetrail.model import Address, Email, Invoice, InvoiceLine


def _of_two(one: str | None, other: str | None) -> str | None:
    return one or other


_LINE = FieldMapping(InvoiceLine, name="label")
_ADDRESS = FieldMapping(Address, city="city")

# For each function what it makes of something that stands where a key belongs, for some field.
_RULES: dict[str, tuple[type[Any], str, Callable[[Any], Any]]] = {
    "computed": (Invoice, "number", lambda one: computed(_of_two, "a", one)),
    "digits": (InvoiceLine, "quantity", digits),
    "each": (Invoice, "lines", lambda one: each(one, _LINE)),
    "first_of": (Invoice, "number", lambda one: first_of("a", one)),
    "invoice_id": (Email, "invoices", invoice_id),
    "itself": (Invoice, "billing_address", itself),
    "joined": (Invoice, "number", lambda one: joined("a", one)),
    "local": (Invoice, "due_at", lambda one: local(one, "Europe/Berlin")),
    "lookup": (Invoice, "overdue", lambda one: lookup(one, {"yes": True})),
    "made_of": (Invoice, "number", lambda one: made_of("a", one)),
    "mentioned": (Email, "invoices", mentioned),
    "money": (Invoice, "total", money),
    "nested": (Invoice, "billing_address", lambda one: nested(one, _ADDRESS)),
    "outer": (InvoiceLine, "name", outer),
    "parent": (Invoice, "number", parent),
    "parsed": (Invoice, "number", lambda one: parsed(_of_two, one)),
    "shared": (Invoice, "currency", lambda one: shared("lines", one)),
    "summed": (Invoice, "total", lambda one: summed(one, "total")),
    "text": (Invoice, "number", text),
    "unix": (Invoice, "due_at", unix),
    "upper": (Invoice, "currency", upper),
    "word": (Invoice, "status", word),
}
# Rules in place of a key, where no rule for a plain value may stand either.
_NO_PLAIN_VALUES = [each("rows", _LINE), nested("place", _ADDRESS), money("cents"), word("state")]
_PLAIN_VALUES = [joined("b", "c"), digits("b"), text("b"), first_of("b", "c")]

_no_keys = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.binary(),
    st.lists(st.text(), max_size=2),
    st.dictionaries(st.text(), st.text(), max_size=2),
    st.just(str),
)


def _mapping(name: str, value: Any) -> FieldMapping[Any]:
    kind, field, rule = _RULES[name]
    id = {"id": "id"} if kind in (Invoice, Email) else {}
    return FieldMapping(kind, **id, **{field: rule(value)})


@given(name=st.sampled_from(sorted(_RULES)), value=_no_keys)
def test_what_is_no_key_is_refused_by_its_field(name: str, value: Any) -> None:
    """Whatever it is: not by an error of the kit, and not when the first item comes."""
    kind, field, _ = _RULES[name]
    with pytest.raises(PluginError, match=rf"{kind.__name__}\.{field} has .* in place of"):
        _mapping(name, value)


@pytest.mark.parametrize("name", sorted(_RULES))
def test_a_rule_that_stands_where_a_key_belongs_is_refused_by_its_field(name: str) -> None:
    """One that makes no plain value everywhere, one that does where a key alone is taken."""
    kind, field, _ = _RULES[name]
    takes_values = name in ("made_of", "money", "word")
    for rule in _NO_PLAIN_VALUES if takes_values else [*_NO_PLAIN_VALUES, *_PLAIN_VALUES]:
        with pytest.raises(PluginError, match=rf"{kind.__name__}\.{field} ") as told:
            _mapping(name, rule)
        assert told.value.hint


@pytest.mark.parametrize(
    ("field", "rule", "told"),
    [
        ("total", money(text("cents")), "gives no number: write digits"),
        ("total", money(lookup("cents", {"none": 0})), "goes into no other rule"),
        ("status", word(lookup("paid", {True: "paid"})), "goes into no other rule"),
    ],
)
def test_a_rule_in_a_rule_gives_what_that_takes(field: str, rule: Any, told: str) -> None:
    """A text is no amount, and what a table has is the value of a field: no object would fit."""
    with pytest.raises(PluginError, match=rf"Invoice\.{field} is made of .*{told}"):
        FieldMapping(Invoice, id="id", **{field: rule})


def _without_path(one: str | None) -> str | None:
    return one


def _by_name(*, one: str | None) -> str | None:
    return one


def _number(one: str | None, other: int | None) -> str | None:
    return one and f"{one}{other}"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (computed(_of_two, "a"), "cannot be called so: missing a required argument: 'other'"),
        (computed(_by_name, "a"), "cannot be called so: too many positional arguments"),
        (parsed(_without_path, "a"), "cannot be called so: too many positional arguments"),
        (computed(_number, "a", "a"), "takes 'a' as two types"),
    ],
)
def test_a_function_can_be_called_with_its_keys(rule: Any, told: str) -> None:
    """Else each object would be a reject; that of `parsed` is given the path, too."""
    with pytest.raises(PluginError, match=rf"Invoice\.number is computed by .*{told}"):
        FieldMapping(Invoice, id="id", number=rule)


@pytest.mark.parametrize("zone", ["Europe/Berlln", "", None])
def test_a_zone_that_is_none_is_refused_at_once(zone: Any) -> None:
    """And not with each object."""
    with pytest.raises(PluginError, match="there is no time zone"):
        local("due", zone)


@pytest.mark.parametrize("id", ["bill.ids[*]", "bill.", ""])
def test_an_object_that_names_an_invoice_has_one_id_of_it(id: str) -> None:
    """Several, or none, are refused by the field."""
    with pytest.raises(PluginError, match=r"Email\.invoices is given .* in place of the key"):
        FieldMapping(Email, id="id", invoices=mentioned("bills", id))


def test_every_function_is_among_these() -> None:
    """One that is new is tried, too; a constant takes no key."""
    assert {*_RULES, "FieldMapping", "constant"} == {*declared.__all__}


def test_what_to_write_instead_is_said() -> None:
    """Where an author would go on with another rule, a function does it."""
    with pytest.raises(PluginError, match="a rule in place of a key") as told:
        FieldMapping(Invoice, id="id", number=first_of("a", joined("b", "c")))
    assert "computed(function, key, ...)" in str(told.value.hint)
