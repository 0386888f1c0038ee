"""The timeline of an invoice: everything, once, in order."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import asdict, evolve

from duetrail.model import (
    AgentKind,
    Call,
    Callout,
    CallOutcome,
    CalloutStatus,
    CallStatus,
    Channel,
    CreditAllocation,
    DeliveryStatus,
    Direction,
    Email,
    EmailStatus,
    Instalment,
    Invoice,
    InvoiceKind,
    LinkKind,
    Money,
    Party,
    PaymentAllocation,
    PaymentStatus,
    Ref,
)
from duetrail.trail import timeline, timelines

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
REF = Ref("acme", "invoices", "i1")
INVOICE = {"connection": "acme", "id": "i1", "currency": "USD"}
USD = Money(Decimal("1234.50"), "USD")


def touch(kind, id, *, connection="acme", invoices=(REF,), **fields):
    return kind(connection=connection, id=id, invoices=invoices, **fields)


@pytest.fixture
def told(store):
    """What is told of the invoice: kind and text of each event."""
    return lambda: [(event.kind, event.text) for event in timeline(store, REF).events]


@pytest.fixture
def order(store):
    """The ids of the events, in order."""
    return lambda: [event.id for event in timeline(store, REF).events]


# --- order ---------------------------------------------------------------------------------------


def test_what_happened_comes_oldest_first(keep, order):
    """What happened comes oldest first, whoever says so."""
    keep(
        Invoice(**INVOICE, issued_at=NOON),
        touch(Call, "c", started_at=NOON + timedelta(days=2)),
        touch(Email, "e", connection="other", sent_at=NOON + timedelta(days=1)),
        touch(Callout, "o", scheduled_at=NOON + timedelta(days=3)),
    )
    assert order() == ["i1", "e", "c", "o"]


def test_same_moment(keep, order):
    """Of the same moment, the plan comes before the call and the email it led to."""
    keep(
        touch(Email, "e", sent_at=NOON),
        touch(Call, "c", started_at=NOON),
        touch(Callout, "o", scheduled_at=NOON),
        Invoice(**INVOICE, issued_at=NOON),
    )
    assert order() == ["i1", "o", "c", "e"]


def test_same_moment_same_kind(keep, order):
    """Of one kind, ids decide, so that the order is the same every time."""
    keep(*(touch(Call, id, started_at=NOON) for id in ("b", "a", "c")))
    assert order() == ["a", "b", "c"]


def test_no_time(keep, order):
    """What has no time comes last."""
    keep(touch(Callout, "o"), touch(Call, "c", started_at=NOON), touch(Email, "e"))
    assert order() == ["c", "o", "e"]


def test_day_without_an_hour(keep, told):
    """A day comes before everything that happened on it."""
    keep(
        touch(Call, "c", started_at=datetime(2026, 3, 1, tzinfo=UTC)),
        Invoice(**INVOICE, due_on=date(2026, 3, 1)),
    )
    assert [kind for kind, _ in told()] == ["due", "call"]


@pytest.mark.parametrize(
    ("record", "at"),
    [
        (touch(Call, "x", created_at=NOON), NOON),
        (touch(Call, "x", created_at=NOON, started_at=NOON + timedelta(1)), NOON + timedelta(1)),
        (touch(Callout, "x", created_at=NOON, started_at=NOON + timedelta(1)), NOON),
        (touch(Callout, "x", scheduled_at=NOON, created_at=NOON - timedelta(1)), NOON),
        (touch(Email, "x", planned_at=NOON, created_at=NOON - timedelta(1)), NOON),
        (touch(Email, "x", sent_at=NOON, planned_at=NOON - timedelta(1)), NOON),
    ],
)
def test_which_time(store, keep, record, at):
    """A touch stands where it happened, else where it was planned, else where it was noted."""
    keep(record)
    assert timeline(store, REF).events[0].at == at


# --- what is told --------------------------------------------------------------------------------


def test_an_invoice_tells_its_own_story(keep, told):
    """An invoice tells its own story: each step with the amount it is about."""
    keep(
        Invoice(
            **INVOICE,
            total=USD,
            amount_due=USD,
            amount_paid=Money(Decimal(5), "USD"),
            issued_on=date(2026, 1, 1),
            due_on=date(2026, 2, 1),
            promised_to_pay_on=date(2026, 2, 10),
            paid_at=NOON,
            voided_at=NOON + timedelta(1),
            written_off_at=NOON + timedelta(2),
        )
    )
    assert told() == [
        ("issued", "1,234.50 USD"),
        ("due", "1,234.50 USD"),
        ("promised", "the customer promised to pay"),
        ("paid", "5 USD"),
        ("voided", ""),
        ("written off", ""),
    ]


@pytest.mark.parametrize("approved", [True, False, None])
def test_a_payment_is_told_with_amount_and_way(keep, told, approved):
    """A payment is told with amount and way; a match that is only proposed is called so."""
    share = PaymentAllocation(
        currency="USD",
        amount=USD,
        approved=approved,
        payment_method_raw="wire_transfer",
        paid_at=NOON,
    )
    keep(Invoice(**INVOICE, allocations=(share,)))
    text = "1,234.50 USD, wire transfer"
    assert told() == [("payment", text if approved else f"{text}, proposed match, not applied")]


def test_a_share_of_a_payment_is_told_whenever_it_was(keep, store):
    """When it was paid, else approved, else recorded; without any time last."""
    days = [NOON + timedelta(days=at) for at in range(3)]
    times = (
        {"created_at": days[2]},
        {"approved_at": days[1], "created_at": days[2]},
        {"paid_at": days[0], "approved_at": days[1]},
        {},
    )
    shares = (PaymentAllocation(approved=True, **some) for some in times)
    keep(Invoice(**INVOICE, allocations=tuple(shares)))
    events = timeline(store, REF).events
    assert [(event.at, event.kind) for event in events] == [(at, "payment") for at in (*days, None)]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (PaymentStatus.SETTLED, "1,234.50 USD"),
        (PaymentStatus.FAILED, "1,234.50 USD, failed"),
        (PaymentStatus.REFUNDED, "1,234.50 USD, refunded"),
        (None, "1,234.50 USD, odd"),
    ],
)
def test_a_share_of_a_payment_says_how_far_that_has_come(keep, told, status, text):
    """Unless it is settled."""
    raw = "odd" if status is None else None
    share = PaymentAllocation(
        currency="USD",
        amount=USD,
        approved=True,
        payment_status=status,
        payment_status_raw=raw,
        paid_at=NOON,
    )
    keep(Invoice(**INVOICE, allocations=(share,)))
    assert told() == [("payment", text)]


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(Decimal("0.00"), "USD"), "0.00 USD"),
        (Money(Decimal("-3"), "USD"), "-3 USD"),
        (Money(None, "USD", Decimal(12345)), "12345 minor units of USD"),
    ],
)
def test_amounts_are_told_exactly(keep, told, money, text):
    """Amounts are told exactly; where only minor units are certain, these."""
    keep(Invoice(**INVOICE, total=money, issued_at=NOON))
    assert told() == [("issued", text)]


def test_unknown_currency(keep, told):
    """Without a currency none is made up."""
    keep(Invoice(connection="acme", id="i1", total=Money(None, None, Decimal(7)), issued_at=NOON))
    assert told() == [("issued", "7 minor units of an unknown currency")]


def test_a_call_is_told_in_a_line(keep, told):
    """A call is told in a line, in the vendor's own words."""
    keep(
        touch(
            Call,
            "c",
            direction=Direction.OUTBOUND,
            status_raw="completed",
            outcome_raw="user_hangup",
            duration_seconds=0,
            agent_kind=AgentKind.AI,
            summary="Will pay.",
        ),
        touch(Call, "d", voicemail=True, outcome_raw="left_message"),
    )
    assert told() == [
        ("call", "outbound, completed, user hangup, 0 s, by ai, Will pay."),
        ("call", "voicemail"),
    ]


