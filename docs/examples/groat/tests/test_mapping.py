"""What the objects of Groat mean, object by object."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from duetrail.errors import BadItem
from duetrail.model import InvoiceStatus, Money, Record, Ref
from duetrail.source import Connection, Item, Page
from duetrail.wire import decode

from duetrail_groat import map_item, source


def mapped(shape: str, **sample: Any) -> Any:
    """The record that an object of this shape becomes; fields the sample leaves out are missing."""
    declared = source()
    connection = Connection(name="mine", source=declared, base_url="", options=None)
    shapes = {one.name: one for resource in declared.resources for one in resource.shapes}
    raw = {"id": "1", **sample}
    item = Item(
        shape=shapes[shape],
        wire=decode(shapes[shape].wire, raw),
        id="1",
        path="$",
        page=Page(url="", status=200, headers={}, body=b"", data=raw),
    )
    records: list[Record] = list(map_item(item, connection))
    assert len(records) == 1
    return records[0]


@pytest.mark.parametrize(
    ("currency", "amount"), [("usd", "1299.00"), ("jpy", "129900"), ("kwd", "129.900")]
)
def test_a_minor_unit_is_that_of_the_currency(currency: str, amount: str) -> None:
    """129900 is another amount in cents, in yen and in fils."""
    assert str(mapped("invoice", currency=currency, total=129900).total.amount) == amount


def test_an_amount_in_an_unknown_currency_is_not_guessed() -> None:
    """Without its exponent an amount stays in minor units."""
    assert mapped("invoice", currency="xts", total=100).total == Money(None, "XTS", Decimal(100))


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
    invoice = mapped("invoice", status=word)
    assert (invoice.status, invoice.status_raw) == (status, word)


def test_a_time_is_in_seconds_since_1970() -> None:
    """A Unix time is an instant in UTC."""
    due = mapped("invoice", due_date=1777453200).due_at
    assert due == datetime(2026, 4, 29, 9, 0, tzinfo=UTC)


def test_a_time_in_milliseconds_is_set_aside() -> None:
    """What cannot be seconds becomes a reject that says where."""
    with pytest.raises(BadItem) as refused:
        mapped("invoice", created=1777453200000)
    assert refused.value.path == "$.created"


def test_lines_that_were_left_out_are_told() -> None:
    """An invoice with more lines than are shown says so, and one that does not tell is open."""
    assert mapped("invoice", lines={"data": [], "has_more": True}).lines_complete is False
    assert mapped("invoice", lines={"data": [], "has_more": False}).lines_complete is True
    assert mapped("invoice").lines_complete is None


def test_an_email_names_its_invoice() -> None:
    """The link is the vendor's own word."""
    assert mapped("email", invoice="in_1").invoices == (Ref("mine", "invoices", "in_1"),)


def test_an_invoice_without_anything_is_an_invoice() -> None:
    """What the vendor leaves out is None, and nothing is guessed."""
    invoice = mapped("invoice")
    assert (invoice.status, invoice.total, invoice.customer_name) == (None, None, None)
