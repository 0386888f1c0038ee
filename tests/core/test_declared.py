"""Mappings written as data: what each rule means, and which declarations are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Context, Decimal
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from duetrail import plugins
from duetrail.declared import (
    FieldMapping,
    computed,
    constant,
    each,
    invoice_id,
    joined,
    local,
    mentioned,
    money,
    nested,
    outer,
    parsed,
    shared,
    summed,
    unix,
    word,
)
from duetrail.errors import BadItem, PluginError
from duetrail.http import NoAuth
from duetrail.model import (
    Address,
    Call,
    Callout,
    Email,
    Instalment,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
    Money,
    Ref,
    day_of,
    from_digits,
    from_rfc2822,
)
from duetrail.source import Resource, Shape, Source
from duetrail.wire import decode, leftovers, refuse_unfit


def _upper(text: str | None) -> str | None:
    return text and text.upper()


def _left(due: Decimal | None, paid: Decimal | None) -> Decimal | None:
    return None if due is None or paid is None else due - paid


def _untyped(value) -> None:  # type: ignore[no-untyped-def]
    return None


ADDRESS = FieldMapping(Address, city="town", country=computed(_upper, "country"))
LINE = FieldMapping(InvoiceLine, name="from", currency=outer("currency"), total=money("cents"))
INVOICE = FieldMapping(
    Invoice,
    id="id",
    number="number",
    kind=constant(InvoiceKind.RECEIVABLE),
    status=word("state", {"settled": InvoiceStatus.PAID}),
    in_dispute="disputed",
    currency="currency",
    total=money("total"),
    amount_due=money(computed(_left, "total", "paid")),
    due_at="due",
    due_on=computed(day_of, "due"),
    promised_to_pay_on="promised",
    outbound_calls="calls.out",
    billing_address=nested("address", ADDRESS),
    lines=each("lines", LINE),
)


def _record(**keys: Any) -> Invoice:
    wire = decode(INVOICE.wire, {"id": "i1", "currency": "EUR"} | keys)
    return INVOICE.record(wire, "acme", None)


def test_a_key_is_read_as_the_type_of_its_field() -> None:
    """Text, times, days, flags and whole numbers need no more than their key."""
    record = _record(number="7", due="2026-03-01T00:00:00Z", promised="2026-03-02", disputed=False)
    assert (record.connection, record.id, record.number) == ("acme", "i1", "7")
    assert record.due_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert record.promised_to_pay_on == date(2026, 3, 2)
    assert record.in_dispute is False


def test_a_key_of_another_type_is_refused_by_its_path() -> None:
    """What cannot be read as the field's type is a bad item, and the path leads to it."""
    with pytest.raises(BadItem, match="expected text") as error:
        _record(lines=[{"from": "a"}, {"from": 7}])
    assert error.value.path == "$.lines[1].from"


def test_a_dotted_key_leads_into_an_object() -> None:
    """What is below an object that is not there is not there either."""
    assert [_record(**k).outbound_calls for k in ({"calls": {"out": 3}}, {"calls": None}, {})] == [
        3,
        None,
        None,
    ]


def test_money_goes_with_the_currency_of_its_record() -> None:
    """Of the record itself, of a number that is computed, and of the record around a child."""
    record = _record(total=1250, paid=250, lines=[{"cents": 5}])
    assert record.total == Money(Decimal("12.50"), "EUR")
    assert record.amount_due == Money(Decimal("10.00"), "EUR")
    assert record.lines == (InvoiceLine(currency="EUR", total=Money(Decimal("0.05"), "EUR")),)


def test_money_in_major_units_where_a_setting_says_so() -> None:
    """`in_minor` may be a function of the options of the connection."""
    mapping = FieldMapping(
        Invoice, id="id", currency="cur", total=money("total", in_minor=lambda o: o.minor)
    )
    wire = decode(mapping.wire, {"id": "1", "cur": "EUR", "total": 12})
    made = [mapping.record(wire, "c", SimpleNamespace(minor=minor)) for minor in (True, False)]
    assert [one.total and one.total.amount for one in made] == [Decimal("0.12"), Decimal(12)]