def test_a_callout_is_told_in_a_line(keep, told):
    """So is a callout; one that is read off a planned touch says so."""
    keep(
        touch(
            Callout,
            "o",
            kind_raw="payment_reminder",
            status_raw="draft",
            channels=(Channel.CALL, Channel.EMAIL),
            priority_raw="high",
            derived=True,
        )
    )
    words = "payment reminder, draft, by call and email, high priority, read off an unsent touch"
    assert told() == [("callout", words)]


def test_an_email_is_told_with_what_became_of_it(keep, told):
    """An email is told when it was sent, opened and clicked, and that it bounced, and where."""
    keep(
        touch(
            Email,
            "e",
            sent_at=NOON,
            opened_at=NOON + timedelta(1),
            clicked_at=NOON + timedelta(2),
            status_raw="sent",
            to_addresses=("a@example.org", "b@example.org"),
            bounced_addresses=("b@example.org",),
            subject="Overdue",
        )
    )
    assert told() == [
        ("email", "sent, to a@example.org, b@example.org, bounced b@example.org, “Overdue”"),
        ("email opened", "Overdue"),
        ("email clicked", "Overdue"),
    ]


# --- whose it is ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", LinkKind)
def test_each_event_says_how_it_is_linked(store, keep, how):
    """Each event says how it is known to be about the invoice; the invoice's own need not."""
    keep(Invoice(**INVOICE, issued_at=NOON))
    keep(touch(Call, "c", started_at=NOON), how=how)
    assert [(event.record, event.how) for event in timeline(store, REF).events] == [
        ("invoices", ""),
        ("calls", how),
    ]


