"""The leaves of items: where they are, and whether a wire field names them.

A leaf is a value that holds no other. Its path is normalised, `line_items[].quantity`, so that all
items of a shape have the same. A leaf that a wire field names is claimed; what nobody claims is in
`extra`. Whether a leaf is claimed is asked of `generated.py`, which can disagree with
`duetrail.wire`.
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args, get_origin

import attrs
from attrs import field, frozen

from duetrail.pipeline.items import Found, Place, find, places
from duetrail.source import Resource, Shape

# Test folders are no packages, so what they share is run, not imported.
_GENERATED = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("generated.py"))))

Steps = tuple[str | int, ...]

EACH = "[*]"
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")


@frozen(eq=False)
class Leaf:
    """A leaf of one item.

    Attributes:
        sample: The page it stands on, as `samples.py` has it.
        found: The item.
        steps: From the item to the leaf.
        value: What stands there.
    """

    sample: Any = field(repr=False)
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
        return bool(_GENERATED.covers(self.found.place.shape.wire, self.steps))


# --- paths ---------------------------------------------------------------------------------------


def spelled(steps: Steps) -> str:
    """A path from an item to a leaf, the same for every element of a list."""
    text = "".join("[]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")


def steps_of(path: str) -> Steps:
    """The steps of a path on a page, such as `$.data[3].calls[0]` or `$.data[*].calls[*]`."""
    found = _STEP.findall(path.replace(EACH, "[0]"))
    return tuple(key or int(index) for key, index in found)


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


# --- wire classes --------------------------------------------------------------------------------


def bare(kind: Any) -> Any:
    """A type without `| None`."""
    if get_origin(kind) is tuple:
        return kind
    return next((part for part in get_args(kind) if part is not type(None)), kind)


def element(kind: Any) -> Any:
    """The type of the elements of a list."""
    return get_args(kind)[0] if get_origin(kind) is tuple else Any


@cache
def named(kind: Any) -> Mapping[str, Any]:
    """The type of every key a wire class names; nothing of any other type."""
    if not attrs.has(kind):
        return {}
    attrs.resolve_types(kind)
    return {_GENERATED.json_key(one): one.type for one in attrs.fields(kind)}


def needed(kind: Any) -> dict[str, Any]:
    """An object with nothing in it but what its wire class requires."""
    if not attrs.has(kind):
        return {}
    required = [one for one in attrs.fields(kind) if one.default is attrs.NOTHING]
    keys = [_GENERATED.json_key(one) for one in required]
    return {key: _made_up(bare(named(kind)[key])) for key in keys}


def _made_up(kind: Any) -> Any:
    if attrs.has(kind):
        return needed(kind)
    return [] if get_origin(kind) is tuple else _GENERATED.another(kind, None)


def all_named(kind: Any, steps: Steps = ()) -> Iterator[Steps]:
    """The path of every leaf a wire class names, in the first element of every list."""
    kind = bare(kind)
    if attrs.has(kind):
        for key, type_ in named(kind).items():
            yield from all_named(type_, (*steps, key))
    elif get_origin(kind) is tuple:
        yield from all_named(element(kind), (*steps, 0))
    else:
        yield steps


def kind_at(kind: Any, steps: Steps) -> Any:
    """The type a wire class gives to what stands at a path it names."""
    kind = bare(kind)
    if not steps or kind is Any:
        return kind
    inner = element(kind) if isinstance(steps[0], int) else named(kind).get(steps[0], Any)
    return kind_at(inner, steps[1:])


# --- leaves --------------------------------------------------------------------------------------


def on_page(sample: Any, shape: Shape) -> Iterator[Leaf]:
    """Every leaf of the items of a shape on a page.

    What stands inside an item as an item of its own is a leaf of that one, and of the outer one
    only where the outer one's wire class names it.
    """
    for found in find(sample.resource, sample.page.data):
        if found.place.shape is shape and not found.wrong:
            for steps, value in _GENERATED.leaves(found.raw):
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
    return any(
        all(want in (step, EACH) for want, step in zip(one.steps, steps, strict=False))
        for one in some
    )


def lost(sample: Any, shape: Shape) -> list[str]:
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
        return bool(_GENERATED.at(extra, steps) == value)
    except (KeyError, IndexError, TypeError):
        return False
