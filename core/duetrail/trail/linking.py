"""Linking by rules: which invoices are one, and which touches fall into an invoice's period.

The first are the user's rules, over different connections: a value that two invoices of one
connection share is no proof of anything, so a rule links only invoices whose value is unique on
each side. The second are a vendor's, where it names no link itself. Links carry the name of their
rule, and go when the rule goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from duetrail.config import SameInvoice
from duetrail.model import How, Link, Ref
from duetrail.pipeline.contacts import ERASED
from duetrail.source import Connection
from duetrail.stores import Store


def link_same_invoices(store: Store, rules: Sequence[SameInvoice]) -> int:
    """Bring the derived links between invoices in step with the rules.

    Returns:
        How many links were added or removed.
    """
    wanted = {link for rule in rules for link in _links(store, rule)}
    with store.transaction():
        stored = set(_stored(store))
        store.put_links(wanted - stored)
        store.drop_links(stored - wanted)
    return len(wanted ^ stored)


def link_periods(store: Store, connection: Connection) -> int:
    """Bring the links of touches to invoices in whose period they fall in step with the rules.

    Returns:
        How many links were added or removed.
    """
    with store.transaction():
        return store.link_periods(connection.name, connection.source.periods)


def same_invoices(store: Store, invoice: Ref) -> tuple[Ref, ...]:
    """An invoice and all that are the same by derived links, itself first."""
    found = [invoice]
    for ref in found:
        rows = store.select(
            "SELECT invoice_connection AS connection, invoice_id AS id FROM links "
            "WHERE record = 'invoices' AND connection = ? AND id = ? "
            "UNION SELECT connection, id FROM links "
            "WHERE record = 'invoices' AND invoice_connection = ? AND invoice_id = ?",
            (ref.connection, ref.id, ref.connection, ref.id),
        )
        for row in rows:
            other = Ref(row["connection"], "invoices", row["id"])
            if other not in found:
                found.append(other)
    return tuple(found)


def _links(store: Store, rule: SameInvoice) -> Iterator[Link]:
    sides = [dict(_unique(store, connection, column)) for connection, column in rule.invoices]
    for value in {value for side in sides for value in side}:
        found = [side[value] for side in sides if value in side]
        if None in found:
            continue
        first, *others = [ref for ref in found if ref is not None]
        for other in others:
            if other != first:
                yield Link(other, first, How.DERIVED, rule.name)


def _unique(store: Store, connection: str, column: str) -> Iterator[tuple[str, Ref | None]]:
    """Each value with the one invoice that has it; None where several have."""
    rows = store.select(
        f"SELECT {column} AS value, min(id) AS id, count(*) AS count FROM invoices "
        f"WHERE connection = ? AND coalesce({column}, '') <> '' AND absent_since IS NULL "
        f"AND {column} NOT LIKE ? GROUP BY {column}",  # that two people were erased makes no link
        (connection, f"%{ERASED}%"),
    )
    for row in rows:
        only = Ref(connection, "invoices", row["id"]) if row["count"] == 1 else None
        yield row["value"], only


def _stored(store: Store) -> Iterator[Link]:
    rows = store.select("SELECT * FROM links WHERE record = 'invoices' AND how = 'derived'")
    for row in rows:
        yield Link(
            Ref(row["connection"], "invoices", row["id"]),
            Ref(row["invoice_connection"], "invoices", row["invoice_id"]),
            How.DERIVED,
            row["rule"],
        )