def test_wrong_money_is_refused_by_its_path() -> None:
    """A fraction of a cent is a bad item, in a child, too."""
    with pytest.raises(BadItem, match="fraction") as error:
        _record(lines=[{"cents": Decimal("0.5")}])
    assert error.value.path == "$.lines[0].cents"


def test_the_vendors_word_is_kept_beside_the_canonical_one() -> None:
    """`word` fills both; the table knows words in whatever case."""
    assert [(r.status, r.status_raw) for r in (_record(state=s) for s in ("SETTLED", "new"))] == [
        (InvoiceStatus.PAID, "SETTLED"),
        (InvoiceStatus.UNKNOWN, "new"),
    ]


def test_fields_are_computed_constant_or_nested() -> None:
    """The three other rules."""
    record = _record(due="2026-03-01T00:00:00Z", address={"town": "Ulm", "country": "de"})
    assert record.due_on == date(2026, 3, 1)
    assert record.kind is InvoiceKind.RECEIVABLE
    assert record.billing_address == Address(city="Ulm", country="DE")


def test_the_invoice_that_a_touch_names_by_its_id() -> None:
    """An id is a reference; nothing is none."""
    mapping = FieldMapping(Email, id="id", invoices=invoice_id("about.bill"))
    given = [{"about": {"bill": "b1"}}, {"about": {"bill": ""}}, {}]
    made = [mapping.record(decode(mapping.wire, {"id": "e1"} | k), "acme", None) for k in given]
    assert [one.invoices for one in made] == [(Ref("acme", "invoices", "b1"),), (), ()]
    with pytest.raises(PluginError, match="holds no references"):
        FieldMapping(Email, id="id", subject=invoice_id("bill"))


def test_invoices_that_a_touch_names_are_references() -> None:
    """By their ids, each once; an object without one names none."""
    mapping = FieldMapping(Call, id="id", invoices=mentioned("bills", "no"))
    bills = [{"no": "7"}, {"no": None}, {}, {"no": ""}, {"no": "5"}, {"no": "7"}]
    record: Any = mapping.record(decode(mapping.wire, {"id": "c", "bills": bills}), "acme", None)
    assert record.invoices == (Ref("acme", "invoices", "7"), Ref("acme", "invoices", "5"))


@pytest.mark.parametrize("id", ["bill.id", "bills[0].id"])
def test_the_id_of_an_invoice_may_stand_inside_the_object_that_names_it(id: str) -> None:
    """In an object of its own, or in a list."""
    mapping = FieldMapping(Call, id="id", invoices=mentioned("rows", id))
    rows = [{"bill": {"id": 7}, "bills": [{"id": 7}]}, {"bill": None, "bills": []}, {}]
    record: Any = mapping.record(decode(mapping.wire, {"id": "c", "rows": rows}), "acme", None)
    assert record.invoices == (Ref("acme", "invoices", "7"),)


def test_what_no_rule_reads_is_left_over() -> None:
    """The wire class of a mapping claims its keys and no others, at every depth."""
    raw = {"id": "1", "x": 1, "calls": {"out": 1, "in": 2}, "lines": [{"from": "a", "y": 3}]}
    assert leftovers(INVOICE.wire, raw) == {"x": 1, "calls": {"in": 2}, "lines": [{"y": 3}]}


