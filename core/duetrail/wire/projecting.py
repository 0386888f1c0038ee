"""Projecting: a few keys of some JSON, read from its bytes; all else is not even parsed."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, TypedDict

import msgspec

_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|(\[\*\])")
_EACH = "[*]"

_Steps = tuple[str, ...]


@cache
def projector(paths: tuple[str, ...], leaf: Any = Any) -> Callable[[bytes], Any]:
    """What reads what stands at some paths, with the objects and lists around it.

    Args:
        paths: Such as `$.next_page` and `$.data[*].id`.
        leaf: As what is read what stands there; `msgspec.Raw` parses none of it.

    Returns:
        A function from the bytes of JSON to parsed JSON, numbers with a point as `Decimal`. It
        raises ValueError, ArithmeticError or RecursionError where an object or a list that leads to
        one of the paths is something else, but for null.

    Raises:
        ValueError: A path cannot be read.
    """
    type_ = _type([_steps(path) for path in paths], leaf)
    return msgspec.json.Decoder(type_, float_hook=Decimal).decode


def _steps(path: str) -> _Steps:
    steps = tuple(found[1] or found[2] for found in _STEP.finditer(path))
    if "$" + "".join(step if step == _EACH else f".{step}" for step in steps) != path:
        raise ValueError(f"{path!r} is no path such as $.data[*].id")
    return steps


def _type(every: list[_Steps], leaf: Any) -> Any:
    """The type that holds what some steps lead to."""
    if () in every:
        return leaf
    firsts = {steps[0]: None for steps in every}
    if _EACH in firsts:
        if len(firsts) > 1:
            return Any
        return list[_type([steps[1:] for steps in every], leaf)] | None  # type: ignore[misc]
    keys = {key: _type([steps[1:] for steps in every if steps[0] == key], leaf) for key in firsts}
    return _object(keys) | None


def _object(keys: dict[str, Any]) -> Any:
    make: Any = TypedDict  # mypy wants the keys written out
    return make("Part", keys, total=False)
