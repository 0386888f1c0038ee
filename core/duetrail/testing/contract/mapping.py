"""Every leaf of every item shows in a record or in `extra`, and a mapping is nothing but that."""

from __future__ import annotations

import copy
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from types import FrameType
from typing import Any

import attrs

from duetrail.http.body import decode
from duetrail.json_tree import along, leaves
from duetrail.model import Invoice, Record, Ref
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.items import places
from duetrail.testing.contract.advice import expect_none, fail
from duetrail.testing.contract.edits import Item, one_of_each, rows_of
from duetrail.testing.contract.suite import Suite
from duetrail.testing.differences import all_differences, records_of
from duetrail.testing.leaves import lost
from duetrail.testing.mutations import mutation
from duetrail.testing.samples import Sample
from duetrail.testing.wires import covers

# What a mapping has no reason to call: it is told everything it may use.
_CLOCKS = frozenset({"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"})
_CHANCE = frozenset({"random", "randint", "getrandbits", "urandom", "uuid4", "uuid1"})
_WORLD = frozenset({"print", "open", "getenv", "input"})


class Mapping(Suite):
    """What becomes of items."""

    def test_no_leaf_is_lost(self) -> None:
        """What no wire field claims is in `extra`, with its value."""
        where = [
            f"{sample.resource.name}, {shape.name}: {path} of {sample.origin}"
            for sample in self.harness.samples
            for shape in sample.resource.shapes
            for path in lost(sample, shape)
        ]
        expect_none(where, "leaves are in no record and not in `extra`", "wire")

    def test_every_claimed_leaf_changes_a_record(self) -> None:
        """Another value of a leaf that a wire field claims is another record."""
        made = _made(self.harness.samples)
        silent = {
            f"{resource.name}, {shape.name}: {lineage.path}": shape.name in made[resource.name]
            for resource, shape in self.harness.shapes
            for lineage in self.harness.lineages(resource, shape)
            if lineage.is_claimed and not lineage.becomes
            # An object that becomes no record is known by its id alone.
            if shape.name in made[resource.name] or lineage.path != shape.id
        }
        expect_none(
            [where for where, is_made in silent.items() if not is_made],
            "of objects that become no record, leaves are named that change nothing inside them",
            "records",
            do="take them out of the wire class; or record an item in which they matter",
        )
        expect_none(
            [*silent],
            "a wire class names leaves that change no record: their values are lost",
            "records",
            do=(
                "map them; or record an item in which they matter; or take them out of the wire "
                "class, so that they are in `extra`"
            ),
        )

    def test_the_same_item_gives_the_same_records(self) -> None:
        """Mapped twice, and in another order, a page makes the same records."""
        for sample in self.harness.samples:
            first = records_of(sample.mapped(sample.page.data))
            second = records_of(sample.mapped(sample.page.data))
            turned = sample.mapped(_turned(sample))
            changed = all_differences(first, second)
            if changed or _bodies(turned) != _bodies(sample.mapped(sample.page.data)):
                fail(
                    "the same items give other records when they are mapped again, or in another "
                    "order",
                    "records",
                    where=[f"{sample.resource.name}: {sample.origin}", *sorted(changed)],
                    do="keep nothing between items, and read no clock",
                )

    def test_a_mapping_leaves_its_item_alone(self) -> None:
        """The page is after the mapping what it was before."""
        for sample in self.harness.samples:
            data = decode(sample.page.body)  # anew: what was taken out before would be missed
            before = copy.deepcopy(data)
            sample.mapped(data)
            if data != before:
                fail(
                    "map_item changes what it is given",
                    "records",
                    where=[f"{sample.resource.name}: {sample.origin}"],
                    do="copy what you change",
                )

    def test_a_mapping_asks_nobody(self) -> None:
        """It reads no clock, draws no random number, opens no file and prints nothing."""
        module = self.harness.plugin.implementations["map_item"].__module__
        with _heard(module.partition(".")[0]) as called:
            for sample in self.harness.samples:
                sample.mapped(sample.page.data)
            for item in one_of_each(self.harness):
                _without_each(item)
        expect_none(
            sorted(called),
            "map_item asks for what it is not given",
            "records",
            do="take every value from the item; the core notes when it was read",
        )

    def test_the_name_of_the_connection_is_its_own(self) -> None:
        """Records and references carry the connection's name; `invoices` refers to invoices."""
        name = self.harness.name
        wrong = {
            f"{sample.resource.name}: {type(record).__name__} {where}"
            for sample in self.harness.samples
            for mapped in sample.mapped(sample.page.data).mapped
            for record in mapped.records
            for where in _others(record, name)
        }
        expect_none(
            sorted(wrong),
            "records name another connection than theirs, or refer to the wrong kind",
            "records",
            do="write connection=connection.name and connection.ref(...)",
        )

    def test_nothing_is_printed(self) -> None:
        """A sync prints nothing: stdout is for commands."""
        self.harness.good()
        if self.harness.first.done.said:
            fail(
                "the plugin prints while it is synced",
                "fetch",
                where=self.harness.first.done.said.splitlines(),
                do='yield Notice("...") for what the user should know',
            )


