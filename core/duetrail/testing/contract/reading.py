"""Everything the vendor shows is read, once, and nothing else is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from duetrail.errors import ProtocolError
from duetrail.http.body import decode
from duetrail.model import Ref
from duetrail.pipeline.batch import Mapped
from duetrail.pipeline.items import places
from duetrail.recording.cassettes import RequestKey
from duetrail.source import Key, Resource
from duetrail.stores import to_row
from duetrail.testing.contract.advice import expect_none, fail
from duetrail.testing.contract.edits import ids_on
from duetrail.testing.contract.harness import Harness
from duetrail.testing.contract.owners import owners
from duetrail.testing.contract.suite import Suite
from duetrail.testing.samples import Sample


class Reading(Suite):
    """The result of a first sync of the recording."""

    def test_the_recording_is_read(self) -> None:
        """A sync of everything ends well, and asks nothing that was not recorded."""
        harness = self.harness
        first = harness.first
        if first.unrecorded:
            fail(
                "requests are not in the recording",
                "cassettes",
                where=first.unrecorded,
                do="record them, or set `settings` to those of the recording",
            )
        if first.done.summary.exit_code not in (0, 3):
            fail("the sync fails", "fetch", where=first.done.problems)

    def test_the_recording_is_played_whole(self) -> None:
        """Every recorded answer is asked for."""
        self.harness.good()
        if self.harness.first.not_asked_for:
            fail(
                "recorded answers that nobody asks for: pages are left out, or the recording is "
                "of another day",
                "cassettes",
                where=self.harness.first.not_asked_for,
                do="follow the pages to the end, or record again",
            )

    def test_no_other_host_is_asked(self) -> None:
        """Every request goes to the connection's own address."""
        self.harness.good()
        if self.harness.first.others:
            fail(
                "it reaches for addresses beside the connection's",
                "fetch",
                where=self.harness.first.others,
                do="ask through session.get alone",
            )

    def test_it_leaves_the_rest_to_the_core(self) -> None:
        """It asks through its session alone, writes no file and starts no program."""
        self.harness.good()
        if self.harness.first.violations:
            fail(
                "it does what is not a plugin's to do",
                "fetch",
                where=self.harness.first.violations,
                do="ask with session.get; what is to be kept is in the store",
            )

    def test_it_only_reads(self) -> None:
        """Every request is a GET, but for the one login, and what the source reads by POST."""
        self.harness.good()
        login, reads = self.harness.source.login, self.harness.source.reads
        others = [
            one
            for one in self.harness.first.done.asked
            if not one.startswith("GET ")
            if not (login and one.endswith(login))
            if not any(_reads(path, one) for path in reads)
        ]
        expect_none(others, "it does more than read", "fetch")

    def test_every_resource_brings_a_record(self) -> None:
        """Of every resource that is read, the recording has at least one item."""
        harness = self.harness
        harness.good()
        shown = {
            one.resource.name for one in harness.samples if not one.mapped(one.page.data).is_empty
        }
        silent = [one.name for one in harness.resources if one.name not in shown]
        expect_none(
            silent,
            "resources without a single item",
            "cassettes",
            do="record an account that has some, or check the paths of the shapes",
        )

    def test_no_item_is_refused(self) -> None:
        """Every recorded item is mapped."""
        rejects = self.harness.good().rejects()
        if rejects:
            fail(
                "items of the recording cannot be mapped",
                "wire",
                where=[f"{r.resource}: {r.path}{r.json_path[1:]}: {r.reason}" for r in rejects],
            )

    def test_every_item_is_a_record_of_its_own(self) -> None:
        """No two items of one list are one record."""
        self.harness.good()
        where = [*_twins(self.harness.samples), *_merged(self.harness.samples)]
        expect_none(
            where,
            "different items become one record, so that one replaces the other",
            "declaration",
            do="name in Shape(id=...) the key that tells them apart",
        )

    def test_every_page_is_yielded(self) -> None:
        """The items of every answer to a list are given to the core."""
        harness = self.recorded_harness
        missing = list(_unyielded(harness))
        expect_none(missing, "answers were asked for, and their items are nowhere", "fetch")

    def test_every_item_is_kept(self) -> None:
        """What the vendor answered stands in the store, item by item."""
        harness = self.harness
        project = harness.good()
        rows = {(one.table, one.id) for one in project.records()}
        missing = [
            f"{sample.resource.name}: {mapped.path} of {sample.origin}"
            for sample in harness.samples
            for mapped in sample.mapped(sample.page.data).mapped
            for record in mapped.records
            if (record.table, record.id) not in rows
        ]
        expect_none(missing, "items were answered and are not in the store", "fetch")

    def test_every_child_is_kept(self) -> None:
        """What stands inside a record, such as its lines, is in the store as `read` gives it."""
        kept = {(one.table, one.id): to_row(one).children for one in self.harness.good().records()}
        shown = _children(self.harness.samples)
        missing = [
            f"{table} of {record[0]} {record[1]}"
            for (record, table), sights in shown.items()
            if record in kept and kept[record].get(table, ()) not in sights
        ]
        expect_none(
            missing,
            "children of records are not in the store as they were mapped",
            "records",
            do="give each object its children in one shape; this may be a bug of Duetrail, too",
        )

    def test_no_page_is_yielded_twice(self) -> None:
        """No answer of a resource is asked for and yielded a second time."""
        seen: set[tuple[str, str, str]] = set()
        twice = []
        for one in self.harness.samples:
            place = one.resource.name, one.shard.name, one.page.url
            if place in seen:
                twice.append(f"{one.resource.name}: {one.page.url}")
            seen.add(place)
        expect_none(twice, "pages are yielded twice", "fetch", do="yield each page once")