def test_other_invoices(keep, order):
    """A touch about several invoices is told on each; one about others is not."""
    other = Ref("acme", "invoices", "i2")
    keep(
        touch(Call, "both", invoices=(REF, other)),
        touch(Call, "other", invoices=(other,)),
        touch(Call, "namesake", invoices=(Ref("other", "invoices", "i1"),)),
    )
    assert order() == ["both"]


def test_two_ways(store, keep):
    """A touch that is linked twice is told once."""
    for how in (LinkKind.NATIVE, LinkKind.KEYED):
        keep(touch(Call, "c", started_at=NOON), how=how)
    assert [event.id for event in timeline(store, REF).events] == ["c"]


def test_invoice_that_is_only_named(store, keep):
    """An invoice no vendor lists has a trail, too."""
    keep(touch(Call, "c", started_at=NOON))
    found = timeline(store, REF)
    assert (found.record, found.customer, len(found.events)) == (None, None, 1)


def test_the_customer_is_named(store, keep):
    """The customer is named by the invoice, else by the party it refers to."""
    keep(
        Invoice(**INVOICE, customer_id="p1"), Party(connection="acme", id="p1", legal_name="B Ltd")
    )
    assert timeline(store, REF).customer == "B Ltd"
    keep(Invoice(**INVOICE, customer_id="p1", customer_name="A Ltd"))
    assert timeline(store, REF).customer == "A Ltd"


# --- credit notes, instalments, messages ---------------------------------------------------------


def test_instalments_and_write_offs_are_milestones(keep, told):
    """Each instalment is told by its own day, and a write-off with what was given up."""
    keep(
        Invoice(
            **INVOICE,
            instalments=(
                Instalment(currency="USD", amount=USD, due_on=date(2026, 3, 2), paid_at=NOON),
                Instalment(currency="USD", amount=USD, due_on=date(2026, 4, 2)),
            ),
            amount_written_off=USD,
            written_off_at=NOON + timedelta(days=90),
        )
    )
    assert told() == [
        ("instalment paid", ""),
        ("instalment due", "1,234.50 USD"),
        ("instalment due", "1,234.50 USD"),
        ("written off", "1,234.50 USD"),
    ]


def test_a_credit_note_is_told_with_the_invoice_that_it_corrects(keep, told):
    """Whose connection has another invoice of that id has nothing to do with it."""
    note = Invoice(
        connection="acme",
        id="cn1",
        kind=InvoiceKind.CREDIT_NOTE,
        number="CN-1",
        currency="USD",
        total=USD,
        issued_at=NOON,
        original_invoice_id="i1",
    )
    keep(Invoice(**INVOICE), note, evolve(note, connection="other"))
    assert told() == [("credit note", "CN-1, 1,234.50 USD")]


