"""Metrics of what is owed to customers: credits, credit notes, and cash that is not applied."""

from datetime import date
from decimal import Decimal
from typing import Any

from attrs import evolve

from duetrail.model import (
    CreditAllocation,
    InvoiceKind,
    InvoiceStatus,
    Payment,
    PaymentAllocation,
    PaymentStatus,
)
from duetrail.stores import Store
from support.books import amount, ask, column, fill, invoice, noon


def test_credits_and_unapplied_cash_are_apart(store: Store) -> None:
    """Neither is taken off what is owed."""
    part = PaymentAllocation(payment_id="p1", currency="USD", amount=amount("60.50"), approved=True)
    proposed = PaymentAllocation(
        payment_id="p2", currency="USD", amount=amount("5"), approved=False
    )
    fill(
        store,
        invoice("owed", 100, "2026-03-01", amount_paid="60.50", allocations=(part, proposed)),
        invoice("credit", "-25.25"),
        Payment(connection="erp", id="p1", currency="USD", amount=amount(100)),
        Payment(connection="erp", id="p2", currency="USD", amount=amount(5), refunded=amount(2)),
    )
    assert column(store, "ar_credits", "currency", "kind", "items", "amount") == [
        ("USD", "credit", 1, Decimal("25.25")),
        ("USD", "unapplied cash", 2, Decimal("42.50")),
    ]
    assert column(store, "ar_open", "id", "remaining") == [("owed", Decimal("39.50"))]


def test_payments_of_a_vendor_without_allocations_are_not_unapplied(store: Store) -> None:
    """Where nothing is said of what is applied, no cash is said to be unapplied."""
    fill(
        store,
        invoice("paid", 100, "2026-03-01", amount_paid=100, status=InvoiceStatus.PAID),
        Payment(connection="erp", id="p1", currency="USD", amount=amount(100)),
    )
    assert ask(store, "ar_credits") == []


def test_credit_notes_are_apart(store: Store) -> None:
    """What of them is not used is owed to the customer, and takes nothing off what is owed."""
    note = {"kind": InvoiceKind.CREDIT_NOTE}
    fill(
        store,
        invoice("owed", 100, "2026-03-01"),
        invoice("note", 30, amount_remaining="12.50", **note),
        invoice("used", 30, status=InvoiceStatus.PAID, amount_remaining=0, **note),
        invoice("odd", "0.005", **note),
    )
    assert column(store, "ar_credits", "kind", "items", "amount") == [
        ("credit note", 1, Decimal("12.50"))
    ]
    assert column(store, "ar_open", "id", "remaining") == [("owed", Decimal(100))]
    assert column(store, "ar_left_out", "id", "reason") == [("odd", "amount not known")]


def test_a_credit_note_is_what_is_neither_applied_nor_paid_back(store: Store) -> None:
    """Its shares stand at the note or at the invoices; another currency is not added up."""
    note: dict[str, Any] = {"kind": InvoiceKind.CREDIT_NOTE}
    facts = {"currency": "USD", "applied_at": noon("2026-03-01")}
    applied = CreditAllocation(applied_invoice_id="owed", amount=amount(20), **facts)
    back = CreditAllocation(refund_id="r", amount=amount("7.50"), **facts)
    named = CreditAllocation(credit_note_id="n2", amount=amount(4), **facts)
    odd = CreditAllocation(refund_id="r", amount=amount(1, "EUR"), currency="EUR")
    fill(
        store,
        invoice("n1", 30, credit_allocations=(applied, back), **note),
        invoice("n2", 30, **note),
        invoice("n3", 30, credit_allocations=(odd,), **note),
        invoice("n4", 30, amount_remaining=30, credit_allocations=(applied,), **note),
        invoice("owed", 100, connection="other"),
        invoice("told", 100, amount_remaining=100, credit_allocations=(named,)),
    )
    assert column(store, "ar_credits", "kind", "items", "amount") == [
        ("credit note", 3, Decimal("2.50") + 26 + 30)
    ]
    assert column(store, "ar_left_out", "id", "reason") == [("n3", "amount not known")]


