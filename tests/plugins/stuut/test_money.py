"""Stuut's amounts: JSON numbers in minor units, exact, and never more certain than they are."""

from decimal import Decimal

import pytest

from duetrail.model import Money


def test_stuut_7_1_minor_units(mapped, invoice):
    """An amount is divided by what the currency divides into."""
    one = mapped(invoice(total_amount=123456, currency="USD"))
    assert one.total == Money(Decimal("1234.56"), "USD")


@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", "1000"), ("KWD", "1.000"), ("ADP", "1000"), ("EUR", "10.00")]
)
def test_stuut_7_1_every_currency_has_its_own_exponent(mapped, invoice, currency, amount):
    """Yen have no decimals, dinars have three, pesetas of Andorra had none."""
    one = mapped(invoice(total_amount=1000, currency=currency))
    assert str(one.total.amount) == amount


def test_stuut_7_1_a_fraction_of_a_cent_is_a_reject(stuut, vendor, invoice, page):
    """A fraction contradicts minor units: the invoice is set aside whole, the others land."""
    vendor.on("/v1/invoices", page(invoice("a", total_amount=10.5), invoice("b")))
    result = stuut.run("sync")
    assert result.exit_code == 3
    assert [row["id"] for row in stuut.rows("invoices")] == ["b"]
    (reject,) = stuut.rows("rejects")
    assert (reject["item"], reject["path"]) == ("a", "$.data[0]")
    assert "fraction" in reject["reason"]
    assert '"total_amount":10.5' in reject["raw"]


@pytest.mark.parametrize("field", ["total_amount", "amount_due", "amount_paid", "total_tax"])
def test_a_reject_names_the_amount(rejected, invoice, field):
    """The path of a reject leads to the amount that is wrong."""
    assert rejected(invoice(**{field: 0.5})).json_path == f"$.{field}"


@pytest.mark.parametrize("where", ["line_items", "payments"])
def test_stuut_7_1_a_fraction_inside_an_invoice(rejected, invoice, where):
    """A line or a payment with a fraction sets its invoice aside, too."""
    part = {"unit_amount": 0.5, "amount": 0.5, "invoice_id": "inv_1", "currency": "USD"}
    assert "fraction" in rejected(invoice(**{where: [part]})).reason


def test_stuut_7_1_a_point_without_a_fraction(mapped, invoice):
    """1000.0 and 1e3 are 1000."""
    one = mapped(invoice(total_amount=1000.0, amount_due=1e3))
    assert (one.total.amount, one.amount_due.amount) == (10, 10)


def test_stuut_7_1_exact_at_any_size(mapped, invoice):
    """More digits than a float holds stay as they are."""
    one = mapped(invoice(total_amount=90071992547409931))
    assert str(one.total.amount) == "900719925474099.31"


def test_stuut_7_1_major_units_where_the_user_says_so(connect, page, invoice):
    """With `amounts = "major"` numbers are whole units, and fractions belong there."""
    project = connect(amounts="major")
    data = page(invoice(total_amount=10.25, amount_due=1000, currency="USD"))
    (mapped,) = project.map("stuut", "invoices", data).mapped
    assert str(mapped.records[0].total.amount) == "10.25"
    assert str(mapped.records[0].amount_due.amount) == "1000"


@pytest.mark.parametrize("value", ["1000", True, {"value": 1000}, [1000]])
def test_an_amount_is_a_number(rejected, invoice, value):
    """Text, flags and objects are no amounts, and the reject says where they stand."""
    reject = rejected(invoice(total_amount=value))
    assert reject.json_path == "$.total_amount"
    assert "a number" in reject.reason


@pytest.mark.parametrize("currency", ["ZZZ", "bitcoin", None])
def test_unknown_currency_keeps_minor(stuut, vendor, invoice, page, currency):
    """Where nobody knows the exponent, the minor units are kept and no amount is made up."""
    vendor.on("/v1/invoices", page(invoice(total_amount=1000, currency=currency)))
    stuut.sync()
    (row,) = stuut.rows("invoices", "currency, total, total_minor")
    assert row == {"currency": currency, "total": None, "total_minor": "1000"}


def test_stuut_7_11_negative_amounts(mapped, invoice):
    """A credit may be a negative invoice: nothing is clamped."""
    one = mapped(invoice(total_amount=-5000, amount_due=-5000, amount_paid=0))
    assert (one.total.amount, one.amount_remaining.amount) == (-50, -50)


def test_a_currency_of_its_own(mapped, invoice):
    """A line and a payment keep their own currency; a share is in the invoice's."""
    payment = {"id": "p", "amount": 500, "currency": "JPY"}
    share = {"amount": 300, "invoice_id": "inv_1", "payment_id": "p", "payment": payment}
    line = {"invoice_id": "inv_1", "remote_id": "l", "currency": "EUR", "total_amount": 250}
    one = mapped(invoice(currency="USD", payments=[share], line_items=[line]))
    assert one.lines[0].total == Money(Decimal("2.50"), "EUR")
    assert one.allocations[0].amount == Money(Decimal("3.00"), "USD")
    assert one.allocations[0].payment_amount == Money(Decimal(500), "JPY")


@pytest.mark.parametrize(
    ("due", "paid", "total", "left"),
    [
        (1000, 300, 1000, 700),  # due is the total: it was not reduced by what was paid
        (1000, 1000, 1000, 0),
        (1000, 1200, 1000, -200),  # paid too much
        (700, 300, 1000, 700),  # due and paid make the total: it was
        (0, 1000, 1000, 0),
        (1000, 0, 1000, 1000),  # nothing paid: the same either way
        (800, 0, 1000, 800),
        (1000, 0, None, 1000),
        (600, 300, 1000, None),  # fits neither
        (1000, 300, None, None),
        (1000, -300, 1000, None),
        (1000, None, 1000, None),  # absent is not zero
        (None, 300, 1000, None),
        (None, 0, 1000, None),
    ],
)
def test_stuut_7_2_what_remains(mapped, invoice, due, paid, total, left):
    """What remains is said where the fields leave no doubt, and nowhere else."""
    one = mapped(invoice(amount_due=due, amount_paid=paid, total_amount=total))
    assert one.amount_remaining == Money.from_minor(left, "USD")
    assert one.amount_due == Money.from_minor(due, "USD")


def test_stuut_7_3_what_a_later_generation_calls_pending(mapped, offline, page, invoice):
    """`pending_amount_remaining`, of v2, is kept beside the record and has no say in it."""
    fields = {"amount_paid": 0, "pending_amount_remaining": "7.00", "amount_remaining": "8.00"}
    assert mapped(invoice(**fields)).amount_remaining == Money(Decimal("10.00"), "USD")
    (one,) = offline.map("stuut", "invoices", page(invoice(**fields))).mapped
    extra = next(one.with_extra()).extra
    assert (extra["pending_amount_remaining"], extra["amount_remaining"]) == ("7.00", "8.00")


def test_stuut_6_1_absent_is_not_zero(mapped, invoice):
    """What was not sent is not known."""
    one = mapped(invoice())
    assert (one.amount_paid, one.tax, one.discount, one.subtotal) == (None, None, None, None)
