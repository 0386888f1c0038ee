"""The paths of shapes: which lies inside which, and what is around."""

from __future__ import annotations

from duetrail.json_tree import EACH


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
