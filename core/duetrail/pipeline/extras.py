"""Extras: what a vendor sent of a record and no field has a home for.

It is read from the page as long as there is one, and from the store after that: the answer is the
same.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from duetrail.errors import PluginError
from duetrail.model import Ref
from duetrail.pipeline.batch import deep_merge
from duetrail.pipeline.items import find
from duetrail.pipeline.mapping import map_page
from duetrail.pipeline.precedence import Candidate, ranked
from duetrail.pipeline.remap import page_of, shard_of
from duetrail.stores import ObservationQuery, Store
from duetrail.streams import BoundSource
from duetrail.wire import leftovers

Extras = Mapping[tuple[str, str], dict[str, Any]]  # by shape and path


_decode = msgspec.json.Decoder(
    float_hook=Decimal, type=list[tuple[str, str, dict[str, Any]]]
).decode


encode_extras = msgspec.json.Encoder(decimal_format="number").encode
"""Writes what pages held, each with its shape and path, as a store keeps it."""


def extra_of(store: Store, source: BoundSource, ref: Ref) -> dict[str, Any]:
    """What the vendor sent of a record beyond its fields, of all shapes together.

    Where several shapes have a key, the first by precedence has the word. What was read off
    another record has nothing of its own.

    Args:
        store: Where the record is.
        source: Its connection, with the plugin.
        ref: The record.
    """
    extra: dict[str, Any] = {}
    found = list(store.observations(ObservationQuery(refs=[ref])))
    for one in reversed(ranked(source.connection, ref, found)):
        extra = deep_merge(extra, _extra_at(store, source, one))
    return extra


def extras_of_page(store: Store, source: BoundSource, resource: str, number: int) -> Extras:
    """What is left over of each item of a kept page.

    Raises:
        PluginError, ProtocolError: The plugin cannot read the page any more.
    """
    connection, plugin = source
    if resource not in [one.name for one in connection.source.resources]:
        raise PluginError(f"{connection.source.title} has no {resource!r} any more")
    stream = source.stream(resource)
    stored = store.page(number)
    page, shard = page_of(stored, stream), shard_of(stored, stream, store)
    # What cannot be mapped any more, or never could, still has what no field claims.
    found = {
        (one.place.shape.name, one.path): leftovers(one.place.shape.wire, one.place.own(one.raw))
        for one in find(stream.resource, page.data)
        if not one.wrong
    }
    batch = map_page(plugin, connection, stream.resource, shard, page, rows_only=True)
    for mapped in batch.mapped:
        found[mapped.shape.name, mapped.path] = mapped.extra
    return found


def _extra_at(store: Store, source: BoundSource, one: Candidate) -> dict[str, Any]:
    page, spot = one.observation.page, (one.shape.name, one.observation.path)
    kept = store.extras(page)
    if kept is not None:
        return next((extra for *where, extra in _decode(kept) if tuple(where) == spot), {})
    return dict(extras_of_page(store, source, one.resource.name, page).get(spot, {}))
