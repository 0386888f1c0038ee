"""Stuut's payments: inside allocations, and by themselves where they are wanted."""

import pytest

DAY, LATER = "2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z"


@pytest.fixture
def paid(invoice):
    """An invoice to which shares of these payments go."""

    def make(*payments, id="inv_1"):
        shares = [
            {"amount": 300, "payment_id": one["id"], "invoice_id": id, "payment": one}
            for one in payments
        ]
        return invoice(id, payments=shares)

    return make


@pytest.fixture
def payments(connect, vendor, page):
    """A project in which these invoices were read, with what `include` names."""

    def sync(*invoices, include=(), exit_code=0):
        vendor.on("/v1/invoices", page(*invoices))
        project = connect(include=list(include))
        assert project.sync().exit_code == exit_code
        return project

    return sync


def test_stuut_6_5_a_payment_in_an_allocation(payments, paid, payment):
    """What stands inside an allocation is a payment of its own, in its own currency."""
    one = payment(
        currency="JPY",
        amount_refunded=100,
        status="pending_match",
        payment_method="ach",
        partner_id="ptn_1",
        reference_number="R-1",
        timestamp=DAY,
    )
    (row,) = payments(paid(one)).rows("payments")
    assert (row["amount"], row["refunded"], row["currency"]) == ("5000", "100", "JPY")
    assert (row["status"], row["status_raw"], row["method"]) == ("pending", "pending_match", "ach")
    assert (row["customer_id"], row["reference"]) == ("ptn_1", "R-1")
    assert row["paid_at"] == "2026-01-01T00:00:00.000000Z"


def test_stuut_3_6_one_payment_for_two_invoices(payments, paid, payment):
    """It is one payment with two shares: its amount is not to be added up per invoice."""
    project = payments(paid(payment(), id="a"), paid(payment(), id="b"))
    assert [row["amount"] for row in project.rows("payments")] == ["50.00"]
    shares = project.rows("payment_allocations", "invoice_id, payment_id, amount, payment_amount")
    assert [tuple(share.values()) for share in shares] == [
        ("a", "pay_1", "3.00", "50.00"),
        ("b", "pay_1", "3.00", "50.00"),
    ]


def test_a_payment_of_which_nothing_is_told(payments, invoice):
    """An allocation names its payment even where it does not show it."""
    share = {"amount": 300, "payment_id": "pay_1", "payment": None}
    project = payments(invoice(payments=[share]))
    assert project.rows("payments") == []
    assert project.rows("payment_allocations", "payment_id") == [{"payment_id": "pay_1"}]


def test_stuut_3_0_a_payment_without_an_id(payments, paid, payment):
    """Nothing is required of it: it is no record of its own; its allocation tells what it says."""
    nameless = paid(payment())
    del nameless["payments"][0]["payment"]["id"]
    project = payments(nameless)
    assert project.rows("rejects") == project.rows("payments") == []
    assert len(project.rows("payment_allocations")) == 1


def test_stuut_7_1_a_payment_with_a_fraction(payments, paid, payment):
    """A fraction in a payment sets aside the payment and the invoice that repeats it."""
    project = payments(paid(payment(amount=0.5)), exit_code=3)
    paths = {row["shape"]: row["json_path"] for row in project.rows("rejects")}
    assert paths == {"invoice.payment": "$.amount", "invoice": "$.payments[0].payment.amount"}


def test_stuut_7_12_payment_words_are_open(payments, paid, payment):
    """A status or method nobody documented is unknown, and its word stays."""
    (row,) = payments(paid(payment(status="matched", payment_method="pigeon"))).rows("payments")
    assert (row["status"], row["status_raw"]) == ("unknown", "matched")
    assert (row["method"], row["method_raw"]) == ("unknown", "pigeon")


def test_stuut_6_5_absent_is_not_zero(payments, paid, payment):
    """Where no refund is told, none is made up."""
    (row,) = payments(paid(payment())).rows("payments")
    assert row["refunded"] is None


# --- by themselves -------------------------------------------------------------------------------


def test_payments_are_asked_per_stored_payment(payments, vendor, paid, payment):
    """No list of payments is documented: each one that was met is asked for by its id."""
    vendor.on("/v1/payments/pay_1", payment(description="Thanks", modified_at=LATER))
    project = payments(paid(payment(modified_at=DAY)), include=["payments"])
    assert [row["description"] for row in project.rows("payments")] == ["Thanks"]


def test_stuut_7_16_the_copy_modified_last_wins(payments, vendor, paid, payment):
    """A copy in an invoice that is newer than the payment by itself has the word."""
    vendor.on("/v1/payments/pay_1", payment(status="pending_match", modified_at=DAY))
    inside = payment(status="failed", modified_at=LATER)
    project = payments(paid(inside), include=["payments"])
    assert [row["status"] for row in project.rows("payments")] == ["failed"]


@pytest.mark.parametrize(
    ("fields", "asked_again"),
    [
        ({"status": "settled"}, False),
        ({"status": "refunded", "modified_at": DAY}, False),
        ({"status": "failed", "modified_at": "2999-01-01T00:00:00Z"}, True),
        ({"status": "pending_match"}, True),
        ({"status": "matched"}, True),
        ({}, True),
    ],
)
def test_payments_that_came_to_their_end_are_not_asked_again(
    payments, vendor, paid, payment, fields, asked_again
):
    """Settled, failed, refunded or cancelled: only what changed since is asked again."""
    one = payment(**fields)
    vendor.on("/v1/payments/pay_1", one)
    project = payments(paid(one), include=["payments"])
    vendor.asked.clear()
    project.sync()
    assert ("/v1/payments/pay_1" in {asked.path for asked in vendor.asked}) is asked_again


def test_stuut_3_10_what_a_payment_must_not_show(payments, vendor, paid, payment):
    """The partner in its bank transaction repeats the integration: that is cut."""
    partner = {"id": "ptn_1", "linked_integration": {"settings": "canary-value"}}
    alone = payment(bank_transaction={"partner": partner}, modified_at=LATER)
    vendor.on("/v1/payments/pay_1", alone)
    project = payments(paid(payment()), include=["payments"])
    assert not any(b"canary-value" in kept for kept in project.everything())
