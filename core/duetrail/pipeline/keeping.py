"""Retention: what a record's page alone holds is written down before the page is dropped."""

from __future__ import annotations

from datetime import datetime

from duetrail.errors import PluginError, ProtocolError
from duetrail.pipeline.extras import encode_extras, extras_of_page
from duetrail.stores import KeptPage, ObservationQuery, PageQuery, StateChanges, Store, moment
from duetrail.streams import BoundSource, BoundSources


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
        extras = extras_of_page(store, source, resource, number)
    except (PluginError, ProtocolError):
        return False
    stood = store.observations(ObservationQuery(page=number))
    spots = sorted({(one.shape, one.path) for one in stood})
    kept = [(*spot, extra) for spot in spots if (extra := extras.get(spot))]
    with store.transaction():
        dropped = {number: encode_extras(kept).decode()}
        store.put_sync_state(StateChanges(dropped_pages=dropped))
    return True
