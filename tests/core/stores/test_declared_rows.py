"""A compiled mapping gives the rows that the mapping says, or gives up."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.declared import (
    FieldMapping,
    computed,
    constant,
    each,
    first_of,
    invoice_id,
    itself,
    joined,
    lookup,
    mentioned,
    money,
    nested,
    outer,
    parent,
    shared,
    summed,
    text,
    unix,
    word,
)
from duetrail.errors import BadItem
from duetrail.http.body import decode as parse
from duetrail.model import (
    Address,
    Call,
    Contact,
    Instalment,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
    Party,
    PaymentAllocation,
    PaymentStatus,
    Record,
    day_of,
)
from duetrail.stores import to_row
from duetrail.stores.declared import row_maker
from duetrail.wire import decode_json
from duetrail.wire.compiled import Unsure
from support.nightly import examples


def _first(value: Any) -> str | None:
    return value["name"] if isinstance(value, dict) else value


def _least(due: Decimal | None, paid: Decimal | None) -> Decimal | None:
    return None if due is None or paid is None else min(due, paid)


@frozen
class Street:
    name: str | None = None


@frozen
class Place:
    city: str | None = None
    street: Street | None = None


def _street(place: Place | None) -> str | None:
    return (place and place.street and place.street.name) or None


def _is_long(name: str | None) -> bool:
    return name is not None and len(name) > 3


def _until(begin: datetime | None, end: datetime | None) -> datetime | None:
    return end if begin and end and begin < end else None


def _all(cents: tuple[Decimal, ...], states: tuple[str, ...]) -> str:
    return f"{sum(cents)} {' '.join(states)}"


ADDRESS = FieldMapping(Address, name="name", city="city", line1="street.name")
LINE = FieldMapping(
    InvoiceLine,
    id="id",
    line_number="number",
    quantity="from",
    currency="currency",
    total=money("cents"),
    created_at="at",
)
SHARE = FieldMapping(
    PaymentAllocation,
    currency=outer("currency"),
    amount=money("cents"),
    payment_currency="payment.currency",
    payment_amount=money("payment.cents", in_minor=False),
    payment_status=word("payment.state", {"done": PaymentStatus.SETTLED}),
    approved="flag",
)
INVOICE = FieldMapping(
    Invoice,
    id="id",
    number="name",
    kind=constant(InvoiceKind.RECEIVABLE),
    status=word(computed(_first, "any"), {"overdue": InvoiceStatus.OPEN}),
    in_dispute="flag",
    currency="currency",
    total=money("cents"),
    amount_paid=money("number", in_minor=lambda options: options.minor),
    amount_due=money(computed(_least, "cents", "number")),
    issued_at="at",
    issued_on=computed(day_of, "at"),
    due_at=computed(_until, "at", "until"),
    promised_to_pay_on="day",
    outbound_calls="count",
    billing_address=nested("address", ADDRESS),
    lines=each("lines", LINE),
    allocations=each("shares", SHARE),
)
# What is made of children, in an own currency or in that which they share.
PARTS = FieldMapping(
    Invoice,
    id="id",
    currency=shared("lines", "currency"),
    total=summed("lines", "total"),
    amount_paid=summed("allocations", "amount"),
    due_at=shared("lines", "created_at"),
    number=shared("lines", "id"),
    issued_at=unix("number"),
    paid_at=unix("cents", per_second=1_000),
    kind=InvoiceKind.RECEIVABLE,
    customer_name=joined("name", "address.name", "currency", by=", "),
    lines=each("lines", LINE),
    allocations=each(
        "shares", FieldMapping(PaymentAllocation, currency="currency", amount=money("cents"))
    ),
)
PARTY = FieldMapping(
    Party, id="id", name="name", contacts=each("people", FieldMapping(Contact, name="name"))
)
CALL = FieldMapping(
    Call,
    id="id",
    agent_id=computed(_street, "address"),
    tags="words",
    cost=money("cents"),
    invoices=mentioned("bills"),
)

NOTE = FieldMapping(Call, id="id", invoices=invoice_id("name"), reason="address.city")

# Keys that two rules read: the id as a plain field, and some of the address beside it.
SHARED = FieldMapping(
    Invoice,
    id="id",
    number="id",
    customer_name="address.name",
    order_number="address.street.state",
    outbound_calls="address.count",
    billing_address=nested("address", ADDRESS),
)

# Keys that lead into lists: some elements, all of them, and those that are children, too.
LISTS = FieldMapping(
    Invoice,
    id="id",
    number="words[0]",
    customer_name="people[0].name",
    order_number=joined("people[1].name", "people[0].name"),
    status=word("shares[0].payment.state", {"done": InvoiceStatus.PAID}),
    currency="lines[0].currency",
    total=money("lines[1].cents"),
    issued_at="lines[0].at",
    due_at="people[0].until",
    in_dispute="shares[0].flag",
    outbound_calls="shares[1].count",
    lines=each("lines", LINE),
)
SEVERAL = FieldMapping(
    Call,
    id="id",
    tags="people[*].name",
    keywords="words[*]",
    reason=computed(_all, "people[*].cents", "shares[*].payment.state"),
    customer_id="people[0].id",
)

# Values that are looked up, one of which another field has as it is.
TABLES = FieldMapping(
    Invoice,
    id="id",
    number="name",
    status=word(text("count"), {"1": InvoiceStatus.DRAFT}),
    overdue=lookup("state", {"done": True, "x": False}),
    in_dispute=lookup("flag", {True: False, False: True}),
    lines_complete=lookup("name", {"a": True}),
)

_right: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["a", "é\n", "", "\U0001f600"]),
    "any": st.sampled_from(["OVERDUE", "x", "", {"name": "paid"}, None]),
    "state": st.sampled_from(["done", "DONE", "Pending", "x", ""]),
    "flag": st.booleans(),
    "currency": st.sampled_from(["EUR", "JPY", "KWD", "eur", None]),
    "cents": st.integers(-9, 10**6) | st.sampled_from([10**20, 0]),
    "number": st.integers(0, 9) | st.sampled_from([1.5, -0.25, 0.0]),
    "from": st.integers(0, 9) | st.just(0.125),
    "count": st.integers(0, 9),
    "at": st.sampled_from(
        [
            "2026-01-02T00:00:00Z",
            "2026-01-02T03:04:05.5Z",
            "2026-01-02T03:04:05.123Z",
            "2026-01-02T03:04:05+01:00",
        ]
    ),
    "until": st.sampled_from(["2026-01-02T00:00:01Z", "2027-01-02T03:04:05.123456Z"]),
    "day": st.just("2026-01-02"),
}
_odd = st.sampled_from(
    [None, True, 0, 1.0, 1e40, 2**64, -0.0, "", "1.5", "0000-00-00", "2026-01-02", [], {}, [None]]
) | st.sampled_from(
    ["2026-01-02T03:04:05", "2026-06-30T23:59:60Z", "2026-01-02T24:00:00Z", [{}], ["a"], "x" * 9]
)


def _object(**inside: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object that is as it should be, but for one key at most."""
    right = st.fixed_dictionaries({}, optional=_right | inside)
    keys = st.sampled_from([*_right, *inside, "id"])
    return st.tuples(right, st.dictionaries(keys, _odd, max_size=1)).map(
        lambda two: two[0] | two[1]
    )


