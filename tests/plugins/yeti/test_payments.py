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
def test_status(mapped, payment, raw, status):
    """Each word has its meaning, and a new one survives."""
    one = mapped(payment(status=raw))
    assert (one.status, one.status_raw) == (status, raw)


def test_what_is_paid_back(mapped, payment):
    """An amount may be negative."""
    assert mapped(payment(amount="-12.25")).amount.amount == Decimal("-12.25")


@pytest.mark.parametrize("value", ["1e3", "", 5, 1.5])
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