def test_what_credit_notes_took_off_is_not_owed(store: Store) -> None:
    """Where the vendor says neither what is left nor what was credited in all."""
    named = CreditAllocation(credit_note_id="n", currency="USD", amount=amount(30))
    applied = CreditAllocation(applied_invoice_id="1", currency="USD", amount=amount(5))
    fill(
        store,
        invoice("1", 100, credit_allocations=(named,)),
        invoice("2", 100, amount_credited=amount(10), credit_allocations=(named,)),
        invoice("n", 40, kind=InvoiceKind.CREDIT_NOTE, credit_allocations=(applied,)),
    )
    assert column(store, "ar_open", "id", "remaining") == [("1", Decimal(65)), ("2", Decimal(90))]


def test_what_a_bank_took_back_is_no_cash(store: Store) -> None:
    """A lost dispute is a refund; one that is open or won takes nothing; nothing counts twice."""
    part = PaymentAllocation(payment_id="x", currency="USD", amount=amount(1), approved=True)

    def back(
        id: str, of: str, value: str, status: PaymentStatus = PaymentStatus.SETTLED
    ) -> Payment:
        return Payment(
            connection="erp", id=id, refund_of_id=of, currency="USD", amount=amount(value),
            status=status,
        )  # fmt: skip

    fill(
        store,
        invoice("1", 1, amount_paid=1, allocations=(part,), status=InvoiceStatus.PAID),
        *(
            Payment(connection="erp", id=id, currency="USD", amount=amount(100), refunded=refunded)
            for id, refunded in (("lost", amount(0)), ("both", amount(10)), ("open", None))
        ),
        back("d1", "lost", "-40"),
        back("r1", "both", "-10"),
        back("d2", "both", "-25"),
        back("d3", "open", "-99", PaymentStatus.PENDING),
        back("d4", "open", "-99", PaymentStatus.CANCELLED),
    )
    assert column(store, "ar_credits", "kind", "items", "amount") == [
        ("unapplied cash", 3, Decimal(60 + 65 + 100))
    ]


def test_what_was_credited_or_written_off_is_not_owed(store: Store) -> None:
    """Where the vendor does not say what is left."""
    gone = {"amount_credited": amount(10), "amount_written_off": amount("0.50")}
    fill(store, invoice("1", 100, amount_paid=20, **gone), invoice("2", 100, **gone))
    assert column(store, "ar_open", "remaining") == [(Decimal("69.50"),), (Decimal("89.50"),)]


def test_a_credit_of_later_is_not_owed_yet(store: Store) -> None:
    """What is issued after the day is in no sum, be it a credit note or a credit."""
    later: dict[str, Any] = {"issued_on": date(2026, 4, 1)}
    fill(
        store,
        invoice("credit", -5, **later),
        invoice("note", 30, kind=InvoiceKind.CREDIT_NOTE, **later),
        invoice("undated", 7, kind=InvoiceKind.CREDIT_NOTE, issued_on=None),
    )
    assert column(store, "ar_credits", "kind", "amount") == [("credit note", Decimal(7))]
    assert column(store, "ar_left_out", "id", "reason") == [
        ("credit", "not issued yet"),
        ("note", "not issued yet"),
    ]


def test_a_payment_that_invoices_tell_differently_is_one(store: Store) -> None:
    """Of two invoices one was read before a part of their payment was paid back."""
    part = PaymentAllocation(
        payment_id="p",
        currency="USD",
        amount=amount(30),
        approved=True,
        payment_currency="USD",
        payment_amount=amount(100),
    )
    fill(
        store,
        invoice("old", 30, amount_paid=30, allocations=(part,)),
        invoice(
            "new", 30, amount_paid=30, allocations=(evolve(part, payment_refunded=amount(10)),)
        ),
    )
    assert column(store, "ar_credits", "kind", "items", "amount") == [
        ("unapplied cash", 1, Decimal(100 - 10 - 60))
    ]
