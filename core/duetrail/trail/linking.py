"""Linking by rules: which invoices are the same, and which touches fall into an invoice's period.

The first are the user's rules, over different connections. They link only invoices whose value is
unique on each side: a value that two invoices of one connection share proves nothing. The second
are a vendor's, where it names no link itself. Links carry the name of their rule, and are removed
with the rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter

from duetrail.config import SameInvoice
from duetrail.model import Invoice, Link, LinkKind, Ref
from duetrail.privacy.forms import ERASED
from duetrail.source import Connection
from duetrail.stores import Store, ValueQuery

_VALUE = itemgetter(0)


def link_same_invoices(store: Store, rules: Sequence[SameInvoice], run: int) -> int:
    """Bring the derived links between invoices in step with the rules, in a run.

    Returns:
        How many links were added or removed.
    """
    wanted = (link for rule in rules for link in _links(store, rule))
    with store.transaction():
        return store.replace_links(Invoice.table, wanted, run)


def link_periods(
    store: Store, connection: Connection, run: int, others: Collection[str] = ()
) -> int:
    """Bring the links of touches to invoices in whose period they fall in step with the rules.

    Args:
        store: Where they are.
        connection: Whose touches and rules.
        run: The run that does it.
        others: The names of other rules for touches, whose links stay.

    Returns:
        How many links were added or removed.
    """
    more = [others] if others else []  # a store written before there were any takes none
    with store.transaction():
        return store.link_periods(connection.name, connection.source.periods, run, *more)


def _links(store: Store, rule: SameInvoice) -> Iterator[Link]:
    """The links of a rule; the first side that has a value is what the others are linked to."""
    sides = [_by_value(store, connection, column) for connection, column in rule.invoices]
    for _, holders in groupby(merge(*sides, key=_VALUE), key=_VALUE):
        found = [refs for _, refs in holders]
        if any(len(refs) > 1 for refs in found):
            continue
        (first,), *others = found
        for (other,) in others:
            if other != first:
                yield Link(other, first, LinkKind.DERIVED, rule.name)


def _by_value(store: Store, connection: str, column: str) -> Iterator[tuple[str, list[Ref]]]:
    """Each value of a column in order, with the invoices of a connection that have it."""
    for value, refs in store.values(ValueQuery(Invoice.table, column, connection, is_present=True)):
        if ERASED not in value:  # that two people were erased makes no link
            yield value, refs