def _reads(path: str, asked: str) -> bool:
    """Whether a request is one that is read by POST."""
    method, _, target = asked.partition(" ")
    return method == "POST" and urlsplit(target).path.endswith(path.rpartition("{}")[2])


def _twins(samples: Iterable[Sample]) -> Iterator[str]:
    """Where two items of one list on one page have one id."""
    for sample in samples:
        seen: dict[tuple[str, str], str] = {}
        for mapped in _listed(sample):
            key = mapped.shape.name, mapped.item
            if key in seen:
                yield f"{sample.resource.name}: {seen[key]} and {mapped.path} of {sample.origin}"
            seen.setdefault(key, mapped.path)


def _merged(samples: Iterable[Sample]) -> Iterator[str]:
    """Where items with different ids become one record."""
    seen: dict[tuple[str, Ref], str] = {}
    for sample in samples:
        for mapped in _listed(sample):
            key = mapped.shape.name, mapped.records[0].ref
            if seen.setdefault(key, mapped.item) != mapped.item:
                yield f"{sample.resource.name}: {mapped.path} of {sample.origin}"


def _children(samples: Iterable[Sample]) -> dict[tuple[tuple[str, str], str], list[Any]]:
    """By record and child table, the rows at each sight of the record."""
    shown: dict[tuple[tuple[str, str], str], list[Any]] = {}
    for sample in samples:
        for mapped in sample.mapped(sample.page.data).mapped:
            for record in mapped.records:
                place = record.table, record.id
                for table, rows in to_row(record).children.items():
                    shown.setdefault((place, table), []).append(rows)
    return shown


def _listed(sample: Sample) -> Iterator[Mapped]:
    """The items at the top of a page, mapped."""
    tops = {place.shape.name for place in places(sample.resource)}
    for mapped in sample.mapped(sample.page.data).mapped:
        if mapped.shape.name in tops:
            yield mapped


def _unyielded(harness: Harness) -> Iterator[str]:
    """Answers to requests like those that were yielded, with items that never were."""
    for resource in harness.resources:
        own = [sample for sample in harness.samples if sample.resource is resource]
        tops = {place.shape for place in places(resource)}
        met = {id for sample in own for id in ids_on(resource, sample.page.data, tops)}
        paths = {_form(sample.page.url, sample.shard.key) for sample in own}
        keys = [sample.shard.key for sample in own]
        for exchange in harness.recording.exchanges:
            forms = {_form(exchange.address, key) for key in keys}
            is_own = paths & forms and _may_own(harness, resource, exchange.key)
            if exchange.status == 200 and is_own and _ids(resource, exchange.body) - met:
                yield f"{resource.name}: {exchange.target}"


def _may_own(harness: Harness, resource: Resource, request: RequestKey) -> bool:
    """Whether a request may be this resource's: no other one on its path is likelier."""
    its = owners(harness, request)
    return resource in its or not its


def _form(address: str, key: Key | None) -> str:
    """The path of an address below its host, with a key as any other."""
    path = unquote(urlsplit(address).path)
    return path if key is None else path.replace(f"/{key.value}", "/*")


def _ids(resource: Resource, body: bytes) -> set[tuple[str, str]]:
    """The items at the top of an answer; none where it is another resource's."""
    try:
        return ids_on(resource, decode(body), {place.shape for place in places(resource)})
    except (ValueError, ProtocolError):
        return set()