_address = _object(street=_object())
_invoices = _object(
    id=st.just("i1"),
    address=_address | st.none(),
    lines=st.lists(_object(id=st.just("l")), max_size=2),
    shares=st.lists(_object(payment=_object() | st.none()), max_size=2),
    people=st.lists(_object(), max_size=2),
    words=st.lists(st.sampled_from(["a", "é"]), max_size=2),
    bills=st.lists(_object(id=st.sampled_from(["b2", "b1", ""])), max_size=3),
).map(lambda one: {"id": "i1"} | one)


def _said(mapping: FieldMapping[Any], body: bytes, options: Any) -> Record | None:
    """What the mapping means; None where the object is none for it."""
    try:
        return mapping.record(decode_json(mapping.wire, body, parse), "acme", options)
    except (BadItem, KeyError):
        return None


@pytest.mark.parametrize(
    "mapping", [INVOICE, PARTS, PARTY, CALL, NOTE, SHARED, LISTS, SEVERAL, TABLES]
)
@given(item=_invoices, minor=st.booleans())
@settings(max_examples=examples(100, 400), deadline=None)
def test_a_row_is_that_of_the_record(mapping: FieldMapping[Any], item: Any, minor: bool) -> None:
    """Of whatever object a row is made at once, it is the row of its record."""
    body, options = json.dumps(item).encode(), SimpleNamespace(minor=minor)
    maker = row_maker(mapping, options)
    try:
        row = maker.make(maker.read(body), "acme")
    except Exception:
        return  # not the plain case: the record is asked for
    record = _said(mapping, body, options)
    assert record is not None
    assert row == to_row(record)


