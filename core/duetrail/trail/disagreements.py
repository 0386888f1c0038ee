"""Checks: where a vendor's own numbers disagree. They are listed for people, never corrected.

An amount that is not known is not checked. Unit price times quantity of a line is not checked, as
vendors round prices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from duetrail.model import Invoice, Ref
from duetrail.source import Period, Source
from duetrail.stores import RecordQuery, Store, from_row
from duetrail.trail.amounts import sums_of


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
    for row in store.records(RecordQuery(Invoice.table, is_present=True)):
        invoice = from_row(row)
        assert isinstance(invoice, Invoice)
        yield from _sums(invoice)
    for connection, source in sources.items():
        for rule in source.periods:
            yield from _counts(store, connection, rule)


def _sums(invoice: Invoice) -> Iterator[Disagreement]:
    for check, (says, found) in sums_of(invoice).items():
        if says is None or found is None or says.amount is None or says.amount == found:
            continue
        currency = says.currency or ""
        yield Disagreement(invoice.ref, check, f"{says.amount} {currency}", f"{found} {currency}")


def _counts(store: Store, connection: str, rule: Period) -> Iterator[Disagreement]:
    """Invoices whose number of touches is not the number the vendor counts."""
    check = f"{rule.counted} = {rule.touch.table} in its {rule.name}"
    for id, counted, found in store.miscounted(connection, rule):
        yield Disagreement(Ref(connection, Invoice.table, id), check, str(counted), str(found))
