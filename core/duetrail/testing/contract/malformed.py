"""Items that are not what is documented: set aside with their path, and nothing else with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import attrs

from duetrail.json_tree import Steps, steps_of
from duetrail.model import Ref
from duetrail.pipeline.batch import Rejected
from duetrail.plugins import Plugin
from duetrail.source import Item as Given
from duetrail.source import Shape
from duetrail.testing.contract.advice import expect_none, fail, skip
from duetrail.testing.contract.edits import Item, one_of_each, with_item
from duetrail.testing.contract.project import Project
from duetrail.testing.contract.suite import Suite
from duetrail.testing.leaves import put, spelled
from duetrail.testing.mutations import Mutation, mutation
from duetrail.testing.wires import all_named

# Nothing that a wire field takes, unless it takes anything.
_NONSENSE = {"made": ["up"]}


class Malformed(Suite):
    """What becomes of items that cannot be mapped."""

    def test_a_malformed_item_is_a_reject_with_its_path(self) -> None:
        """An object where a value belongs is told with its path, for every shape."""
        wrong = []
        for item in one_of_each(self.harness):
            for one, steps in _broken(item):
                (refused, *_) = one.refused(one.before)
                path = _plain(refused.json_path)
                if not path or not spelled(steps).startswith(path):
                    wrong.append(f"{item}: {spelled(steps)} is told as {refused.json_path}")
        expect_none(
            wrong,
            "malformed items are told with another path than theirs",
            "errors",
            do="let the wire class refuse them, or raise BadItem(reason, path=path)",
        )

    def test_what_may_be_missing_is_no_error(self) -> None:
        """Without a value that its wire class does not require, an item is mapped or told why."""
        wrong = [
            f"{item}: without {spelled(steps)}, {refused.reason}"
            for item in one_of_each(self.harness)
            for steps in all_named(item.shape.wire)
            for refused in _stumbled(item, steps)
        ]
        expect_none(
            wrong,
            "the mapping falls over what may be missing",
            "wire",
            do="expect None wherever the wire class allows it, or raise BadItem(reason, path=path)",
        )

    def test_one_malformed_item_costs_no_other(self) -> None:
        """The rest of the page is kept, and the item itself when the vendor has mended it."""
        harness = self.harness
        harness.recorded()
        whole = harness.good().digest
        item, steps = self._one()
        project = harness.project()
        spoilt = with_item(harness, item, lambda raw: put(raw, steps, _NONSENSE))
        done = harness.sync(project, spoilt)
        rejects = project.rejects()
        if done.summary.exit_code != 3 or not rejects:
            fail(
                f"with a malformed item a sync exits with {done.summary.exit_code} and "
                f"{len(rejects)} rejects",
                "errors",
                where=[str(item), *done.problems],
                do="let the core decode; what cannot be mapped is a reject, and never an error",
            )
        lost = _beside(item, spelled(steps)) - _known(project)
        if lost:
            fail("a malformed item costs others", "errors", where=[str(item), *map(str, lost)])
        harness.sync(project, full=True)
        if project.rejects() or project.digest != whole:
            fail("when the vendor has mended the item, the store is not whole", "records")

    def test_a_replay_empties_the_rejects(self) -> None:
        """What a fault of the mapping has set aside is mapped when the mapping is mended."""
        harness = self.harness
        whole = harness.good().digest
        item = next(one_of_each(harness), None)
        if item is None:
            skip("the recording has no item")
        project = harness.project()
        plugins = {harness.plugin.name: _stumbling(harness.plugin, str(item.id))}
        harness.sync(
            attrs.evolve(project, config=attrs.evolve(project.config, plugin_overrides=plugins))
        )
        if not project.rejects():
            fail("an item whose mapping fails is not set aside", "records", where=[str(item)])
        project.replay()
        if project.rejects():
            fail("a mapping that is mended leaves rejects after a replay", "records")
        # What is asked for with the item's key comes with the next sync.
        harness.sync(project, full=True)
        if project.digest != whole:
            fail("a replay leaves another store than a mapping that never failed", "records")

    def _one(self) -> tuple[Item, Steps]:
        """An item and the leaf by which it can be spoilt."""
        for item in one_of_each(self.harness):
            for _, steps in _broken(item):
                return item, steps
        skip("no wire class names a field that could be malformed")


def _broken(item: Item) -> Iterator[tuple[Mutation, Steps]]:
    """An item with nonsense in a leaf that its wire class names, where that is refused."""
    whole = mutation(item.sample, item.found)
    for steps in all_named(item.shape.wire):
        if steps and steps[0] != item.shape.id and steps[0] in item.found.raw:
            one = whole.with_leaf(steps, _NONSENSE)
            if one.is_refused:
                yield one, steps


def _stumbled(item: Item, steps: Steps) -> Iterator[Rejected]:
    """Where an item without a leaf is set aside by an error of the mapping."""
    whole = mutation(item.sample, item.found)
    without = whole.with_leaf(steps, None)
    for refused in without.refused(without.before):
        if refused.reason.startswith(f"the mapping of {item.sample.plugin.name} failed"):
            yield refused


def _plain(json_path: str) -> str:
    """A path in an item, with all elements of a list alike."""
    return spelled(steps_of(json_path))


def _beside(item: Item, key: str) -> set[Ref]:
    """The records of the page but for those of the item, and of what takes a key of it."""
    return {
        record.ref
        for mapped in item.sample.mapped(item.sample.page.data).mapped
        if (mapped.path, mapped.shape) != (item.found.path, item.shape)
        if not (_is_around(item, mapped.path) and key in _taken(mapped.shape))
        for record in mapped.records
    }


def _is_around(item: Item, path: str) -> bool:
    return path.startswith((f"{item.found.path}.", f"{item.found.path}["))


def _taken(shape: Shape) -> Collection[str]:
    """The keys that a shape takes of the object around."""
    return shape.mapping.parents if shape.mapping is not None else ()


def _known(project: Project) -> set[Ref]:
    return {record.ref for record in project.records()}


def _stumbling(plugin: Plugin, id: str) -> Plugin:
    """The plugin, with a mapping that fails on one item."""

    def map_item(item: Given, connection: Any) -> Any:
        if item.id == id:
            raise RuntimeError("a fault of the mapping, made on purpose")
        return plugin.map_item(item, connection)

    return attrs.evolve(plugin, implementations={**plugin.implementations, "map_item": map_item})
