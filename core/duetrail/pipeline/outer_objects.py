"""Outer objects: what stands around the items of a page and is no item itself.

A mapping takes keys of it by `parent`. It stands outside of the document that an item is, so that
what is taken of it is a part of what the document is known by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

from msgspec import Struct

from duetrail.declared.around import around_of
from duetrail.json_tree import at, path_of, steps_of
from duetrail.pipeline.items import Found
from duetrail.source import Item, Page, Resource, Shape, Shard
from duetrail.source.paths import is_inside
from duetrail.wire.elements import before_lists
from duetrail.wire.meant import value_in


class OuterObjects:
    """The objects around the items of one page, as far as mappings take something of them.

    Args:
        resource: What the page shows.
        page: The page; nothing but what is taken is parsed.
    """

    def __init__(self, resource: Resource, page: Page) -> None:
        self._taken = _taken(resource)
        self._volatile = resource.volatile
        self._page = page
        self._tree: Any = None

    def __bool__(self) -> bool:
        """Whether anything is taken of any."""
        return bool(self._taken)

    def said(self, place: str, path: str) -> dict[str, Any] | None:
        """What is taken of the object around, by key, but for what is volatile.

        Args:
            place: The path of a shape, such as `$.data.rows[*]`.
            path: Where an item of it stands.

        Returns:
            None where nothing is taken.
        """
        taken = self._taken.get(place)
        if taken is None:
            return None
        outer = self._outer(taken, path)
        keys = [key for key in taken.keys if self._volatile.isdisjoint(key.split("."))]
        return {key: _as_far(outer, key) for key in keys}

    def around(self, found: Found, shard: Shard, page: Page) -> Item | None:
        """The object around an item, as a mapping needs it; None where that takes nothing of it.

        Args:
            found: The item, with no item around it.
            shard: The shard its page belongs to.
            page: The page.

        Raises:
            BadItem: What is taken of it does not fit.
        """
        shape = found.place.shape
        taken = self._taken.get(shape.path)
        if taken is None or shape.mapping is None or not shape.mapping.parents:
            return None
        return Item(
            shape=cast("Shape", None),
            wire=around_of(shape.mapping.parents, self._outer(taken, found.path)),
            id="",
            path=path_of(steps_of(found.path)[: taken.depth]),
            page=page,
            key=shard.key,
        )

    def values(self, shape: Shape, path: str) -> Iterator[tuple[str, list[Any]]]:
        """Each key that the mapping of a shape takes, and what stands there; of a list the whole.

        Args:
            shape: The shape.
            path: Where an item of it stands.

        Yields:
            The path of the key, such as `$.data[*].subject`, and the one value, if there is any.
        """
        taken = self._taken.get(shape.path)
        if taken is None or shape.mapping is None:
            return
        for key in dict.fromkeys(map(before_lists, shape.mapping.parents)):
            try:
                found = [at(self._outer(taken, path), tuple(key.split(".")))]
            except (KeyError, TypeError):  # it is not there, or written in another way
                found = [
                    one for one in [value_in(self._outer(taken, path), key)] if one is not None
                ]
            yield f"{taken.path}.{key}", found

    def _outer(self, taken: _Taken, path: str) -> Any:
        """The object around what stands at a path."""
        if self._tree is None:
            self._tree = self._read()
        return at(self._tree, steps_of(path)[: taken.depth])

    def _read(self) -> Any:
        paths = [f"{one.path}.{key}" for one in self._taken.values() for key in one.keys]
        try:
            return self._page.only(*paths)
        except ValueError:  # a key with a blank, say
            return self._page.data


def _as_far(raw: Any, key: str) -> Any:
    """What stands under a key, or where no object stands on the way to it, what stands there."""
    for step in key.split("."):
        if not isinstance(raw, dict):
            return raw
        raw = raw.get(step)
    return raw


class _Taken(Struct, frozen=True):
    """What mappings take of the objects around their items.

    Attributes:
        path: The path of these objects, such as `$.data[*]`.
        depth: How many steps that is.
        keys: Their keys; of one that leads into a list that of the list.
    """

    path: str
    depth: int
    keys: tuple[str, ...]


@cache
def takes_documents(resource: Resource) -> bool:
    """Whether what is taken of an object around is an item of its own, or holds or is in one."""
    every = _taken(resource).values()
    taken = [f"{one.path}.{key}" for one in every for key in one.keys]
    return any(
        shape.path == path or is_inside(path, shape.path) or is_inside(shape.path, path)
        for shape in resource.shapes
        for path in taken
    )


@cache
def _taken(resource: Resource) -> Mapping[str, _Taken]:
    """By the path of their shapes."""
    found: dict[str, _Taken] = {}
    for shape in resource.shapes:
        path = None if resource.around(shape) else resource.path_around(shape)
        if shape.mapping is None or path is None:
            continue
        if keys := sorted(map(before_lists, shape.mapping.parents)):
            before = found[shape.path].keys if shape.path in found else ()
            every = tuple(dict.fromkeys([*before, *keys]))
            found[shape.path] = _Taken(path, len(steps_of(path)), every)
    return found
