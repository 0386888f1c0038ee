"""Elements: keys that lead into lists, `emails[0].value` for one, `emails[*].value` for all.

The elements of a list are counted without its nulls, as it is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, get_args

import attrs
from attrs import field, frozen

ALL = "*"

Step = tuple[str, int | str | None]
"""A key, and which elements of the list that stands there: a number, `ALL`, or None for no list."""

# Among these null says that one is missing.
_WITH_NULLS = frozenset({int, bool, Decimal, Any})


@cache
def steps_of(key: str) -> tuple[Step, ...]:
    """The steps of a key such as `payment.lines[0].amount`."""
    return tuple(map(_step, key.split(".")))


def _step(step: str) -> Step:
    name, _, place = step.removesuffix("]").rpartition("[")
    if not name or not step.endswith("]"):
        return step, None
    if place == ALL:
        return name, ALL
    return (name, int(place)) if place.isascii() and place.isdigit() else (step, None)


@cache
def end_of(key: str) -> str:
    """The end of a key, which is that of other elements of the same list, too."""
    return ".".join(name if at is None else f"{name}[{ALL}]" for name, at in steps_of(key))


def before_lists(key: str) -> str:
    """The key of the outermost list that a key leads into; of any other the key itself."""
    names: list[str] = []
    for name, place in steps_of(key):
        names.append(name)
        if place is not None:
            break
    return ".".join(names)


def is_in_list(key: str) -> bool:
    """Whether a key leads into a list."""
    return any(place is not None for _, place in steps_of(key))


def is_several(key: str) -> bool:
    """Whether a key stands for all elements of a list."""
    return any(place == ALL for _, place in steps_of(key))


def value_at(one: Any, steps: tuple[Step, ...], get: Callable[[Any, str], Any]) -> Any:
    """What some steps lead to.

    Args:
        one: The object at their beginning.
        steps: The steps.
        get: Gives what stands under a key of an object.

    Returns:
        The value; None below what is not there. Where the steps lead to all elements of a list, a
        tuple of what there is.
    """
    for at, (key, place) in enumerate(steps):
        one = None if one is None else get(one, key)
        if isinstance(place, int):
            one = one[place] if one is not None and place < len(one) else None
        elif place == ALL:
            return tuple(_several(one or (), steps[at + 1 :], get))
    return one


def _several(
    elements: tuple[Any, ...], steps: tuple[Step, ...], get: Callable[[Any, str], Any]
) -> Iterator[Any]:
    is_nested = any(place == ALL for _, place in steps)
    for one in elements:
        found = value_at(one, steps, get)
        if is_nested:
            yield from found
        elif found is not None:
            yield found


def inner_type(key: str, type_: Any) -> Any:
    """The type of what stands at the end of a key, given the type of what the key gives.

    They differ where it gives several: `tuple[str, ...]` is made of `str | None`.
    """
    kind = _bare(type_)
    return get_args(kind)[0] | None if is_several(key) else type_


def outer_type(key: str, type_: Any) -> Any:
    """The type of what a key gives, given that of what stands at its end."""
    return tuple[_bare(type_), ...] | None if is_several(key) else type_  # type: ignore[misc]


@frozen
class Elements:
    """Which elements of a list a wire field is for, and for what of them.

    Attributes:
        by_place: The type of those of which more is taken than of others, by their number.
        others: The type of all others; None where they are left over whole.
        has_nulls: Whether a null is one of them.
    """

    by_place: Mapping[int, Any] = field(hash=False)
    others: Any = None
    has_nulls: bool = False

    @classmethod
    def of(cls, types: Mapping[int | str, Any]) -> Elements:
        """By number, and by `ALL` for all others."""
        by_place = {at: type_ for at, type_ in types.items() if isinstance(at, int)}
        has_nulls = any(_bare(type_) in _WITH_NULLS for type_ in types.values())
        return cls(by_place, types.get(ALL), has_nulls)

    def with_types(self, value: list[Any]) -> Iterator[tuple[Any, Any]]:
        """Each element, and its type; None for one that is left over whole."""
        at = 0
        for one in value:
            if one is None and not self.has_nulls:
                yield None, None
                continue
            yield one, self.by_place.get(at, self.others)
            at += 1


def elements_of(attribute: attrs.Attribute[Any]) -> Elements | None:
    """What a wire field says of the elements of its list; None where it claims all of them."""
    found: Elements | None = attribute.metadata.get("elements")
    return found


def _bare(type_: Any) -> Any:
    parts = [part for part in get_args(type_) if part is not NoneType]
    return parts[0] if NoneType in get_args(type_) and len(parts) == 1 else type_
