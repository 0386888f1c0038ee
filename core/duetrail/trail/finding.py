"""Finding the invoice that somebody means by one of its names."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from duetrail.errors import UsageError
from duetrail.model import Invoice, Ref
from duetrail.stores import LinkQuery, Store, ValueQuery
from duetrail.trail.events import amount, day, period
from duetrail.trail.loading import customer_names, load_records
from duetrail.trail.same import same_invoices

# The columns of an invoice that people call it by.
_NAMES = ("number", "id", "remote_id")

# So many candidates are listed; who sees as many asks by another name.
_MOST = 20


def find_invoice(store: Store, name: str, *, without_people: bool = False) -> Ref:
    """The invoice that a name stands for.

    Args:
        store: Where to look.
        name: Its number, its id at the vendor, its ERP id, or `connection:id`.
        without_people: Whether a list of several leaves out the customers' names.

    Raises:
        UsageError: There is none, or there are several. Then each is listed with what it is to be
            asked by, the customer, the date and the amount.
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
    listed = [f"    {one}" for one in _candidates(store, found[:_MOST], without_people)]
    if len(found) > _MOST:
        listed.append(f"    and {len(found) - _MOST:,} more")
    raise UsageError(
        f"{name!r} may be any of {len(found):,} invoices",
        hint="\n".join(("Ask for one of them:", *listed)),
    )


def _candidates(store: Store, found: Sequence[Ref], without_people: bool) -> Iterator[str]:
    """Each invoice as it is to be asked for, and what tells it from the others."""
    records = {record.ref: record for record, _ in load_records(store, Invoice, found)}
    names = {} if without_people else customer_names(store, [*records.values()])
    for ref in found:
        asked = shlex.quote(f"{ref.connection}:{ref.id}")
        facts = (names.get(ref), *_facts(records[ref])) if ref in records else ()
        told = " ".join(", ".join(filter(None, facts)).split())  # a name may have lines of its own
        yield f"{asked} ({told})" if told else asked


def _facts(invoice: Invoice) -> Iterator[str]:
    """Date and amount; an empty text for what is not known."""
    issued = invoice.issued_on or invoice.issued_at
    due = invoice.due_on or invoice.due_at
    yield f"issued {day(issued)}" if issued else f"due {day(due)}" if due else period(invoice)
    yield amount(invoice.total or invoice.amount_due)


def _named(store: Store, name: str) -> list[Ref]:
    """The invoices that a name may mean, sorted.

    Where no such invoice is stored, those that links name: some vendors have none of their own.
    """
    connection, _, id = name.partition(":")
    exact = Ref(connection, Invoice.table, id)
    asked = [ValueQuery(Invoice.table, "id", connection, values=[id])]
    asked += [ValueQuery(Invoice.table, column, values=[name]) for column in _NAMES]
    found = {ref for query in asked for _, refs in store.values(query) for ref in refs}
    if exact in found:  # so that each candidate of a list can be asked for as it stands there
        return [exact]
    if not found:
        linked = {link.invoice for link in store.links(LinkQuery(invoice_ids={name, id}))}
        found = {invoice for invoice in linked if invoice == exact or invoice.id == name}
    return sorted(found)
