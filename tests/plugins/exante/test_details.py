"""Exante's invoices alone: what only they show, and why they do not overrule the list."""

from decimal import Decimal

import pytest

from duetrail.model import Money


@pytest.fixture
def alone(exante, detail, key):
    """The record of one detail, without a request; a reject is an error here."""

    def map_(**fields):
        batch = exante.map("exante", "details", detail(**fields), key())
        assert batch.rejected == ()
        (one,) = [record for mapped in batch.mapped for record in mapped.with_extra()]
        return one

    return map_


@pytest.fixture
def shown(connect, scripted, vendor, uid, detail):
    """A project that reads details, and what it is shown: a list row, a header and a detail."""
    project = connect(include=["details"])

    def script(**fields):
        scripted()
        vendor.on(f"/api/invoices/{uid(1)}", detail(**fields))
        return project

    return script


def test_read_only_where_they_are_named(exante, scripted, vendor, uid, detail):
    """A request per invoice more is not made unasked."""
    scripted()
    vendor.on(f"/api/invoices/{uid(1)}", detail())
    exante.sync()
    assert f"/api/invoices/{uid(1)}" not in [one.path for one in vendor.asked]
    exante.sync(select=["details"])
    assert f"/api/invoices/{uid(1)}" in [one.path for one in vendor.asked]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("ACCOUNTS_RECEIVABLE", "receivable"),
        ("accounts_payable", "payable"),
        ("PRO_FORMA", "unknown"),
        (None, None),
    ],
)
def test_exante_t12_who_owes_whom(alone, word, kind):
    """The type is known by its word in either case; another is unknown and stays as written."""
    one = alone(invoice_type=word)
    assert (one.kind, one.kind_raw) == (kind, word)


def test_the_link(alone):
    """Where the invoice can be seen; that it can be paid there is nowhere said."""
    one = alone(invoice_link="https://pay.example/i/1")
    assert (one.document_url, one.payment_url) == ("https://pay.example/i/1", None)


def test_exante_t11_its_amounts_are_in_its_currency(alone):
    """Alone, it is an invoice with amounts."""
    one = alone(currency="KWD", total_cents=12345)
    assert (one.currency, one.total) == ("KWD", Money(Decimal("12.345"), "KWD"))


def test_the_customer(alone, uid):
    """The client where it is shown, else the target party; where they differ, both are kept."""
    client = {"client": {"uid": uid(7), "name": "Acme"}}
    assert alone(target_party_uid=uid(8)).customer_id == uid(8)
    both = alone(target_party_uid=uid(8), parties=client)
    assert (both.customer_id, both.extra) == (uid(7), {"target_party_uid": uid(8)})
    assert alone(target_party_uid=uid(7), parties=client).extra == {}


def test_lines_show_what_was_sold_and_what_was_taken_off(alone, uid):
    """What was sold and what was taken off, in the order shown; quantities may have fractions."""
    sold = {"uid": uid(21), "context_type": "PRODUCT", "context_name": "Hours", "currency": "EUR"}
    sold |= {"quantity": 1.5, "unit_price": 1000, "line_total": 1500, "invoice_uid": uid(1)}
    less = {"uid": uid(22), "context_type": "DISCOUNT", "line_total": -500}
    one = alone(currency="USD", line_items=[sold, less])
    first, second = one.lines
    assert (first.id, first.name, first.product_type) == (uid(21), "Hours", "PRODUCT")
    assert first.quantity == Decimal("1.5")
    assert (second.product_type, second.unit_price) == ("DISCOUNT", None)
    assert one.extra["line_items"][0] == {"invoice_uid": uid(1)}
    assert one.lines_complete is None


def test_exante_t10_prices_are_in_minor_units(alone):
    """`unit_price` and `line_total` are cents, though not named so; a line has its own currency."""
    lines = [{"currency": "JPY", "unit_price": 250, "line_total": 500}, {"line_total": 500}]
    first, second = alone(currency="USD", line_items=lines).lines
    assert (first.unit_price, first.total) == (
        Money(Decimal(250), "JPY"),
        Money(Decimal(500), "JPY"),
    )
    assert second.total == Money(Decimal("5.00"), "USD")


@pytest.mark.parametrize("value", ["1000", True, 10.5])
def test_exante_t10_a_price_is_a_whole_number(exante, detail, key, value):
    """Text, flags and fractions are no cents, and the reject says where they stand."""
    data = detail(line_items=[{"unit_price": 1}, {"unit_price": value}])
    (reject,) = exante.map("exante", "details", data, key()).rejected
    assert reject.json_path == "$.line_items[1].unit_price"


@pytest.mark.parametrize("lines", [None, [], "absent"])
def test_exante_t14_no_lines(alone, lines):
    """Null, empty and absent are the same: none are known."""
    assert alone(**({} if lines == "absent" else {"line_items": lines})).lines == ()


