"""Rules that spare a function: some of the objects, the object around, keys of the object itself.

Whatever a rule says, the row that is made straight from the bytes is that of the record.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import frozen

from duetrail.declared import (
    FieldMapping,
    computed,
    constant,
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
    text,
    unix,
    upper,
    word,
)
from duetrail.declared.prefixed import prefixed
from duetrail.errors import BadItem, PluginError
from duetrail.http.body import decode as parse
from duetrail.model import (
    Address,
    Call,
    Contact,
    Email,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    Money,
    Party,
    Payment,
    PaymentAllocation,
    PaymentApplication,
    Ref,
)
from duetrail.source import Resource, Shape
from duetrail.stores import to_row
from duetrail.stores.declared import row_maker
from duetrail.wire import Id, decode, leftovers, named, wire_class


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


# --- some of the objects -------------------------------------------------------------------------

PAID = FieldMapping(
    PaymentAllocation, payment_id="ref", currency=outer("currency"), amount=money("cents")
)
LINE = FieldMapping(InvoiceLine, name="label", currency=outer("currency"), total=money("cents"))
SPLIT = FieldMapping(
    Invoice,
    id="id",
    currency="currency",
    lines=each("rows", LINE, where={"kind": ("item", "fee")}),
    allocations=each("rows", PAID, where={"kind": "payment", "meta.done": True}),
)
ROWS = [
    {"kind": "item", "label": "a", "cents": 5},
    {"kind": "payment", "ref": 7, "cents": 3, "meta": {"done": True}, "more": 1},
    {"kind": "payment", "ref": "x", "cents": 3, "meta": {"done": False}},
    {"kind": "note", "cents": "many", "label": {"de": "b"}},
    {"kind": "fee", "label": "c", "cents": 2},
]


def test_children_are_some_of_the_rows_of_a_list() -> None:
    """Those that have one of the values; two fields may be made of one list."""
    invoice = made(SPLIT, currency="EUR", rows=[ROWS[0], ROWS[1], ROWS[2], ROWS[4]])
    assert [line.name for line in invoice.lines] == ["a", "c"]
    (paid,) = invoice.allocations
    assert (paid.payment_id, paid.amount) == ("7", Money.from_minor(3, "EUR"))


def test_a_row_of_another_kind_may_hold_anything() -> None:
    """Its values have other types, and cost the invoice nothing."""
    assert len(made(SPLIT, at_once=False, currency="EUR", rows=ROWS).lines) == 2


def test_what_a_list_holds_beside_is_left_over_whole() -> None:
    """Of a row that is meant nothing but what no key claims."""
    raw = {"id": "1", "rows": ROWS}
    rest = {"rows": [{}, {"more": 1}, ROWS[2], ROWS[3], {}]}
    assert leftovers(SPLIT.wire, raw) == rest


def test_of_a_list_the_first_object_that_is_meant_is_an_address() -> None:
    """And of an object it is one only if it is meant."""
    street = FieldMapping(Address, line1="street")
    mapping = FieldMapping(
        Party,
        id="id",
        billing_address=nested("places[*]", street, where={"type": "bill"}),
        shipping_address=nested("home", street, where={"type": "ship"}),
    )
    places = [{"type": "ship", "street": "a"}, {"type": "bill", "street": "b"}, {"type": "bill"}]
    party = made(mapping, at_once=False, places=places, home={"type": "x", "street": "c"})
    assert (party.billing_address, party.shipping_address) == (Address(line1="b"), None)
    assert made(mapping, at_once=False).billing_address is None


def test_a_condition_with_another_type_than_its_key_is_refused() -> None:
    """A key of the same objects has one type."""
    with pytest.raises(PluginError, match="reads 'label' of the same objects as two types"):
        FieldMapping(
            Invoice, id="id", currency="currency", lines=each("rows", LINE, where={"label": 1})
        )


# --- the object around ---------------------------------------------------------------------------

MAIL = FieldMapping(
    Email, id="id", subject="subject", customer_id=parent("customer.id"), thread_id=parent("no")
)


@frozen
class Customer:
    id: Id | None = None


@frozen
class Bill:
    id: str
    no: str | None = None
    customer: Customer | None = None
    owner: int | None = named("owner-id")


def _resource(inner: FieldMapping[Any], **outer_shape: Any) -> Resource:
    around = Shape(name="bill", path="$.bills[*]", **outer_shape)
    return Resource(
        name="bills",
        shapes=(around, Shape(name="mail", mapping=inner, path="$.bills[*].mails[*]")),
    )


def test_a_value_of_the_object_around_is_taken() -> None:
    """Of one that a wire class names as well as of a mapping's own."""
    mail = decode(MAIL.wire, {"id": "m", "subject": "s"})
    bill = FieldMapping(Invoice, id="id", number="no", customer_id="customer.id")
    for wire in (Bill, bill.wire):
        around: Any = decode(wire, {"id": "1", "no": "R7", "customer": {"id": 5}})
        email = MAIL.record(mail, "acme", None, SimpleNamespace(wire=around))
        assert (email.customer_id, email.thread_id) == ("5", "R7")
    empty: Any = SimpleNamespace(wire=decode(Bill, {"id": "1"}))
    assert MAIL.record(mail, "acme", None, empty).customer_id is None


