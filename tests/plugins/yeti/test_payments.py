"""Yeti's payments: they fill the balance of an account, and name no invoice."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from duetrail.model import Money


def test_a_payment(mapped, payment, account):
    """What is shown has its place; nobody says when the money came."""
    one = mapped(
        payment(
            "pay-1",
            amount="250.5",
            currency="USD",
            status="completed",
            type_name="manual",
            notes="bank transfer",
            created_at="2026-03-01T10:00:00.123+01:00",
            balance_before_payment="-3.2",
        ),
        account(),
    )
    assert (one.table, one.id, one.customer_id) == ("payments", "pay-1", "acc-1")
    assert (one.amount, one.currency) == (Money(Decimal("250.5"), "USD"), "USD")
    assert (one.method, one.method_raw) == ("unknown", "manual")
    assert one.description == "bank transfer"
    assert one.created_at == datetime(2026, 3, 1, 9, 0, 0, 123000, tzinfo=UTC)
    assert (one.paid_at, one.refunded, one.reference) == (None, None, None)
    assert one.extra["attributes"] == {"balance-before-payment": "-3.2"}


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("completed", "settled"),
        ("pending", "pending"),
        ("canceled", "cancelled"),
        ("rolled_back", "unknown"),
        (None, None),
    ],
)
def test_each_status_has_its_meaning_and_a_new_one_survives(mapped, payment, raw, status):
    """Each word has its meaning, and a new one survives."""
    one = mapped(payment(status=raw))
    assert (one.status, one.status_raw) == (status, raw)


def test_what_is_paid_back(mapped, payment):
    """An amount may be negative."""
    assert mapped(payment(amount="-12.25")).amount.amount == Decimal("-12.25")


@pytest.mark.parametrize("value", ["1e3", "", 5, 1.5, "9" * 39])
def test_what_is_no_amount(rejected, payment, value):
    """What is no text in plain decimal notation sets the payment aside, with the path."""
    assert rejected(payment(amount=value)).json_path == "$.attributes.amount"


@pytest.mark.parametrize(
    ("own", "of_account", "currency"),
    [("USD", "EUR", "USD"), (None, "EUR", "EUR"), (None, None, "CHF")],
)
def test_yeti_7_12_old_releases_show_no_currency(
    connect, switch, payment, account, words, own, of_account, currency
):
    """The payment's own counts, else the account's, else the configured one."""
    row = payment(amount="1.0", created_at="2026-06-01T00:00:00.000Z", currency=own)
    switch.shows("payments", row, included=[account(currency=of_account)])
    project = connect(token=words.token, currency="CHF")
    assert project.sync(select=["payments"]).exit_code == 0
    assert [row["currency"] for row in project.rows("payments")] == [currency]


def test_yeti_7_5_the_account_may_be_gone(mapped, payment):
    """A payment of a deleted account has no customer."""
    one = mapped(payment(account=None, amount="1.0"))
    assert (one.customer_id, one.currency) == (None, None)


@pytest.mark.parametrize("attributes", [None, {}])
def test_yeti_7_12_attributes_may_be_hidden(mapped, payment, attributes):
    """What is left is a record."""
    one = mapped(payment("p") | {"attributes": attributes})
    assert (one.id, one.amount, one.status, one.created_at) == ("p", None, None, None)


def test_a_status_that_changes(yeti, switch, payment):
    """A payment that is decided is written again by an ordinary run."""
    for status in ("pending", "completed"):
        switch.shows("payments", payment(created_at="2026-06-01T00:00:00.000Z", status=status))
        yeti.sync(select=["payments"], now=datetime(2026, 6, 30, tzinfo=UTC))
    assert [row["status"] for row in yeti.rows("payments")] == ["settled"]


AT = "2026-06-01T00:00:00.000Z"


@pytest.fixture
def read(connect, words, switch):
    """Read payments in pages of this size; the state of it, and which arrived."""

    def read(size, rows, **how):
        switch.shows("payments", *rows, restless=True, **how)
        project = connect(token=words.token, page_size=size)
        (resource,) = project.sync(select=["payments"]).resources
        return resource, {row["id"] for row in project.rows("payments")}

    return read


@pytest.mark.parametrize("size", [1, 10, 37, 100])
def test_yeti_c2_payments_of_one_time_are_all_read(read, payment, size):
    """A batch was booked at one time: numbered pages have to tell its payments apart."""
    rows = [payment(f"{n}", amount=f"{n // 2}.5", notes=f"{n}", created_at=AT) for n in range(160)]
    rows += [payment(f"o{n}", amount="1.0", created_at=f"2026-05-{n:02}T00:00:00Z") for n in (1, 2)]
    resource, ids = read(size, rows)
    assert resource.state == "complete"
    assert ids == {row["id"] for row in rows}


@pytest.mark.parametrize("notes", [None, "transfer"])
def test_yeti_c2_payments_that_are_all_alike(read, switch, payment, notes):
    """The same amount at the same time, many times: they are met on one page of a thousand."""
    rows = [payment(f"{n}", amount="5.0", notes=notes, created_at=AT) for n in range(160)]
    resource, ids = read(10, rows)
    assert (resource.state, len(ids)) == ("complete", 160)
    assert switch.asked_for("payments")[-1]["page[number]"] == "1"


def test_yeti_c2_more_of_them_than_fit_on_a_page(read, payment):
    """Where no question may show them all, what is called complete is."""
    rows = [payment(f"{n}", amount="5.0", created_at=AT) for n in range(1300)]
    resource, ids = read(400, rows)
    assert (resource.state == "complete") is (len(ids) == 1300)


def test_other_lists_are_not_walked_in_larger_pages(connect, switch, invoice, words):
    """Yeti loads the PDFs of a page of invoices, and they have an id to be ordered by."""
    switch.shows("invoices", invoice("a"), counted=5)
    (resource,) = connect(token=words.token).sync(select=["invoices"]).resources
    assert resource.state == "incomplete"
    assert max(int(one.query["page[size]"][0]) for one in switch.asked) == 100
