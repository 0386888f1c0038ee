"""The version and the hash of an item: by them it is compared with what is stored."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec

from duetrail.model.money import checked_decimal
from duetrail.pipeline.documents import steady
from duetrail.pipeline.items import Found
from duetrail.source import Shape
from duetrail.stores import Row, moment, table_of
from duetrail.stores.canonical import canonical
from duetrail.wire import Mismatch, utc
from duetrail.wire.usual_times import stored_time

# What is no JSON of its own, `UnrepresentableNumber`, is its text.
_json = msgspec.json.Encoder(decimal_format="number", order="deterministic", enc_hook=str).encode

_pack = msgspec.msgpack.Encoder().encode


def version_of(found: Found) -> str:
    """The version as text whose order is the versions' order: times in UTC, numbers padded."""
    value = found.version
    if isinstance(value, str):
        time = stored_time(value)
        if time is not None:
            return time
        if value.isdecimal():
            value = Decimal(value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and value >= 0:
        return format(checked_decimal(value, f"$.{found.place.shape.version}"), "060.20f")
    if not isinstance(value, str):
        return ""
    try:
        return moment(utc(value))
    except Mismatch:
        return value


def item_hash(shape: Shape, version: str, rows: tuple[Row, ...]) -> bytes:
    """Over what was made of an item, its version, and what its shape says of its worth."""
    content = [
        (
            row.table,
            row.connection,
            row.id,
            table_of(row.table).known_first(row.values),
            row.children,
            row.invoices,
        )
        for row in rows
    ]
    hash = _begun(shape.rank, shape.carries).copy()
    hash.update(_pack((version, content)))  # not put together: the content may be long
    digest: bytes = hash.digest()
    return digest[:16]


def canonical_hash(hash: bytes, shape: Shape, version: str, rows: tuple[Row, ...]) -> bytes:
    """The hash that is the same however the JSON in an item is written.

    Args:
        hash: That of the item.
        shape: Its shape.
        version: Its version.
        rows: What is known of its content.

    Returns:
        The same hash where it is not over just these rows: it is canonical already, is over the
        item as received, too, or somebody was struck out of the rows since.
    """
    if item_hash(shape, version, rows) != hash:
        return hash
    return item_hash(shape, version, tuple(map(canonical, rows)))


def whole_hash(hash: bytes, found: Found, volatile: frozenset[str]) -> bytes:
    """Over the item as received, too: no bytes of a document tell that something else changed."""
    return sha256(hash + _json(steady(found.own, volatile))).digest()[:16]


@cache
def _begun(rank: int, carries: frozenset[str] | None) -> Any:
    """The beginning of a hash, over what a shape says of the worth of its items."""
    return sha256(_pack((rank, None if carries is None else sorted(carries))))