def test_the_wire_class_is_one_that_may_be_declared() -> None:
    """Nothing in it is refused, and only what a required field needs is required."""
    refuse_unfit(INVOICE.wire)
    required = [f.name for f in attrs.fields(INVOICE.wire) if f.default is attrs.NOTHING]
    assert required == ["id"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"nunber": "n"}, "a mapping names 'nunber', which is no field of Invoice.*'number'"),
        ({"connection": "c"}, "names 'connection'"),
        ({"total": "t"}, "Invoice.total holds Money"),
        ({"total": computed(_left, "a", "b")}, "Invoice.total holds Money, which is money"),
        ({"status": "s"}, "Invoice.status holds InvoiceStatus"),
        ({"number": money("n")}, "Invoice.number holds str and no money"),
        ({"number": word("n")}, "Invoice.number holds str and no canonical word"),
        ({"status": word("s", {"a": InvoiceKind.PAYABLE})}, "Invoice.status .* has no "),
        ({"number": constant(5)}, "Invoice.number holds str, which 5 is not"),
        ({"number": computed(_untyped, "n")}, "Invoice.number .* parameters have no types"),
        ({"number": computed(_upper, "n", "m")}, "Invoice.number .* takes fewer"),
        ({"number": nested("n", ADDRESS)}, "Invoice.number holds str, which no nested object"),
        ({"number": mentioned("n")}, "Invoice.number holds no references"),
        ({"lines": each("l", ADDRESS)}, "Invoice.lines holds no list of Address"),
        ({"lines": each("l", LINE)}, r"Invoice.lines .* outer\('currency'\), which has no rule"),
        (
            {"number": "n", "due_at": "n"},
            "Invoice.due_at and number read 'n' as two different "
            r"types, str \| None and datetime.datetime \| None",
        ),
        ({"number": outer("currency")}, "Invoice.number is outer"),
        ({"number": ""}, "Invoice.number is read from ''"),
        ({"number": 5}, "Invoice.number has a int as its rule"),
    ],
)
def test_a_mapping_that_fits_no_object_is_refused(fields: dict[str, Any], said: str) -> None:
    """When it is declared: by the field and its class, with what to do."""
    with pytest.raises(PluginError, match=f"(?s){said}") as error:
        FieldMapping(Invoice, **({"id": "id"} | fields))
    assert error.value.hint


def test_a_key_is_no_value_and_object_at_once() -> None:
    """Both would have to be read."""
    mapping = FieldMapping(Invoice, id="id", number="a", order_number="a.b")
    with pytest.raises(PluginError, match="reads 'a' as a value, and as an object with 'b'"):
        _ = mapping.wire


def test_a_key_that_one_rule_requires_is_required_for_all() -> None:
    """An id may be another field, too; without it there is no record."""
    mapping = FieldMapping(Call, customer_id="Id", id="Id", invoices=invoice_id("Id"))
    call = mapping.record(decode(mapping.wire, {"Id": "7"}), "acme", None)
    assert (call.id, call.customer_id) == ("7", "7")
    assert call.invoices == (Ref("acme", "invoices", "7"),)
    with pytest.raises(BadItem, match=r"\$.Id"):
        decode(mapping.wire, {})


def test_an_address_may_have_keys_of_other_fields() -> None:
    """The object is read once, with all that is asked of it; what nobody reads is left over."""
    mapping = FieldMapping(
        Invoice, id="id", billing_address=nested("to", ADDRESS), billing_email="to.mail"
    )
    raw = {"id": "1", "to": {"town": "Ulm", "country": "de", "mail": "a@b.example", "fax": "1"}}
    wire = decode(mapping.wire, raw)
    invoice = mapping.record(wire, "acme", None)
    assert invoice.billing_address == Address(city="Ulm", country="DE")
    assert invoice.billing_email == "a@b.example"
    assert leftovers(mapping.wire, raw) == {"to": {"fax": "1"}}
    none = mapping.record(decode(mapping.wire, {"id": "1", "to": None}), "acme", None)
    assert (none.billing_address, none.billing_email) == (None, None)


def test_an_address_and_a_field_read_a_key_as_one_type() -> None:
    """As two, it is refused with both."""
    mapping = FieldMapping(
        Invoice, id="id", billing_address=nested("to", ADDRESS), outbound_calls="to.town"
    )
    with pytest.raises(PluginError, match=r"'to.town' as two .* int \| None and str \| None"):
        _ = mapping.wire


def test_a_mapping_may_have_more_or_other_rules_than_another() -> None:
    """The vendor's own word goes with the rule that is for the word now; the other is as it was."""
    base = FieldMapping(Invoice, id="id", status=word("state"), number="no")
    more = base.plus(status=word("phase"), currency="cur")
    wire = {"id": "1", "state": "open", "phase": "paid", "no": "7", "cur": "EUR"}
    bill = more.record(decode(more.wire, wire), "acme", None)
    assert (bill.status, bill.status_raw, bill.number) == (InvoiceStatus.PAID, "paid", "7")
    assert bill.currency == "EUR"
    assert leftovers(more.wire, wire) == {"state": "open"}
    assert [*base.keys] == ["id", "no", "state"]


def test_what_a_mapping_cannot_have_more_is_refused() -> None:
    """By name, as where it is written at once."""
    base = FieldMapping(Invoice, id="id", number="no")
    with pytest.raises(PluginError, match="names 'numbr', which is no field of Invoice"):
        base.plus(numbr="no")
    with pytest.raises(PluginError, match="'no' as two different types"):
        base.plus(due_at="no")


