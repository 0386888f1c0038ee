"""The leaves of items: where they are, and whether a wire field names them.

A leaf is a value that holds no other. Its path is normalised, `line_items[].quantity`, so that all
items of a shape have the same. A leaf that a wire field names is claimed; what nobody claims is in
`extra`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, get_origin

import attrs
from attrs import field, frozen

from duetrail.json_tree import EACH, Steps, at, leaves
from duetrail.pipeline.items import Found, Place, find, places
from duetrail.source import Resource, Shape
from duetrail.testing.samples import Sample
from duetrail.testing.wires import bare, covers, element, kind_at, named, needed


@frozen(eq=False)
class Leaf:
    """A leaf of one item.

    Attributes:
        sample: The page it stands on.
        found: The item.
        steps: From the item to the leaf.
        value: What stands there.
    """

    sample: Sample = field(repr=False)
    found: Found = field(repr=False)
    steps: Steps
    value: Any

    @property
    def path(self) -> str:
        """Its normalised path."""
        return spelled(self.steps)

    @property
    def is_claimed(self) -> bool:
        """Whether a wire field names it, or what it stands in."""
        return bool(covers(self.found.place.shape.wire, self.steps))


def spelled(steps: Steps) -> str:
    """A path from an item to a leaf, the same for every element of a list."""
    text = "".join("[]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")


def put(value: Any, steps: Steps, new: Any, kind: Any = Any) -> Any:
    """A copy with another value at a path; what is missing on the way is made up.

    Args:
        value: What is copied; None for nothing.
        steps: The path.
        new: What shall stand there.
        kind: The type of `value`, for what has to be made up.
    """
    if not steps:
        return new
    kind, step = bare(kind), steps[0]
    if isinstance(step, int):
        parts = list(value) if isinstance(value, list) else []
        old = parts[step] if step < len(parts) else None
        parts[step : step + 1] = [put(old, steps[1:], new, element(kind))]
        return parts
    around = value if isinstance(value, dict) else needed(kind)
    return around | {step: put(around.get(step), steps[1:], new, named(kind).get(step, Any))}


def on_page(sample: Sample, shape: Shape) -> Iterator[Leaf]:
    """Every leaf of the items of a shape on a page.

    What stands inside an item as an item of its own is a leaf of that one, and of the outer one
    only where the outer one's wire class names it.
    """
    for found in find(sample.resource, sample.page.data):
        if found.place.shape is shape and not found.wrong:
            for steps, value in leaves(found.raw):
                leaf = Leaf(sample, found, steps, value)
                if not (_is_room(leaf) if leaf.is_claimed else is_inside(found.place, steps)):
                    yield leaf


def _is_room(leaf: Leaf) -> bool:
    """Whether it is no leaf but null, or nothing, in place of an object or a list of leaves."""
    kind = kind_at(leaf.found.place.shape.wire, leaf.steps)
    return attrs.has(kind) or get_origin(kind) is tuple


@cache
def place_of(resource: Resource, shape: Shape) -> Place:
    """Where the items of a shape stand."""
    left = list(places(resource))
    while left[0].shape is not shape:
        left += left.pop(0).inner
    return left[0]


def is_inside(place: Place, steps: Steps) -> bool:
    """Whether a path leads into an item inside, or to where such items stand."""
    return leads_into(place.inner, steps)


def leads_into(some: tuple[Place, ...], steps: Steps) -> bool:
    """Whether a path leads to where one of some items stand, or into it."""
    return any(
        all(want in (step, EACH) for want, step in zip(one.steps, steps, strict=False))
        for one in some
    )


def lost(sample: Sample, shape: Shape) -> list[str]:
    """The paths of leaves that nobody claims and that are not in `extra` as they were sent."""
    extras = {
        one.path: next(one.with_extra()).extra
        for one in sample.mapped(sample.page.data).mapped
        if one.shape is shape
    }
    return [
        leaf.path
        for leaf in on_page(sample, shape)
        if leaf.found.path in extras
        if not leaf.is_claimed and not _is_at(extras[leaf.found.path], leaf.steps, leaf.value)
    ]


def _is_at(extra: Any, steps: Steps, value: Any) -> bool:
    try:
        return bool(at(extra, steps) == value)
    except (KeyError, IndexError, TypeError):
        return False
