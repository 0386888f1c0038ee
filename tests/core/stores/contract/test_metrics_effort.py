"""Metrics of effort and result, against figures worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest

from duetrail.model import (
    AgentKind,
    CallOutcome,
    CallStatus,
    Channel,
    DeliveryStatus,
    Direction,
    InvoiceStatus,
    Link,
    LinkKind,
    Party,
)
from duetrail.stores import Store
from support.books import about, amount, ask, call, column, email, fill, invoice, noon, paid


def test_promises_are_kept_open_or_broken(store: Store) -> None:
    """Three days of grace; what is not due yet is open."""
    facts = {"promised_to_pay_on": date(2026, 3, 20)}
    fill(
        store,
        paid("kept", 10, "2026-03-23", **facts),
        paid("late", 10, "2026-03-24", **facts),
        invoice("broken", 10, **facts),
        invoice("open", 10, promised_to_pay_on=date(2026, 3, 28)),
        invoice("void", 10, status=InvoiceStatus.VOID, voided_at=noon("2026-03-01"), **facts),
        invoice("none", 10),
    )
    assert column(store, "promises", "id", "state") == [
        ("broken", "broken"),
        ("kept", "kept"),
        ("late", "broken"),
        ("open", "open"),
    ]
    assert column(
        store, "promises_kept", "promises", "kept", "broken", "still_open", "kept_rate"
    ) == [(4, 1, 2, 1, 1 / 3)]
    assert column(store, "promises_kept", "kept", grace_days=4) == [(2,)]


def test_answer_rates_leave_out_what_is_not_known(store: Store) -> None:
    """Planned and cancelled calls are none; an unknown outcome is neither answered nor not."""
    said = [CallOutcome.ANSWERED, CallOutcome.VOICEMAIL, CallOutcome.NO_ANSWER, None]
    fill(
        store,
        *(
            call(str(at), "2026-03-01", outcome=one, agent_kind=AgentKind.AI)
            for at, one in enumerate(said)
        ),
        call("bad", "2026-03-01", outcome=CallOutcome.BAD_NUMBER, status=CallStatus.FAILED),
        call("planned", "2026-03-01", status=CallStatus.PLANNED, outcome=None),
        call("cancelled", "2026-03-01", outcome=CallOutcome.CANCELLED),
        call("inbound", "2026-03-01", direction=Direction.INBOUND),
        call("before", "2025-12-01"),
    )
    assert column(store, "call_rates", "agent", "calls", "outcome_known", "answered") == [
        ("ai", 4, 3, 1),
        ("unknown", 1, 1, 0),
    ]
    assert column(store, "call_rates", "answer_rate") == [(1 / 3,), (0.0,)]


def test_the_right_party_is_told_apart_where_it_is_known(store: Store) -> None:
    """An answer by anybody is an answer; whose it was is another rate."""
    said = [CallOutcome.RIGHT_PARTY, CallOutcome.WRONG_PARTY, CallOutcome.ANSWERED]
    said += [CallOutcome.RIGHT_PARTY, CallOutcome.NO_ANSWER]
    fill(store, *(call(str(at), "2026-03-01", outcome=one) for at, one in enumerate(said)))
    assert column(
        store, "call_rates", "answered", "right_party", "answer_rate", "right_party_rate"
    ) == [(4, 2, 0.8, 2 / 3)]


def test_messages_of_other_channels_are_touches_and_no_emails(store: Store) -> None:
    """A text message has its own channel."""
    one = invoice("1", 10)
    sms = email("sms", "2026-03-02", channel=Channel.SMS)
    fill(store, one, sms, links=about(sms, one))
    assert column(store, "email_rates", "sent") == []
    assert column(store, "touch_yield", "channel", "touches") == [("sms", 1)]


def test_answers_are_counted_in_the_customers_own_time(store: Store) -> None:
    """The night a zone changes its clock, an hour of UTC is another hour there."""
    fill(
        store,
        Party(connection="voice", id="ny", timezone="America/New_York"),
        Party(connection="voice", id="nowhere", timezone="Mars/Olympus"),
        call("winter", "2026-03-06T15:30:00", customer_id="ny", outcome=CallOutcome.ANSWERED),
        call("summer", "2026-03-13T15:30:00", customer_id="ny"),
        call("unknown", "2026-03-13T15:30:00", customer_id="nowhere"),
    )
    assert column(store, "answer_hours", "weekday", "hour", "calls", "answered") == [
        (5, 10, 1, 1),
        (5, 11, 1, 0),
    ]


def test_bounces_deliveries_and_replies(store: Store) -> None:
    """Delivered is what did not bounce; a reply answers one email, and the next before it none."""
    inbound = {"direction": Direction.INBOUND}
    fill(
        store,
        email("1", "2026-03-01", thread_id="t"),
        email("2", "2026-03-03", thread_id="t", opened_at=noon("2026-03-04")),
        email("re", "2026-03-05", thread_id="t", **inbound),
        email("3", "2026-03-03", bounced=True),
        email("4", "2026-03-03", delivery_status=DeliveryStatus.BOUNCED),
        email("5", "2026-03-03"),
        email("re-5", "2026-03-04", parent_id="5", **inbound),
        email("draft", "2026-03-01", sent_at=None, status=None),
    )
    (found,) = ask(store, "email_rates")
    told = [found[name] for name in ("sent", "bounced", "delivered", "replied", "opened")]
    assert told == [5, 2, 3, 2, 1]
    assert (found["bounce_rate"], found["delivery_rate"]) == (0.4, 0.6)
    assert (found["reply_rate"], found["open_rate"]) == (2 / 3, 1 / 3)


def test_touches_and_cost_until_an_invoice_was_paid(store: Store) -> None:
    """A call about two invoices counts for each, and costs once."""
    one, two = paid("1", 10, "2026-03-10"), paid("2", 20, "2026-03-10")
    late = call("late", "2026-03-12", currency="USD", cost=amount("9"))
    both = call("both", "2026-03-01", currency="USD", cost=amount("0.0123"))
    more = call("more", "2026-03-02", currency="USD", cost=amount("0.1"))
    free = call("free", "2026-03-02")
    mail = email("mail", "2026-03-03")
    fill(
        store,
        *(one, two, paid("3", 30, "2026-03-10"), late, both, more, free, mail),
        links=[
            *about(both, one, two),
            *about(late, one),
            *about(more, one),
            *about(free, one),
            *about(mail, two),
        ],
    )
    assert column(
        store, "effort_per_paid_invoice", "invoices", "calls", "messages", "touches_per_invoice"
    ) == [(3, 4, 1, 5 / 3)]
    assert column(store, "effort_per_paid_invoice", "untouched") == [(1,)]
    assert column(
        store, "cost_per_paid_invoice", "currency", "calls", "without_cost", "cost", "invoices"
    ) == [("USD", 2, 0, Decimal("0.1123"), 3), ("none", 1, 1, Decimal(0), 3)]
    assert column(store, "cost_per_paid_invoice", "cost_per_invoice") == [
        (pytest.approx(0.1123 / 3),),
        (0.0,),
    ]


def test_silence_and_the_first_touch(store: Store) -> None:
    """A touch before the due date is no first touch after it, but breaks the silence."""
    touched = invoice("touched", 10, "2026-03-01")
    early = invoice("early", 20, "2026-03-20")
    fill(
        store,
        *(touched, early, invoice("never", "40.40", "2026-03-01"), invoice("new", 1, "2026-03-30")),
        invoice("not-due", 5, "2026-04-20"),
        *(
            a := call("a", "2026-03-06"),
            b := email("b", "2026-03-26"),
            c := call("c", "2026-03-18"),
        ),
        links=[*about(a, touched), *about(b, touched), *about(c, early)],
    )
    assert column(
        store, "ar_silent", "id", "touches", "days_to_first_touch", "silent_days", "is_silent"
    ) == [
        ("early", 1, None, 13, False),
        ("never", 0, None, 30, True),
        ("new", 0, None, 1, False),
        ("touched", 2, 5, 5, False),
    ]
    assert column(
        store, "ar_first_touch", "overdue", "touched", "days_to_first_touch", "silent",
        "silent_amount",
    ) == [(4, 1, 5.0, 1, Decimal("40.40"))]  # fmt: skip


def test_a_touch_of_another_vendors_invoice_counts_for_the_same_one(store: Store) -> None:
    """The links of an invoice that is counted elsewhere count there."""
    one, two = invoice("1", 10, "2026-03-01"), invoice("2", 10, connection="tool")
    touch = call("a", "2026-03-30")
    same = Link(two.ref, one.ref, LinkKind.DERIVED, "same number")
    fill(store, one, two, touch, links=[*about(touch, two), *about(touch, one), same])
    assert column(store, "ar_silent", "id", "touches") == [("1", 1)]


def test_the_yield_of_a_touch(store: Store) -> None:
    """By channel, weekday and attempt; only touches whose fourteen days are over."""
    one, two = paid("1", 10, "2026-03-10"), invoice("2", 10)
    fill(
        store,
        *(one, two),
        *(
            first := call("1", "2026-03-02"),
            second := email("2", "2026-03-03"),
            after := call("3", "2026-03-12"),
            other := call("4", "2026-03-02"),
            young := call("5", "2026-03-30"),
        ),
        links=[
            *about(first, one),
            *about(second, one),
            *about(after, one),
            *about(other, two),
            *about(young, two),
        ],
    )
    assert column(
        store, "touch_yield", "channel", "weekday", "attempt", "touches", "followed_by_payment"
    ) == [("call", 1, 1, 2, 1), ("email", 2, 2, 1, 1)]
