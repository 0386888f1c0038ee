"""Remap: map kept pages again, without a request, after a plugin was mended or made better.

Each observation says on which page it stands, so of every page just those items are mapped again
that are still what the store goes by. To replay is the same for items that were set aside.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from datetime import datetime

import msgspec
from attrs import evolve

from duetrail.errors import DuetrailError, PluginError
from duetrail.http.answer import Answer
from duetrail.http.body import parse
from duetrail.http.ids import Ids
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.commit import Committer
from duetrail.pipeline.mapping import map_page
from duetrail.pipeline.open_rejects import count_rejects
from duetrail.pipeline.plan import WHOLE, key_of
from duetrail.pipeline.sightings import was_seen
from duetrail.pipeline.summary import LinkChanges, ResourceSummary, Summary
from duetrail.plugins import where_it_failed
from duetrail.secrets import redacted
from duetrail.source import Page, Shard
from duetrail.stores import (
    ObservationQuery,
    PageQuery,
    RejectKey,
    Store,
    StoredPage,
    StoredReject,
    moment,
)
from duetrail.streams import BoundSources, Stream

_Spot = tuple[str, str]  # shape and path: which item of a page


def remap(
    store: Store,
    sources: BoundSources,
    now: datetime,
    at_end: Callable[[Store, int], LinkChanges] = lambda store, run: LinkChanges(),
) -> Summary:
    """Map every kept page of some connections again.

    What the mapping makes of it now replaces what the store says, and a shape the plugin did not
    have before is filled from the newest pages. Records that are absent stay as they were.

    Args:
        store: Where pages and records are.
        sources: Which, by the names of the connections.
        now: When this begins.
        at_end: What is left to do when all is mapped; what that came to.
    """
    work = _Work(store, sources, now)
    new = _new_shapes(store, sources)
    met = Ids()
    numbers = array("Q", (page.number for page in store.pages(PageQuery(sources))))
    for number in reversed(numbers):
        page = store.page(number)
        current, missing = _spots(store, number)

        def choose(
            batch: Batch, current: Set[_Spot] = current, missing: Set[_Spot] = missing
        ) -> Batch:
            filled = set()
            for mapped in batch.mapped:
                kind = (batch.resource.name, mapped.shape.name)
                if kind not in new[batch.connection.name] or _stands_in(missing, mapped.path):
                    continue
                place = repr((batch.connection.name, *kind, mapped.item, mapped.within))
                if place not in met:
                    met.update((place,))
                    filled.add((mapped.shape.name, mapped.path))
            return _only(batch, {*current, *filled})

        work.map(number, page, choose)
    return work.end(at_end)


def replay(
    store: Store,
    sources: BoundSources,
    rejects: Iterable[StoredReject],
    now: datetime,
    at_end: Callable[[Store, int], LinkChanges] = lambda store, run: LinkChanges(),
) -> Summary:
    """Map rejects again, each from the page it stands on; what maps now is a reject no more.

    Args:
        store: Where pages and rejects are.
        sources: Those of the rejects, by the names of the connections.
        rejects: Which.
        now: When this begins.
        at_end: What is left to do when all is mapped; what that came to.
    """
    work = _Work(store, sources, now)
    by_page: dict[int, list[tuple[RejectKey, str]]] = defaultdict(list)
    for reject in rejects:  # of each only where it stands: its item is on the page
        by_page[reject.page].append((reject.identity, reject.path))
    for number, group in sorted(by_page.items()):
        keys = {(shape, path): key for (_, _, shape, key), path in group}

        def choose(batch: Batch, keys: Mapping[_Spot, str] = keys) -> Batch:
            return _known_by(keys, _only(batch, keys))

        closing = {identity for identity, _ in group}
        work.map(number, store.page(number), choose, closing)
    return work.end(at_end)


class _Work:
    """One remap: a run of its own, without requests."""

    def __init__(self, store: Store, sources: BoundSources, now: datetime) -> None:
        self._store = store
        self._sources = sources
        self._now = moment(now)
        self._run = store.begin_run(self._now)
        plugins = {name: source.plugin for name, source in sources.items()}
        self._committer = Committer(store, self._run, plugins, self._now)
        self._entries: dict[str, ResourceSummary] = {}

    def map(
        self,
        number: int,
        page: StoredPage,
        choose: Callable[[Batch], Batch],
        closing: Collection[RejectKey] = (),
    ) -> None:
        """Map what is chosen of a page, and commit it."""
        source = self._sources[page.connection]
        entry = self._entry(page)
        vendor = source.connection.source
        if page.resource not in [resource.name for resource in vendor.resources]:
            entry.notice(f"{vendor.title} has no {page.resource!r} any more")
            return
        stream = source.stream(page.resource)
        try:
            batch = choose(self._batch(stream, page))
        except DuetrailError as error:
            entry.add_problem("failed", page.shard or WHOLE, error)
            return
        entry.add(self._committer.commit_again(batch, number, page.run, closing))

    def end(self, at_end: Callable[[Store, int], LinkChanges]) -> Summary:
        """Say what it came to."""
        summary = Summary(self._run, list(self._entries.values()))
        summary.add_links(at_end(self._store, self._run))
        with self._store.transaction():
            self._store.drop_superseded()
        summary.open_rejects = count_rejects(self._store, self._sources)
        told = msgspec.json.encode(redacted(summary.as_dict())).decode()
        answer = self._committer.suppression.json(told)
        self._store.end_run(self._run, self._now, "remapped", answer)
        return summary

    def _entry(self, page: StoredPage) -> ResourceSummary:
        name = f"{page.connection}.{page.resource}"
        if name not in self._entries:
            self._entries[name] = ResourceSummary(page.connection, page.resource)
        return self._entries[name]

    def _batch(self, stream: Stream, stored: StoredPage) -> Batch:
        page = page_of(stored, stream)
        try:
            return map_page(
                stream.plugin,
                stream.connection,
                stream.resource,
                shard_of(stored, stream, self._store),
                page,
                rows_only=True,
            )
        except DuetrailError:
            raise
        except Exception as error:
            raise PluginError(
                f"{stored.url} cannot be mapped by plugin {stream.plugin.name!r}: "
                f"{where_it_failed(error)}"
            ) from error


def page_of(stored: StoredPage, stream: Stream) -> Page:
    """A kept page as it was received."""
    answer = Answer(url=stored.url, status=stored.status, headers={}, body=stored.body)
    body, data = parse(answer, stream.resource.never_stored)
    return Page(url=stored.url, status=stored.status, headers={}, body=body, data=data)


def shard_of(stored: StoredPage, stream: Stream, store: Store) -> Shard:
    """The shard a kept page belongs to, with its key."""
    return Shard(stream.resource.name, stored.shard, key_of(stream, stored.shard, store))


def _only(batch: Batch, spots: Collection[_Spot]) -> Batch:
    return evolve(
        batch,
        mapped=tuple(m for m in batch.mapped if (m.shape.name, m.path) in spots),
        rejected=tuple(r for r in batch.rejected if (r.shape.name, r.path) in spots),
        skipped=type(batch.skipped)(),
    )


def _known_by(keys: Mapping[_Spot, str], batch: Batch) -> Batch:
    """What is still bad is the reject it was: its key was made before anybody was struck out."""
    rejected = (evolve(r, key=keys[r.shape.name, r.path]) for r in batch.rejected)
    return evolve(batch, rejected=tuple(rejected))


def _spots(store: Store, page: int) -> tuple[set[_Spot], set[_Spot]]:
    """The items of a page that the store goes by, and those that it proved to be gone."""
    found: tuple[set[_Spot], set[_Spot]] = (set(), set())
    for one in store.observations(ObservationQuery(page=page)):
        found[one.missing > 0].add((one.shape, one.path))
    return found


def _stands_in(missing: Iterable[_Spot], path: str) -> bool:
    """Whether an item is, or stands inside, one that is gone."""
    return any(f"{path}.".startswith((f"{outer}.", f"{outer}[")) for _, outer in missing)


def _new_shapes(store: Store, sources: BoundSources) -> dict[str, set[tuple[str, str]]]:
    """Of each connection the (resource, shape) of which nothing was ever stored."""
    found: dict[str, set[tuple[str, str]]] = {}
    for name, source in sources.items():
        resources = source.connection.source.resources
        found[name] = {
            (resource.name, shape.name)
            for resource in resources
            for shape in resource.shapes
            if not was_seen(store, name, resource.name, shape.name)
        }
    return found
