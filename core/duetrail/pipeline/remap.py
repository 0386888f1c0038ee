"""Remap: map kept pages again, without a request, after a plugin was mended or made better.

Each observation says on which page it stands, so of every page just those items are mapped again
that are still what the store goes by. To replay is the same for items that were set aside.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from datetime import datetime

import msgspec
from attrs import evolve

from duetrail.errors import DuetrailError
from duetrail.http.answer import Answer
from duetrail.http.body import parse
from duetrail.http.ids import Ids
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.commit import Committer
from duetrail.pipeline.events import Observer
from duetrail.pipeline.mapping import map_page
from duetrail.pipeline.open_rejects import count_rejects
from duetrail.pipeline.plan import WHOLE, key_of
from duetrail.pipeline.sightings import was_seen
from duetrail.pipeline.steps import Steps
from duetrail.pipeline.summary import LinkChanges, ResourceSummary, Summary
from duetrail.plugins import plugin_errors
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
_Standing = tuple[RejectKey, str]  # a reject, and the path where it stands on its page
_Pages = Counter[tuple[str, str]]  # how many, by connection and resource


def remap(
    store: Store,
    sources: BoundSources,
    now: datetime,
    at_end: Callable[[Store, int], LinkChanges] = lambda store, run: LinkChanges(),
    observer: Observer | None = None,
) -> Summary:
    """Map every kept page of some connections again.

    What the mapping makes of it now replaces what the store says, and a shape the plugin did not
    have before is filled from the newest pages. Records that are absent stay as they were.

    Args:
        store: Where pages and records are.
        sources: Which, by the names of the connections.
        now: When this begins.
        at_end: What is left to do when all is mapped; what that came to.
        observer: Hears about progress, of pages.
    """
    numbers, left = array("Q"), _Pages()
    for one in store.pages(PageQuery(sources)):
        numbers.append(one.number)
        left[one.connection, one.resource] += 1
    with Steps(observer, len(left)) as steps:
        work = _Work(store, sources, now, steps, left)
        _map_all(work, store, sources, numbers)
        return work.end(at_end)


def _map_all(work: _Work, store: Store, sources: BoundSources, numbers: array[int]) -> None:
    """Map pages, the newest first."""
    new = _new_shapes(store, sources)
    met = Ids()
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


def replay(
    store: Store,
    sources: BoundSources,
    rejects: Iterable[StoredReject],
    now: datetime,
    at_end: Callable[[Store, int], LinkChanges] = lambda store, run: LinkChanges(),
    observer: Observer | None = None,
) -> Summary:
    """Map rejects again, each from the page it stands on; what maps now is a reject no more.

    Args:
        store: Where pages and rejects are.
        sources: Those of the rejects, by the names of the connections.
        rejects: Which.
        now: When this begins.
        at_end: What is left to do when all is mapped; what that came to.
        observer: Hears about progress, of the pages with rejects.
    """
    by_page: dict[int, list[_Standing]] = defaultdict(list)
    for reject in rejects:  # of each only where it stands: its item is on the page
        by_page[reject.page].append((reject.identity, reject.path))
    left = _Pages(group[0][0][:2] for group in by_page.values())
    with Steps(observer, len(left)) as steps:
        work = _Work(store, sources, now, steps, left)
        _replay_all(work, store, by_page)
        return work.end(at_end)


def _replay_all(work: _Work, store: Store, by_page: Mapping[int, Collection[_Standing]]) -> None:
    for number, group in sorted(by_page.items()):
        keys = {(shape, path): key for (_, _, shape, key), path in group}

        def choose(batch: Batch, keys: Mapping[_Spot, str] = keys) -> Batch:
            return _known_by(keys, _only(batch, keys))

        closing = {identity for identity, _ in group}
        work.map(number, store.page(number), choose, closing)


class _Work:
    """One remap: a run of its own, without requests."""

    def __init__(
        self, store: Store, sources: BoundSources, now: datetime, steps: Steps, left: _Pages
    ) -> None:
        self._store = store
        self._sources = sources
        self._now = moment(now)
        self._run = store.begin_run(self._now)
        plugins = {name: source.plugin for name, source in sources.items()}
        self._committer = Committer(store, self._run, plugins, self._now)
        self._entries: dict[str, ResourceSummary] = {}
        self._steps, self._left = steps, left
        for (connection, resource), count in left.items():
            steps.begin(resource, connection, of_pages=count)

    def map(
        self,
        number: int,
        page: StoredPage,
        choose: Callable[[Batch], Batch],
        closing: Collection[RejectKey] = (),
    ) -> None:
        """Map what is chosen of a page, and commit it; tell how far it is."""
        entry, place = self._entry(page), (page.connection, page.resource)
        before = entry.items
        self._map(number, page, entry, choose, closing)
        self._steps.add(page.resource, page.connection, pages=1, items=entry.items - before)
        self._left[place] -= 1
        if not self._left[place]:
            self._steps.end(page.resource, page.connection)

    def _map(
        self,
        number: int,
        page: StoredPage,
        entry: ResourceSummary,
        choose: Callable[[Batch], Batch],
        closing: Collection[RejectKey],
    ) -> None:
        source = self._sources[page.connection]
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
        failed = f"{stored.url} cannot be mapped by plugin {stream.plugin.name!r}"
        with plugin_errors(failed):
            return map_page(
                stream.plugin,
                stream.connection,
                stream.resource,
                shard_of(stored, stream, self._store),
                page,
                rows_only=True,
            )


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
