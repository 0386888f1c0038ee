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


def test_a_vendor_that_tells_of_no_answer_has_no_answer_rate(store: Store) -> None:
    """Not 0: it does not say whether anybody answers. One that says so at other times has 0."""
    facts = {"customer_id": "x"}
    fill(
        store,
        *(Party(connection=of, id="x", timezone="UTC") for of in ("mute", "voice")),
        call("1", "2026-03-02", connection="mute", outcome=CallOutcome.VOICEMAIL, **facts),
        call("2", "2026-03-02", connection="mute", outcome=CallOutcome.UNKNOWN, **facts),
        call("3", "2026-03-02", **facts),
        call("4", "2025-03-02", outcome=CallOutcome.ANSWERED, **facts),
    )
    assert column(store, "call_rates", "connection", "outcome_known", "answer_rate") == [
        ("mute", 1, None),
        ("voice", 1, 0.0),
    ]
    assert column(store, "answer_hours", "calls", "answer_rate") == [(1, 0.0)]


def test_of_a_call_of_two_vendors_counts_what_tells_most(store: Store) -> None:
    """The telephony provider knows that it was answered, the tool does not."""
    fill(
        store,
        Party(connection="voice", id="x", timezone="UTC"),
        call("1", "2026-03-02", provider_id="p", customer_id="x", outcome=CallOutcome.UNKNOWN),
        call("p", "2026-03-02", connection="phone", outcome=CallOutcome.ANSWERED),
    )
    assert column(store, "answer_hours", "calls", "answered") == [(1, 1)]


def test_what_no_vendor_says_of_its_emails_is_no_rate(store: Store) -> None:
    """Nothing known to have bounced is not the same as known not to have bounced."""
    fill(
        store,
        email("1", "2026-03-02"),
        email("2", "2026-03-02", connection="told", bounced=False),
        email("3", "2026-03-02", connection="told", direction=Direction.INBOUND),
        email("4", "2026-02-02", connection="told", opened_at=noon("2026-02-03"), thread_id="t"),
    )
    rates = ("bounce_rate", "delivery_rate", "reply_rate", "open_rate")
    assert column(store, "email_rates", "connection", *rates) == [
        ("mail", None, None, None, None),
        ("told", 0.0, 1.0, 0.0, 0.5),
    ]


def test_what_was_paid_on_no_day_is_neither_kept_nor_broken(store: Store) -> None:
    """Unless the days of grace are not over; and no touch is known to have missed its payment."""
    facts = {"status": InvoiceStatus.PAID, "amount_remaining": 0}
    some_day = invoice("1", 10, promised_to_pay_on=date(2026, 3, 1), **facts)
    sure = invoice("2", 10, promised_to_pay_on=date(2026, 3, 30), **facts)
    touch = call("a", "2026-03-02")
    fill(store, some_day, sure, touch, links=about(touch, some_day))
    assert column(store, "promises", "id", "state") == [("1", "not known"), ("2", "kept")]
    assert column(store, "promises_kept", "kept", "broken", "not_known") == [(1, 0, 1)]
    assert column(store, "touch_yield", "touches") == []


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


def test_an_email_without_a_time_answers_none(store: Store) -> None:
    """Nobody can say which email of its thread comes before it."""
    inbound = {"direction": Direction.INBOUND, "sent_at": None}
    fill(
        store,
        email("1", "2026-03-01", thread_id="t"),
        email("re", "2026-03-05", thread_id="t", **inbound),
    )
    assert column(store, "email_rates", "sent", "replied") == [(1, 0)]


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
    ) == [("USD", 2, 0, Decimal("0.1123"), 3), ("none", 1, 1, None, 3)]
    assert column(store, "cost_per_paid_invoice", "cost_per_invoice") == [
        (pytest.approx(0.1123 / 3),),
        (None,),
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


def test_touches_that_no_metric_counts_are_told(store: Store) -> None:
    """How many, and why; one whose direction nobody says is no touch of anybody's."""
    one = invoice("1", 10)
    done = call("done", "2026-03-02", customer_id="x", outcome=CallOutcome.ANSWERED)
    fill(
        store,
        one,
        Party(connection="voice", id="x", timezone="UTC"),
        done,
        call("unsaid", "2026-03-02", connection="credira", direction=None),
        call("odd", "2026-03-02", connection="credira", direction=Direction.UNKNOWN),
        call("never", "2026-03-02", connection="credira", direction=None, started_at=None),
        call("planned", "2026-03-02", direction=None, status=CallStatus.PLANNED),
        call("before", "2025-03-02", connection="credira", direction=None),
        call("theirs", "2026-03-02", direction=Direction.INBOUND),
        call("silent", "2026-03-02", customer_id="x", outcome=CallOutcome.UNKNOWN),
        call("mute", "2026-03-02", connection="mute", outcome=CallOutcome.VOICEMAIL),
        email("mail", "2026-03-02", direction=None),
        links=about(done, one),
    )
    columns = ("connection", "record", "reason", "touches")
    assert column(store, "touches_left_out", *columns) == [
        ("credira", "calls", "direction not known", 2),
        ("credira", "calls", "time not known", 1),
        ("mail", "emails", "direction not known", 1),
        ("mute", "calls", "about no receivable that is counted", 1),
        ("mute", "calls", "its connection never says that a call was answered", 1),
        ("mute", "calls", "time zone of the customer not known", 1),
        ("voice", "calls", "about no receivable that is counted", 1),
        ("voice", "calls", "outcome not known", 1),
    ]
