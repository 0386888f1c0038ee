"""The second run: what is the same is not written again, and what is new is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import attrs

from duetrail.declared.where import Where
from duetrail.errors import DuetrailError
from duetrail.json_tree import Steps, leaves, steps_of
from duetrail.pipeline.read import Task
from duetrail.source import Cursor, Notice, Page, Resource, Shape, Shard
from duetrail.testing.contract.advice import fail, skip
from duetrail.testing.contract.edits import (
    Item,
    heads,
    ids_on,
    nothing_new,
    one_of_each,
    with_item,
    without_last,
)
from duetrail.testing.contract.harness import Harness
from duetrail.testing.contract.suite import Suite
from duetrail.testing.leaves import put, spelled
from duetrail.testing.mutations import mutation
from duetrail.testing.wires import another, covers, kind_at


class Again(Suite):
    """The result of a second sync."""

    def test_a_second_run_writes_nothing(self) -> None:
        """The same answers again: no record, link, reject or page is written."""
        harness = self.harness
        harness.good()
        project = harness.synced()
        before = project.digest
        summary = harness.sync(project, full=True).summary
        if summary.written or project.digest != before:
            fail(
                "the same answers, read again, are written again",
                "records",
                where=[f"{one.name}: {one.written} written" for one in summary.resources],
                do="let the same item give the same records: no clock, no counter, no random",
            )

    def test_a_second_run_goes_on_from_its_cursor(self) -> None:
        """Where a resource yields a cursor, the next run begins there."""
        harness = self.recorded_harness
        names = sorted({key.split()[0] for key in harness.first.project.cursors()})
        if not names:
            skip(f"no resource of {harness.source.title} yields a cursor")
        for name in names:
            project = harness.project()
            first = harness.sync(project, select=[name]).asked
            again = harness.sync(project, select=[name], otherwise=nothing_new(harness)).asked
            if again == first:
                fail(
                    f"{name} yields a cursor, and the next run asks the same again",
                    "cursor",
                    where=again,
                    do="begin at shard.cursor where it is not None",
                )

    def test_a_cursor_that_is_read_is_yielded(self) -> None:
        """A list that asks where the last run ended says where this one does."""
        harness = self.recorded_harness
        for resource, whole in harness.whole_shards:
            shard = _Noted(*attrs.astuple(whole, recurse=False))
            found = _read(harness, resource, shard)
            cursors = [one for one in found if isinstance(one, Cursor)]
            if shard.is_cursor_read and not cursors and _ids(resource, found):
                fail(
                    f"{resource.name} begins at shard.cursor, and never yields a Cursor",
                    "cursor",
                    do="yield a Cursor when everything up to there was yielded",
                )

    def test_a_cursor_leaves_nothing_behind(self) -> None:
        """Gone on from a cursor, a list shows whatever had not been yielded before it."""
        harness = self.recorded_harness
        for resource, shard in harness.whole_shards:
            whole = _read(harness, resource, shard)
            _expect_growing(resource, [one.value for one in whole if isinstance(one, Cursor)])
            for number, found in enumerate(whole):
                if not isinstance(found, Cursor):
                    continue
                rest = _read(harness, resource, attrs.evolve(shard, cursor=found.value))
                if harness.replay_server.unrecorded:
                    continue  # nobody asked the vendor so, and what it would answer is not known
                left = _ids(resource, whole) - _ids(resource, whole[:number])
                if lost := left - _ids(resource, rest):
                    fail(
                        f"{resource.name}, gone on from cursor {found.value!r}, leaves items out",
                        "cursor",
                        where=sorted(map(" ".join, lost)),
                        do="yield a Cursor after every page it stands for, and none beyond",
                    )

    def test_the_same_answers_give_the_same_cursor(self) -> None:
        """A cursor is made of what was answered, and of no clock."""
        harness = self.harness
        harness.recorded()
        before = harness.good().cursors()
        if not before:
            skip(f"no resource of {harness.source.title} yields a cursor")
        for resource, shard in harness.whole_shards:
            place = f"{resource.name} {shard.name}"
            found = _read(harness, resource, shard)
            cursors = [one.value for one in found if isinstance(one, Cursor)]
            if place in before and cursors and json.loads(before[place]) != cursors[-1]:
                fail(
                    f"{resource.name} yields another cursor where the answers are the same",
                    "cursor",
                    where=[before[place], json.dumps(cursors[-1])],
                    do="take it from the answers; where a time is needed, there is shard.now",
                )

    def test_a_changed_item_is_changed_in_the_store(self) -> None:
        """After a change, the next full run leaves what a first run would have left."""
        harness = self.recorded_harness
        tried = False
        for item in one_of_each(harness):
            for steps, value in _visible(harness, item):
                tried = True
                changed = with_item(harness, item, _put(steps, value))
                project, fresh = harness.synced(), harness.project()
                harness.sync(project, changed, full=True)
                harness.sync(fresh, changed)
                if project.digest != fresh.digest:
                    fail(
                        "a changed item is not stored as it would be the first time",
                        "records",
                        where=[str(item)],
                        do="check Shape(version=...): a greater version is newer",
                    )
        if not tried:
            skip("no leaf of the recording can be changed by itself")

    def test_a_new_item_is_read_once(self) -> None:
        """An item that came since the last run is one record more, and nothing else changes."""
        harness = self.harness
        harness.recorded()
        whole = harness.good().digest
        tried = False
        for item in _last_of_lists(harness):
            project = harness.project()
            younger = without_last(harness, item)
            if harness.sync(project, younger).summary.exit_code not in (0, 3):
                continue  # a list that proves itself in a way nobody could make up
            tried = True
            missing = len(harness.good().records()) - len(project.records())
            harness.sync(project, full=True)
            if project.digest != whole:
                fail(
                    "an item that is new in the second run leaves another store than it should",
                    "fetch",
                    where=[f"{item}, {missing} records without it"],
                )
        if not tried:
            skip("no list of the recording can be played without its last item")

    def test_an_item_that_is_gone_is_absent(self) -> None:
        """What a complete listing shows no more is marked absent, and only that."""
        harness = self.recorded_harness
        options = harness.connection().options
        tried = False
        for item in _last_of_lists(harness):
            if not item.sample.resource.proves_absence(options):
                continue
            shorter = without_last(harness, item)
            fresh = harness.project()
            if harness.sync(fresh, shorter).summary.exit_code not in (0, 3):
                continue  # a list that proves itself in a way nobody could make up
            tried = True
            project = harness.synced()
            harness.sync(project, shorter, full=True)
            if project.digest != fresh.digest:
                fail(
                    "an item that is gone leaves another store than if it had never been",
                    "declaration",
                    where=[str(item)],
                    do="declare exhaustive=False where a reading does not show everything",
                )
        if not tried:
            skip("no list of the recording proves what is not there")

    def test_workers_make_no_difference(self) -> None:
        """One worker and sixteen leave the same store."""
        harness = self.harness
        project, before = harness.project(), harness.good().digest
        harness.sync(project, workers=16)
        if project.digest != before:
            fail(
                "sixteen workers leave another store than one",
                "fetch",
                do="keep no state outside the generator: `fetch` runs in several threads",
            )


class _Noted(Shard):
    """A shard that notes whether anybody looks at its cursor."""

    is_cursor_read = False

    def __getattribute__(self, name: str) -> Any:
        if name == "cursor":
            object.__setattr__(self, "is_cursor_read", True)
        return super().__getattribute__(name)


def _expect_growing(resource: Resource, cursors: list[Any]) -> None:
    for one, after in pairwise(cursors):
        if isinstance(one, int) and isinstance(after, int) and after < one:
            fail(f"{resource.name} yields cursor {after} after {one}", "cursor")


def _read(harness: Harness, resource: Resource, shard: Shard) -> list[Page | Cursor | Notice]:
    """What a shard yields, up to an error."""
    found: list[Page | Cursor | Notice] = []
    with harness.reader() as reader, suppress(DuetrailError):
        for one in reader.found(Task(harness.stream(resource), shard)):
            found.append(one)  # one by one: what came before an error is there
    return found


def _ids(resource: Resource, found: Iterable[Any]) -> set[tuple[str, str]]:
    """The items on pages, each by its shape and its id."""
    pages = [one for one in found if isinstance(one, Page)]
    return set().union(*(ids_on(resource, page.data) for page in pages))


def _visible(harness: Harness, item: Item) -> list[tuple[Steps, Any]]:
    """A leaf of an item and a value with which its records change; nothing where there is none."""
    one = mutation(item.sample, item.found)
    for steps, value in leaves(item.found.raw):
        kind = kind_at(item.shape.wire, steps) if covers(item.shape.wire, steps) else None
        if kind is None or value is None or steps[0] in (item.shape.id, item.shape.version):
            continue
        for new in _others(item.shape, steps, kind, value):
            moved = one.changed(steps, new) if _leaves_items(item, steps, new) else None
            # What an object belongs to is another story than what it says.
            if moved and not any(name.endswith(("invoices", "id")) for name in moved):
                return [(steps, new)]
    return []


def _others(shape: Shape, steps: Steps, kind: Any, value: Any) -> Iterator[Any]:
    """Other values of a leaf: those that its shape is for, where it goes by that, and a made-up."""
    chosen = Where.of(shape.where).wanted.get(spelled(steps), ())
    yield from (one for one in chosen if one not in (None, value))
    with suppress(TypeError, ValueError):
        yield another(kind, value)


def _leaves_items(item: Item, steps: Steps, value: Any) -> bool:
    """Whether the page has the same items with another value, which a shape may go by."""
    resource, page = item.sample.resource, item.sample.page.data
    changed = put(page, (*steps_of(item.found.path), *steps), value)
    return ids_on(resource, changed) == ids_on(resource, page)


def _put(steps: Steps, value: Any) -> Callable[[Any], Any]:
    return lambda raw: put(raw, steps, value)


def _last_of_lists(harness: Harness) -> Iterator[Item]:
    """The last item of each list that is not asked per key."""
    for resource in harness.resources:
        own = [sample for sample in harness.samples if sample.resource is resource]
        listed = [item for sample in own for item in heads(sample)]
        if resource.keys is None and len({one.id for one in listed}) > 1:
            yield listed[-1]
