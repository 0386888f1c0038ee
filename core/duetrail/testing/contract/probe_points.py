"""Leaves that become fields of some type, and the items in which they can be changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from duetrail.declared.where import Where
from duetrail.json_tree import Steps
from duetrail.model import BY_TABLE, children_of, fields_of
from duetrail.source import Resource, Shape
from duetrail.testing.contract.harness import Harness
from duetrail.testing.differences import changed_values
from duetrail.testing.leaves import spelled
from duetrail.testing.mutations import Mutation
from duetrail.testing.wires import all_named, bare, kind_at

# In so many items a leaf is changed.
_TRIALS = 8

# What ends the name of the field with the vendor's own word.
RAW = "_raw"


@frozen(eq=False)
class ProbePoint:
    """A leaf of an item that can be changed.

    Attributes:
        resource: The resource.
        shape: The item's shape.
        path: The leaf's path.
        kind: The type its wire class gives to it.
        becomes: The record fields that change with it.
        mutations: Items with the way to the leaf.
        chosen: The values for which its shape is, where it goes by this leaf; none where by others.
    """

    resource: Resource
    shape: Shape
    path: str
    kind: Any
    becomes: frozenset[str]
    mutations: tuple[tuple[Mutation, Steps], ...]
    chosen: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return f"{self.resource.name}, {self.shape.name}: {self.path}"

    def outcomes(self, value: Any) -> Iterator[tuple[Mutation, list[tuple[str, Any]]]]:
        """What becomes of each item with this value: the mutation, and the fields that change."""
        for one, steps in self.mutations:
            other = one.with_leaf(steps, value)
            yield other, list(changed_values(one.records, other.records))


def probe_points(harness: Harness, wanted: type[Any]) -> Iterator[ProbePoint]:
    """The claimed leaves that become fields of this type, or the vendor's word beside one.

    Without those that their shape goes by: with any other value, an item is none of that shape.
    """
    return (point for point in every_point(harness, wanted) if not point.chosen)


def every_point(harness: Harness, wanted: type[Any]) -> Iterator[ProbePoint]:
    """The same, and those that their shape goes by."""
    names = fields_with(wanted)
    names |= {f"{name}{RAW}" for name in names}
    for resource, shape in harness.shapes:
        study = harness.study(resource, shape)
        chosen = Where.of(shape.where).wanted
        steps_of = {spelled(steps): steps for steps in all_named(shape.wire)}
        for lineage in harness.lineages(resource, shape):
            if lineage.is_claimed and lineage.becomes & names and lineage.path in steps_of:
                steps = steps_of[lineage.path]
                mutations = tuple(
                    (one, way) for _, one, way, _ in study.places(lineage.path, steps)
                )
                # Of what makes no record, changed or not, nothing is told.
                sound = tuple(
                    pair for pair in mutations if pair[0].records and not pair[0].is_refused
                )
                kind = kind_at(shape.wire, steps)
                yield ProbePoint(
                    resource,
                    shape,
                    lineage.path,
                    kind,
                    lineage.becomes,
                    sound[:_TRIALS],
                    chosen.get(lineage.path, ()),
                )


def fields_with(wanted: type[Any]) -> frozenset[str]:
    """The fields of this type, of records and of their children."""
    kinds: list[Any] = list(BY_TABLE.values())
    for kind in kinds:
        kinds += [child for _, child in children_of(kind).values()]
    return frozenset(
        f"{kind.__name__}.{one.name}"
        for kind in kinds
        for one in fields_of(kind)
        if isinstance(bare(one.type), type) and issubclass(bare(one.type), wanted)
    )
