"""What payments say of an invoice: on its timeline and in its checks, once."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetrail.model import (
    Invoice,
    Money,
    Party,
    Payment,
    PaymentAllocation,
    PaymentApplication,
    PaymentMethod,
    PaymentStatus,
    Ref,
)
from duetrail.trail import timeline
from duetrail.trail.disagreements import checks
from support.nightly import examples
from support.stored import mark

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
REF = Ref("acme", "invoices", "i1")
INVOICE = Invoice(connection="acme", id="i1", currency="USD", issued_on=date(2026, 1, 1))


def usd(value):
    return Money(Decimal(value), "USD")


def share(value, of="i1", **facts):
    return PaymentApplication(invoice_id=of, currency="USD", amount=usd(value), **facts)


def payment(id, *shares, **facts):
    given = {"paid_at": NOON, "status": PaymentStatus.SETTLED, "method": PaymentMethod.CARD}
    return Payment(connection="acme", id=id, applications=shares, **(given | facts))


@pytest.fixture
def told(store):
    """What is told of the invoice: time, kind and text of each event."""
    return lambda ref=REF: [(one.at, one.kind, one.text) for one in timeline(store, ref).events]


@pytest.fixture
def found(store):
    """What the checks find: what an invoice says, and what its payments add up to."""
    return lambda: [(one.invoice.id, one.says, one.found) for one in checks(store, {})]


_payments = st.lists(
    st.tuples(
        st.integers(0, 9).map(lambda days: NOON + timedelta(days=days)),
        st.lists(st.tuples(st.sampled_from(["i1", "i2"]), st.integers(1, 9)), max_size=2),
    ),
    max_size=4,
)


@given(payments=_payments)
@settings(
    max_examples=examples(25, 200),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_it_is_the_same_whichever_side_tells(store, keep, told, found, payments):
    """On each timeline, in order, and in each check."""
    records = [
        payment(f"p{at}", *(share(value, of) for of, value in shares), paid_at=when)
        for at, (when, shares) in enumerate(payments)
    ]
    invoices = [
        evolve(INVOICE, id=id, amount_paid=usd(9), paid_at=NOON + timedelta(days=3))
        for id in ("i1", "i2")
    ]
    refs = [one.ref for one in invoices]
    none = [payment(f"p{at}") for at in range(4)]
    keep(*none, *invoices, *records)
    by_payments = ([told(ref) for ref in refs], found())
    parts = {
        id: tuple(
            PaymentAllocation(
                payment_id=one.id,
                currency="USD",
                amount=part.amount,
                approved=True,
                payment_method=one.method,
                paid_at=one.paid_at,
            )
            for one in records
            for part in one.applications
            if part.invoice_id == id
        )
        for id in ("i1", "i2")
    }
    told_too = [evolve(one, allocations=parts[one.id]) for one in invoices]
    keep(*none, *told_too)
    assert ([told(ref) for ref in refs], found()) == by_payments
    keep(*records)  # and where both say so
    assert ([told(ref) for ref in refs], found()) == by_payments


def test_a_payment_is_told_when_it_was_applied(keep, told):
    """Else when it was made, or recorded; with how far it has come, unless it is settled."""
    days = [date(2026, 2, day) for day in range(1, 9)]
    recorded = {"paid_at": None, "created_at": NOON}
    keep(
        INVOICE,
        payment("a", share(1, applied_on=days[1])),
        payment("b", share(2, applied_at=NOON - timedelta(days=3), applied_on=days[1])),
        payment("c", share(3), paid_at=None, paid_on=days[5], status=PaymentStatus.PENDING),
        payment("d", share(4), **recorded, method=None, status=None, status_raw="odd"),
        payment("e", share(5), paid_at=None, status=PaymentStatus.FAILED),
        payment("f", share(6, of="i2"), share(7, of=None)),
    )
    assert told() == [
        (date(2026, 1, 1), "issued", ""),
        (days[1], "payment", "1 USD, card"),
        (days[5], "payment", "3 USD, card, pending"),
        (NOON - timedelta(days=3), "payment", "2 USD, card"),
        (NOON, "payment", "4 USD, odd"),
        (None, "payment", "5 USD, card, failed"),
    ]


def test_at_one_moment_it_is_issued_then_paid_for_then_paid(keep, told):
    """Whatever the ids are."""
    day = date(2026, 1, 1)
    full = evolve(INVOICE, paid_on=day, amount_paid=usd(1))
    keep(full, *(payment(id, share(1), paid_at=None, paid_on=day) for id in ("z", "a")))
    assert [kind for _, kind, _ in told()] == ["issued", "payment", "payment", "paid"]


def test_a_payment_that_is_not_listed_any_more_is_told_as_such(store, keep, found):
    """And counts no more."""
    keep(evolve(INVOICE, amount_paid=usd(5)), payment("p", share(2)), payment("q", share(3)))
    assert found() == []
    with store.transaction():
        mark(store, Ref("acme", "payments", "q"), "2026-03-01T12:00:00.000000Z", 1)
    events = [one for one in timeline(store, REF).events if one.kind == "payment"]
    assert [(one.record, one.id, one.absent_since) for one in events] == [
        ("payments", "p", None),
        ("payments", "q", NOON),
    ]
    assert found() == [("i1", "5 USD", "2 USD")]


@pytest.mark.parametrize(
    "facts",
    [
        {"status": PaymentStatus.FAILED},
        {"status": PaymentStatus.CANCELLED},
        {"refund_of_id": "p"},
    ],
)
def test_what_is_no_cash_is_no_part_of_what_was_paid(keep, found, facts):
    """What a refund pays back is told by the payment that it names."""
    keep(
        evolve(INVOICE, amount_paid=usd(2)), payment("p", share(2)), payment("q", share(3), **facts)
    )
    assert found() == []


def test_an_invoice_that_only_payments_name_has_a_trail(keep, told):
    """No vendor need list it; another connection's payment has nothing to do with it."""
    keep(payment("p", share(2)), evolve(payment("q", share(3)), connection="other"))
    assert told() == [(NOON, "payment", "2 USD, card")]


def test_the_invoice_tells_of_some_payments_and_others_of_it(keep, told):
    """Each is told once: as the invoice says it, where it does."""
    part = PaymentAllocation(payment_id="p", currency="USD", amount=usd(1), paid_at=NOON)
    keep(evolve(INVOICE, allocations=(part,)), payment("p", share(9)), payment("q", share(2)))
    assert [text for _, kind, text in told() if kind == "payment"] == [
        "1 USD, proposed match, not applied",
        "2 USD, card",
    ]


def test_people_can_be_left_out(store, keep):
    """A payment is told without what somebody noted about it, as ever."""
    keep(
        INVOICE, payment("p", share(2), description="from Canary"), Party(connection="acme", id="x")
    )
    assert "Canary" not in repr(timeline(store, REF, without_people=True))


@pytest.mark.parametrize("status", [PaymentStatus.FAILED, PaymentStatus.CANCELLED])
def test_a_failed_payment_is_no_part_of_what_was_paid(keep, found, status):
    """Though its match was approved: the vendor is right not to count it."""
    parts = tuple(
        PaymentAllocation(currency="USD", amount=usd(value), approved=True, payment_status=one)
        for value, one in ((5, PaymentStatus.SETTLED), (7, status))
    )
    keep(evolve(INVOICE, amount_paid=usd(5), allocations=parts))
    assert found() == []