def test_a_credit_note_that_is_applied_to_an_invoice_is_told_there(store, keep):
    """Though it corrects another one; a share that was paid back is applied to none."""
    part = CreditAllocation(currency="USD", amount=USD, applied_invoice_id="i1", applied_at=NOON)
    other = evolve(part, applied_invoice_id="i2")
    back = evolve(part, refund_id="r1")
    note = Invoice(
        connection="acme", id="cn1", number="CN-1", currency="USD", original_invoice_id="i2"
    )
    keep(
        Invoice(**INVOICE, paid_at=NOON + timedelta(days=1)),
        evolve(note, credit_allocations=(part, other, back)),
    )
    events = timeline(store, REF).events
    assert [(one.at, one.id, one.kind, one.text) for one in events] == [
        (NOON, "cn1", "credit applied", "1,234.50 USD, CN-1"),
        (NOON + timedelta(days=1), "i1", "paid", ""),
    ]


def test_what_a_credit_note_is_used_for_is_told(store, keep):
    """Where a share is applied, and where it is paid back."""
    shares = (
        CreditAllocation(currency="USD", amount=USD, applied_invoice_id="i1", applied_at=NOON),
        CreditAllocation(
            currency="USD", amount=USD, refund_id="re1", applied_at=NOON + timedelta(days=1)
        ),
    )
    keep(Invoice(connection="acme", id="cn1", currency="USD", credit_allocations=shares))
    events = timeline(store, Ref("acme", "invoices", "cn1")).events
    assert [event.kind for event in events] == ["credit applied", "credit paid back"]


def test_a_message_is_told_by_its_channel(keep, told):
    """An SMS is no email."""
    keep(
        Invoice(**INVOICE),
        touch(Email, "m", sent_at=NOON, channel=Channel.SMS, to_addresses=("+1 555",)),
    )
    assert told() == [("sms", "to +1 555")]


@pytest.mark.parametrize(
    "fields",
    [
        {"bounced": True},
        {"bounced_addresses": ("a@example.org",)},
        {"status": EmailStatus.FAILED},
        {"delivery_status": DeliveryStatus.BOUNCED},
    ],
)
def test_an_email_that_did_not_arrive_failed(store, keep, fields):
    """However the vendor says so."""
    keep(touch(Email, "e", sent_at=NOON, **fields), touch(Email, "f", sent_at=NOON))
    assert [event.failed for event in timeline(store, REF).events] == [True, False]


def test_a_bounce_with_a_time_is_told_by_itself(store, keep):
    """It comes later than the email, and somebody may have acted in between."""
    keep(touch(Email, "e", sent_at=NOON, bounced_at=NOON + timedelta(hours=1), subject="Overdue"))
    told = [(event.kind, event.text, event.failed) for event in timeline(store, REF).events]
    assert told == [("email", "“Overdue”", True), ("email bounced", "Overdue", True)]


def test_a_call_that_reached_nobody_failed(store, keep):
    """A bad number is a failure; nobody at home is none."""
    keep(
        touch(Call, "a", status=CallStatus.FAILED),
        touch(Call, "b", outcome=CallOutcome.BAD_NUMBER),
        touch(Call, "c", outcome=CallOutcome.NO_ANSWER),
    )
    assert [event.failed for event in timeline(store, REF).events] == [True, True, False]


def test_what_is_still_to_come_is_planned(store, keep):
    """A planned call, a scheduled callout, a draft; a call that was made is none of them."""
    keep(
        touch(Call, "a", status=CallStatus.PLANNED),
        touch(Call, "b", status=CallStatus.COMPLETED),
        touch(Callout, "c", status=CalloutStatus.SCHEDULED),
        touch(Email, "d", status=EmailStatus.DRAFT),
        touch(Email, "e", status=EmailStatus.SENT),
    )
    planned = {event.id for event in timeline(store, REF).events if event.planned}
    assert planned == {"a", "c", "d"}


# --- usage bills ---------------------------------------------------------------------------------