def test_what_has_no_home(alone):
    """Fields of the organization's own and the like come back as received."""
    fields = [{"key": "po", "value": {"type": "str", "value": "PO-1"}}]
    one = alone(invoice_fields=fields, has_comments=True, age=5)
    assert one.extra == {"invoice_fields": fields, "has_comments": True, "age": 5}


def test_it_adds_to_the_list(shown, exante_invoice):
    """Kind, link and lines come from the detail, all else from the list and its header."""
    shown(invoice_type="ACCOUNTS_RECEIVABLE", line_items=[{"line_total": 500}]).sync()
    row = exante_invoice("kind, status, currency, number")
    assert row == {"kind": "receivable", "status": "open", "currency": "USD", "number": "INV-1"}


@pytest.fixture
def exante_invoice(project):
    """Columns of the one stored invoice."""

    def read(columns):
        (row,) = project.rows("invoices", columns)
        return row

    return read


def test_an_old_detail_does_not_overrule_the_list(shown, vendor, page, invoice, exante_invoice):
    """Read once and not again: the list row of a later day is what counts."""
    project = shown(status="sent", amount_due_cents=5000, invoice_type="ACCOUNTS_RECEIVABLE")
    project.sync()
    project.config.write_text(project.config.read_text().replace('include = ["details"]', ""))
    vendor.on("/api/invoices", page(invoice(status="paid", amount_due_cents=0)))
    project.sync()
    row = exante_invoice("status, amount_due, kind")
    assert row == {"status": "paid", "amount_due": "0.00", "kind": "receivable"}


def test_exante_t11_an_old_detail_does_not_overrule_the_header(
    shown, vendor, timeline, timeline_of, page, invoice, exante_invoice
):
    """A wrong currency is worse than none: the timeline, read more often, has the word on it."""
    project = shown(currency="EUR")
    vendor.on("/api/invoices", page(invoice(total_cents=500)))
    vendor.on(timeline_of(1), timeline(currency="JPY"))
    project.sync()
    assert exante_invoice("currency, total") == {"currency": "JPY", "total": "500"}


def test_exante_t11_without_a_timeline_the_detail_has_the_currency(
    shown, vendor, reply, timeline_of, page, invoice, exante_invoice
):
    """A key that may read invoices and no outreach has amounts all the same."""
    project = shown(currency="EUR")
    vendor.on("/api/invoices", page(invoice(total_cents=500)))
    vendor.on(timeline_of(1), reply({"error": "Forbidden"}, 403))
    project.sync()
    assert exante_invoice("currency, total") == {"currency": "EUR", "total": "5.00"}


def test_exante_4_ages_are_no_change(shown):
    """`age` and `overdue_days` grow by themselves: nothing is written for that."""
    shown(age=31, overdue_days=1).sync()
    assert shown(age=32, overdue_days=2).sync().written == 0


def test_read_without_a_store(connect, vendor, uid, detail):
    """One invoice by its uid: typed, whole, in its currency."""
    vendor.on(f"/api/invoices/{uid(1)}", detail(currency="EUR", total_cents=500))
    (one,) = connect().read("exante", "details", keys=[uid(1)])
    assert (one.number, one.total) == ("INV-1", Money(Decimal("5.00"), "EUR"))


@pytest.mark.parametrize("data", [{"uid": "00000000-0000-4000-8000-000000000002"}, {}, None])
def test_exante_t15_another_invoice(shown, vendor, uid, ran, data):
    """An answer about another invoice, or about none, fails."""
    shown()
    vendor.on(f"/api/invoices/{uid(1)}", {"status": "success", "data": data})
    assert ran()["details"].state == "failed"


def test_exante_t6_404_is_an_unknown_key(shown, vendor, uid, reply, ran, project):
    """Deleted, or another organization's: noted, and nothing is removed."""
    shown().sync()
    vendor.on(f"/api/invoices/{uid(1)}", reply({"error": "Invoice not found"}, 404))
    details = ran()["details"]
    assert (details.unknown_keys, details.absent) == (1, 0)
    assert project.rows("invoices", "absent_since") == [{"absent_since": None}]


def test_exante_t5_no_organization_where_none_is_documented(connect, scripted, vendor, uid, detail):
    """The detail is asked for by its uid alone."""
    scripted()
    vendor.on(f"/api/invoices/{uid(1)}", detail())
    connect(organization_uid=uid(9), include=["details"]).sync()
    asked = {one.path: one.query for one in vendor.asked}
    assert asked[f"/api/invoices/{uid(1)}"] == {}


def test_exante_t17_presigned_links_are_never_stored(shown, project):
    """A link that opens a file for whoever has it is cut here as well."""
    shown(attachments=[{"presigned_url": "https://files.example/canary"}]).sync()
    assert not any(b"canary" in kept for kept in project.everything())


def test_exante_t17_links_are_not_followed(shown, vendor):
    """A link of an answer is kept, and nobody is sent there."""
    shown(invoice_link=f"{vendor.url}/api/invoices/trap").sync()
    assert not any("trap" in one.target for one in vendor.asked)