def test_a_record_needs_its_id() -> None:
    """No record is without."""
    with pytest.raises(PluginError, match=r"Invoice.id has no rule"):
        FieldMapping(Invoice, number="number")


def test_a_shape_has_a_mapping_or_a_wire_class() -> None:
    """One of them, not both, and of a record alone."""
    for wrong in (
        {},
        {"mapping": INVOICE, "record": Call},
        {"mapping": LINE},
        {"mapping": INVOICE, "derives": (Callout,)},
        {"mapping": INVOICE, "unless": computed(_upper, "nowhere")},
        {"mapping": INVOICE, "unless": computed(_upper, "due")},
        {"mapping": INVOICE, "unless": computed(lambda due: True, "due")},
    ):
        with pytest.raises(PluginError, match="shape 'bill'") as error:
            Shape(name="bill", path="$", **wrong)  # type: ignore[arg-type]
        assert error.value.hint


def test_a_plugin_whose_shapes_all_have_mappings_needs_no_map_item() -> None:
    """Its items are mapped as declared."""
    shape = Shape(name="bill", mapping=INVOICE, path="$.bills[*]")

    class Acme:
        pass

    acme: Any = Acme()
    source = Source(
        name="acme",
        title="Acme",
        options=attrs.make_class("Options", []),
        resources=(Resource(name="bills", shapes=(shape,)),),
        unsupported=(Call, Callout, Email),
        auth=lambda options: NoAuth(),
    )
    acme.source = plugins.hookspecs.hookimpl(lambda: source)
    acme.fetch = plugins.hookspecs.hookimpl(lambda shard: ())
    plugin = plugins.bind("acme", acme)
    item: Any = SimpleNamespace(shape=shape, wire=decode(INVOICE.wire, {"id": "1"}))
    connection: Any = SimpleNamespace(name="acme", options=None)
    (record,) = plugin.map_item(item, connection)
    assert (type(record), plugin.hooks) == (Invoice, ("fetch", "source"))


# --- what is made of several keys, or of children -------------------------------------------------

PART = FieldMapping(Instalment, currency="cur", amount=money("cents"), due_on="due")
PARTS = FieldMapping(
    Invoice,
    id="id",
    currency=shared("instalments", "currency"),
    total=summed("instalments", "amount"),
    due_on=shared("instalments", "due_on"),
    customer_name=joined("first", "who.last"),
    instalments=each("parts", PART),
)


def _of_parts(*parts: dict[str, Any], **keys: Any) -> Invoice:
    wire = decode(PARTS.wire, {"id": "i1", "parts": list(parts)} | keys)
    return PARTS.record(wire, "acme", None)


def test_an_amount_may_be_the_sum_of_the_childrens() -> None:
    """In their currency, which is the record's where they share it."""
    record = _of_parts({"cur": "EUR", "cents": 1000}, {"cur": "EUR", "cents": 250})
    assert (record.currency, record.total) == ("EUR", Money(Decimal("12.50"), "EUR"))


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [{"cur": "EUR", "cents": 1000}, {"cur": "EUR"}],
        [{"cur": "EUR", "cents": 1000}, {"cur": "USD", "cents": 1}],
        [{"cur": "QQQ", "cents": 1000}],
    ],
    ids=["none", "one without", "two currencies", "an unknown currency"],
)
def test_a_sum_is_known_or_there_is_none(parts: list[dict[str, Any]]) -> None:
    """An amount that is missing, or cannot be added, is not left out of a sum."""
    assert _of_parts(*parts).total is None


def test_a_sum_is_exact_however_long_the_amounts_are() -> None:
    """No digit is rounded away."""
    long = 10**37
    record = _of_parts({"cur": "EUR", "cents": long}, {"cur": "EUR", "cents": 1})
    assert record.total is not None
    assert record.total.amount == Decimal(f"{long + 1}").scaleb(-2, Context(prec=50))


def test_what_all_children_have_in_common() -> None:
    """A day that all of them have is the record's; of two days none is."""
    day = {"due": "2026-03-01"}
    assert _of_parts(day, day).due_on == date(2026, 3, 1)
    assert _of_parts(day, {"due": "2026-04-01"}).due_on is None
    assert _of_parts(day, {}).due_on is None