@pytest.mark.parametrize("minor", [True, False])
def test_the_plain_case_is_made_at_once(minor: bool) -> None:
    """An object as it should be, with what every rule reads, needs no second look."""
    item = {
        "id": "i1",
        "name": "7",
        "any": {"name": "Overdue"},
        "flag": True,
        "currency": "EUR",
        "cents": 1250,
        "number": 3,
        "at": "2026-01-02T00:00:00Z",
        "until": "2026-01-03T00:00:00.123Z",
        "day": "2026-01-02",
        "count": 3,
        "address": {"city": "Ulm", "street": {"name": "Hafengasse"}},
        "lines": [{"id": "l1", "number": 1, "from": 2.5, "currency": "JPY", "cents": 7}],
        "shares": [{"cents": 5, "payment": {"currency": "KWD", "cents": 1.125, "state": "done"}}],
    }
    body, options = json.dumps(item).encode(), SimpleNamespace(minor=minor)
    record = _said(INVOICE, body, options)
    assert record is not None
    maker = row_maker(INVOICE, options)
    assert maker.make(maker.read(body), "acme") == to_row(record)


def test_keys_that_two_rules_read_are_made_at_once() -> None:
    """An object that becomes an address, with more of its keys in fields, needs no second look."""
    address = {"name": "a", "count": 3, "city": "Ulm", "street": {"name": "Hof", "state": "x"}}
    body = json.dumps({"id": "i1", "address": address}).encode()
    record = _said(SHARED, body, None)
    assert isinstance(record, Invoice)
    assert record.billing_address == Address(name="a", city="Ulm", line1="Hof")
    assert (record.number, record.customer_name, record.order_number) == ("i1", "a", "x")
    maker = row_maker(SHARED, None)
    assert maker.make(maker.read(body), "acme") == to_row(record)


@pytest.mark.parametrize("mapping", [LISTS, SEVERAL])
def test_what_stands_in_lists_is_made_at_once(mapping: FieldMapping[Any]) -> None:
    """Some elements or all of them, with or without such as become children."""
    item = {
        "id": "i1",
        "words": ["a", "b"],
        "people": [{"name": "a", "until": "2026-01-02T00:00:00Z", "cents": 5}, {"name": "b"}],
        "lines": [{"id": "l1", "currency": "EUR", "at": "2026-01-02T00:00:00Z"}, {"cents": 7}],
        "shares": [{"flag": True, "payment": {"state": "Done"}}, {"count": 3}],
    }
    body = json.dumps(item).encode()
    record = _said(mapping, body, None)
    assert record is not None
    maker = row_maker(mapping, None)
    assert maker.make(maker.read(body), "acme") == to_row(record)


def test_sums_of_children_are_made_at_once() -> None:
    """They need no second look either."""
    line = {"id": "l1", "currency": "EUR", "cents": 7, "at": "2026-01-02T00:00:00Z"}
    body = json.dumps({"id": "i1", "name": "a", "lines": [line, line | {"cents": 5}]}).encode()
    record = _said(PARTS, body, None)
    assert record is not None
    maker = row_maker(PARTS, None)
    assert maker.make(maker.read(body), "acme") == to_row(record)


def test_what_the_mapping_leaves_alone_is_not_made() -> None:
    """An object for which `unless` is true is none for the function."""
    maker = row_maker(PARTY, None, computed(_is_long, "name"))
    assert maker.make(maker.read(b'{"id": "1", "name": "Ute"}'), "acme").id == "1"
    with pytest.raises(Unsure):
        maker.make(maker.read(b'{"id": "1", "name": "Ute Example"}'), "acme")


def _sorted(words: tuple[str, ...] | None) -> Any:
    return words and tuple(sorted(words))


