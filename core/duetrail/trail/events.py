"""Events: what happened on an invoice, or is planned, each told in a line of words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from attrs import frozen

from duetrail.model import (
    Call,
    Callout,
    CallOutcome,
    CalloutStatus,
    CallStatus,
    Channel,
    CreditAllocation,
    DeliveryStatus,
    Email,
    EmailStatus,
    Invoice,
    InvoiceKind,
    Money,
    PaymentStatus,
    Touch,
)
from duetrail.trail.applied import Applied

# How an event is shown, by its kind: each has an icon or a colour.
_LOOKS = {
    "issued": "bill",
    "usage bill": "bill",
    "due": "due",
    "instalment due": "due",
    "promised": "promise",
    "payment": "paid",
    "paid": "paid",
    "instalment paid": "paid",
    "voided": "end",
    "written off": "end",
    "credit note": "credit",
    "credit applied": "credit",
    "credit paid back": "credit",
    "call": "call",
    "callout": "plan",
    "email": "email",
    "email opened": "seen",
    "email clicked": "seen",
    "email bounced": "email",
    "letter": "email",
}

# How far a touch has come that is still to come.
_PLANNED = (
    CallStatus.PLANNED,
    CalloutStatus.PENDING_APPROVAL,
    CalloutStatus.DRAFT,
    CalloutStatus.SCHEDULED,
    EmailStatus.DRAFT,
    EmailStatus.SCHEDULED,
)

# How a call ends that did not arrive anywhere.
_UNREACHED = (CallOutcome.BAD_NUMBER, CallOutcome.FAILED)


@frozen
class Event:
    """One thing that happened, or is planned, on an invoice.

    Attributes:
        at: When; a date where only the day is known, None where not even that.
        connection: Who says so.
        record: The table of the record it is read from.
        id: The record's id.
        kind: What happened in one or two words, such as `issued`, `email`, `call`.
        text: The rest in a line.
        how: How the record is linked to the invoice, such as `contained`; empty for the invoice.
        absent_since: Since when the vendor no longer lists the record; None while it does.
        rule: The name of the rule that links the record, where `how` is `derived`.
        planned: Whether a touch is still to come, as far as the vendor tells.
        failed: Whether a touch did not arrive, or not with everybody, as far as the vendor tells:
            it bounced, failed, or the number is wrong.
        said: The prose at the end of `text`, if any: a summary, a subject.
    """

    at: datetime | date | None
    connection: str
    record: str
    id: str
    kind: str
    text: str
    how: str = ""
    absent_since: datetime | None = None
    rule: str = ""
    planned: bool = False
    failed: bool = False
    said: str = ""


def milestones(invoice: Invoice, applied: Iterable[Applied] = ()) -> Iterator[Event]:
    """What an invoice tells of itself: when it was issued, is due, was promised, paid, given up.

    Args:
        invoice: The invoice.
        applied: What payments say is applied to it, told beside what it says of payments itself.
    """

    def happened(kind: str, at: datetime | date | None, text: str = "") -> Iterator[Event]:
        if at is not None:
            yield Event(at, *invoice.ref, kind, text)

    issued = invoice.issued_at or invoice.issued_on
    if invoice.kind == InvoiceKind.USAGE_BILL:
        # Its period is often all that dates it, and where even that is missing it is told, too.
        at = issued or invoice.period_end_at or invoice.period_start_at
        yield Event(at, *invoice.ref, "usage bill", _usage(invoice))
    else:
        yield from happened("issued", issued, amount(invoice.total))
    yield from happened("due", invoice.due_on or invoice.due_at, amount(invoice.amount_due))
    yield from happened("promised", invoice.promised_to_pay_on, "the customer promised to pay")
    for part in invoice.allocations:
        words = [amount(part.amount), word(part.payment_method, part.payment_method_raw)]
        words += [_unsettled(part.payment_status, part.payment_status_raw)]
        words += [] if part.approved else ["proposed match, not applied"]
        at = part.paid_at or part.approved_at or part.created_at
        yield Event(at, *invoice.ref, "payment", ", ".join(filter(None, words)))
    yield from map(payment_made, applied)
    for instalment in invoice.instalments:
        due = instalment.due_on or instalment.due_at
        yield from happened("instalment due", due, amount(instalment.amount))
        yield from happened("instalment paid", instalment.paid_at, amount(instalment.amount_paid))
    for share in invoice.credit_allocations:
        yield from happened(_use_of(share), share.applied_at, amount(share.amount))
    paid = invoice.paid_at or invoice.paid_on
    yield from happened("paid", paid, amount(invoice.amount_paid))
    yield from happened("voided", invoice.voided_at)
    yield from happened("written off", invoice.written_off_at, amount(invoice.amount_written_off))


def payment_made(applied: Applied) -> Event:
    """That a payment was applied to an invoice, for the timeline of that invoice."""
    payment, share = applied.payment, applied.share
    words = [
        amount(share.amount),
        word(payment.method, payment.method_raw),
        _unsettled(payment.status, payment.status_raw),
    ]
    text = ", ".join(filter(None, words))
    return Event(applied.at, *payment.ref, "payment", text, absent_since=applied.absent_since)


def _unsettled(status: PaymentStatus | None, raw: str | None) -> str:
    """How far a payment has come; empty where it is settled, as most are."""
    return "" if status == PaymentStatus.SETTLED else word(status, raw)


def note_issued(note: Invoice) -> Event:
    """That a credit note was issued, for the timeline of the invoice that it corrects."""
    at = note.issued_at or note.issued_on or note.created_at
    words = [note.number or note.id, amount(note.total), word(note.status, note.status_raw)]
    return Event(at, *note.ref, "credit note", ", ".join(filter(None, words)))


def credit_applied(note: Invoice, share: CreditAllocation) -> Event:
    """That a share of a credit note was applied to an invoice, for the timeline of that invoice."""
    words = (amount(share.amount), note.number or note.id)
    return Event(share.applied_at, *note.ref, "credit applied", ", ".join(filter(None, words)))


def _use_of(share: CreditAllocation) -> str:
    """What was done with a share of a credit note."""
    return "credit paid back" if share.refund_id else "credit applied"


def _usage(bill: Invoice) -> str:
    """A usage bill in a line: number, price, period, and how many calls it charges for."""
    calls = [
        f"{count:,} {direction}"
        for count, direction in (
            (bill.outbound_calls, "outbound"),
            (bill.inbound_calls, "inbound"),
        )
        if count is not None
    ]
    words = [
        bill.number or bill.id,
        amount(bill.total),
        period(bill),
        f"{' and '.join(calls)} calls" if calls else "",
    ]
    return ", ".join(filter(None, words))


def touch_events(touch: Touch, how: str, rule: str) -> Iterator[Event]:
    """What a touch tells: itself, and what became of an email.

    Args:
        touch: A call, a callout, an email or another message.
        how: How it is linked to the invoice.
        rule: By which rule.
    """

    def event(
        at: datetime | None,
        kind: str,
        words: Iterable[str],
        said: str | None,
        *,
        planned: bool = False,
        failed: bool = False,
    ) -> Event:
        text = ", ".join(filter(None, (*words, said)))
        return Event(
            at,
            *touch.ref,
            kind,
            text,
            how,
            rule=rule,
            planned=planned,
            failed=failed,
            said=said or "",
        )

    match touch:
        case Call():
            at, planned = touch.started_at or touch.created_at, touch.status in _PLANNED
            failed = touch.status == CallStatus.FAILED or touch.outcome in _UNREACHED
            yield event(at, "call", _call(touch), touch.summary, planned=planned, failed=failed)
        case Callout():
            at, planned = touch.scheduled_at or touch.created_at, touch.status in _PLANNED
            failed = touch.status == CalloutStatus.FAILED
            yield event(at, "callout", _callout(touch), None, planned=planned, failed=failed)
        case Email():
            at = touch.sent_at or touch.planned_at or touch.created_at
            planned, failed = touch.status in _PLANNED, _bounced(touch)
            kind = word(touch.channel, touch.channel_raw) or "email"
            quoted = f"“{touch.subject}”" if touch.subject else None
            yield event(at, kind, _email(touch), quoted, planned=planned, failed=failed)
            if touch.opened_at:
                yield event(touch.opened_at, "email opened", (), touch.subject)
            if touch.clicked_at:
                yield event(touch.clicked_at, "email clicked", (), touch.subject)
            if touch.bounced_at:
                yield event(touch.bounced_at, "email bounced", (), touch.subject, failed=True)


def _bounced(email: Email) -> bool:
    """Whether an email did not reach all that it was sent to."""
    return (
        bool(email.bounced or email.bounced_addresses or email.bounced_at)
        or email.status == EmailStatus.FAILED
        or email.delivery_status == DeliveryStatus.BOUNCED
    )


def _call(call: Call) -> list[str]:
    return [
        word(call.direction),
        word(call.status, call.status_raw),
        "voicemail" if call.voicemail else word(call.outcome, call.outcome_raw),
        f"{call.duration_seconds} s" if call.duration_seconds is not None else "",
        f"by {call.agent_kind}" if call.agent_kind else "",
    ]


def _callout(callout: Callout) -> list[str]:
    by = " and ".join(word(channel) for channel in callout.channels if channel in Channel)
    return [
        word(callout.kind, callout.kind_raw),
        word(callout.status, callout.status_raw),
        f"by {by}" if by else "",
        f"{callout.priority_raw} priority" if callout.priority_raw else "",
        "read off an unsent touch" if callout.derived else "",
    ]


def _email(email: Email) -> list[str]:
    bounced = email.bounced_addresses or (("",) if email.bounced else ())
    return [
        word(email.direction),
        word(email.status, email.status_raw),
        f"to {', '.join(email.to_addresses)}" if email.to_addresses else "",
        f"bounced {', '.join(bounced)}".strip() if bounced else "",
    ]


def look_of(event: Event) -> str:
    """How an event is shown: one of a few words, whatever a vendor calls its messages."""
    return _LOOKS.get(event.kind, "message" if event.record == Email.table else "note")


def amount(money: Money | None) -> str:
    """Money with its currency, to the last digit; empty for none."""
    if money is None:
        return ""
    if money.amount is None:
        return f"{money.minor} minor units of {money.currency or 'an unknown currency'}"
    return f"{money.amount:,f} {money.currency or ''}".strip()


def day(at: datetime | date) -> date:
    """The day of a time in UTC; a day is one already."""
    return at.astimezone(UTC).date() if isinstance(at, datetime) else at


def period(invoice: Invoice) -> str:
    """The time that an invoice bills, such as `2026-03-01 to 2026-04-01`; empty for none."""
    ends = (invoice.period_start_at, invoice.period_end_at)
    told = [end.isoformat(" ", "minutes")[:16] if end else "" for end in ends]
    if all(end is None or (end.hour, end.minute) == (0, 0) for end in ends):
        told = [one[:10] for one in told]
    begin, end = told
    if begin and end:
        return f"{begin} to {end}"
    return f"from {begin}" if begin else f"until {end}" if end else ""


def word(one: str | None, raw: str | None = None) -> str:
    """A word of the model as text; the vendor's own where the model has none."""
    one = raw if one in (None, "unknown") else one
    return one.replace("_", " ") if one else ""
