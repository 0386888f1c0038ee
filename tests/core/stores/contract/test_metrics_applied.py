"""What of which payment is applied to which invoice, whichever of the two says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetrail.model import (
    Invoice,
    InvoiceStatus,
    Payment,
    PaymentAllocation,
    PaymentApplication,
    PaymentStatus,
    Record,
)
from duetrail.pipeline import history
from duetrail.stores import Store
from duetrail.stores.metrics import METRICS, MetricParameters, read_metric
from support.books import amount, ask, column, fill, invoice, noon, paid
from support.nightly import examples
from support.stored import mark

_NUMBERS = count(1)
_OF_PAYMENTS = ("ar_open", "ar_left_out", "ar_credits", "ar_cei", "ar_roll_rates", "cash_by_week")
_UNSETTLED = (PaymentStatus.FAILED, PaymentStatus.CANCELLED)


def share(of: str | None, value: str | int, **facts: Any) -> PaymentApplication:
    """What of a payment goes to an invoice, in USD."""
    given = {"invoice_id": of, "currency": "USD", "amount": amount(value)}
    return PaymentApplication(**(given | facts))


def payment(id: str, value: str | int, *shares: PaymentApplication, **facts: Any) -> Payment:
    """A payment in USD, of the middle of February."""
    given: dict[str, Any] = {
        "connection": "erp",
        "id": id,
        "currency": "USD",
        "amount": amount(value),
        "status": PaymentStatus.SETTLED,
        "paid_at": noon("2026-02-15"),
        "applications": shares,
    }
    return Payment(**(given | facts))


# --- the same books, told by invoices and by payments --------------------------------------------


def by_invoices(books: list[Record]) -> Iterator[Record]:
    """The same books, in which invoices say what payments say in these."""
    payments = [one for one in books if isinstance(one, Payment)]
    for one in books:
        if isinstance(one, Invoice):
            told = ((each, part) for each in payments for part in each.applications)
            parts = [_allocation(each, part) for each, part in told if part.invoice_id == one.id]
            yield evolve(one, allocations=tuple(parts))
        else:
            yield evolve(one, applications=())


def _allocation(one: Payment, part: PaymentApplication) -> PaymentAllocation:
    return PaymentAllocation(
        payment_id=one.id,
        currency=part.currency,
        amount=part.amount,
        approved=one.status not in _UNSETTLED,
        payment_status=one.status,
        paid_at=one.paid_at,
    )


def told_twice(store: Store, books: list[Record], metrics: Iterable[str]) -> list[Any]:
    """Every row of some metrics, of the books as they are and as invoices tell them."""
    found = []
    for told in (books, by_invoices(books)):
        connection = f"side{next(_NUMBERS)}"
        fill(store, *(evolve(one, connection=connection) for one in told))
        given = MetricParameters(on=date(2026, 3, 31), connections=(connection,))
        rows = {name: read_metric(store, name, given).rows for name in metrics}
        found.append(repr(rows).replace(connection, ""))
    return found


_days = st.integers(0, 120).map(lambda days: noon("2025-12-15") + timedelta(days=days))
_amounts = st.integers(1, 90)
_currencies = st.sampled_from(["USD", "USD", "USD", "EUR", "XAU"])


@st.composite
def _invoices(draw: st.DrawFn, id: str) -> Invoice:
    currency, total = draw(_currencies), draw(st.integers(50, 200))
    status = draw(st.sampled_from(InvoiceStatus))
    closed = draw(_days | st.none()) if status is InvoiceStatus.PAID else None
    told = {
        name: draw(_amounts)
        for name in draw(st.sets(st.sampled_from(["amount_remaining", "amount_paid"])))
    }
    return invoice(
        id, total, "2026-02-10", status=status, currency=currency, paid_at=closed, **told
    )


@st.composite
def _payments(draw: st.DrawFn, id: str, invoices: list[Invoice]) -> Payment:
    currency, named = draw(_currencies), draw(st.sets(st.sampled_from(invoices), max_size=2))
    shares = [
        share(one.id, value, currency=one.currency, amount=amount(value, one.currency))
        for one in sorted(named, key=lambda one: one.id)
        for value in (draw(_amounts),)
    ]
    return payment(
        id,
        0,
        *shares,
        currency=currency,
        amount=amount(draw(_amounts) * 2, currency),
        refunded=draw(st.none() | _amounts.map(lambda value: amount(value, currency))),
        status=draw(st.sampled_from([None, PaymentStatus.SETTLED, *PaymentStatus])),
        paid_at=draw(_days),
    )


@st.composite
def _books(draw: st.DrawFn) -> list[Record]:
    invoices = [draw(_invoices(str(at))) for at in range(draw(st.integers(1, 3)))]
    payments = [draw(_payments(f"p{at}", invoices)) for at in range(draw(st.integers(0, 4)))]
    return [*invoices, *payments]


@given(books=_books())
@settings(
    max_examples=examples(10, 150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_the_books_it_is_the_same_whichever_side_tells(
    store: Store, books: list[Record]
) -> None:
    """What an invoice says of payments, or payments of invoices."""
    one, other = told_twice(store, books, _OF_PAYMENTS)
    assert one == other


def test_every_metric_is_the_same_whichever_side_tells(store: Store) -> None:
    """Of a payment for two invoices, one for a part, one for none, one that failed, a refund."""
    books = [
        invoice("1", 100, "2026-02-10", amount_paid=60, promised_to_pay_on=date(2026, 3, 2)),
        invoice("2", 100, "2026-02-10"),
        paid("3", 40, "2026-02-15", due="2026-02-10"),
        payment("p", 100, share("1", 60), share("3", 40)),
        payment("q", 30, share("2", 30), refunded=amount(5)),
        payment("f", 70, share("2", 70), status=PaymentStatus.FAILED),
        payment("n", 7),
        payment("r", "-10", refund_of_id="p"),
    ]
    one, other = told_twice(store, books, [metric.name for metric in METRICS])
    assert one == other


# --- each rule by itself -------------------------------------------------------------------------


def test_what_both_sides_say_counts_once(store: Store) -> None:
    """As the invoice says it."""
    part = PaymentAllocation(
        payment_id="p", currency="USD", amount=amount(30), approved=True, paid_at=noon("2026-03-02")
    )
    fill(
        store,
        invoice("1", 100, amount_remaining=70, allocations=(part,)),
        invoice("2", 100, amount_remaining=80),
        payment("p", 60, share("1", 30), share("2", 20)),
    )
    found = column(store, "cash_by_week", "week", "amount")
    assert [row for row in found if row[1]] == [
        (date(2026, 2, 9), Decimal(20)),
        (date(2026, 3, 2), Decimal(30)),
    ]
    assert column(store, "ar_credits", "kind", "amount") == [("unapplied cash", Decimal(10))]


def test_of_an_invoice_that_payments_name_it_is_known_that_some_is_paid(store: Store) -> None:
    """So where the vendor gives no more than its total, nobody can say what is left."""
    fill(
        store,
        *(invoice(id, 100, "2026-03-01") for id in ("partly", "not", "back", "failed", "gone")),
        payment("p", 30, share("partly", 30)),
        payment("r", "-30", share("back", "-30"), refund_of_id="p"),
        payment("f", 30, share("failed", 30), status=PaymentStatus.FAILED),
        payment("g", 30, share("gone", 30)),
        payment("n", 30, share(None, 30)),
    )
    with store.transaction():
        mark(store, payment("g", 30).ref, "2026-03-01T00:00:00.000000Z", 1)
    assert column(store, "ar_open", "id") == [("back",), ("failed",), ("gone",), ("not",)]
    assert column(store, "ar_left_out", "id", "reason") == [("partly", "amount not known")]


@pytest.mark.parametrize("status", [PaymentStatus.FAILED, PaymentStatus.CANCELLED])
def test_a_failed_payment_pays_nothing_though_its_match_is_approved(
    store: Store, status: PaymentStatus
) -> None:
    """Whichever side tells it: the whole invoice is owed."""
    part = PaymentAllocation(
        payment_id="f", currency="USD", amount=amount(30), approved=True, payment_status=status
    )
    fill(
        store,
        invoice("invoice-tells", 100, allocations=(part,)),
        invoice("payment-tells", 100),
        payment("g", 30, share("payment-tells", 30), status=status),
    )
    assert column(store, "ar_open", "id", "remaining") == [
        ("invoice-tells", Decimal(100)),
        ("payment-tells", Decimal(100)),
    ]


def test_a_payment_that_names_no_invoice_is_unapplied(store: Store) -> None:
    """Where others of its connection do name one."""
    fill(store, invoice("1", 100), payment("q", 7, share(None, 7)), payment("p", 5))
    assert ask(store, "ar_credits") == []
    fill(store, payment("p", 5, share("1", 5)))
    assert column(store, "ar_credits", "kind", "items", "amount") == [
        ("unapplied cash", 1, Decimal(7))
    ]


def test_a_payment_that_has_not_come_is_no_cash(store: Store) -> None:
    """Money that is only held, or on its way, is owed to nobody."""
    pending = PaymentStatus.PENDING
    fill(store, invoice("1", 100), payment("p", 5, share("1", 5)))
    fill(store, payment("q", 7, share(None, 7), status=pending))
    assert ask(store, "ar_credits") == []


@pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.FAILED])
def test_what_the_payment_says_of_itself_counts_for_its_allocations(
    store: Store, status: PaymentStatus
) -> None:
    """Where they do not say it: money that is on its way, or never came, is not received."""
    allocations = tuple(
        evolve(_allocation(one, share("1", value)), payment_status=None)
        for one, value in ((payment("p", 5), 5), (payment("q", 7), 7))
    )
    fill(store, invoice("1", 100, allocations=allocations))
    fill(store, payment("p", 5), payment("q", 7, status=status))
    found = column(store, "cash_by_week", "amount")
    assert [row for row in found if row[0]] == [(Decimal(5),)]


def test_a_payment_that_is_applied_later_settles_from_then_on(store: Store) -> None:
    """Its money was received on its own day; a day counts more than a time, and any than none."""
    facts: dict[str, Any] = {"issued_on": date(2025, 12, 1), "amount_remaining": 40}
    late = {"applied_at": noon("2026-02-20"), "applied_on": date(2026, 2, 21)}
    fill(
        store,
        invoice("1", 100, **facts),
        invoice("2", 100, **facts),
        payment("p", 60, share("1", 60, **late), paid_on=date(2025, 12, 20), paid_at=None),
        payment("q", 60, share("2", 60, applied_at=noon("2025-12-21")), paid_at=None),
    )
    assert column(store, "ar_cei", "opening", days=60) == [(Decimal(100 + 40),)]
    found = column(store, "cash_by_week", "week", "amount", days=120)
    assert [row for row in found if row[1]] == [(date(2025, 12, 15), Decimal(120))]


def test_a_day_of_payment_is_enough(store: Store) -> None:
    """It counts more than a time, and closes an invoice of which no status is known."""
    day = {"paid_on": date(2026, 3, 12)}
    fill(
        store,
        paid("1", 10, "2026-03-20", due="2026-03-10", **day),
        paid("2", 10, "2026-03-20", due="2026-03-10", paid_at=None, **day),
        invoice("3", 10, "2026-03-10", status=None, amount_remaining=0, **day),
    )
    assert column(store, "ar_paid_late", "invoices", "average_days_late") == [(3, 2.0)]
    assert column(store, "ar_cures", "cured", "days_to_cure") == [(3, 2.0)]
    assert ask(store, "ar_open") == []


def test_a_share_of_which_no_amount_is_known_hides_no_cash(store: Store) -> None:
    """Then the invoice says what was paid of it; not where the money went back."""
    nothing = {"currency": None, "amount": None}
    fill(
        store,
        *(paid(id, 10, "2026-03-02", due="2026-03-10") for id in ("1", "2", "3", "4")),
        payment("p", 10, share("1", 0, **nothing)),
        payment("q", 10, share("2", 0, currency="EUR", amount=amount(9, "EUR"))),
        payment("r", 10, share("3", 0, **nothing), status=PaymentStatus.REFUNDED),
        payment("s", 10, share("4", 10), paid_at=noon("2026-02-10")),
    )
    found = column(store, "cash_by_week", "week", "payments", "amount")
    assert [row for row in found if row[1]] == [
        (date(2026, 2, 9), 1, Decimal(10)),
        (date(2026, 3, 2), 2, Decimal(20)),
    ]


@pytest.mark.parametrize("field", ["paid_at", "paid_on"])
def test_cures_are_known_of_a_vendor_that_says_when(store: Store, field: str) -> None:
    """Be it a time or a day."""
    when = {"paid_at": None} | {field: noon("2026-03-12")}
    if field == "paid_on":
        when[field] = date(2026, 3, 12)
    fill(
        store,
        paid("1", 10, "2026-03-12", due="2026-03-10", **when),
        invoice("2", 10, "2026-03-10"),
    )
    assert column(store, "ar_cures", "overdue", "cured", "cure_rate") == [(2, 1, 0.5)]


def test_what_was_applied_is_what_was_known_of_it(store: Store) -> None:
    """As of a day, a payment names what it named then."""

    def on(day: str, *records: Record) -> None:
        run = store.begin_run(f"{day}T12:00:00.000000Z")
        fill(store, *records, run=run)
        history.follow(store)
        store.end_run(run, f"{day}T13:00:00.000000Z", "ended", "{}")

    on("2026-03-01", invoice("1", 100, "2026-03-02"), payment("p", 60, share(None, 60)))
    history.build(store, noon("2026-04-01"))
    on("2026-03-03", payment("p", 60, share("1", 60, applied_on=date(2026, 3, 2))))
    before, after = date(2026, 3, 2), date(2026, 3, 3)
    assert column(store, "ar_open", "id", as_of=before) == [("1",)]
    assert column(store, "ar_open", "id", as_of=after) == []
    assert column(store, "ar_left_out", "reason", as_of=after) == [("amount not known",)]
    assert ask(store, "ar_credits", as_of=before) == []
    cash = [sum(column(store, "cash_by_week", "amount", as_of=day), ()) for day in (before, after)]
    assert [sum(amounts) for amounts in cash] == [0, 60]
