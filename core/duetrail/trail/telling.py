"""The timeline of one invoice: its own milestones, its payments, and every touch linked to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time
from itertools import islice

from attrs import evolve, frozen

from duetrail.model import Call, Callout, Email, Invoice, Ref, Touch
from duetrail.stores import LinkQuery, Store, ValueQuery
from duetrail.trail.applied import Applied, applied_to
from duetrail.trail.events import (
    Event,
    credit_applied,
    milestones,
    note_issued,
    payment_made,
    touch_events,
)
from duetrail.trail.loading import by_connection, customer_names, load_owners, load_records
from duetrail.trail.same import same_of_each

_TOUCHES = (Call, Callout, Email)

# Of events at the same time, a callout comes before the calls and emails it planned.
_RANK = {"invoices": 0, "payments": 0, "callouts": 1, "calls": 2, "emails": 3}


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


def timeline(store: Store, invoice: Ref, *, without_people: bool = False) -> Timeline:
    """Everything the store knows about one invoice, in order.

    Args:
        store: Where to look.
        invoice: Which invoice.
        without_people: Whether what the model calls personal is left out: names, addresses,
            telephone numbers, subjects, summaries.
    """
    return next(timelines(store, [invoice], without_people=without_people))


def timelines(
    store: Store, invoices: Iterable[Ref], size: int = 500, *, without_people: bool = False
) -> Iterator[Timeline]:
    """The timelines of many invoices, one after another.

    Args:
        store: Where they are.
        invoices: Which ones.
        size: How many are read at once: some ten queries read so many, and their records are in
            memory together.
        without_people: Whether what the model calls personal is left out.
    """
    left = iter(invoices)
    while some := list(islice(left, size)):
        found = _found(store, some, without_people)
        yield from (_timeline(found, invoice) for invoice in some)


# --- reading -------------------------------------------------------------------------------------


@frozen
class _Found:
    """What was read of some invoices.

    Attributes:
        same: For each of them itself and those that are the same.
        invoices: The invoices that are stored, each with the time since when it is absent.
        notes: The credit notes that correct an invoice, likewise.
        credits: Of credit notes that are applied to an invoice the id and what they tell of that.
        applied: What payments say is applied to an invoice.
        linked: The touches linked to an invoice, each with how and by which rule.
        touches: Those that are stored, each with the time since when it is absent.
        customers: The names of the customers of those invoices, where known.
    """

    same: dict[Ref, tuple[Ref, ...]]
    invoices: dict[Ref, tuple[Invoice, datetime | None]]
    notes: dict[Ref, list[tuple[Invoice, datetime | None]]]
    credits: dict[Ref, list[tuple[str, Event]]]
    applied: dict[Ref, list[Applied]]
    linked: dict[Ref, dict[Ref, tuple[str, str]]]
    touches: dict[Ref, tuple[Touch, datetime | None]]
    customers: dict[Ref, str]


def _found(store: Store, asked: Sequence[Ref], without_people: bool) -> _Found:
    same = same_of_each(store, asked)
    every = list(dict.fromkeys(ref for refs in same.values() for ref in refs))
    read = load_records(store, Invoice, every, without_people)
    invoices = {record.ref: (record, gone) for record, gone in read}
    notes = _credit_notes(store, every, without_people)
    credits = _credits(store, every, without_people)
    known = {ref: record for ref, (record, _) in invoices.items()}
    applied = applied_to(store, every, known, without_people)
    linked = _linked(store, every)
    touches: dict[Ref, tuple[Touch, datetime | None]] = {}
    for kind in _TOUCHES:
        refs = {ref for found in linked.values() for ref in found if ref.record == kind.table}
        told = load_records(store, kind, sorted(refs), without_people)
        touches |= {touch.ref: (touch, gone) for touch, gone in told}
    customers = {} if without_people else customer_names(store, [*known.values()])
    return _Found(same, invoices, notes, credits, applied, linked, touches, customers)


def _timeline(found: _Found, invoice: Ref) -> Timeline:
    same = found.same[invoice]
    events = [(ref.id, one) for ref in same for one in _own(found, ref)]
    notes = {note.ref: (note, gone) for ref in same for note, gone in found.notes.get(ref, ())}
    for note, gone in notes.values():
        if note.ref not in same:
            events += [(note.id, one) for one in _marked([note_issued(note)], gone)]
    events += [told for ref in same for told in found.credits.get(ref, ())]
    # A touch that is linked to several of them is told as it is linked to the first.
    linked = {touch: how for ref in reversed(same) for touch, how in found.linked[ref].items()}
    for ref, (how, rule) in linked.items():
        if ref in found.touches:
            touch, gone = found.touches[ref]
            events += [(ref.id, one) for one in _marked(touch_events(touch, how, rule), gone)]
    named = (found.customers.get(ref) for ref in same)
    return Timeline(
        invoice=invoice,
        same=same[1:],
        record=found.invoices[invoice][0] if invoice in found.invoices else None,
        customer=next(filter(None, named), None),
        events=tuple(event for _, event in sorted(events, key=_order)),
    )


def _own(found: _Found, invoice: Ref) -> Iterator[Event]:
    """What an invoice tells of itself, and payments of it; these even where it is not stored."""
    applied = found.applied.get(invoice, ())
    if invoice not in found.invoices:
        return map(payment_made, applied)
    record, gone = found.invoices[invoice]
    return _marked(milestones(record, applied), gone)


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
    store: Store, invoices: Sequence[Ref], without_people: bool
) -> dict[Ref, list[tuple[Invoice, datetime | None]]]:
    """The credit notes that correct each of some invoices."""
    corrected: dict[Ref, Ref] = {}
    for connection, ids in by_connection(invoices).items():
        query = ValueQuery(Invoice.table, "original_invoice_id", connection, values=ids)
        for id, refs in store.values(query):
            corrected |= dict.fromkeys(refs, Ref(connection, Invoice.table, id))
    found: dict[Ref, list[tuple[Invoice, datetime | None]]] = {}
    for note, gone in load_records(store, Invoice, sorted(corrected), without_people):
        found.setdefault(corrected[note.ref], []).append((note, gone))
    return found


def _credits(
    store: Store, invoices: Sequence[Ref], without_people: bool
) -> dict[Ref, list[tuple[str, Event]]]:
    """What credit notes tell of being applied to each of some invoices, with the note's id."""
    found: dict[Ref, list[tuple[str, Event]]] = {}
    for connection, ids in by_connection(invoices).items():
        query = ValueQuery("credit_allocations", "applied_invoice_id", connection, values=ids)
        wanted = {*ids}
        for note, gone in load_owners(store, Invoice, query, without_people):
            for share in note.credit_allocations:
                if share.applied_invoice_id in wanted and share.refund_id is None:
                    ref = Ref(connection, Invoice.table, share.applied_invoice_id)
                    told = _marked([credit_applied(note, share)], gone)
                    found.setdefault(ref, []).extend((note.id, one) for one in told)
    return found


def _marked(events: Iterable[Event], since: datetime | None) -> Iterator[Event]:
    """The events of a record that is absent since then, if it is."""
    return (evolve(event, absent_since=since) for event in events) if since else iter(events)


def _order(told: tuple[str, Event]) -> tuple[bool, datetime, int, str]:
    """Where an event comes: by its time, then by what it is of, and by the id of that.

    A payment is of the invoice: at one moment it comes before the invoice is paid in full.
    """
    id, event = told
    at = event.at
    if at is None:
        moment = datetime.max.replace(tzinfo=UTC)
    else:
        moment = at if isinstance(at, datetime) else datetime.combine(at, time(), UTC)
    return (at is None, moment, _RANK[event.record], id)