def _without_each(item: Item) -> None:
    """Map an item without each of its leaves in turn: what is missing may be made up."""
    whole = mutation(item.sample, item.found)
    for steps, value in leaves(item.found.raw):
        if value is not None and covers(item.shape.wire, steps):
            whole.with_leaf(steps, None)


def _made(samples: Iterable[Sample]) -> dict[str, set[str]]:
    """The names of the shapes of which records are made, by resource."""
    made: dict[str, set[str]] = defaultdict(set)
    for sample in samples:
        found = sample.mapped(sample.page.data).mapped
        made[sample.resource.name].update(one.shape.name for one in found)
    return made


def _turned(sample: Sample) -> Any:
    """The page with the items of every list in the opposite order."""
    data = sample.page.data
    # Once a list: turned for each of the shapes in its rows, it might be as it was.
    for rows in {rows_of(place) for place in places(sample.resource)}:
        data = along(data, rows, pick=reversed)
    return data


def _bodies(batch: Batch) -> list[Any]:
    return sorted((row.ref, row.body()) for mapped in batch.mapped for row in mapped.rows)


def _others(record: Record, name: str) -> Iterator[str]:
    """Where a record names another connection than this."""
    if record.connection != name:
        yield f"has connection {record.connection!r}"
    for one in attrs.fields(type(record)):
        for value in _refs(getattr(record, one.name)):
            if one.name == "invoices" and value.record != Invoice.table:
                yield f"refers in invoices to {value.record}"
            if value.connection != name:
                yield f"refers in {one.name} to connection {value.connection!r}"


def _refs(value: Any) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _refs(part)


@contextmanager
def _heard(package: str) -> Iterator[set[str]]:
    """What code of a package calls that it should not, as the interpreter tells it."""
    called: set[str] = set()

    def listen(frame: FrameType, event: str, what: Any) -> None:
        name = _forbidden(what) if event == "c_call" else _environment(frame, event)
        if name and (own := _own(frame, package)):
            called.add(f"{name} in {own.f_code.co_filename}:{own.f_lineno}")

    before = sys.getprofile()
    sys.setprofile(listen)
    try:
        yield called
    finally:
        sys.setprofile(before)


def _own(frame: FrameType | None, package: str) -> FrameType | None:
    """The code of a package that calls, by itself or through a library; None if the core does."""
    while frame is not None:
        top = _top(frame)
        if top == package:
            return frame
        if top in ("duetrail", "zoneinfo"):  # a zone's rules are the same wherever they are read
            return None
        frame = frame.f_back
    return None


def _top(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _environment(frame: FrameType, event: str) -> str:
    is_asked = event == "call" and _top(frame) == "os" and frame.f_code.co_name == "__getitem__"
    return "the environment" if is_asked else ""


def _forbidden(what: Any) -> str:
    name, owner = getattr(what, "__name__", ""), getattr(what, "__self__", None)
    if name in _CLOCKS and (owner in (datetime, date) or _home(what) == "time"):
        return f"the clock ({name})"
    if name in _CHANCE or (name in _WORLD and _home(what) in {"builtins", "io", "_io"}):
        return name
    return ""


def _home(what: Any) -> str:
    owner = getattr(what, "__self__", None)
    return str(getattr(what, "__module__", None) or getattr(owner, "__name__", ""))
