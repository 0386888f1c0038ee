"""What the objects of Groat mean, object by object."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from duetrail import testing
from duetrail.errors import BadItem
from duetrail.model import InvoiceStatus, Money, Ref

from duetrail_groat.mapping import EMAIL, INVOICE


def mapped(mapping: Any, **sample: Any) -> Any:
    """The record that an object becomes; fields the sample leaves out are missing."""
    return testing.mapped(mapping, {"id": "1", **sample})


@pytest.mark.parametrize(
    ("currency", "amount"), [("usd", "1299.00"), ("jpy", "129900"), ("kwd", "129.900")]
)
def test_a_minor_unit_is_that_of_the_currency(currency: str, amount: str) -> None:
    """129900 is another amount in cents, in yen and in fils."""
    assert str(mapped(INVOICE, currency=currency, total=129900).total.amount) == amount


def test_an_amount_in_an_unknown_currency_is_not_guessed() -> None:
    """Without its exponent an amount stays in minor units."""
    assert mapped(INVOICE, currency="xts", total=100).total == Money(None, "XTS", Decimal(100))


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("draft", InvoiceStatus.DRAFT),
        ("open", InvoiceStatus.OPEN),
        ("paid", InvoiceStatus.PAID),
        ("void", InvoiceStatus.VOID),
        ("uncollectible", InvoiceStatus.WRITTEN_OFF),
        ("new word", InvoiceStatus.UNKNOWN),
    ],
)
def test_the_vendors_words_are_kept(word: str, status: InvoiceStatus) -> None:
    """Each word becomes a canonical one, and stays beside it."""
    invoice = mapped(INVOICE, status=word)
    assert (invoice.status, invoice.status_raw) == (status, word)


def test_a_time_is_in_seconds_since_1970() -> None:
    """A Unix time is an instant in UTC."""
    due = mapped(INVOICE, due_date=1777453200).due_at
    assert due == datetime(2026, 4, 29, 9, 0, tzinfo=UTC)


def test_a_time_in_milliseconds_is_set_aside() -> None:
    """What cannot be seconds becomes a reject that says where."""
    with pytest.raises(BadItem) as refused:
        mapped(INVOICE, created=1777453200000)
    assert refused.value.path == "$.created"


def test_lines_that_were_left_out_are_told() -> None:
    """An invoice with more lines than are shown says so, and one that does not tell is open."""
    assert mapped(INVOICE, lines={"data": [], "has_more": True}).lines_complete is False
    assert mapped(INVOICE, lines={"data": [], "has_more": False}).lines_complete is True
    assert mapped(INVOICE).lines_complete is None


def test_an_email_names_its_invoice() -> None:
    """The link is the vendor's own word."""
    assert mapped(EMAIL, invoice="in_1").invoices == (Ref("mine", "invoices", "in_1"),)


def test_an_invoice_without_anything_is_an_invoice() -> None:
    """What the vendor leaves out is None, and nothing is guessed."""
    invoice = mapped(INVOICE)
    assert (invoice.status, invoice.total, invoice.customer_name) == (None, None, None)
