"""Child lists: whether the lists that children are made of stand in any object of a reading.

A vendor may show such a list only when asked. Where it shows none any more, each record would lose
its children, and nothing would be wrong with any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from msgspec import Struct

from duetrail.declared.objects import Each
from duetrail.pipeline.batch import Mapped
from duetrail.pipeline.inner_lists import has
from duetrail.pipeline.outcome import Outcome
from duetrail.source import Page, Resource, Shape
from duetrail.stores.rows import table_of


class ChildList(Struct, frozen=True, eq=False):
    """A list that children of a shape's records are made of.

    Attributes:
        shape: The shape.
        field: The field of the record.
        key: The vendor's key, from the object.
        table: The table of the children.
    """

    shape: Shape
    field: str
    key: str
    table: str

    @property
    def path(self) -> str:
        """Where it stands on a page."""
        return f"{self.shape.path}.{self.key}"

    @property
    def needle(self) -> bytes:
        """What is searched for: the first step of its key, since a later one may be missing.

        Where an object on the way is null, there is no list, and that is an answer.
        """
        return b'"%b"' % self.key.split(".")[0].encode()

    def is_on(self, page: Page) -> bool:
        """Whether its key stands on a page at all; a search from the end takes half the time."""
        return page.body.rfind(self.needle) >= 0


@cache
def lists_of_children(resource: Resource) -> tuple[ChildList, ...]:
    """Those of a resource, but for the ones that may be absent."""
    return tuple(
        ChildList(shape, field, rule.key, table_of(shape.mapping.kind.table).children[field].name)
        for shape in resource.shapes
        if shape.mapping is not None
        for field, rule in shape.mapping.rules.items()
        if isinstance(rule, Each) and not rule.may_be_absent
    )


def child_lists(resource: Resource, mapped: Iterable[Mapped], page: Page) -> dict[str, bool]:
    """By the path of each list whether any object of its shape has its key.

    Args:
        resource: Whose items they are.
        mapped: Those that were mapped.
        page: Where they stand.
    """
    shown: dict[str, bool] = {}
    for one in lists_of_children(resource):
        if mine := [item for item in mapped if item.shape is one.shape]:
            shown[one.path] = shown.get(one.path, False) or _is_in_any(one, mine, page)
    return shown


def lists_on(resource: Resource, page: Page) -> dict[str, bool]:
    """The lists whose key stands on a page at all: objects that are known may have it."""
    return {one.path: True for one in lists_of_children(resource) if one.is_on(page)}


def missing_lists(
    resource: Resource, shown: Mapping[str, bool], outcome: Outcome, *, is_partly: bool
) -> Iterator[str]:
    """What is told of lists that no object had: where records lost children, or all is new.

    Args:
        resource: What was read.
        shown: What `child_lists` gave for all of it.
        outcome: What it came to.
        is_partly: Whether something was left out, or not read from its beginning.
    """
    is_first = not is_partly and not outcome.unchanged
    for one in lists_of_children(resource):
        lost = outcome.emptied[one.table]
        if not shown.get(one.path, True) and (lost or is_first):
            yield _missing(one, lost)


def _is_in_any(one: ChildList, mapped: Iterable[Mapped], page: Page) -> bool:
    # Where there are children there is no need to look.
    if any(item.rows[0].children.get(one.table) for item in mapped):
        return True
    if not one.is_on(page):
        return False
    way = tuple(one.key.split("."))
    return any(has(item.found, way) for item in mapped)


def _missing(one: ChildList, lost: int) -> str:
    table = one.shape.mapping.kind.table if one.shape.mapping else ""
    loss = f"{lost} of {table} lost their {one.field}: " if lost else ""
    return (
        f"{loss}no {one.shape.name!r} that this reading showed has {one.key!r}, of which the "
        f"{one.field} of {table} are made. If a vendor leaves that out where there is nothing, its "
        "rule says so with each(..., may_be_absent=True); else the key is wrong, or has to be "
        "asked for"
    )
