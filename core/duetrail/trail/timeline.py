"""The timeline of one invoice: its own milestones, its payments, and every touch linked to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import TypeVar, cast

from attrs import evolve, frozen

from duetrail.errors import UsageError
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
    Money,
    Party,
    Record,
    Ref,
)
from duetrail.stores import LinkQuery, RecordQuery, Store, ValueQuery, from_row
from duetrail.trail.linking import same_invoices

R = TypeVar("R", bound=Record)

_TOUCHES = (Call, Callout, Email)

# How a call ends that reached nobody and can reach nobody.
_UNREACHED = (CallOutcome.BAD_NUMBER, CallOutcome.FAILED)

# The columns of an invoice that people call it by.
_NAMES = ("number", "id", "remote_id")

# Of events at the same time, a callout comes before the calls and emails it planned.
_RANK = {"invoices": 0, "callouts": 1, "calls": 2, "emails": 3}


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
        failed: Whether a touch reached nobody it was meant for, as the vendor tells: it bounced,
            failed, or the number is wrong.
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
    failed: bool = False
    said: str = ""


@frozen
class Timeline:
    """Everything that happened on one invoice, in order.

    Attributes:
        invoice: Which invoice.
        same: The invoices of other connections that are the same by a rule of the user.
        record: The invoice as stored; None where only touches name it.
        customer: The customer's name, if known.
        events: What happened, oldest first; those without a time come last.
    """

    invoice: Ref
    same: tuple[Ref, ...]
    record: Invoice | None
    customer: str | None
    events: tuple[Event, ...]


def find_invoice(store: Store, name: str) -> Ref:
    """The invoice that a name stands for.

    Args:
        store: Where to look.
        name: Its number, its id at the vendor, its ERP id, or `connection:id`.

    Raises:
        UsageError: There is none, or there are several; then all of them are listed.
    """
    if not name:
        raise UsageError("which invoice?", hint="Give its number, its id, or CONNECTION:ID.")
    found = _named(store, name)
    if found and set(found) <= set(same_invoices(store, found[0])):
        return found[0]
    if not found:
        raise UsageError(
            f"no invoice is called {name!r}",
            hint="Ask by its number, its id at the vendor, its ERP id, or CONNECTION:ID.",
        )
    listed = "\n".join(f"    {ref.connection}:{ref.id}" for ref in found)
    raise UsageError(
        f"{name!r} may be any of {len(found)} invoices", hint=f"Ask for one of them:\n{listed}"
    )


def timeline(store: Store, invoice: Ref) -> Timeline:
    """Everything the store knows about one invoice, in order."""
    same = same_invoices(store, invoice)
    invoices = list(_load(store, Invoice, same))
    records = {record.ref: record for record, _ in invoices}
    events = [one for record, gone in invoices for one in _marked(_milestones(record), gone)]
    for note, gone in _load(store, Invoice, _credit_notes(store, same)):
        events += _marked([_issued(note)], gone)
    linked = _touches(store, same)
    for kind in _TOUCHES:
        refs = [ref for ref in linked if ref.record == kind.table]
        for touch, gone in _load(store, kind, refs):
            how, rule = linked[touch.ref]
            told = (evolve(event, rule=rule) for event in _events(touch, how))
            events += _marked(told, gone)
    named = (_customer(store, records[ref]) for ref in same if ref in records)
    return Timeline(
        invoice=invoice,
        same=same[1:],
        record=records.get(invoice),
        customer=next(filter(None, named), None),
        events=tuple(sorted(events, key=_order)),
    )


# --- reading -------------------------------------------------------------------------------------


def _named(store: Store, name: str) -> list[Ref]:
    """The invoices that a name may mean, sorted.

    Where no such invoice is stored, those that links name: some vendors have none of their own.
    """
    connection, _, id = name.partition(":")
    exact = Ref(connection, Invoice.table, id)
    asked = [ValueQuery(Invoice.table, "id", connection, values=[id])]
    asked += [ValueQuery(Invoice.table, column, values=[name]) for column in _NAMES]
    found = {ref for query in asked for _, refs in store.values(query) for ref in refs}
    if not found:
        linked = {link.invoice for link in store.links(LinkQuery(invoice_ids={name, id}))}
        found = {invoice for invoice in linked if invoice == exact or invoice.id == name}
    return sorted(found)


def _touches(store: Store, invoices: Sequence[Ref]) -> dict[Ref, tuple[str, str]]:
    """The touches linked to some invoices, each with how and by which rule.

    Of several links, the first invoice's.
    """
    by_invoice: dict[Ref, dict[Ref, tuple[str, str]]] = {
        invoice: {} for invoice in reversed(invoices)
    }
    links = store.links(LinkQuery(invoices=invoices))
    # Of several links to one invoice the last is told here: contained, else derived, keyed, native.
    for link in sorted(links, key=lambda link: link.how.value, reverse=True):
        if link.touch.record != Invoice.table:
            by_invoice[link.invoice][link.touch] = (link.how.value, link.rule)
    return {touch: how for touches in by_invoice.values() for touch, how in touches.items()}


def _credit_notes(store: Store, invoices: Sequence[Ref]) -> list[Ref]:
    """The credit notes that correct one of some invoices, and are none of them."""
    asked = (
        ValueQuery(Invoice.table, "original_invoice_id", one.connection, values=[one.id])
        for one in invoices
    )
    found = {ref for query in asked for _, refs in store.values(query) for ref in refs}
    return sorted(found - {*invoices})


def _load(store: Store, kind: type[R], refs: Iterable[Ref]) -> Iterator[tuple[R, datetime | None]]:
    """Records, each with the time since when it is absent."""
    by_connection: dict[str, list[str]] = {}
    for ref in refs:
        by_connection.setdefault(ref.connection, []).append(ref.id)
    for connection, ids in by_connection.items():
        for row in store.records(RecordQuery(kind.table, connection, ids)):
            since = row.absent_since
            yield cast("R", from_row(row)), datetime.fromisoformat(since) if since else None


def _marked(events: Iterable[Event], since: datetime | None) -> Iterator[Event]:
    """The events of a record that is absent since then, if it is."""
    return (evolve(event, absent_since=since) for event in events)


def _customer(store: Store, invoice: Invoice) -> str | None:
    if invoice.customer_name or invoice.customer_id is None:
        return invoice.customer_name
    refs = [Ref(invoice.connection, "parties", invoice.customer_id)]
    return next((party.name or party.legal_name for party, _ in _load(store, Party, refs)), None)


def _order(event: Event) -> tuple[bool, datetime, int, str]:
    at = event.at
    if at is None:
        moment = datetime.max.replace(tzinfo=UTC)
    else:
        moment = at if isinstance(at, datetime) else datetime.combine(at, time(), UTC)
    return (at is None, moment, _RANK[event.record], event.id)


# --- what happened -------------------------------------------------------------------------------


def _milestones(invoice: Invoice) -> Iterator[Event]:
    def happened(kind: str, at: datetime | date | None, text: str = "") -> Iterator[Event]:
        if at is not None:
            yield Event(at, *invoice.ref, kind, text)

    yield from happened("issued", invoice.issued_at or invoice.issued_on, _amount(invoice.total))
    yield from happened("due", invoice.due_on or invoice.due_at, _amount(invoice.amount_due))
    yield from happened("promised", invoice.promised_to_pay_on, "the customer promised to pay")
    for part in invoice.allocations:
        words = [_amount(part.amount), _word(part.payment_method, part.payment_method_raw)]
        words += [] if part.approved else ["proposed match, not applied"]
        yield from happened("payment", part.paid_at, ", ".join(filter(None, words)))
    for instalment in invoice.instalments:
        due = instalment.due_on or instalment.due_at
        yield from happened("instalment due", due, _amount(instalment.amount))
        yield from happened("instalment paid", instalment.paid_at, _amount(instalment.amount_paid))
    for share in invoice.credit_allocations:
        yield from happened(_use_of(share), share.applied_at, _amount(share.amount))
    yield from happened("paid", invoice.paid_at, _amount(invoice.amount_paid))
    yield from happened("voided", invoice.voided_at)
    yield from happened("written off", invoice.written_off_at, _amount(invoice.amount_written_off))


def _issued(note: Invoice) -> Event:
    """That a credit note was issued, for the timeline of the invoice that it corrects."""
    at = note.issued_at or note.issued_on or note.created_at
    words = [note.number or note.id, _amount(note.total), _word(note.status, note.status_raw)]
    return Event(at, *note.ref, "credit note", ", ".join(filter(None, words)))


def _use_of(share: CreditAllocation) -> str:
    """What was done with a share of a credit note."""
    return "credit paid back" if share.refund_id else "credit applied"


def _events(touch: Record, how: str) -> Iterator[Event]:
    match touch:
        case Call():
            at = touch.started_at or touch.created_at
            failed = touch.status is CallStatus.FAILED or touch.outcome in _UNREACHED
            yield _told(at, touch, "call", _call(touch), how, failed, touch.summary or "")
        case Callout():
            at = touch.scheduled_at or touch.created_at
            failed = touch.status is CalloutStatus.FAILED
            yield _told(at, touch, "callout", _callout(touch), how, failed)
        case Email():
            at = touch.sent_at or touch.planned_at or touch.created_at
            kind = _word(touch.channel, touch.channel_raw) or "email"
            subject = f"“{touch.subject}”" if touch.subject else ""
            yield _told(at, touch, kind, _email(touch), how, _bounced(touch), subject)
            for kind, at in (
                ("email opened", touch.opened_at),
                ("email clicked", touch.clicked_at),
                ("email bounced", touch.bounced_at),
            ):
                if at:
                    failed, subject = kind == "email bounced", touch.subject or ""
                    yield _told(at, touch, kind, [], how, failed, subject)


def _told(
    at: datetime | None,
    touch: Record,
    kind: str,
    words: Iterable[str],
    how: str,
    failed: bool,
    said: str = "",
) -> Event:
    text = ", ".join(filter(None, (*words, said)))
    return Event(at, *touch.ref, kind, text, how, failed=failed, said=said)


def _bounced(email: Email) -> bool:
    """Whether an email reached nobody, or not everybody."""
    return (
        bool(email.bounced or email.bounced_addresses or email.bounced_at)
        or email.status is EmailStatus.FAILED
        or email.delivery_status is DeliveryStatus.BOUNCED
    )


def _call(call: Call) -> list[str]:
    return [
        _word(call.direction),
        _word(call.status, call.status_raw),
        "voicemail" if call.voicemail else _word(call.outcome, call.outcome_raw),
        f"{call.duration_seconds} s" if call.duration_seconds is not None else "",
        f"by {call.agent_kind}" if call.agent_kind else "",
    ]


def _callout(callout: Callout) -> list[str]:
    by = " and ".join(_word(channel) for channel in callout.channels if channel in Channel)
    return [
        _word(callout.kind, callout.kind_raw),
        _word(callout.status, callout.status_raw),
        f"by {by}" if by else "",
        f"{callout.priority_raw} priority" if callout.priority_raw else "",
        "read off an unsent touch" if callout.derived else "",
    ]


def _email(email: Email) -> list[str]:
    bounced = email.bounced_addresses or (("",) if email.bounced else ())
    return [
        _word(email.direction),
        _word(email.status, email.status_raw),
        f"to {', '.join(email.to_addresses)}" if email.to_addresses else "",
        f"bounced {', '.join(bounced)}".strip() if bounced else "",
    ]


def _amount(money: Money | None) -> str:
    if money is None:
        return ""
    if money.amount is None:
        return f"{money.minor} minor units of {money.currency or 'an unknown currency'}"
    return f"{money.amount:,f} {money.currency or ''}".strip()


def _word(word: str | None, raw: str | None = None) -> str:
    """A word of the model as text; the vendor's own where the model has none."""
    word = raw if word in (None, "unknown") else word
    return word.replace("_", " ") if word else ""