@pytest.mark.parametrize("words", ["null", "[]", '["b", "a"]'])
def test_a_computed_list_is_what_the_function_gives(words: str) -> None:
    """A list that a function made is kept as it is, None too; only a key's own null is empty."""
    mapping = FieldMapping(Call, id="id", keywords=computed(_sorted, "words"), tags="words")
    body = f'{{"id": "c1", "words": {words}}}'.encode()
    record = _said(mapping, body, None)
    assert record is not None
    maker = row_maker(mapping, None)
    assert maker.make(maker.read(body), "acme") == to_row(record)


def _lines(names: tuple[str, ...] | None) -> tuple[InvoiceLine, ...]:
    return tuple(InvoiceLine(name=name) for name in names or ())


@pytest.mark.parametrize(
    "rules",
    [
        {"lines": computed(_lines, "names")},
        {"instalments": constant((Instalment(id="x"),))},
    ],
    ids=["computed", "constant"],
)
def test_children_that_a_function_gives_are_left_to_the_record(rules: dict[str, Any]) -> None:
    """The record has them, so the row is made of it: none is lost on the way to the store."""
    mapping = FieldMapping(Invoice, id="id", **rules)
    maker = row_maker(mapping, None)
    with pytest.raises(Unsure):
        maker.make(maker.read(b'{"id": "i1", "names": ["a", "b"]}'), "acme")


def _both(mapping: FieldMapping[Any], **item: Any) -> tuple[Any, Any]:
    """The row that is made at once, and that of the record."""
    body = json.dumps({"id": "i1", **item}).encode()
    record = _said(mapping, body, None)
    assert record is not None
    maker = row_maker(mapping, None)
    return maker.make(maker.read(body), "acme"), to_row(record)


def _numbered(number: int | None) -> str | None:
    return None if number is None else f"Room {number}"


@pytest.mark.parametrize(
    ("rule", "value"),
    [(computed(_numbered, "key"), 0), (lookup("key", {True: "DE", False: "FR"}), False)],
    ids=["zero", "false"],
)
def test_zero_and_false_are_values_of_an_address_of_the_object_itself(
    rule: Any, value: Any
) -> None:
    """Only null and an empty text are none; so there is an address at once, too."""
    mapping = FieldMapping(
        Invoice, id="id", billing_address=itself(FieldMapping(Address, city=rule))
    )
    at_once, told = _both(mapping, key=value)
    assert at_once == told
    assert _both(mapping, key=value)[0] != _both(mapping, key=None)[0]


@pytest.mark.parametrize("where", [{"kind": "part"}, None])
@pytest.mark.parametrize("parts", [[], [{"kind": "other"}], [{"kind": "part"}]])
def test_a_later_table_is_left_out_where_no_object_becomes_a_child(where: Any, parts: Any) -> None:
    """Also where the list holds others, so that the row is as a store gives it back."""
    child = FieldMapping(Instalment, id="no")
    mapping = FieldMapping(Invoice, id="id", instalments=each("parts", child, where=where))
    at_once, told = _both(mapping, parts=parts)
    assert at_once == told


@pytest.mark.parametrize("words", [None, ["a"]])
def test_the_first_list_may_be_none(words: Any) -> None:
    """Then it is empty, as that of one key is."""
    mapping = FieldMapping(Call, id="id", keywords=first_of("words", "tags"))
    at_once, told = _both(mapping, words=words)
    assert at_once == told


def test_a_child_takes_keys_that_differ_by_a_point_alone() -> None:
    """Of the object around: `customer.id` and `customer_id`."""
    line = FieldMapping(InvoiceLine, name=first_of(parent("who_name"), parent("who.name")))
    mapping = FieldMapping(Invoice, id="id", lines=each("lines", line))
    at_once, told = _both(mapping, who_name="", who={"name": "b"}, lines=[{}])
    assert at_once == told
    assert "b" in at_once.children["invoice_lines"][0]


@pytest.mark.parametrize("parts", [{"a": "", "b": None}, {"a": "x" * 900, "b": "y" * 900}])
def test_an_id_that_is_none_is_left_to_the_record(parts: dict[str, Any]) -> None:
    """Which says what is wrong with it."""
    mapping = FieldMapping(Invoice, id=joined("a", "b"))
    maker = row_maker(mapping, None)
    with pytest.raises(Unsure):
        maker.make(maker.read(json.dumps(parts).encode()), "acme")