def test_a_test_may_give_the_object_around_as_it_is() -> None:
    """As parsed JSON, judged as on a page."""
    mail = decode(MAIL.wire, {"id": "m"})
    email = MAIL.record(mail, "acme", None, {"no": "R7", "customer": {"id": 5}})
    assert (email.customer_id, email.thread_id) == ("5", "R7")
    with pytest.raises(BadItem, match="in the object around it: expected text"):
        MAIL.record(mail, "acme", None, {"no": True})


@pytest.mark.parametrize(
    "outer_shape",
    [
        {"record": Invoice, "wire": Bill},
        {"mapping": FieldMapping(Invoice, id="id", number="no", customer_id="customer.id")},
    ],
)
def test_the_object_around_may_be_declared_in_either_way(outer_shape: Any) -> None:
    """By a wire class for map_item, or by a mapping."""
    assert _resource(MAIL, **outer_shape)


@pytest.mark.parametrize(
    ("key", "told"), [("total", "not at all"), ("owner-id", "as int"), ("no.x", "not at all")]
)
def test_what_the_object_around_does_not_say_is_refused(key: str, told: str) -> None:
    """When it is declared: a field that is None for ever would be no error."""
    mapping = FieldMapping(Email, id="id", thread_id=parent(key))
    with pytest.raises(PluginError, match=f"takes '{key}' of the object around.*{told}"):
        _resource(mapping, record=Invoice, wire=Bill)


@pytest.mark.parametrize(
    ("key", "value"), [("emails[1].value", "b"), ("emails[*].value", ("a", "b")), ("words[0]", "x")]
)
def test_what_stands_in_a_list_of_the_object_around_is_taken(key: str, value: Any) -> None:
    """Where the shape around reads that list, too."""
    field = "keywords" if isinstance(value, tuple) else "reason"
    call = FieldMapping(Call, id="id", **{field: parent(key)})
    around = FieldMapping(Email, id="id", subject="emails[0].value", to_addresses="words")
    raw = {"id": "1", "emails": [{"value": "a"}, {"value": "b"}], "words": ["x", "y"]}
    wire: Any = decode(around.wire, raw)
    assert _resource(call, mapping=around)
    record = call.record(decode(call.wire, {"id": "c"}), "acme", None, SimpleNamespace(wire=wire))
    assert getattr(record, field) == value


@pytest.mark.parametrize("key", ["rows[0].label", "subject[0]", "words[0].x", "others[0]"])
def test_what_the_object_around_does_not_read_of_a_list_is_refused(key: str) -> None:
    """So are objects that only one of its rules means, and what is no list."""
    line = FieldMapping(InvoiceLine, name="label")
    around = FieldMapping(
        Invoice, id="id", number="subject", lines=each("rows", line, where={"kind": "item"})
    )
    mapping = FieldMapping(Email, id="id", thread_id=parent(key))
    with pytest.raises(PluginError, match=f"takes '{re.escape(key)}' of the object around.*at all"):
        _resource(mapping, mapping=around)


