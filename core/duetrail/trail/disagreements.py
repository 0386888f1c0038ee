"""Checks: where a vendor's own numbers disagree. They are listed for people, never corrected.

An amount that is not known is not checked. Unit price times quantity of a line is not checked, as
vendors round prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from attrs import frozen

from duetrail.model import Invoice, Ref
from duetrail.source import Period, Source
from duetrail.stores import RecordQuery, Store, from_row
from duetrail.trail.amounts import sums_of
from duetrail.trail.applied import Applied, applied_to

# Invoices that are in memory at once, with the payments that name them.
_PORTION = 500


@frozen
class Disagreement:
    """Two numbers of a vendor that should be equal.

    Attributes:
        invoice: The invoice.
        check: What was compared, such as `total = subtotal + tax - discount`.
        says: What the invoice says: an amount with its currency, or a number.
        found: What the other numbers give: a sum, or how many are linked.
    """

    invoice: Ref
    check: str
    says: str
    found: str


def checks(store: Store, sources: Mapping[str, Source]) -> Iterator[Disagreement]:
    """Every disagreement in a store, invoice by invoice.

    Args:
        store: The store.
        sources: What the plugin of each connection declares, by the connection's name; calls are
            counted only where it is known.
    """
    rows = store.records(RecordQuery(Invoice.table, is_present=True))
    while some := {row.ref: from_row(row) for row in islice(rows, _PORTION)}:
        invoices = {ref: one for ref, one in some.items() if isinstance(one, Invoice)}
        applied = applied_to(store, list(invoices), invoices)
        for ref, invoice in invoices.items():
            yield from _sums(invoice, applied.get(ref, ()))
    for connection, source in sources.items():
        for rule in source.periods:
            yield from _counts(store, connection, rule)


def _sums(invoice: Invoice, applied: Iterable[Applied]) -> Iterator[Disagreement]:
    for check, (says, found) in sums_of(invoice, applied).items():
        if says is None or found is None or says.amount is None or says.amount == found:
            continue
        currency = says.currency or ""
        yield Disagreement(invoice.ref, check, f"{says.amount} {currency}", f"{found} {currency}")


def _counts(store: Store, connection: str, rule: Period) -> Iterator[Disagreement]:
    """Invoices whose number of touches is not the number the vendor counts."""
    check = f"{rule.counted} = {rule.touch.table} in its {rule.name}"
    for id, counted, found in store.miscounted(connection, rule):
        yield Disagreement(Ref(connection, Invoice.table, id), check, str(counted), str(found))
