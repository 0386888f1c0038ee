"""The same invoice: which invoices are one by derived links, over however many steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from duetrail.model import Invoice, Ref
from duetrail.stores import LinkQuery, Store


def same_invoices(store: Store, invoice: Ref) -> tuple[Ref, ...]:
    """An invoice and all that are the same by derived links, itself first."""
    return same_of_each(store, [invoice])[invoice]


def same_of_each(store: Store, invoices: Iterable[Ref]) -> dict[Ref, tuple[Ref, ...]]:
    """For each of some invoices itself and all that are the same by derived links.

    However many they are, there are two queries for each step from one to the next.
    """
    invoices = list(dict.fromkeys(invoices))
    neighbours: dict[Ref, set[Ref]] = {}
    new = invoices
    while new:
        neighbours |= _neighbours(store, new)
        new = sorted({other for ref in new for other in neighbours[ref]} - neighbours.keys())
    return {invoice: _reached(invoice, neighbours) for invoice in invoices}


def _reached(invoice: Ref, neighbours: dict[Ref, set[Ref]]) -> tuple[Ref, ...]:
    found = {invoice: None}  # a dict keeps the order in which they were reached
    new = [invoice]
    while new:
        reached = [other for ref in new for other in sorted(neighbours[ref])]
        new = [ref for ref in dict.fromkeys(reached) if ref not in found]
        found.update(dict.fromkeys(new))
    return tuple(found)


def _neighbours(store: Store, invoices: Sequence[Ref]) -> dict[Ref, set[Ref]]:
    """The invoices that are linked with each of these, whichever of the two the link is from."""
    found: dict[Ref, set[Ref]] = {invoice: set() for invoice in invoices}
    for link in store.links(LinkQuery(invoices=invoices)):
        if link.touch.record == Invoice.table:
            found[link.invoice].add(link.touch)
    for link in store.links(LinkQuery(touches=invoices)):
        found[link.touch].add(link.invoice)
    return found