def test_without_the_item_around_there_is_no_record() -> None:
    """Where map_item forgets to give it, that is said."""
    mail = decode(MAIL.wire, {"id": "m"})
    with pytest.raises(PluginError, match="is given none"):
        MAIL.record(mail, "acme", None)


def test_what_is_wrong_with_the_object_around_costs_nothing() -> None:
    """Unless it is what is taken of it."""
    mail = decode(MAIL.wire, {"id": "m"})

    def around(**bill: Any) -> Any:
        return SimpleNamespace(
            wire=None, path="$.bills[0]", page=SimpleNamespace(data={"bills": [bill]})
        )

    assert MAIL.record(mail, "acme", None, around(total="many", no="R7")).thread_id == "R7"
    with pytest.raises(BadItem, match=r"in the object around it: expected text.*, got true"):
        MAIL.record(mail, "acme", None, around(no=True))


def test_children_take_keys_that_no_field_of_the_record_has() -> None:
    """The object of the record reads them."""
    line = FieldMapping(InvoiceLine, currency=parent("cur"), total=money("cents"))
    mapping = FieldMapping(Invoice, id="id", lines=each("rows", line))
    invoice = made(mapping, cur="JPY", rows=[{"cents": 5}])
    assert invoice.lines[0].total == Money.from_minor(5, "JPY")


def _both(one: str | None, other: str | None) -> str:
    return f"{one} of {other}"


def _needed(cents: Decimal) -> Decimal:
    return cents * 2


INNER = FieldMapping(
    InvoiceLine,
    name=computed(_both, "label", parent("no")),
    product_type=first_of("kind", parent("kind")),
    description=joined("label", parent("label"), by=" / "),
    remote_id=text(parent("ref")),
    currency=parent("cur"),
    quantity=digits(parent("count")),
    total=money(parent("cents")),
    unit_price=money(computed(_needed, parent("cents"))),
    updated_at=unix(parent("at")),
)
OUTER = FieldMapping(Invoice, id="id", lines=each("rows", INNER))
SAID = {
    "no": "R7",
    "kind": "work",
    "label": "b",
    "ref": 12,
    "cur": "EUR",
    "count": "2",
    "cents": 100,
    "at": 1,
}


def test_a_key_of_the_object_around_stands_where_a_key_may() -> None:
    """In whatever rule takes keys; the row made at once is that of the record."""
    one, other = made(OUTER, rows=[{"label": "a"}, {"label": "c"}], **SAID).lines
    assert (one.name, one.product_type, one.description) == ("a of R7", "work", "a / b")
    assert (other.name, other.product_type, other.description) == ("c of R7", "work", "c / b")
    at = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert (one.remote_id, one.quantity, one.updated_at) == ("12", Decimal(2), at)
    amounts = [Money.from_minor(cents, "EUR") for cents in (100, 200)]
    assert [one.total, one.unit_price] == amounts
    (taxed,) = made(OUTER, at_once=False, rows=[{"kind": "tax"}], **SAID).lines
    assert taxed.product_type == "tax"


@pytest.mark.parametrize(
    ("key", "value"), [("cents", Decimal("1.5")), ("at", 10**15), ("count", "two")]
)
def test_what_is_wrong_with_a_key_of_the_object_around_is_told_where_it_stands(
    key: str, value: Any
) -> None:
    """Not inside the child that takes it."""
    wire: Any = decode(OUTER.wire, {"id": "1", "rows": [{"label": "a"}], **SAID, key: value})
    with pytest.raises(BadItem) as error:
        OUTER.record(wire, "acme", None)
    assert error.value.path == f"$.{key}"


