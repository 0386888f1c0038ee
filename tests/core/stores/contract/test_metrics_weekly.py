"""Metrics by week and of payment that followed, against figures worked out by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

from duetrail.model import (
    AgentKind,
    Channel,
    Direction,
    InvoiceStatus,
    Payment,
    PaymentAllocation,
    PaymentStatus,
)
from duetrail.stores import Store
from support.books import about, amount, ask, call, column, email, fill, invoice, noon, paid

# The day that is looked at is Tuesday, the 31st of March 2026.
MONDAY = date(2026, 3, 30)


def _coming(store: Store) -> list[tuple[object, ...]]:
    found = column(store, "ar_coming", "week", "due_items", "due", "promised_items", "promised")
    return [row for row in found if row[1] or row[3]]


def test_what_is_coming_is_told_by_week(store: Store) -> None:
    """From the day on, for eight weeks; an item that is due and promised is in both sums."""
    fill(
        store,
        invoice("overdue", 1, "2026-03-30"),
        invoice("today", 2, "2026-03-31"),
        invoice("sunday", 4, "2026-04-05", promised_to_pay_on=date(2026, 4, 6)),
        invoice("last", "8.50", "2026-05-24"),
        invoice("later", 16, "2026-05-25"),
        invoice("broken", 32, promised_to_pay_on=date(2026, 3, 30)),
        paid("paid", 64, "2026-03-01"),
    )
    assert _coming(store) == [
        (MONDAY, 2, Decimal(6), 0, Decimal(0)),
        (date(2026, 4, 6), 0, Decimal(0), 1, Decimal(4)),
        (date(2026, 5, 18), 1, Decimal("8.50"), 0, Decimal(0)),
    ]
    assert len(ask(store, "ar_coming")) == 8


def test_touches_are_counted_by_week_and_channel(store: Store) -> None:
    """Every week of the period has a row for each channel; what came in is no touch of ours."""
    fill(
        store,
        call("1", "2026-03-30"),
        call("2", "2026-03-29T23:59:59"),
        call("before", "2025-12-31"),
        call("after", "2026-04-01"),
        email("3", "2026-03-31"),
        email("4", "2026-03-31", channel=Channel.SMS),
        email("5", "2026-03-31", direction=Direction.INBOUND),
    )
    found = column(store, "touches_by_week", "week", "channel", "touches")
    assert len(found) == 14 * 3
    assert found[0][0] == date(2025, 12, 29)
    assert [row for row in found if row[2]] == [
        (date(2026, 3, 23), "call", 1),
        (MONDAY, "call", 1),
        (MONDAY, "email", 1),
        (MONDAY, "sms", 1),
    ]


def test_cash_is_counted_by_the_week_it_came_in(store: Store) -> None:
    """By allocation, else by the day an invoice was paid in full; in each currency by itself."""

    def share(value: str, on: str, **facts: object) -> PaymentAllocation:
        given = {"amount": amount(value), "currency": "USD", "approved": True, "paid_at": noon(on)}
        return PaymentAllocation(**(given | facts))  # type: ignore[arg-type]

    allocations = (
        share("30.50", "2026-03-24"),
        share("10", "2026-03-31"),
        share("1", "2026-03-31", approved=None),
        share("2", "2026-03-31", payment_status=PaymentStatus.FAILED),
        share("3", "2026-03-31", payment_status=PaymentStatus.PENDING),
    )
    fill(
        store,
        invoice(
            "partly",
            100,
            amount_remaining="59.50",
            status=InvoiceStatus.PARTIALLY_PAID,
            allocations=allocations,
        ),
        paid("whole", 7, "2026-03-30"),
        paid("long-ago", 7, "2025-12-01"),
        paid("euro", 5, "2026-03-30", currency="EUR"),
        paid("void", 9, "2026-03-30", status=InvoiceStatus.VOID, voided_at=noon("2026-03-30")),
    )
    found = column(store, "cash_by_week", "currency", "week", "payments", "amount")
    assert [row for row in found if row[2]] == [
        ("EUR", MONDAY, 1, Decimal(5)),
        ("USD", date(2026, 3, 23), 1, Decimal("30.50")),
        ("USD", MONDAY, 2, Decimal(17)),
    ]
    assert len(found) == 14 * 2


def test_cash_that_was_paid_back_was_not_received(store: Store) -> None:
    """Refunds and lost disputes are taken off the payment, from its last allocation on."""

    def share(payment: str, value: str, on: str = "2026-03-31") -> PaymentAllocation:
        return PaymentAllocation(
            payment_id=payment,
            amount=amount(value),
            currency="USD",
            approved=True,
            paid_at=noon(on),
        )

    def payment(id: str, value: str, of: str | None = None, **facts: Any) -> Payment:
        return Payment(
            connection="erp", id=id, currency="USD", amount=amount(value), refund_of_id=of, **facts
        )

    def cash() -> list[tuple[Any, ...]]:
        found = column(store, "cash_by_week", "week", "payments", "amount")
        return [row for row in found if row[1]]

    before = date(2026, 3, 23)
    fill(
        store,
        invoice("1", 100, allocations=(share("p", "60", "2026-03-24"), share("q", "20"))),
        invoice("2", 100, allocations=(share("p", "30"), share("gone", "7"))),
        payment("p", "100"),
        payment("q", "20"),
        payment("gone", "7"),
    )
    assert cash() == [(before, 1, Decimal(60)), (MONDAY, 3, Decimal(57))]
    fill(
        store,
        payment("p-back", "-25", "p"),
        payment("q", "20", refunded=amount("5")),
        payment("gone-back", "-7", "gone"),
    )
    # Of the 100 of p 75 stay: all of the first 60, and 15 of the other 30.
    assert cash() == [(before, 1, Decimal(60)), (MONDAY, 2, Decimal(30))]


def test_the_yield_of_people_and_of_machines(store: Store) -> None:
    """A touch counts for who acted; one whose days are not over, for nobody."""
    one, two = paid("1", 10, "2026-03-10"), invoice("2", 10)
    human = {"agent_kind": AgentKind.HUMAN}
    fill(
        store,
        *(one, two),
        *(
            first := call("1", "2026-03-02", agent_kind=AgentKind.AI),
            second := call("2", "2026-03-02", **human),
            third := call("3", "2026-03-12", **human),
            young := call("4", "2026-03-30", **human),
            mail := email("5", "2026-03-02"),
        ),
        links=[
            *about(first, one),
            *about(second, one, two),
            *about(third, one, two),
            *about(young, two),
            *about(mail, two),
        ],
    )
    assert column(
        store, "yield_by_agent", "channel", "agent", "touches", "followed_by_payment", "yield_rate"
    ) == [("call", "ai", 1, 1, 1.0), ("call", "human", 3, 1, 1 / 3), ("email", "unknown", 1, 0, 0)]


def test_emails_that_payment_followed(store: Store) -> None:
    """An email about two invoices counts once; one that bounced, or is a text message, does not."""
    one, two = paid("1", 10, "2026-03-10"), invoice("2", 10)
    fill(
        store,
        *(one, two),
        *(
            both := email("both", "2026-03-02"),
            other := email("other", "2026-03-02"),
            gone := email("gone", "2026-03-02", bounced=True),
            text := email("text", "2026-03-02", channel=Channel.SMS),
            email("none", "2026-03-02"),
        ),
        links=[
            *about(both, one, two),
            *about(other, two),
            *about(gone, one),
            *about(text, one),
        ],
    )
    assert column(store, "emails_paid", "emails", "followed_by_payment", "paid_rate") == [
        (2, 1, 0.5)
    ]
