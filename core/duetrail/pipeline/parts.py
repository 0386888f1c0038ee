"""Parts: the types by which msgspec reads slices of JSON, and the way to each slice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from duetrail.pipeline.places import EACH

NULL = msgspec.Raw(b"null")

Steps = tuple[str, ...]
Path = tuple[tuple[str, str], ...]
"""The attribute of each step, empty for a list, and the step's text."""


class Unfit(Exception):
    """Shapes that cannot be told apart by types."""


def part_type(every: tuple[Steps, ...], own: dict[str, Any], *, is_required: bool) -> Any:
    """The type whose instances hold slices where some steps lead to.

    Args:
        every: The steps.
        own: More keys, with their types.
        is_required: Whether a key must be there: at the top of a page, outside of lists.

    Raises:
        Unfit: Some steps want a list where others want an object, or a slice of what is looked
            into.
    """
    if not own and every in {(), ((),)}:
        return msgspec.Raw
    if () in every or own.keys() & {steps[0] for steps in every}:
        raise Unfit
    if not own and all(steps[0] == EACH for steps in every):
        below = part_type(tuple(steps[1:] for steps in every), {}, is_required=False)
        return list[_or_none(below)] | None  # type: ignore[misc]
    if any(steps[0] == EACH for steps in every):
        raise Unfit
    types = dict(own)
    for key in dict.fromkeys(steps[0] for steps in every):
        rests = tuple(steps[1:] for steps in every if steps[0] == key)
        types[key] = _or_none(part_type(rests, {}, is_required=is_required))
    names = {f"part_{at}": key for at, key in enumerate(types)}
    parts = [
        (name, types[key]) if is_required else (name, types[key], _absent(types[key]))
        for name, key in names.items()
    ]
    return msgspec.defstruct("Parts", parts, rename=names, gc=False)


def _or_none(type_: Any) -> Any:
    """A slice of null is a slice."""
    return type_ if type_ is msgspec.Raw else type_ | None


def _absent(type_: Any) -> Any:
    return NULL if type_ is msgspec.Raw else None


def path_to(type_: Any, steps: Steps) -> Path:
    """The way that some steps lead through a type."""
    path = []
    for step in steps:
        type_ = _without_none(type_)
        if step == EACH:
            path.append(("", ""))
            (type_,) = type_.__args__
        else:
            path.append((attribute_of(type_, step), f".{step}"))
            type_ = type_.__annotations__[path[-1][0]]
    return tuple(path)


def _without_none(type_: Any) -> Any:
    parts = [part for part in getattr(type_, "__args__", ()) if part is not type(None)]
    is_union = len(parts) < len(getattr(type_, "__args__", ()))
    return parts[0] if is_union else type_


def attribute_of(struct: Any, key: str) -> str:
    """The attribute that holds the value of a key."""
    fields = msgspec.structs.fields(struct)
    return next(one.name for one in fields if one.encode_name == key)


def walk(value: Any, steps: Path, path: str) -> Iterable[tuple[msgspec.Raw, str]]:
    """The slices that some steps lead to, each with its JSON path."""
    if not steps:
        return ((value, path),)
    if value is None:
        return ()
    (attribute, text), rest = steps[0], steps[1:]
    if attribute:
        below = getattr(value, attribute)
        # An object that may be absent may be null; inside a list null is no item.
        return walk(below, rest, path + text) if rest or below != NULL else ()
    if rest:
        return [
            found for at, part in enumerate(value) for found in walk(part, rest, f"{path}[{at}]")
        ]
    return [(part, f"{path}[{at}]") for at, part in enumerate(value)]
