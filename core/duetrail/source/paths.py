"""The paths of shapes: which lies inside which, and what is around."""

from __future__ import annotations

import re

from duetrail.errors import PluginError
from duetrail.json_tree import EACH

_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|(\[\*\])")


def steps_from(prefix: str, path: str, name: str) -> tuple[str, ...]:
    """The steps of the path of a shape, from the path of another one on.

    Args:
        prefix: That of the other one, or `$`.
        path: The path.
        name: The name of the shape, for the message.

    Raises:
        PluginError: It cannot be read.
    """
    rest = path.removeprefix(prefix)
    steps = tuple(match[1] or match[2] for match in _STEP.finditer(rest))
    is_read = "".join(step if step == EACH else f".{step}" for step in steps) == rest
    if not (is_read and path.startswith(prefix)):
        raise PluginError(
            f"shape {name!r}: {path!r} is not a path to items",
            hint="Write it like $.data[*].calls[*], or $ where the page is the item; a key has "
            "letters, digits, _ and -.",
        )
    return steps


def is_inside(inner: str, outer: str) -> bool:
    """Whether the path of a shape lies inside that of another."""
    return inner.startswith(outer) and inner[len(outer) :][:1] in {".", "["}


def path_around(path: str) -> str | None:
    """The path of the object around those at a path, with a shape or without.

    Args:
        path: That of a shape, such as `$.data[*].calls[*]`.

    Returns:
        The path up to the `[*]` before, such as `$.data[*]`; else `$`, which is the page. None
        where no object is around.
    """
    inside = path.removesuffix(EACH)
    outer, each, _ = inside.rpartition(EACH)
    around = outer + each or "$"
    return around if inside[len(around) :].startswith(".") else None