def test_texts_may_be_joined() -> None:
    """Those that are there, and None where there is none."""
    told = [{"first": "Ada", "who": {"last": "L."}}, {"first": "Ada"}, {"first": ""}, {}]
    assert [_of_parts(**keys).customer_name for keys in told] == ["Ada L.", "Ada", None, None]


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"total": summed("lines", "total")}, "which no `each` fills"),
        ({"total": summed("instalments", "sum")}, "no field of Instalment"),
        ({"due_on": summed("instalments", "due_on")}, "no money"),
        ({"total": shared("instalments", "amount")}, r"summed\(...\)"),
        ({"due_at": shared("instalments", "due_on")}, "'due_on' is not"),
    ],
)
def test_what_is_made_of_no_children_is_refused(rules: dict[str, Any], why: str) -> None:
    """When the plugin is loaded, with the field."""
    with pytest.raises(PluginError, match=why):
        FieldMapping(Invoice, id="id", instalments=each("parts", PART), **rules)


# --- times that are written otherwise, and what is always the same --------------------------------

TIMES = FieldMapping(
    Invoice,
    id="id",
    kind=InvoiceKind.RECEIVABLE,
    overdue=False,
    issued_at=unix("seconds"),
    due_at=unix("dates.ms", per_second=1_000),
    paid_at=parsed(from_rfc2822, "paid"),
    voided_at=local("voided", "Europe/Berlin"),
    created_at=local("made", lambda options: options.timezone),
)


def _timed(**keys: Any) -> Invoice:
    options = SimpleNamespace(timezone="Asia/Tokyo")
    return TIMES.record(decode(TIMES.wire, {"id": "i1"} | keys), "acme", options)


def test_a_word_of_the_model_is_a_constant() -> None:
    """So are True and False: none of them is a key."""
    record = _timed()
    assert (record.kind, record.overdue) == (InvoiceKind.RECEIVABLE, False)
    with pytest.raises(PluginError, match="which <InvoiceStatus"):
        FieldMapping(Invoice, id="id", kind=InvoiceStatus.PAID)


def test_times_may_be_written_otherwise() -> None:
    """In seconds, in milliseconds, as in emails, and in a zone that is known, or set."""
    record = _timed(
        seconds=1772440200,
        dates={"ms": 1772440200000},
        paid="Mon, 02 Mar 2026 08:30:00 +0000",
        voided="2026-03-02 09:30:00",
        made="2026-03-02T17:30:00",
    )
    every = (record.issued_at, record.due_at, record.paid_at, record.voided_at, record.created_at)
    assert set(every) == {datetime(2026, 3, 2, 8, 30, tzinfo=UTC)}
    assert _timed(made="2026-03-02T08:30:00Z").created_at == record.created_at
    assert _timed().issued_at is None


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"seconds": 10**15}, "$.seconds"),
        ({"dates": {"ms": 10**18}}, "$.dates.ms"),
        ({"paid": "soon"}, "$.paid"),
        ({"voided": "soon"}, "$.voided"),
    ],
)
def test_what_is_no_such_time_is_refused_by_its_path(keys: dict[str, Any], path: str) -> None:
    """It is not dropped."""
    with pytest.raises(BadItem) as error:
        _timed(**keys)
    assert error.value.path == path


def test_an_amount_may_be_written_as_text() -> None:
    """`from_digits` reads it, and nothing else that Python would take for a number."""
    total = money(parsed(from_digits, "sum.value"), in_minor=False)
    mapping = FieldMapping(Invoice, id="id", currency="cur", total=total)

    def read(text: str | None) -> Money | None:
        keys = {"id": "i1", "cur": "EUR", "sum": {"value": text}}
        return mapping.record(decode(mapping.wire, keys), "acme", None).total

    assert read("-129.90") == Money(Decimal("-129.90"), "EUR")
    assert (read(""), read(None)) == (None, None)
    for odd in ("1_000", "1,000", "Infinity", "1e3", "\u0661", " 1", "EUR 1"):
        with pytest.raises(BadItem) as error:
            read(odd)
        assert error.value.path == "$.sum.value"
