"""What an item stands in: its key, the items around it, and the invoice it belongs to by that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from duetrail.model import Link, LinkKind, Record, Ref, Touch
from duetrail.model.records import Invoice
from duetrail.pipeline.items import Found
from duetrail.pipeline.places import Place
from duetrail.source import Connection, Key, Shard
from duetrail.stores import Row, as_line


def within(found: Found, shard: Shard) -> str:
    """Where an object stands, apart from the list itself: its key, and the ids around it."""
    outer = found.parent
    if outer is None:
        return "" if shard.key is None else as_line(shard.name)
    if shard.key is None and outer.parent is None:  # as of most
        return as_line(outer.id or outer.path)
    around = [shard.name] if shard.key is not None else []
    while outer is not None:
        around.append(outer.id or outer.path)
        outer = outer.parent
    return "\n".join(map(as_line, around))


@cache
def may_touch(place: Place) -> bool:
    """Whether a record made of an item there may belong to an invoice."""
    return issubclass(place.shape.record, Touch) or bool(place.shape.derives)


def links_of(key: Key | None, around: Ref | None, touches: Iterable[Ref]) -> Iterator[Link]:
    """Why the own touch of an item belongs to invoices; what is derived from it follows it.

    Args:
        key: The key its page was asked with.
        around: The invoice around the item.
        touches: Its own touch; what is derived from it, where it is none itself.
    """
    for touch in touches:
        if around:
            yield Link(touch, around, LinkKind.CONTAINED)
        # That a touch answers to its own id says nothing of invoices.
        if key and touch not in key.rows:
            for invoice in key.invoices:
                yield Link(touch, invoice, LinkKind.KEYED)


def own_touches(records: tuple[Record, ...]) -> list[Ref]:
    """The touch that an item is; of another item, those derived from it."""
    own = records[:1] if isinstance(records[0], Touch) else records[1:]
    return [record.ref for record in own if isinstance(record, Touch)]


def invoice_around(connection: Connection, found: Found, rows: Mapping[Found, Row]) -> Ref | None:
    """The invoice an item stands in, even one that was itself rejected.

    Args:
        connection: Whose item it is.
        found: The item.
        rows: The rows of those items around it that were mapped.
    """
    outer = found.parent
    while outer is not None:
        if outer.place.shape.record is Invoice:
            if outer in rows:
                return rows[outer].ref
            return connection.ref(Invoice, outer.id) if outer.id else None
        outer = outer.parent
    return None
