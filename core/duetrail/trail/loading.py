"""Records read from the store for people to look at, without the people in them if so asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from attrs import evolve, fields

from duetrail.model import Invoice, Party, Record, Ref
from duetrail.stores import RecordQuery, Store, ValueQuery, from_row

R = TypeVar("R", bound=Record)


def load_records(
    store: Store, kind: type[R], refs: Iterable[Ref], without_people: bool = False
) -> Iterator[tuple[R, datetime | None]]:
    """Records, each with the time since when it is absent.

    Args:
        store: Where they are.
        kind: Of which kind they are.
        refs: Which; one that is not stored is passed over.
        without_people: Whether personal fields are emptied.
    """
    for connection, ids in by_connection(refs).items():
        for row in store.records(RecordQuery(kind.table, connection, ids)):
            since = row.absent_since
            record = cast("R", from_row(row))
            yield (
                leave_out_people(record) if without_people else record,
                datetime.fromisoformat(since) if since else None,
            )


def load_owners(
    store: Store, kind: type[R], query: ValueQuery, without_people: bool = False
) -> Iterator[tuple[R, datetime | None]]:
    """The records of which a child has one of some values, as `load_records` gives them.

    Args:
        store: Where they are.
        kind: Of which kind they are.
        query: The column of the table of children, and the values.
        without_people: Whether personal fields are emptied.
    """
    named = {ref for _, refs in store.values(query) for ref in refs}
    return load_records(store, kind, sorted(named), without_people)


def leave_out_people(one: Any) -> Any:
    """A record, or a child of one, with all its personal fields empty; `extra`, too."""
    changed: dict[str, Any] = {}
    for field in fields(type(one)):
        if field.name == "extra":
            changed[field.name] = {}
        elif not field.repr:
            changed[field.name] = field.default
        elif "table" in field.metadata:
            changed[field.name] = tuple(map(leave_out_people, getattr(one, field.name)))
    return evolve(one, **changed)


def by_connection(refs: Iterable[Ref]) -> dict[str, list[str]]:
    """The ids of records by their connection."""
    found: dict[str, list[str]] = {}
    for ref in refs:
        found.setdefault(ref.connection, []).append(ref.id)
    return found


def customer_names(store: Store, invoices: Sequence[Invoice]) -> dict[Ref, str]:
    """The customer's name of each invoice: its own, else that of the party that it refers to."""
    wanted = {_customer(one) for one in invoices if one.customer_id and not one.customer_name}
    parties = load_records(store, Party, sorted(wanted))
    names = {party.ref: party.name or party.legal_name or "" for party, _ in parties}
    return {one.ref: one.customer_name or names.get(_customer(one), "") for one in invoices}


def _customer(invoice: Invoice) -> Ref:
    return Ref(invoice.connection, Party.table, invoice.customer_id or "")
