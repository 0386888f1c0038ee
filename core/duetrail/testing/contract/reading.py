"""Everything the vendor shows is read, once, and nothing else is asked."""

from __future__ import annotations

from collections.abc import Iterator

from duetrail.pipeline.items import places
from duetrail.testing.contract.advice import fail
from duetrail.testing.contract.suite import Suite


class Reading(Suite):
    """What a first sync of the recording comes to."""

    def test_the_recording_is_read(self) -> None:
        """A sync of everything ends well, and asks nothing that was not recorded."""
        bench = self.bench
        first = bench.first
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
        self.bench.good()
        if self.bench.first.unplayed:
            fail(
                "recorded answers that nobody asks for: pages are left out, or the recording is "
                "of another day",
                "cassettes",
                where=self.bench.first.unplayed,
                do="follow the pages to the end, or record again",
            )

    def test_no_other_host_is_asked(self) -> None:
        """Every request goes to the connection's own address."""
        self.bench.good()
        if self.bench.first.others:
            fail(
                "it reaches for addresses beside the connection's",
                "fetch",
                where=self.bench.first.others,
                do="ask through session.get alone",
            )

    def test_it_only_reads(self) -> None:
        """Every request is a GET, but for the one login the source declares."""
        self.bench.good()
        login = self.bench.source.login
        others = [
            one
            for one in self.bench.first.done.asked
            if not one.startswith("GET ") and not (login and one.endswith(login))
        ]
        if others:
            fail("it does more than read", "fetch", where=others)

    def test_every_resource_brings_a_record(self) -> None:
        """Of every resource that is read, the recording has at least one item."""
        bench = self.bench
        bench.good()
        shown = {
            one.resource.name for one in bench.samples if not one.mapped(one.page.data).is_empty
        }
        silent = [one.name for one in bench.resources if one.name not in shown]
        if silent:
            fail(
                "resources without a single item",
                "cassettes",
                where=silent,
                do="record an account that has some, or check the paths of the shapes",
            )

    def test_no_item_is_refused(self) -> None:
        """Every recorded item is mapped."""
        rejects = self.bench.good().rejects()
        if rejects:
            fail(
                "items of the recording cannot be mapped",
                "wire",
                where=[f"{r.resource}: {r.path}{r.json_path[1:]}: {r.reason}" for r in rejects],
            )

    def test_every_item_on_a_page_has_an_id_of_its_own(self) -> None:
        """No two items of one list on one page are one record."""
        self.bench.good()
        where = [place for sample in self.bench.samples for place in _twins(sample)]
        if where:
            fail(
                "different items on one page have one id, so that one replaces the other",
                "declaration",
                where=where,
                do="name in Shape(id=...) the key that tells them apart",
            )

    def test_every_item_is_kept(self) -> None:
        """What the vendor answered stands in the store, item by item."""
        bench = self.bench
        project = bench.good()
        rows = {(one.table, one.id) for one in project.records()}
        missing = [
            f"{sample.resource.name}: {mapped.path} of {sample.origin}"
            for sample in bench.samples
            for mapped in sample.mapped(sample.page.data).mapped
            for record in mapped.records
            if (record.table, record.id) not in rows
        ]
        if missing:
            fail("items were answered and are not in the store", "fetch", where=missing)


def _twins(sample: object) -> Iterator[str]:
    """Where different items of one list have one id."""
    from duetrail.testing.samples import Sample

    assert isinstance(sample, Sample)
    tops = {place.shape.name for place in places(sample.resource)}
    seen: dict[tuple[str, str], str] = {}
    for mapped in sample.mapped(sample.page.data).mapped:
        if mapped.shape.name not in tops:
            continue
        key = mapped.shape.name, mapped.item
        if key in seen:
            yield f"{sample.resource.name}: {seen[key]} and {mapped.path} of {sample.origin}"
        seen.setdefault(key, mapped.path)
