"""Stripe's objects as records: each trap of its units, words, times and addresses."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from duetrail.model import InvoiceKind, InvoiceStatus, PaymentStatus
from support.scripted import Project

FIXTURES = Path(__file__).parent / "openapi/fixtures3.json"
EXAMPLES = json.loads(FIXTURES.read_text())["resources"]

Mapped = Callable[..., Any]


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that maps and never asks anybody."""
    project = Project(tmp_path_factory.mktemp("offline"))
    return project.connect("stripe", token=None, key="env:STRIPE_API_KEY")


@pytest.fixture
def mapped(offline: Project) -> Mapped:
    """The record of one object, Stripe's example with changes; a reject is an error here."""

    def map_(resource: str, **changes: Any) -> Any:
        row = {**EXAMPLES[resource.removesuffix("s")], **changes}
        batch = offline.map("stripe", resource, {"data": [row], "has_more": False})
        assert batch.rejected == ()
        (one,) = batch.mapped
        return next(one.with_extra())

    return map_


@pytest.mark.parametrize(
    ("currency", "value", "amount"),
    [
        ("usd", 1050, "10.50"),
        ("jpy", 500, "500"),
        ("kwd", 1234, "1.234"),
        ("isk", 120000, "1200.00"),  # ISO 4217 has no hundredths of it
        ("ugx", 5, "0.05"),  # nor of this
        ("mga", 77, "77"),  # ISO 4217 has hundredths
    ],
)
def test_amounts_are_in_the_unit_that_stripe_counts(
    mapped: Mapped, currency: str, value: int, amount: str
) -> None:
    """The same number is another amount in another currency."""
    invoice = mapped("invoices", currency=currency, total=value)
    assert (invoice.total.amount, invoice.currency) == (Decimal(amount), currency.upper())


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("draft", InvoiceStatus.DRAFT),
        ("open", InvoiceStatus.OPEN),
        ("paid", InvoiceStatus.PAID),
        ("void", InvoiceStatus.VOID),
        ("uncollectible", InvoiceStatus.WRITTEN_OFF),
        ("frozen", InvoiceStatus.UNKNOWN),
        (None, None),
    ],
)
def test_where_an_invoice_stands(
    mapped: Mapped, word: str | None, status: InvoiceStatus | None
) -> None:
    """In the model's words, with Stripe's beside them."""
    invoice = mapped("invoices", status=word)
    assert (invoice.status, invoice.status_raw) == (status, word)


def test_both_amounts_of_credit_notes_are_taken_off(mapped: Mapped) -> None:
    """What was credited before the invoice was paid, and after it."""
    invoice = mapped(
        "invoices", pre_payment_credit_notes_amount=100, post_payment_credit_notes_amount=25
    )
    assert invoice.amount_credited.amount == Decimal("1.25")


def test_a_credit_note_names_the_invoice_it_corrects(mapped: Mapped) -> None:
    """It is an invoice of a kind of its own, with an amount that is not below zero."""
    note = mapped("credit_notes")
    assert note.kind is InvoiceKind.CREDIT_NOTE
    assert (note.status, note.status_raw) == (InvoiceStatus.PAID, "issued")  # none of it is left
    assert note.original_invoice_id == EXAMPLES["credit_note"]["invoice"]
    assert note.total.amount == Decimal("16.90")


@pytest.mark.parametrize(
    ("word", "captured", "back", "status"),
    [
        ("succeeded", True, 0, PaymentStatus.SETTLED),
        ("succeeded", True, 100, PaymentStatus.SETTLED),
        ("succeeded", False, 0, PaymentStatus.PENDING),
        ("succeeded", False, None, PaymentStatus.PENDING),
        ("succeeded", False, 100, PaymentStatus.SETTLED),
        ("failed", False, 0, PaymentStatus.FAILED),
        ("succeeded", None, 0, PaymentStatus.SETTLED),
        (None, False, 0, None),
    ],
)
def test_a_charge_that_is_not_captured_is_pending(
    mapped: Mapped, word: str, captured: bool | None, back: int | None, status: PaymentStatus | None
) -> None:
    """Stripe says that it succeeded. One that was given up, or ran out, is settled and refunded."""
    charge = mapped("charges", status=word, captured=captured, amount=100, amount_refunded=back)
    assert (charge.status, charge.status_raw) == (status, word)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("lost", PaymentStatus.SETTLED),
        ("won", PaymentStatus.CANCELLED),
        ("under_review", PaymentStatus.PENDING),
        ("warning_needs_response", PaymentStatus.PENDING),
        ("warning_closed", PaymentStatus.CANCELLED),
        ("appealed", PaymentStatus.UNKNOWN),
    ],
)
def test_a_dispute_takes_a_payment_back_when_it_is_lost(
    mapped: Mapped, word: str, status: PaymentStatus
) -> None:
    """It names the charge, and is settled only when the bank has decided so."""
    dispute = mapped("disputes", status=word)
    assert (dispute.status, dispute.status_raw) == (status, word)
    assert dispute.refund_of_id == EXAMPLES["dispute"]["charge"]


@pytest.mark.parametrize("resource", ["refunds", "disputes"])
def test_what_is_paid_back_is_negative(mapped: Mapped, resource: str) -> None:
    """Stripe writes it as a positive amount, and beside it only the name of the charge."""
    paid_back = mapped(resource, currency="usd", amount=1050)
    assert paid_back.amount.amount == Decimal("-10.50")


def test_times_are_unix_times(mapped: Mapped) -> None:
    """A due time stays a time: no day is made of it."""
    invoice = mapped("invoices", due_date=1_767_225_600)
    assert invoice.due_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert invoice.due_on is None


def test_an_address_of_nothing_is_none(mapped: Mapped) -> None:
    """Stripe writes an address with six nulls where it has none."""
    assert mapped("customers").billing_address is None
    known = mapped("customers", address={"country": "IS"})
    assert known.billing_address.country == "IS"


def test_more_lines_than_are_shown_are_told(mapped: Mapped) -> None:
    """Stripe shows the first ten."""
    lines = {**EXAMPLES["invoice"]["lines"], "has_more": True}
    assert mapped("invoices", lines=lines).lines_complete is False
    assert mapped("invoices").lines_complete is True
