"""Nothing is lost: what a mapping reads of an object stands in the record or in its `extra`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.declared import (
    FieldMapping,
    each,
    first_of,
    itself,
    joined,
    local,
    lookup,
    made_of,
    money,
    nested,
    outer,
    parent,
)
from duetrail.http.body import decode as parse
from duetrail.model import (
    Address,
    Contact,
    Invoice,
    InvoiceLine,
    Party,
    Payment,
    PaymentAllocation,
    PaymentApplication,
)
from duetrail.stores import to_row
from duetrail.stores.declared import row_maker
from duetrail.testing import mapped
from duetrail.wire import leftovers
from support.nightly import examples

PLACE = FieldMapping(
    Address, city="town", state=first_of("state", "region"), country=parent("land")
)
PERSON = FieldMapping(Contact, email="value", job_title=parent("jobTitle"), role="role")
NUMBER = FieldMapping(Contact, phone="value", name=parent("who.name"), remote_id="ref")
PARTY = FieldMapping(
    Party,
    id="id",
    email="to.town",
    contacts=each("emails", PERSON, where={"type": "email"}),
    billing_address=nested("places[*]", PLACE, where={"kind": "bill"}),
    shipping_address=nested("to", PLACE, where={"kind": "ship"}),
)
PEOPLE = FieldMapping(Party, id="id", name="land", contacts=each("emails", NUMBER))
PLACES = FieldMapping(
    Party,
    id="id",
    contacts=itself(PERSON),
    billing_address=itself(PLACE),
    shipping_address=nested("places[*]", PLACE),
)
PAID = FieldMapping(
    Payment,
    id="id",
    currency="role",
    applications=itself(
        FieldMapping(
            PaymentApplication, invoice_id="ref", currency=outer("currency"), amount=money("cents")
        )
    ),
)
SPLIT = FieldMapping(
    Invoice,
    id=made_of("id", "kind"),
    customer_name=joined("value", "role"),
    overdue=lookup("type", {"email": True}),
    lines=each("emails", FieldMapping(InvoiceLine, name="value"), where={"type": "email"}),
    allocations=each(
        "emails",
        FieldMapping(PaymentAllocation, payment_id="ref", payment_reference=parent("jobTitle")),
        where={"kind": ("bill", "ship")},
    ),
)
LISTED = FieldMapping(
    Invoice,
    id="id",
    number=first_of("town", "emails[0].value", "places[1].town"),
    overdue=lookup("emails[1].type", {"email": True}),
    lines=each("emails", FieldMapping(InvoiceLine, name=parent("places[0].land"))),
)


def test_a_key_that_only_a_child_takes_is_in_extra_where_no_child_is_made() -> None:
    """Of the object around the child; with one it is in the child alone."""
    none: tuple[dict[str, Any], ...] = ({}, {"emails": None}, {"emails": []})
    for emails in none:
        assert mapped(PEOPLE, {"id": "1", "who": {"name": "A"}, **emails}).extra["who"] == {
            "name": "A"
        }
    party = mapped(PEOPLE, {"id": "1", "who": {"name": "A"}, "emails": [{}]})
    assert (party.contacts[0].name, party.extra) == ("A", {})


def test_what_the_object_itself_says_is_in_extra_where_no_child_is_made_of_it() -> None:
    """A payment without an invoice has an amount, which no other rule may take."""
    assert mapped(PAID, {"id": "1", "cents": 5}).extra == {"cents": 5}
    assert mapped(PAID, {"id": "1", "cents": 5, "ref": 3}).extra == {}
    address = FieldMapping(Party, id="id", billing_address=itself(PLACE))
    assert mapped(address, {"id": "1", "land": "DE"}).extra == {"land": "DE"}
    assert mapped(address, {"id": "1", "town": "A", "state": "b", "region": "c"}).extra == {
        "region": "c"
    }


def test_objects_that_none_of_the_rules_takes_are_in_extra() -> None:
    """The second address of a list, an object that is not meant, what another rule reads."""
    places = [{"kind": "bill", "town": "A"}, {"kind": "bill", "town": "B", "more": 1}]
    to = {"kind": "x", "town": "C", "state": "D"}
    assert mapped(PARTY, {"id": "1", "places": places, "to": to}).extra == {
        "places": [{}, {"kind": "bill", "town": "B", "more": 1}],
        "to": {"kind": "x", "state": "D"},
    }
    rows = [{"type": "email", "value": "v", "ref": "7"}, {"kind": "ship", "value": "w", "ref": "8"}]
    extra = mapped(SPLIT, {"id": "1", "kind": "k", "emails": rows}).extra
    assert extra == {"emails": [{"ref": "7"}, {"value": "w"}]}


def test_what_a_child_does_not_choose_is_in_extra() -> None:
    """As of a record."""
    line = FieldMapping(InvoiceLine, name=first_of("a", "b"))
    mapping = FieldMapping(Invoice, id="id", lines=each("rows", line))
    rows = [{"a": "1"}, {"a": "1", "b": "2", "c": "3"}]
    extra = mapped(mapping, {"id": "1", "rows": rows}).extra
    assert extra == {"rows": [{}, {"b": "2", "c": "3"}]}


def test_what_keys_into_lists_do_not_become_is_in_extra_in_its_place() -> None:
    """As a list, beside what no rule reads of it."""
    names = FieldMapping(
        Invoice, id="id", number=first_of("a[0]", "a[1]"), customer_name=first_of("b", "c[0].d")
    )
    item = {"id": "1", "a": ["x", "y", "z"], "b": "p", "c": [{"d": "q", "e": 1}, {"d": "r"}]}
    extra = mapped(names, item).extra
    assert extra == {"a": [None, "y", "z"], "c": [{"d": "q", "e": 1}, {"d": "r"}]}
    line = FieldMapping(InvoiceLine, name=parent("c[1].d"))
    children = FieldMapping(Invoice, id="id", lines=each("rows", line))
    assert mapped(children, item).extra["c"] == [{"d": "q", "e": 1}, {"d": "r"}]
    assert mapped(children, {**item, "rows": [{}]}).extra["c"] == [{"d": "q", "e": 1}, {}]


@pytest.mark.parametrize("text", ["0000-00-00 00:00:00", "0000-00-00", "2026-02-30T09:00:00"])
def test_a_time_that_never_was_is_none_and_in_extra(text: str) -> None:
    """Of a rule for a time in a zone as of any other: vendors write so what has not happened."""
    child = FieldMapping(InvoiceLine, created_at=local("at", "Europe/Berlin"))
    mapping = FieldMapping(
        Invoice, id="id", paid_at=local("paid", "Europe/Berlin"), lines=each("rows", child)
    )
    invoice = mapped(mapping, {"id": "1", "paid": text, "rows": [{"at": text}]})
    assert (invoice.paid_at, invoice.lines[0].created_at) == (None, None)
    assert invoice.extra == {"paid": text, "rows": [{"at": text}]}


_KEYS = ("town", "state", "region", "land", "value", "jobTitle", "role", "ref", "no_key")
_flat: dict[str, Any] = {
    **{key: st.just(key) for key in _KEYS},
    "kind": st.sampled_from(["bill", "ship", "other"]),
    "type": st.sampled_from(["email", "else"]),
}
_object = st.fixed_dictionaries({}, optional=_flat)
_whole = st.fixed_dictionaries(
    {"id": st.just("the id")},
    optional={
        **_flat,
        "cents": st.integers(10**3, 10**9),
        "who": st.fixed_dictionaries({}, optional={"name": _flat["value"]}),
        "to": _object | st.none(),
        "places": st.lists(_object | st.none(), max_size=3),
        "emails": st.lists(_object | st.none(), max_size=3),
    },
).map(lambda one: _numbered(one, count()))


def _numbered(value: Any, numbers: Iterator[int], key: str = "") -> Any:
    """The same with another text in each place, so that it can be found; what decides stays."""
    if isinstance(value, dict):
        return {name: _numbered(one, numbers, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_numbered(one, numbers) for one in value]
    return f"{value} {next(numbers)};" if key in (*_KEYS, "name") else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
    elif isinstance(value, str) and value.endswith(";"):
        yield value


@pytest.mark.parametrize("mapping", [PARTY, PEOPLE, PLACES, PAID, SPLIT, LISTED])
@given(item=_whole)
@settings(max_examples=examples(100, 1_000), deadline=None)
def test_every_leaf_is_in_the_record_or_in_extra(mapping: FieldMapping[Any], item: Any) -> None:
    """But for what decides only; and where a row is made at once, nothing was left to keep."""
    record = mapped(mapping, item)
    told = str(attrs.asdict(record))
    assert [text for text in _texts(item) if text not in told] == []
    if mapping is PAID and "cents" in item:
        assert record.applications or record.extra["cents"] == item["cents"]
    body = json.dumps(item).encode()
    maker = row_maker(mapping, None)
    try:
        row = maker.make(maker.read(body), "mine")
    except Exception:
        return  # not the plain case: the record is asked for
    assert row == to_row(record)
    assert record.extra == leftovers(mapping.wire, parse(body))


def test_a_row_is_made_at_once_where_nothing_is_left_to_keep() -> None:
    """And is not where a key has no child to go to, or an object more than its rules read."""

    def is_at_once(mapping: FieldMapping[Any], **keys: Any) -> bool:
        maker = row_maker(mapping, None)
        try:
            maker.make(maker.read(json.dumps({"id": "1", "kind": "k", **keys}).encode()), "mine")
        except Exception:
            return False
        return True

    assert is_at_once(PEOPLE, who={"name": "A"}, emails=[{}])
    assert is_at_once(PEOPLE)
    assert not is_at_once(PEOPLE, who={"name": "A"})
    assert is_at_once(SPLIT, emails=[{"type": "email", "value": "v"}, {"kind": "bill", "ref": "7"}])
    assert not is_at_once(SPLIT, emails=[{"type": "email", "value": "v", "ref": "7"}])