def day(number, hour=0):
    return datetime(2026, 3, number, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "at", "text"),
    [
        (
            {
                "number": "R-7",
                "total": USD,
                "period_start_at": day(1),
                "period_end_at": day(31),
                "outbound_calls": 1200,
                "inbound_calls": 3,
            },
            day(31),
            "R-7, 1,234.50 USD, 2026-03-01 to 2026-03-31, 1,200 outbound and 3 inbound calls",
        ),
        (
            {"period_start_at": day(1), "period_end_at": day(8, 5), "inbound_calls": 0},
            day(8, 5),
            "i1, 2026-03-01 00:00 to 2026-03-08 05:00, 0 inbound calls",
        ),
        ({"period_start_at": day(1)}, day(1), "i1, from 2026-03-01"),
        ({"period_end_at": day(2), "issued_at": NOON}, NOON, "i1, until 2026-03-02"),
        ({}, None, "i1"),
    ],
)
def test_a_usage_bill_is_told_with_number_price_and_period(store, keep, fields, at, text):
    """A usage bill has a line even where the vendor gives no date but its period, or none."""
    keep(Invoice(**INVOICE, kind=InvoiceKind.USAGE_BILL, **fields))
    (event,) = timeline(store, REF).events
    assert (event.kind, event.at, event.text) == ("usage bill", at, text)


# --- without people ------------------------------------------------------------------------------


def test_people_can_be_left_out(store, keep):
    """Whatever the model calls personal is gone, from the events and from the record."""
    keep(
        Invoice(
            **INVOICE,
            number="INV-1",
            issued_at=NOON,
            customer_name="Canary",
            billing_email="canary@example.org",
        ),
        touch(Call, "c", status_raw="completed", summary="Canary will pay."),
        touch(
            Email,
            "e",
            status_raw="sent",
            to_addresses=("canary@example.org",),
            bounced=True,
            bounced_addresses=("canary@example.org",),
            bounced_at=NOON,
            subject="Dear Canary",
        ),
    )
    found = timeline(store, REF, without_people=True)
    assert "canary" not in repr(asdict(found)).lower()
    told = [(event.kind, event.text, event.said) for event in found.events]
    assert told == [
        ("issued", "", ""),
        ("email bounced", "", ""),
        ("call", "completed", ""),
        ("email", "sent, bounced", ""),
    ]
    assert found.record is not None
    assert found.record.number == "INV-1"
    assert "canary" in repr(asdict(timeline(store, REF))).lower()


def test_a_customer_without_people_is_not_looked_up(store, keep):
    """The party that the invoice refers to is a name, too."""
    keep(Invoice(**INVOICE, customer_id="p1"), Party(connection="acme", id="p1", name="Canary"))
    assert timeline(store, REF, without_people=True).customer is None


# --- many at once --------------------------------------------------------------------------------


def test_many_are_told_as_each_by_itself(store, keep):
    """In the order that was asked for, however many are read at once."""
    ids = [f"i{number}" for number in range(7)]
    keep(
        *(
            Invoice(connection="acme", id=id, issued_at=NOON, customer_id="p", number=id)
            for id in ids
        ),
        Party(connection="acme", id="p", name="Ann"),
        Invoice(connection="acme", id="n", kind=InvoiceKind.CREDIT_NOTE, original_invoice_id="i3"),
        touch(Call, "c", started_at=NOON, invoices=(REF, Ref("acme", "invoices", "i2"))),
        touch(Email, "e", sent_at=NOON, invoices=(Ref("acme", "invoices", "none"),)),
    )
    refs = [Ref("acme", "invoices", id) for id in [*reversed(ids), "none"]]
    alone = [timeline(store, ref) for ref in refs]
    assert sum(len(one.events) for one in alone) == len(ids) + 4
    for size in (1, 3, 100):
        assert list(timelines(store, refs, size)) == alone


def test_many_take_as_many_queries_as_one(store, keep, monkeypatch):
    """A hundred invoices are not read one by one."""
    asked = []
    for name in ("links", "records", "values"):
        query = getattr(store, name)
        monkeypatch.setattr(store, name, lambda one, ask=query: asked.append(one) or ask(one))
    refs = [Ref("acme", "invoices", f"i{number}") for number in range(100)]
    keep(*(Invoice(connection="acme", id=ref.id, customer_id=ref.id) for ref in refs))
    assert len(list(timelines(store, refs[:1]))) == 1
    once = len(asked)
    assert len(list(timelines(store, refs))) == 100
    assert len(asked) == 2 * once