def test_so_it_does_in_a_shape_inside_another() -> None:
    """A word of the object around is kept as it is written; what is left is not this one's."""
    mapping = FieldMapping(
        Invoice,
        id="id",
        status=word(parent("state"), {"settled": InvoiceStatus.PAID}),
        currency="cur",
        total=money(digits(parent("sum")), in_minor=False),
        customer_name=first_of("name", parent("name")),
    )
    around: Any = SimpleNamespace(
        wire=decode(
            wire_class("Around", mapping.parents), {"state": "Settled", "sum": "1.5", "name": "A"}
        )
    )
    wire = decode(mapping.wire, {"id": "1", "cur": "EUR", "name": "B"})
    invoice = mapping.record(wire, "acme", None, around)
    assert (invoice.status, invoice.status_raw) == (InvoiceStatus.PAID, "Settled")
    assert (invoice.total, invoice.customer_name) == (Money.major(Decimal("1.5"), "EUR"), "B")
    assert invoice.extra == {}


@pytest.mark.parametrize("around", [{}, {"cents": None}, {"cents": "many"}])
@pytest.mark.parametrize("is_whole", [False, True])
def test_what_a_function_needs_of_the_object_around_has_to_be_there(
    around: dict[str, Any], is_whole: bool
) -> None:
    """A parameter without None makes a key required, also of an object around."""
    mapping = FieldMapping(Email, id="id", subject=computed(_told, parent("cents")))
    wire = decode(mapping.wire, {"id": "1"})
    item: Any = SimpleNamespace(wire=None, path="$", page=SimpleNamespace(data=around))
    if is_whole and around != {"cents": "many"}:
        item.wire = decode(wire_class("Bill", {"cents": Decimal | None}), around)
    with pytest.raises(BadItem, match="in the object around it: ") as error:
        mapping.record(wire, "acme", None, item)
    assert error.value.path == "$.cents"


def _told(cents: Decimal) -> str:
    return str(cents)


def test_what_an_object_around_may_lack_is_not_needed() -> None:
    """As of any key that stands inside another object."""
    with pytest.raises(PluginError, match=r"needs 'sum\.cents'"):
        FieldMapping(Email, id="id", subject=computed(_told, parent("sum.cents")))


def test_a_child_takes_any_plain_value_of_its_record() -> None:
    """Whatever rule that has, and at once where the record is."""
    line = FieldMapping(
        InvoiceLine,
        name=outer("customer_name"),
        description=outer("number"),
        remote_id=outer("id"),
        currency=outer("currency"),
        total=money("cents"),
        product_type=outer("order_number"),
    )
    mapping = FieldMapping(
        Invoice,
        id=made_of("no", "day"),
        customer_name=joined("first", "last"),
        number=first_of("no", "old"),
        currency=upper("cur"),
        order_number=constant("none"),
        lines=each("rows", line),
    )
    said = {"first": "A", "last": "B", "no": "7", "day": "d", "cur": "jpy"}
    (one,) = made(mapping, rows=[{"cents": 5}], **said).lines
    assert (one.name, one.description, one.remote_id) == ("A B", "7", "7/d")
    assert (one.total, one.product_type) == (Money.from_minor(5, "JPY"), "none")


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("total", r"which has no rule for a plain value(?s:.*)money\(parent\("),
        ("status", "no rule for a plain value"),
        ("due_on", "which is no str"),
    ],
)
def test_what_a_child_cannot_take_of_its_record_is_refused(field: str, told: str) -> None:
    """With the way out; so is what is of another type."""
    line = FieldMapping(InvoiceLine, name=outer(field))
    rules: dict[str, Any] = {"total": money("cents"), "status": word("state"), "due_on": "day"}
    with pytest.raises(PluginError) as error:
        FieldMapping(Invoice, id="id", lines=each("rows", line), **rules)
    assert re.search(told, f"{error.value} {error.value.hint}")


# --- the object itself ---------------------------------------------------------------------------

FLAT = FieldMapping(Address, line1="street", city="town", name=constant("Acme"))
PERSON = FieldMapping(Contact, name="person", email="mail")
CUSTOMER = FieldMapping(
    Party, id="id", name="name", billing_address=itself(FLAT), contacts=itself(PERSON)
)


