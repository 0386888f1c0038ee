"""The timeline of one invoice: its own milestones, its payments, and every touch linked to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from itertools import islice
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
from duetrail.trail.linking import same_invoices, same_of_each

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
    return next(timelines(store, [invoice]))


def timelines(store: Store, invoices: Iterable[Ref], size: int = 500) -> Iterator[Timeline]:
    """The timelines of many invoices, one after another.

    Args:
        store: Where they are.
        invoices: Which ones.
        size: How many are read at once. There are some ten queries for so many invoices, and their
            records are in memory together.
    """
    left = iter(invoices)
    while some := list(islice(left, size)):
        found = _found(store, some)
        yield from (_timeline(found, invoice) for invoice in some)


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


@frozen
class _Found:
    """What was read of some invoices.

    Attributes:
        same: For each of them itself and those that are the same.
        invoices: The invoices that are stored, each with the time since when it is absent.
        notes: The credit notes that correct an invoice, likewise.
        linked: The touches linked to an invoice, each with how and by which rule.
        touches: Those that are stored, each with the time since when it is absent.
        customers: The names of customers that their invoices do not tell.
    """

    same: dict[Ref, tuple[Ref, ...]]
    invoices: dict[Ref, tuple[Invoice, datetime | None]]
    notes: dict[Ref, list[tuple[Invoice, datetime | None]]]
    linked: dict[Ref, dict[Ref, tuple[str, str]]]
    touches: dict[Ref, tuple[Record, datetime | None]]
    customers: dict[Ref, str]


def _found(store: Store, asked: Sequence[Ref]) -> _Found:
    same = same_of_each(store, asked)
    every = list(dict.fromkeys(ref for refs in same.values() for ref in refs))
    invoices = {record.ref: (record, gone) for record, gone in _load(store, Invoice, every)}
    linked = _linked(store, every)
    touches: dict[Ref, tuple[Record, datetime | None]] = {}
    for kind in _TOUCHES:
        refs = {ref for found in linked.values() for ref in found if ref.record == kind.table}
        touches |= {touch.ref: (touch, gone) for touch, gone in _load(store, kind, sorted(refs))}
    customers = _customers(store, [record for record, _ in invoices.values()])
    return _Found(same, invoices, _credit_notes(store, every), linked, touches, customers)


def _timeline(found: _Found, invoice: Ref) -> Timeline:
    same = found.same[invoice]
    stored = [found.invoices[ref] for ref in same if ref in found.invoices]
    events = [one for record, gone in stored for one in _marked(_milestones(record), gone)]
    notes = {note.ref: (note, gone) for ref in same for note, gone in found.notes.get(ref, ())}
    for note, gone in notes.values():
        if note.ref not in same:
            events += _marked([_issued(note)], gone)
    # A touch that is linked to several of them is told as it is linked to the first.
    linked = {touch: how for ref in reversed(same) for touch, how in found.linked[ref].items()}
    for ref, (how, rule) in linked.items():
        if ref in found.touches:
            touch, gone = found.touches[ref]
            events += _marked((evolve(event, rule=rule) for event in _events(touch, how)), gone)
    named = (record.customer_name or found.customers.get(_customer(record)) for record, _ in stored)
    return Timeline(
        invoice=invoice,
        same=same[1:],
        record=found.invoices[invoice][0] if invoice in found.invoices else None,
        customer=next(filter(None, named), None),
        events=tuple(sorted(events, key=_order)),
    )


def _linked(store: Store, invoices: Sequence[Ref]) -> dict[Ref, dict[Ref, tuple[str, str]]]:
    """The touches linked to each of some invoices, each with how and by which rule."""
    found: dict[Ref, dict[Ref, tuple[str, str]]] = {invoice: {} for invoice in invoices}
    links = store.links(LinkQuery(invoices=invoices))
    # Of several links to one invoice the last is told here: contained, else derived, keyed, native.
    for link in sorted(links, key=lambda link: link.how.value, reverse=True):
        if link.touch.record != Invoice.table:
            found[link.invoice][link.touch] = (link.how.value, link.rule)
    return found


def _credit_notes(
    store: Store, invoices: Sequence[Ref]
) -> dict[Ref, list[tuple[Invoice, datetime | None]]]:
    """The credit notes that correct each of some invoices."""
    corrected: dict[Ref, Ref] = {}
    for connection, ids in _by_connection(invoices).items():
        query = ValueQuery(Invoice.table, "original_invoice_id", connection, values=ids)
        for id, refs in store.values(query):
            corrected |= dict.fromkeys(refs, Ref(connection, Invoice.table, id))
    found: dict[Ref, list[tuple[Invoice, datetime | None]]] = {}
    for note, gone in _load(store, Invoice, sorted(corrected)):
        found.setdefault(corrected[note.ref], []).append((note, gone))
    return found


def _load(store: Store, kind: type[R], refs: Iterable[Ref]) -> Iterator[tuple[R, datetime | None]]:
    """Records, each with the time since when it is absent."""
    for connection, ids in _by_connection(refs).items():
        for row in store.records(RecordQuery(kind.table, connection, ids)):
            since = row.absent_since
            yield cast("R", from_row(row)), datetime.fromisoformat(since) if since else None


def _by_connection(refs: Iterable[Ref]) -> dict[str, list[str]]:
    """The ids of records by their connection."""
    found: dict[str, list[str]] = {}
    for ref in refs:
        found.setdefault(ref.connection, []).append(ref.id)
    return found


def _marked(events: Iterable[Event], since: datetime | None) -> Iterator[Event]:
    """The events of a record that is absent since then, if it is."""
    return (evolve(event, absent_since=since) for event in events)


def _customers(store: Store, invoices: Iterable[Invoice]) -> dict[Ref, str]:
    """The names of the customers of those invoices that do not tell it themselves."""
    refs = {_customer(one) for one in invoices if one.customer_id and not one.customer_name}
    parties = _load(store, Party, sorted(refs))
    return {party.ref: party.name or party.legal_name or "" for party, _ in parties}


def _customer(invoice: Invoice) -> Ref:
    """The record of an invoice's customer."""
    return Ref(invoice.connection, Party.table, invoice.customer_id or "")


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
