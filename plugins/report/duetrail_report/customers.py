"""The drill-down: each customer with their invoices, and the trail of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import date
from decimal import Decimal
from typing import NamedTuple, cast

from attrs import evolve, frozen

from duetrail import Project
from duetrail.model import Invoice, Party, Ref
from duetrail.stores import LinkQuery, RecordQuery, Store, from_row
from duetrail.trail import Event, Timeline, same_of_each, timelines
from duetrail_report.numbers import Number, Numbers, Row, Scope, shortened

# Invoices whose trails are on the page, without --all: of a customer, and of all together.
_MOST_INVOICES = 100
_ROOM = 7_500


class Key(NamedTuple):
    """What tells a customer from others: the connection, and the id or else the name there."""

    connection: str
    id: str
    name: str

    @classmethod
    def of(cls, connection: str, id: str | None, name: str | None) -> Key:
        """The customer of an invoice; without people a name is None."""
        return cls(connection, id or "", "" if id else name or "")


@frozen
class Customer:
    """A customer.

    Attributes:
        key: What tells them from others.
        name: Their name; without people their id.
        owed: What is left to pay, one number a currency.
        invoices: Their invoices, open ones first, then the newest first.
        left_out: How many older ones there are.
    """

    key: Key
    name: str
    owed: Sequence[tuple[str, Number]]
    invoices: Sequence[Ref]
    left_out: int


class _Known(NamedTuple):
    """What is known of an invoice before its trail is read."""

    ref: Ref
    customer: Key
    name: str
    day: date


def customers(project: Project, numbers: Numbers, *, whole: bool) -> list[Customer]:
    """Every customer who has an invoice: who owes something first, then by name.

    Args:
        project: The project.
        numbers: The metrics of the report.
        whole: Whether names are whole and all invoices named, however many a customer has.
    """
    scope = numbers.scope
    owed = _owed(numbers)
    open_items = {
        Ref(row["connection"], Invoice.table, row["id"]) for row in numbers.rows("ar_open")
    }
    by_customer: dict[Key, list[_Known]] = {}
    for known in _known(project.bare_store, scope, open_items):
        by_customer.setdefault(known.customer, []).append(known)
    most = None if whole else _most([len(invoices) for invoices in by_customer.values()])
    found = []
    for key, invoices in by_customer.items():
        invoices.sort(key=lambda one: one.day, reverse=True)
        invoices.sort(key=lambda one: one.ref not in open_items)
        refs = [one.ref for one in invoices]
        name = next((one.name for one in invoices if one.name), "") if scope.with_people else ""
        name = shortened(name or key.id or "No customer known", whole=whole)
        older = len(refs) - len(refs[:most])
        found.append(Customer(key, name, owed.get(key, ()), refs[:most], older))
    found.sort(key=lambda one: (not one.owed, one.name.casefold(), one.key))
    return found


def trails(
    project: Project, found: Iterable[Customer], scope: Scope, *, whole: bool
) -> Iterator[list[Timeline]]:
    """The timelines of the invoices of each customer, customer by customer.

    Args:
        project: The project.
        found: The customers.
        scope: What the report is about.
        whole: Whether long texts are given whole.
    """
    every = list(found)
    refs = (ref for one in every for ref in one.invoices)
    told = timelines(project.bare_store, refs, without_people=not scope.with_people)
    for one in every:
        yield [_as_wanted(next(told), scope, whole) for _ in one.invoices]


def _most(counts: Sequence[int]) -> int:
    """How many invoices each customer has on the page, so that there is room for all customers."""
    most = _MOST_INVOICES
    while most > 1 and sum(min(count, most) for count in counts) > _ROOM:
        most -= 1
    return most


def _as_wanted(found: Timeline, scope: Scope, whole: bool) -> Timeline:
    events = [
        event if whole else _with_less(event)
        for event in found.events
        if not scope.connections or event.connection in scope.connections
    ]
    return evolve(found, events=tuple(events))


def _with_less(event: Event) -> Event:
    """An event whose prose, and what stands before it, are not too long."""
    facts = shortened(event.text.removesuffix(event.said))
    said = shortened(event.said)
    return evolve(event, text=facts + said, said=said)


def _owed(numbers: Numbers) -> dict[Key, list[tuple[str, Number]]]:
    """What each customer owes, by currency."""
    sums: dict[tuple[Key, str], tuple[Decimal, Row]] = {}
    for row in numbers.rows("ar_open"):
        key = Key.of(row["connection"], row["customer_id"], row.get("customer"))
        columns = ["connection", "customer_id", "currency"]
        columns += ["customer"] if key.name else []
        amount, _ = sums.get((key, row["currency"]), (Decimal(0), {}))
        where = {name: row[name] for name in columns}
        sums[key, row["currency"]] = (amount + row["remaining"], where)
    found: dict[Key, list[tuple[str, Number]]] = {}
    for (key, currency), (amount, where) in sorted(sums.items(), key=str):
        number = Number(amount, "ar_open", "remaining", where, "sum")
        found.setdefault(key, []).append((currency, number))
    return found


def _known(store: Store, scope: Scope, open_items: Set[Ref]) -> Iterator[_Known]:
    """Every invoice once: of those that are the same, what is owed, else what the rule names first.

    They differ where what the rule names first is a draft, or no longer listed.
    """
    same = _the_same(store, scope, open_items)
    for connection in scope.connections or (None,):
        parties = (from_row(row) for row in store.records(RecordQuery(Party.table, connection)))
        names = {party.ref: _name(cast("Party", party)) for party in parties}
        for row in store.records(RecordQuery(Invoice.table, connection, is_bare=True)):
            invoice = cast("Invoice", from_row(row))
            if invoice.ref not in same:
                party = Ref(invoice.connection, Party.table, invoice.customer_id or "")
                name = names.get(party) or invoice.customer_name or ""
                known = name if scope.with_people else None
                key = Key.of(invoice.connection, invoice.customer_id, known)
                yield _Known(invoice.ref, key, name, _day(invoice))


def _name(party: Party) -> str:
    return party.name or party.legal_name or ""


def _the_same(store: Store, scope: Scope, open_items: Set[Ref]) -> set[Ref]:
    """Invoices that are shown with another one that is the same."""
    chosen = scope.connections
    links = [
        link
        for link in store.links(LinkQuery())
        if link.touch.record == Invoice.table
        and (not chosen or {link.touch.connection, link.invoice.connection} <= {*chosen})
    ]
    linked = {link.touch for link in links}
    every = linked | {link.invoice for link in links}
    groups = {frozenset(group) for group in same_of_each(store, sorted(every)).values()}
    shown = {
        min(group & every & open_items or (group & every) - linked or group & every)
        for group in groups
    }
    return every - shown


def _day(invoice: Invoice) -> date:
    at = invoice.issued_at or invoice.created_at
    return invoice.issued_on or (at.date() if at else date.min)