def test_an_address_may_be_made_of_the_objects_own_keys() -> None:
    """And a child, too."""
    party = made(CUSTOMER, at_once=False, town="Bonn", mail="a@b.example")
    assert party.billing_address == Address(city="Bonn", name="Acme")
    assert party.contacts == (Contact(email="a@b.example"),)
    plain = FieldMapping(Invoice, id="id", billing_address=itself(FieldMapping(Address, city="t")))
    assert made(plain, t="Bonn").billing_address == Address(city="Bonn")
    assert made(plain, t="").billing_address is made(plain).billing_address is None


def test_without_a_value_there_is_no_address_and_no_child() -> None:
    """Whatever is constant in them."""
    party = made(CUSTOMER, at_once=False, town="", mail=None)
    assert (party.billing_address, party.contacts) == (None, ())


def test_one_mapping_may_be_for_keys_with_several_prefixes() -> None:
    """Whatever rules it has; keys of the object around are as they are."""
    place = FieldMapping(
        Address,
        name=joined("first", "last"),
        line1=first_of("street", "old.street"),
        line2="lines[1]",
        city="city",
        state=parent("region"),
    )
    mapping = FieldMapping(
        Party,
        id="id",
        billing_address=itself(place, prefix="b_"),
        shipping_address=nested("to", place, prefix="s_"),
    )
    ship = {"s_first": "C", "s_old": {"street": "D"}, "s_lines": ["x", "y"], "city": "no"}
    party = made(mapping, at_once=False, b_first="A", b_last="B", b_city="E", region="R", to=ship)
    assert party.billing_address == Address(name="A B", city="E", state="R")
    assert party.shipping_address == Address(name="C", line1="D", line2="y", state="R")
    flat = FieldMapping(Address, city="city")
    both = {"billing_address": itself(flat, prefix="b_"), "shipping_address": itself(flat)}
    party = made(FieldMapping(Party, id="id", **both), city="F", b_city="G")
    assert (party.billing_address, party.shipping_address) == (Address(city="G"), Address(city="F"))


def test_a_prefix_reaches_every_rule() -> None:
    """None reads the same key as without it, but of the object around and of the record."""
    rules: dict[str, Any] = {
        "id": made_of("a", text("b")),
        "number": text("c"),
        "status": word(first_of("d", "e")),
        "overdue": lookup("f", {1: True}),
        "currency": upper("g"),
        "total": money(digits("h"), in_minor=False),
        "issued_at": local("i", "UTC"),
        "due_at": unix("j"),
        "customer_id": parent("around"),
        "customer_name": joined("k", "l"),
        "billing_address": nested("m", FLAT),
        "shipping_address": itself(FieldMapping(Address, city="n")),
        "lines": each("o", FieldMapping(InvoiceLine, name="x", currency=outer("number"))),
        "in_dispute": constant(True),
    }
    plain: Any = FieldMapping(Invoice, **rules)
    again = prefixed(plain, "p_")
    assert [*again.keys] == [f"p_{key}" for key in plain.keys]
    assert again.parents == plain.parents
    call: Any = FieldMapping(Call, id="id", invoices=mentioned("bills"))
    assert [*prefixed(call, "p_").keys] == ["p_id", "p_bills"]


def test_what_the_object_itself_cannot_be_is_refused() -> None:
    """An address in place of a line, say."""
    with pytest.raises(PluginError, match=r"Invoice\.lines holds no Address"):
        FieldMapping(Invoice, id="id", lines=itself(FLAT))


APPLIED = FieldMapping(
    PaymentApplication, invoice_id="bill", currency=outer("currency"), amount=money("cents")
)
RECEIVED = FieldMapping(
    Payment, id="id", currency="cur", amount=money("cents"), applications=itself(APPLIED)
)


def test_a_payment_that_names_its_invoice_is_applied_to_it() -> None:
    """With its whole amount; one that names none is applied to nothing."""
    payment = made(RECEIVED, at_once=False, cur="USD", cents=5, bill=3)
    amount = Money.from_minor(5, "USD")
    assert payment.applications == (
        PaymentApplication(invoice_id="3", currency="USD", amount=amount),
    )
    for more in ({}, {"bill": None}, {"bill": ""}):
        payment = made(RECEIVED, at_once=False, cur="USD", cents=5, **more)
        assert (payment.amount, payment.applications) == (amount, ())


