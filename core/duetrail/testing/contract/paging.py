"""Lists that are empty, short, or never end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

from attrs import evolve
from msgspec.structs import replace

from duetrail.json_tree import EACH, at
from duetrail.pipeline.items import Place, places
from duetrail.pipeline.read import Task
from duetrail.recording.cassettes import Cassette, RecordedExchange, RequestKey, request_key
from duetrail.source import Page, Shard
from duetrail.testing.answers import Answer
from duetrail.testing.contract.advice import expect_none, fail, skip
from duetrail.testing.contract.edits import (
    emptied,
    heads,
    ids_on,
    nothing_new,
    totals,
)
from duetrail.testing.contract.harness import Harness
from duetrail.testing.contract.owners import owners
from duetrail.testing.contract.project import Done, Project
from duetrail.testing.contract.suite import Suite
from duetrail.testing.replay_server import Otherwise
from duetrail.testing.samples import Sample

# An address in a Link header, or the one relation of a link.
_RELATION = re.compile(r'<[^>]*>|\brel="?([\w-]+)"?', re.IGNORECASE)


class Paging(Suite):
    """How lists are walked."""

    def test_links_are_read_as_the_standard_has_them(self) -> None:
        """A `Link` header (RFC 8288) means the same however its relations are written."""
        harness = self.harness
        recording, before = harness.recorded(), harness.good().digest
        if not any(name.lower() == "link" for one in recording.exchanges for name in one.headers):
            skip("no answer of the recording has a Link header")
        for spelling in ('"{}"', "{}", '"x-page {}"'):
            project = harness.project()
            harness.sync(project, recording.edited(partial(_relinked, spelling)))
            if project.digest != before:
                fail(
                    f"a Link header that says rel={spelling.format('NEXT')} is not understood",
                    "links",
                    where=harness.asked[-1:],
                    do="read the list with duetrail.http.link",
                )

    def test_an_empty_list_is_no_error(self) -> None:
        """A vendor that has nothing is read to the end, with no record and no failure."""
        project, done = self._cut_short(0)
        if done.summary.exit_code not in (0, 3):
            fail("a vendor that has nothing fails the sync", "fetch", where=done.problems)
        alone = {table for one in self.harness.resources for table in _alone(places(one))}
        if any(record.table not in alone for record in project.records()):
            fail("records are made of a vendor that has none", "fetch")

    def test_one_item_a_list_is_read(self) -> None:
        """A vendor with one item in each of its lists is read to the end."""
        project, done = self._cut_short(1)
        if done.summary.exit_code not in (0, 3):
            fail("a vendor with one item a list fails the sync", "fetch", where=done.problems)
        if not project.records():
            fail("one item is read as none", "fetch")

    def test_pages_that_repeat_come_to_an_end(self) -> None:
        """A vendor that answers every page with its first one is noticed, and not read for ever."""
        harness = self.harness
        harness.recorded()
        lists = _first_pages(harness)
        if not lists:
            skip("the recording has no list of several pages")
        # One at a time: a list that is noticed says nothing of the others.
        for (name, path), body in lists.items():
            recording, otherwise = _stuck(harness, name, path, body)
            done = harness.sync(harness.project(), recording, otherwise=otherwise, select=[name])
            if len(done.asked) > harness.most:
                fail(
                    "a list whose pages repeat is read for ever",
                    "numbers",
                    where=done.asked[-3:],
                    do="read lists with a paginator of duetrail.http; where a loop is your own, "
                    "raise ProtocolError when a page names itself",
                )
            if done.summary.exit_code == 0:
                fail(
                    "a list whose pages repeat passes for complete",
                    "numbers",
                    where=[name, *done.asked[-3:]],
                )

    def test_pages_are_yielded_as_they_come(self) -> None:
        """A page is given to the core before the last one is asked for."""
        harness = self.harness
        harness.recorded()
        late = []
        tried = 0
        for shard, needed, before in _paces(harness):
            if needed > 2:
                tried += 1
                if before >= needed:
                    late.append(f"{shard.resource}: {needed} requests before the first page")
        if not tried:
            skip("no list of the recording takes more than two requests")
        expect_none(
            late,
            "pages are collected before they are yielded, so memory grows with the list",
            "fetch",
            do="yield each page as soon as it is there",
        )

    def test_totals_of_the_vendor_are_reached(self) -> None:
        """Where an answer says how many there are, as many records are read."""
        harness = self.harness
        harness.recorded()
        wrong = list(_short(harness))
        expect_none(
            wrong,
            "fewer items are read than the vendor says there are",
            "numbers",
            do="follow the pages to the end; record all of them",
        )

    def _cut_short(self, keep: int) -> tuple[Project, Done]:
        harness = self.recorded_harness
        project = harness.project()
        return project, harness.sync(
            project, emptied(harness, keep), otherwise=nothing_new(harness)
        )


def _relinked(spelling: str, exchange: RecordedExchange) -> RecordedExchange:
    """An answer whose links have their relations in capitals, written in another way."""

    def spelled(found: re.Match[str]) -> str:
        if found[1] is None:  # an address
            return found[0]
        return "rel=" + spelling.format(found[1].upper())

    def changed(name: str, value: str) -> str:
        return _RELATION.sub(spelled, value) if name.lower() == "link" else value

    headers = {name: changed(name, value) for name, value in exchange.headers.items()}
    return evolve(exchange, headers=headers)


def _alone(tops: Iterable[Place]) -> Iterator[str]:
    """The tables of objects that are a page's only one, and of what stands inside them.

    What is asked for by its key is no list that could be empty.
    """
    for place in tops:
        if EACH not in place.steps:
            yield from (record.table for record in (place.shape.record, *place.shape.derives))
            yield from _alone([replace(one, steps=()) for one in place.inner])


def _first_pages(harness: Harness) -> dict[tuple[str, str], bytes]:
    """The first page of each list that shows more on later ones, by its resource and its path."""
    first: dict[tuple[str, str], Sample] = {}
    lists = set()
    for sample in harness.samples:
        place = sample.resource.name, request_key("GET", sample.page.url)[1]
        before = first.setdefault(place, sample)
        # A look behind the last page shows what was shown, or nothing.
        if sample.resource.keys is None and not _ids(sample) <= _ids(before):
            lists.add(place)
    return {place: sample.page.body for place, sample in first.items() if place in lists}


def _ids(sample: Sample) -> set[tuple[str, str]]:
    return ids_on(sample.resource, sample.page.data)


def _stuck(harness: Harness, name: str, path: str, body: bytes) -> tuple[Cassette, Otherwise]:
    """A vendor that has one answer for a list, whatever else is asked for of it."""

    def is_list(request: RequestKey) -> bool:
        return request[1] == path and name in [one.name for one in owners(harness, request)]

    def same(exchange: RecordedExchange) -> RecordedExchange:
        return evolve(exchange, body=body) if is_list(exchange.key) else exchange

    def as_ever(method: str, target: str) -> Answer | None:
        return Answer(body=body) if is_list(request_key(method, target)) else None

    return harness.recording.edited(same), as_ever


def _paces(harness: Harness) -> Iterator[tuple[Shard, int, int]]:
    """Of each list, the requests it takes in all, and those made before its first page came."""
    project = harness.good()
    for sample in {id(one.shard): one for one in harness.samples}.values():
        if sample.resource.keys is not None:
            continue
        before = 0
        with harness.reader() as reader, project.store():
            for found in reader.found(Task(harness.stream(sample.resource), sample.shard)):
                if isinstance(found, Page) and not before:
                    before = _gets(harness)
        yield sample.shard, _gets(harness), before


def _gets(harness: Harness) -> int:
    """The requests that read; a login is none of them."""
    login = harness.source.login
    return sum(not (login and one.endswith(login)) for one in harness.asked)


def _short(harness: Harness) -> Iterator[str]:
    """Where a page says that there are more items than were met."""
    for resource in harness.resources:
        if resource.keys is not None:
            continue
        own = [sample for sample in harness.samples if sample.resource is resource]
        met = {item.key for sample in own for item in heads(sample)}
        for sample in own:
            for steps in totals(sample, sample.page.data):
                total = at(sample.page.data, steps)
                if total > len(met):
                    yield f"{resource.name}: {steps[-1]} is {total}, {len(met)} items were met"
                    return
