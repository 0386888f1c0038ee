"""Retention: what a record's page alone holds is written down before the page is dropped.

`extra`, what a vendor sent and no field has a home for, is read from the page as long as there is
one, and from the store after that: the answer is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from duetrail.errors import PluginError, ProtocolError
from duetrail.model import Ref
from duetrail.pipeline.batch import deep_merge
from duetrail.pipeline.items import find
from duetrail.pipeline.mapping import map_page
from duetrail.pipeline.precedence import Candidate, ranked
from duetrail.pipeline.remap import page_of, shard_of
from duetrail.stores import KeptPage, ObservationQuery, PageQuery, StateChanges, Store, moment
from duetrail.streams import BoundSource, BoundSources
from duetrail.wire import leftovers

Extras = Mapping[tuple[str, str], dict[str, Any]]  # by shape and path

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(
    float_hook=Decimal, type=list[tuple[str, str, dict[str, Any]]]
).decode


def drop_pages(store: Store, sources: BoundSources, before: datetime | None) -> int:
    """Drop the pages of some connections that were received before a time; how many.

    A page stays as long as an open reject refers to it, or if its plugin cannot read it any more:
    so nothing that was received is lost. One that is dated later than this run began, by a clock
    that was ahead, is at least as old as the runs after its own.

    Args:
        store: Where they are.
        sources: Whose, by the names of the connections.
        before: The time; None for all there are.
    """
    dropped = 0
    last = next(store.runs(), None)
    for page in _droppable(store, sources, None if before is None else moment(before)):
        if page.is_noted and last is not None and page.run == last.run:
            # Noted by this run: it need not be mapped again.
            with store.transaction():
                store.put_sync_state(StateChanges(dropped_pages={page.number: None}))
            dropped += 1
        else:
            dropped += _drop(store, sources[page.connection], page.resource, page.number)
    if dropped:
        store.compact()
    return dropped


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


def _droppable(store: Store, sources: BoundSources, before: str | None) -> list[KeptPage]:
    """The pages that were received before a time, and that no reject refers to."""
    last = next(store.runs(), None)
    now = "" if last is None else last.started_at

    def is_old(page: KeptPage) -> bool:
        if before is None or page.received_at < before:
            return True
        if last is None or page.received_at <= now:
            return False
        # A clock was ahead: it is at least as old as the runs after its own.
        return any(run.run > page.run and run.started_at < before for run in store.runs())

    pages = store.pages(PageQuery(sources))
    return [page for page in pages if not page.is_rejected and is_old(page)]


def _drop(store: Store, source: BoundSource, resource: str, number: int) -> bool:
    try:
        extras = _extras(store, source, resource, number)
    except (PluginError, ProtocolError):
        return False
    stood = store.observations(ObservationQuery(page=number))
    spots = sorted({(one.shape, one.path) for one in stood})
    kept = [(*spot, extra) for spot in spots if (extra := extras.get(spot))]
    with store.transaction():
        dropped = {number: _encode(kept).decode()}
        store.put_sync_state(StateChanges(dropped_pages=dropped))
    return True


def _extras(store: Store, source: BoundSource, resource: str, number: int) -> Extras:
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
    return dict(_extras(store, source, one.resource.name, page).get(spot, {}))
