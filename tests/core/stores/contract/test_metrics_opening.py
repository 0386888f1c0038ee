"""Opening balances and what is made of them, against figures of textbooks and by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

from attrs import evolve

from duetrail.model import (
    CreditAllocation,
    Invoice,
    InvoiceStatus,
    PaymentAllocation,
    PaymentStatus,
)
from duetrail.pipeline import history
from duetrail.stores import Store
from support.books import amount, column, fill, invoice, noon, paid


def test_roll_rates_follow_each_bucket(store: Store) -> None:
    """From the bucket at the beginning of the period to that at its end, by amount."""
    facts: dict[str, Any] = {"issued_on": date(2025, 12, 1)}
    fill(
        store,
        invoice("rolled", 30, "2026-02-20", **facts),
        paid("cured", 60, "2026-03-10", due="2026-02-20", **facts),
        invoice(
            "void",
            10,
            "2026-02-20",
            status=InvoiceStatus.VOID,
            voided_at=noon("2026-03-05"),
            **facts,
        ),
        invoice("due", 5, "2026-03-15", **facts),
        invoice("new", 7, "2026-03-15", issued_on=date(2026, 3, 5)),
    )
    assert column(
        store, "ar_roll_rates", "bucket", "state", "items", "amount", "roll_rate", days=31
    ) == [
        ("current", "1-30", 1, Decimal(5), 1.0),
        ("1-30", "31-60", 1, Decimal(30), 0.3),
        ("1-30", "paid", 1, Decimal(60), 0.6),
        ("1-30", "void", 1, Decimal(10), 0.1),
    ]


def test_what_is_open_and_not_known_any_more_is_not_paid(store: Store) -> None:
    """History knows what was owed; of how much is left now the vendor says nothing."""

    def on(day: str, one: Invoice) -> None:
        run = store.begin_run(f"{day}T12:00:00.000000Z")
        fill(store, one, run=run)
        history.follow(store)
        store.end_run(run, f"{day}T13:00:00.000000Z", "ended", "{}")

    one = invoice("1", 100, "2026-03-20")
    on("2026-03-01", one)
    history.build(store, noon("2026-03-01"))
    on("2026-03-25", evolve(one, status=InvoiceStatus.PARTIALLY_PAID))
    found = column(store, "ar_roll_rates", "bucket", "state", "opening_from", days=20)
    assert found == [("current", "amount not known", "history")]


def test_cei_of_a_textbook_in_both_variants(store: Store) -> None:
    """6200 at the beginning, sales of 10890 in three months, 6340 and 3590 at the end."""
    facts: dict[str, Any] = {"issued_on": date(2025, 12, 1)}
    fill(
        store,
        # Of the opening balance 2750 is left, as overdue as it was.
        invoice("a", 2750, "2025-12-31", **facts),
        paid("b", 3450, "2026-02-01", **facts),
        paid("c", 7300, "2026-03-01", issued_on=date(2026, 1, 10)),
        invoice("d", 3590, "2026-04-15", issued_on=date(2026, 3, 1)),
        paid("before", 500, "2025-12-20", **facts),
    )
    ((opening, sales, closing, current, total, monthly),) = column(
        store,
        "ar_cei",
        "opening",
        "sales",
        "closing",
        "closing_not_due",
        "cei_total_sales",
        "cei_monthly_sales",
        days=90,
    )
    assert (opening, sales, closing, current) == (6200, 10890, 6340, 3590)
    assert (f"{total:.1%}", f"{monthly:.1%}") == ("79.6%", "55.9%")


def test_without_any_due_date_there_is_no_cei(store: Store) -> None:
    """Nobody can say what was due; one due date is enough, and where nothing is owed all is in."""
    rates = ("cei_total_sales", "cei_monthly_sales")
    fill(store, paid("a", 10, "2026-03-01"))
    assert column(store, "ar_cei", *rates, days=90) == [(1.0, 1.0)]
    fill(store, invoice("b", 10))
    assert column(store, "ar_cei", *rates, days=90) == [(None, None)]
    fill(store, invoice("c", 10, "2026-04-15"))
    ((total, monthly),) = column(store, "ar_cei", *rates, days=90)
    assert total is not None
    assert monthly is not None


def test_the_index_may_be_below_nothing(store: Store) -> None:
    """Where a month's sales alone are counted, and more is owed now than with them."""
    fill(store, invoice("1", 300, "2026-03-01", issued_on=date(2026, 1, 10)))
    ((total, monthly),) = column(store, "ar_cei", "cei_total_sales", "cei_monthly_sales", days=90)
    assert (total, monthly) == (0.0, -2.0)


def test_the_opening_balance_knows_part_payments(store: Store) -> None:
    """What was paid since the period began was still owed then."""
    parts = tuple(
        PaymentAllocation(currency="USD", amount=amount(value), approved=True, paid_at=noon(day))
        for value, day in ((10, "2025-12-20"), (30, "2026-02-01"))
    )
    facts: dict[str, Any] = {"issued_on": date(2025, 12, 1), "allocations": parts}
    fill(
        store,
        invoice("open", 100, "2026-01-31", amount_paid=40, **facts),
        paid("closed", 40, "2026-02-01", **facts),
    )
    assert column(store, "ar_cei", "opening") == [(Decimal(90 + 30),)]


def test_the_opening_balance_knows_credits(store: Store) -> None:
    """What was credited since the period began was still owed then."""
    parts = tuple(
        CreditAllocation(
            credit_note_id="n", currency="USD", amount=amount(value), applied_at=noon(day)
        )
        for value, day in ((10, "2025-12-20"), (30, "2026-02-01"))
    )
    facts: dict[str, Any] = {"issued_on": date(2025, 12, 1), "credit_allocations": parts}
    fill(
        store,
        invoice("open", 100, "2026-01-31", amount_remaining=60, **facts),
        paid("closed", 40, "2026-02-01", **facts),
    )
    assert column(store, "ar_cei", "opening") == [(Decimal(90 + 30),)]


def test_what_the_opening_balance_does_not_know_is_told(store: Store) -> None:
    """By how much payments without a day may put it off, and what was closed without a day."""
    facts: dict[str, Any] = {"issued_on": date(2025, 12, 1)}
    part = PaymentAllocation(
        currency="USD", amount=amount(30), approved=True, paid_at=noon("2026-02-01")
    )
    fill(
        store,
        invoice("partly", 100, amount_paid=40, **facts),
        invoice("dated", 100, amount_paid=30, allocations=(part,), **facts),
        paid("closed", 50, "2026-02-01", **facts),
        paid("by-parts", 30, "2026-02-01", allocations=(part,), **facts),
        invoice("some-day", 7, status=InvoiceStatus.PAID, amount_remaining=0, **facts),
        invoice("no-word", 9, status=None, amount_remaining=4, **facts),
    )
    assert column(
        store, "ar_cei", "opening", "opening_undated", "opening_left_out", "opening_from"
    ) == [(Decimal(60 + 100 + 50 + 30 + 4), Decimal(40 + 50 + 5), 1, "dates")]


def test_an_allocation_of_a_failed_payment_settled_nothing(store: Store) -> None:
    """What is owed now was owed then, and no more."""
    part = PaymentAllocation(
        currency="USD", amount=amount(30), approved=True, paid_at=noon("2026-02-01"),
        payment_status=PaymentStatus.FAILED,
    )  # fmt: skip
    facts: dict[str, Any] = {"issued_on": date(2025, 12, 1), "allocations": (part,)}
    fill(store, invoice("1", 100, amount_remaining=100, **facts))
    assert column(store, "ar_cei", "opening") == [(Decimal(100),)]