def test_what_a_child_needs_may_be_computed() -> None:
    """And where it comes to nothing there is no child; the rest of it is not asked."""

    def is_bill(kind: str | None, of: str | None) -> str | None:
        return of if kind == "bill" else None

    def cents(paid: Decimal) -> Decimal:
        return paid

    share = FieldMapping(
        PaymentApplication,
        invoice_id=computed(is_bill, "kind", "of"),
        currency="cur",
        amount=money(computed(cents, "cents")),
    )
    mapping = FieldMapping(Payment, id="id", applications=itself(share))
    assert made(mapping, at_once=False, kind="bill", of="1", cents=5).applications
    assert made(mapping, at_once=False, kind="fee", of="1").applications == ()


def test_what_a_child_needs_has_a_rule() -> None:
    """A mapping without one is refused."""
    with pytest.raises(PluginError, match=r"PaymentApplication\.invoice_id has no rule"):
        FieldMapping(PaymentApplication, amount=money("cents"))


# --- plain values --------------------------------------------------------------------------------


def test_the_first_key_with_a_value_counts() -> None:
    """0 is a value, an empty text is none; of words and of money, too."""
    mapping = FieldMapping(
        Invoice,
        id="id",
        number=first_of("no", "name"),
        status=word(first_of("state", "old_state")),
        currency="cur",
        total=money(first_of("total", "net")),
    )
    values = {"name": "n", "old_state": "paid", "cur": "EUR", "total": 0, "net": 5}
    invoice = made(mapping, at_once=False, no="", **values)
    assert invoice.extra == {"net": 5}
    assert (invoice.number, invoice.status_raw) == ("n", "paid")
    assert invoice.total == Money.from_minor(0, "EUR")
    assert made(mapping).number is None
    assert made(mapping, at_once=False, no="a", name="b").extra == {"name": "b"}


def test_an_id_may_be_a_whole_number() -> None:
    """It is kept as text, wherever an id is read; nothing else is a text."""
    mapping = FieldMapping(
        Call, id="id", customer_id="customer", from_number="from", invoices=mentioned("bills")
    )
    call = made(mapping, id=5, customer=0, bills=[{"id": 7}, {"id": 0}, {"id": ""}])
    assert (call.id, call.customer_id) == ("5", "0")
    assert call.invoices == (Ref("acme", "invoices", "7"), Ref("acme", "invoices", "0"))
    one = FieldMapping(Call, id="id", invoices=invoice_id("bill"))
    assert made(one, bill=7).invoices == (Ref("acme", "invoices", "7"),)
    for wrong in ({"customer": True}, {"customer": 1.5}, {"from": 5}):
        with pytest.raises(BadItem):
            decode(mapping.wire, parse(json.dumps({"id": 5, **wrong}).encode()))


def test_a_key_may_be_an_id_and_a_text() -> None:
    """What computes something of it still gets a text."""
    mapping = FieldMapping(Invoice, id="id", number="id", order_number=computed(_upper, "id"))
    assert mapping.keys["id"] is Id
    assert made(mapping, id=5).order_number == made(mapping, id=5).number == "5"


def test_a_number_may_be_taken_as_text() -> None:
    """Where it is told."""
    mapping = FieldMapping(Invoice, id="id", number=text("no"))
    assert made(mapping, no=17).number == made(mapping, no="17").number == "17"


def test_a_currency_may_be_written_in_small_letters() -> None:
    """Money goes by its code, which has capital ones."""
    mapping = FieldMapping(Invoice, id="id", currency=upper("cur"), total=money("cents"))
    assert made(mapping, cur="jpy", cents=5).total == Money.from_minor(5, "JPY")
    assert made(mapping).currency is None


