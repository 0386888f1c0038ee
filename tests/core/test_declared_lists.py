"""Keys that lead into lists: to an element, or to all of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from duetrail.declared import (
    FieldMapping,
    computed,
    each,
)
from duetrail.errors import BadItem, PluginError
from duetrail.http.body import decode as parse
from duetrail.model import (
    Call,
    Contact,
    Email,
    Party,
)
from duetrail.stores import to_row
from duetrail.stores.declared import row_maker
from duetrail.wire import decode, leftovers


def _upper(text: str) -> str:
    return text.upper()


def made(mapping: FieldMapping[Any], *, at_once: bool = True, **keys: Any) -> Any:
    """The record of an object, and the same row from its bytes, at once where that can be."""
    body = json.dumps({"id": "1", **keys}).encode()
    record = mapping.record(decode(mapping.wire, parse(body)), "acme", None)
    maker = row_maker(mapping, None)
    try:
        row = maker.make(maker.read(body), "acme")
    except Exception:
        assert not at_once
    else:
        assert row == to_row(record)
    return record


CONTACT = FieldMapping(Contact, name="n")
EMAILS = [
    None,
    {"value": "a@x.example", "type": "work"},
    {"value": "b@x.example", "type": "home"},
    {"type": "other"},
]


def test_a_key_may_lead_to_an_element_of_a_list() -> None:
    """To the first, or another; where there is none it is None. Nulls are none."""
    mapping = FieldMapping(
        Party, id="id", email="all.emails[0].value", phone="numbers[1]", name="all.emails[5].value"
    )
    party = made(mapping, at_once=False, all={"emails": EMAILS}, numbers=["1", "2", "3"])
    assert (party.email, party.phone, party.name) == ("a@x.example", "2", None)
    assert made(mapping, numbers=[]).phone is made(mapping).phone is None
    raw = {"id": "1", "all": {"emails": EMAILS}, "numbers": ["1", "2", "3"]}
    assert leftovers(mapping.wire, raw) == {
        "all": {"emails": [None, {"type": "work"}, *EMAILS[2:]]},
        "numbers": ["1", None, "3"],
    }


def test_a_key_may_lead_to_all_elements_of_a_list() -> None:
    """To those that have a value there; what another key takes of one is left of the others."""
    mapping = FieldMapping(
        Email, id="id", to_addresses="to[*].value", subject="to[0].type", cc_addresses="cc[*]"
    )
    email = made(mapping, at_once=False, to=EMAILS, cc=["c"])
    assert email.to_addresses == ("a@x.example", "b@x.example")
    assert (email.subject, email.cc_addresses) == ("work", ("c",))
    assert made(mapping).to_addresses == ()
    rest = {"to": [None, {}, {"type": "home"}, {"type": "other"}]}
    assert leftovers(mapping.wire, {"id": "1", "to": EMAILS, "cc": ["c"]}) == rest


def test_lists_may_stand_in_lists() -> None:
    """All that stands in any of them."""
    mapping = FieldMapping(Call, id="id", tags="a[*].b[*].c", keywords="a[0].b[*].d")
    lists = [{"b": [{"c": "1", "d": "x"}, {"c": "2"}]}, {}, {"b": [{"c": "3", "d": "y"}]}]
    call = made(mapping, a=lists)
    assert (call.tags, call.keywords) == (("1", "2", "3"), ("x",))
    assert leftovers(mapping.wire, {"id": "1", "a": lists}) == {"a": [{}, {}, {"b": [{"d": "y"}]}]}


def test_a_function_may_take_what_stands_in_lists() -> None:
    """Without a class for their elements."""

    def others(emails: tuple[str, ...], phones: tuple[str, ...]) -> tuple[Contact, ...]:
        found = [Contact(email=one) for one in emails[1:]]
        return (*found, *(Contact(phone=one) for one in phones[1:]))

    mapping = FieldMapping(
        Party,
        id="id",
        email="emails[0].value",
        contacts=computed(others, "emails[*].value", "phones[*].value"),
    )
    party = made(
        mapping, at_once=False, emails=EMAILS[1:], phones=[{"value": 1}, {"value": "2"}][1:]
    )
    assert party.contacts == (Contact(email="b@x.example"),)


def test_an_element_may_be_a_child_too() -> None:
    """All of them are children, and the first is more."""
    person = FieldMapping(Contact, id="no", email="value")
    mapping = FieldMapping(
        Party,
        id="id",
        email="emails[0].value",
        name="emails[0].label",
        contacts=each("emails", person),
    )
    emails = [{"no": 1, "value": "a", "label": "b"}, {"no": 2, "value": "c", "label": "d"}]
    party = made(mapping, emails=emails)
    assert (party.email, party.name, [one.email for one in party.contacts]) == (
        "a",
        "b",
        ["a", "c"],
    )
    assert leftovers(mapping.wire, {"id": "1", "emails": emails}) == {
        "emails": [{}, {"label": "d"}]
    }


def test_a_wrong_element_is_refused_with_its_path() -> None:
    """As strictly as anywhere; what of it nobody reads may be anything."""
    mapping = FieldMapping(Party, id="id", email="emails[0].value")
    with pytest.raises(BadItem) as caught:
        made(mapping, emails=[None, {"value": "a"}, {"value": 5}])
    assert caught.value.path == "$.emails[2].value"
    with pytest.raises(BadItem):
        made(mapping, emails={"value": "a"})
    assert made(mapping, emails=[{"value": "a", "more": 5}]).email == "a"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "names[*]"}, "is one value, and 'names\\[\\*\\]' is several"),
        ({"name": "a[0].x", "account_number": "a[0].x.y"}, "reads"),
        ({"name": "a[0]", "account_number": "a.x"}, "reads 'a' as a value"),
        ({"name": "a", "account_number": "a[0]"}, "reads 'a' as a value"),
        ({"name": "a[0].x", "is_active": "a[1].x"}, "two different types"),
        ({"contacts": each("a[0].b", FieldMapping(Contact, name="n"))}, "leads into a list"),
        ({"name": computed(_upper, "a[0]")}, "needs 'a\\[0\\]'"),
        ({"name": "a[0]", "account_number": "a[1].x"}, "reads 'a\\[\\*\\]' as a value, and as an"),
        (
            {"name": "a[0].n", "contacts": each("a", CONTACT, where={"n": "x"})},
            "reads 'a' as a value, or as some objects, and takes elements",
        ),
    ],
)
def test_what_a_list_cannot_give_is_refused(fields: dict[str, Any], told: str) -> None:
    """When the mapping is written, or the shape."""
    with pytest.raises(PluginError, match="does not say"):
        each("a", FieldMapping(Contact, name="n"), where={"b[0]": 1})
    with pytest.raises(PluginError, match=told):
        FieldMapping(Party, id="id", **fields).wire  # noqa: B018
