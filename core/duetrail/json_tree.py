"""Plain JSON values as a tree: its leaves and texts, and the steps that lead to a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Steps = tuple[str | int, ...]
"""A path: keys of objects and numbers in lists."""

EACH = "[*]"
"""In a path, any number in a list."""

_STEP = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]")


def leaves(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Every value that holds no other, an empty object or list too, with the steps to it."""
    if not isinstance(value, dict | list) or not value:
        yield steps, value
        return
    for step, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield from leaves(part, (*steps, step))


def texts(value: Any) -> Iterator[str]:
    """Every text that is a value, in order; keys are none. However deep: nothing recurs."""
    left = [value]
    while left:
        part = left.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, Mapping):
            left.extend(reversed(list(part.values())))
        elif isinstance(part, list | tuple):
            left.extend(reversed(part))


def map_texts(value: Any, change: Callable[[str], str], *, keys: bool = False) -> Any:
    """A copy with every text changed.

    Args:
        value: What is copied.
        change: Gives a text in place of another.
        keys: Whether keys are changed as well.
    """
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {
            change(key) if keys else key: map_texts(part, change, keys=keys)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [map_texts(part, change, keys=keys) for part in value]
    return value


def at(value: Any, steps: Steps) -> Any:
    """What stands at the end of some steps; KeyError, IndexError or TypeError if nothing does."""
    for step in steps:
        value = value[step]
    return value


def along(
    value: Any,
    steps: tuple[str, ...],
    *,
    pick: Callable[[list[Any]], Iterable[Any]] = iter,
    end: Callable[[Any], Any] = lambda part: part,
) -> Any:
    """A copy with a change to what some steps lead to, as far as they lead anywhere.

    Args:
        value: What is copied.
        steps: Keys, and `EACH` for the elements of a list.
        pick: Gives the elements that a list on the way has in the copy.
        end: Gives what stands where the steps end.
    """
    if not steps:
        return end(value)
    step, rest = steps[0], steps[1:]
    if step == EACH and isinstance(value, list):
        return [along(part, rest, pick=pick, end=end) for part in pick(value)]
    if isinstance(value, dict) and step in value:
        return value | {step: along(value[step], rest, pick=pick, end=end)}
    return value


def path_of(steps: Steps) -> str:
    """The path as it is written for people, such as `$.data[3].calls[0]`."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def pattern_of(steps: Steps) -> str:
    """The same with all elements of a list alike, such as `$.data[*].calls[*]`."""
    return "$" + "".join(EACH if isinstance(step, int) else f".{step}" for step in steps)


def steps_of(path: str) -> Steps:
    """The steps of such a path; of a pattern, those of the first elements."""
    found = _STEP.findall(path.replace(EACH, "[0]"))
    return tuple(key or int(index) for key, index in found)