def test_a_number_may_be_written_as_text() -> None:
    """As money, as a quantity, as a whole number; what is none is refused with its path."""
    line = FieldMapping(InvoiceLine, quantity=digits("qty"))
    mapping = FieldMapping(
        Invoice,
        id="id",
        currency="cur",
        total=money(digits("total"), in_minor=False),
        outbound_calls=digits("calls"),
        lines=each("rows", line),
    )
    invoice = made(mapping, at_once=False, cur="EUR", total="12.50", calls="3", rows=[{"qty": "2"}])
    assert invoice.total == Money.major(Decimal("12.50"), "EUR")
    assert (invoice.outbound_calls, invoice.lines[0].quantity) == (3, Decimal(2))
    with pytest.raises(BadItem) as caught:
        made(mapping, calls="1.5")
    assert caught.value.path == "$.calls"
    with pytest.raises(PluginError, match="no number"):
        FieldMapping(Payment, id="id", description=digits("x"))


def test_a_number_may_stand_for_a_word() -> None:
    """And is the raw word, as text."""
    mapping = FieldMapping(
        Invoice,
        id="id",
        status=word(text("state"), {"0": InvoiceStatus.DRAFT, "paid": InvoiceStatus.PAID}),
    )
    for state, status in ((0, "draft"), ("0", "draft"), ("Paid", "paid"), (7, "unknown")):
        invoice = made(mapping, state=state)
        assert (invoice.status, invoice.status_raw) == (status, str(state))


@pytest.mark.parametrize("state", ["settled", "Settled", "SETTLED"])
def test_words_may_be_listed_as_the_vendor_writes_them(state: str) -> None:
    """They are found however they are written, a number that stands for one, too."""
    known: Any = {"SETTLED": InvoiceStatus.PAID, 1: InvoiceStatus.DRAFT}
    mapping = FieldMapping(Invoice, id="id", status=word(text("state"), known))
    found = [made(mapping, state=one).status for one in (state, 1, "1", "else")]
    assert found == [InvoiceStatus.PAID, *[InvoiceStatus.DRAFT] * 2, InvoiceStatus.UNKNOWN]


def test_a_value_may_be_looked_up_in_a_table() -> None:
    """What is in none is None, and in `extra`, unless a field has it as it is."""
    mapping = FieldMapping(
        Invoice,
        id="id",
        status=word("state"),
        overdue=lookup("state", {"overdue": True, "paid": False}),
        in_dispute=lookup("flags.disputed", {1: True, 0: False}),
        lines_complete=lookup("whole", {True: True}),
    )
    invoice = made(mapping, state="Overdue", flags={"disputed": 0}, whole=True)
    found = (invoice.overdue, invoice.in_dispute, invoice.lines_complete, invoice.extra)
    assert found == (True, False, True, {})
    assert made(mapping, state="open").overdue is made(mapping).overdue is None
    assert made(mapping, state="open").extra == {}
    for flags, whole, extra in (
        ({"disputed": 2}, None, {"flags": {"disputed": 2}}),
        (None, False, {"whole": False}),
    ):
        invoice = made(mapping, at_once=False, flags=flags, whole=whole)
        assert (invoice.in_dispute, invoice.lines_complete) == (None, None)
        assert invoice.extra == extra
    with pytest.raises(BadItem):
        made(mapping, flags={"disputed": "1"})


@pytest.mark.parametrize("state", ["GROSS", "groß", "Groß"])
def test_a_table_may_be_written_as_the_vendor_writes(state: str) -> None:
    """Its texts are found however they are written."""
    mapping = FieldMapping(Invoice, id="id", overdue=lookup("state", {"Groß": True, "NO": False}))
    assert (made(mapping, state=state).overdue, made(mapping, state="no").overdue) == (True, False)


@pytest.mark.parametrize(
    "table",
    [
        {},
        {1: True, "1": True},
        {1: True, False: False},
        {None: True},
        {"Yes": True, "yes": False},
    ],
)
def test_a_table_in_which_nothing_can_be_looked_up_is_refused(table: Any) -> None:
    """Of keys of one kind a value can be one."""
    with pytest.raises(PluginError, match="no table"):
        lookup("state", table)
    with pytest.raises(PluginError, match="holds bool, which 'yes' is not"):
        FieldMapping(Invoice, id="id", overdue=lookup("state", {"y": "yes"}))
