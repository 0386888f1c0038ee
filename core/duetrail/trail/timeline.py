"""The timeline of one invoice: its own milestones, its payments, and every touch linked to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time
from functools import partial

from attrs import evolve, frozen

from duetrail.model import Call, Callout, Email, Invoice, Ref
from duetrail.stores import LinkQuery, Store, ValueQuery
from duetrail.trail.events import Event, milestones, note_issued, touch_events
from duetrail.trail.linking import same_invoices
from duetrail.trail.loading import customer_of, load_records

_TOUCHES = (Call, Callout, Email)

# Of events at the same time, a callout comes before the calls and emails it planned.
_RANK = {"invoices": 0, "callouts": 1, "calls": 2, "emails": 3}


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
    load = partial(load_records, store, without_people=without_people)
    same = same_invoices(store, invoice)
    invoices = list(load(Invoice, same))
    records = {record.ref: record for record, _ in invoices}
    events = [one for record, gone in invoices for one in _marked(milestones(record), gone)]
    for note, gone in load(Invoice, _credit_notes(store, same)):
        events += _marked([note_issued(note)], gone)
    linked = _touches(store, same)
    for kind in _TOUCHES:
        refs = [ref for ref in linked if ref.record == kind.table]
        for touch, gone in load(kind, refs):
            events += _marked(touch_events(touch, *linked[touch.ref]), gone)
    named = (records[ref] for ref in same if ref in records)
    customers = (None if without_people else customer_of(store, one) for one in named)
    return Timeline(
        invoice=invoice,
        same=same[1:],
        record=records.get(invoice),
        customer=next(filter(None, customers), None),
        events=tuple(sorted(events, key=_order)),
    )


# --- reading -------------------------------------------------------------------------------------


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


def _marked(events: Iterable[Event], since: datetime | None) -> Iterator[Event]:
    """The events of a record that is absent since then, if it is."""
    return (evolve(event, absent_since=since) for event in events) if since else iter(events)


def _order(event: Event) -> tuple[bool, datetime, int, str]:
    at = event.at
    if at is None:
        moment = datetime.max.replace(tzinfo=UTC)
    else:
        moment = at if isinstance(at, datetime) else datetime.combine(at, time(), UTC)
    return (at is None, moment, _RANK[event.record], event.id)
