"""What became of a page: items that were mapped, items that were rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve, field, frozen
from msgspec import Struct

from duetrail.model import Link, Record
from duetrail.model.making import fast_init
from duetrail.pipeline.documents import Document
from duetrail.pipeline.items import Found
from duetrail.pipeline.unrecorded import Unrecorded
from duetrail.source import Connection, Page, Resource, Shape, Shard
from duetrail.stores import Row
from duetrail.wire import leftovers

NO_LISTS: Mapping[str, bool] = {}
"""Of a page without shapes inside objects; never changed."""


class Mapped(Struct, frozen=True, eq=False):
    """An item and what became of it.

    Attributes:
        shape: The form it was shown in.
        item: Its id.
        path: Where on the page it stood.
        within: What it stood in: the key it was asked with and the items around it.
        version: The vendor's version of it, as text that compares; empty for none.
        hash: Over what was made of it, and its version; equal hashes, no record changed. Where its
            document has no hash, over the item as received, too.
        records: The records made of it: the shape's own first, then derived ones; none where only
            rows were asked for.
        rows: The same as rows.
        links: Why touches among them belong to invoices: containment and keys. What the vendor
            names stands in the rows.
        found: Where it was found, and what stands there.
        document: The top-level object it stands in, or is.
        more: What the mapping itself put into `extra`.
    """

    shape: Shape
    item: str
    path: str
    within: str
    version: str
    hash: bytes
    records: tuple[Record, ...]
    rows: tuple[Row, ...]
    links: tuple[Link, ...]
    found: Found
    document: Document
    more: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"<Mapped {self.shape.name} {self.path}>"  # and nothing that is in it

    @property
    def raw(self) -> Any:
        """The item as received, without the items inside it."""
        return self.found.own

    def with_extra(self) -> Iterator[Record]:
        """The records, the first with what no field has a home for in `extra`."""
        first, *derived = self.records
        yield evolve(first, extra=self.extra)
        yield from derived

    @property
    def extra(self) -> dict[str, Any]:
        """What no field has a home for."""
        made: dict[str, Any] = all_leaves(leftovers(self.shape.wire, self.raw), self.more)
        return made


@frozen
class Rejected:
    """An item that could not be mapped.

    Attributes:
        shape: The form it was shown in.
        key: What tells it from others: a hash over where it stood, its id and its content, but for
            what is volatile.
        within: What it stood in, as of a mapped item.
        item: Its id, if it has one.
        path: Where on the page it stood.
        json_path: What in the item is wrong.
        reason: Why, for people; holds no value of the item.
        raw: The whole item as JSON.
        document: The top-level object it stands in, or is.
    """

    shape: Shape
    key: str
    within: str
    item: str | None
    path: str
    json_path: str
    reason: str
    raw: bytes = field(repr=False)
    document: Document


@fast_init
@frozen
class Batch:
    """One page, mapped and ready to commit.

    Attributes:
        connection: Whose page it is.
        resource: The resource it was fetched for.
        shard: The shard it belongs to.
        page: The page.
        mapped: Its items that became records.
        rejected: Its items that did not.
        skipped: How many items were left out on purpose, by reason.
        documents: Its top-level objects that were mapped.
        known: The hashes of those that were recognised, and neither decoded nor mapped.
        unrecorded: Of the items that were left out those that may hold others.
        inner_lists: Whether what should stand inside objects stands in any of them. There are two
            kinds of keys: the name of a shape inside another, unless it may be absent, or inside
            rows without a shape; and the path of a list that children are made of. So a list that
            the vendor never sends is told from one that is empty.
    """

    connection: Connection
    resource: Resource
    shard: Shard
    page: Page
    mapped: tuple[Mapped, ...]
    rejected: tuple[Rejected, ...]
    skipped: Counter[str]
    documents: tuple[Document, ...] = ()
    known: tuple[bytes, ...] = ()
    unrecorded: tuple[Unrecorded, ...] = ()
    inner_lists: Mapping[str, bool] = NO_LISTS

    @property
    def is_empty(self) -> bool:
        """Whether nothing stood on the page."""
        return not (self.mapped or self.rejected or self.skipped or self.known)


def deep_merge(rest: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Two sets of leaves in one; where both have a key, the second has the word."""
    both = {**rest, **more}
    for key in rest.keys() & more.keys():
        if isinstance(rest[key], Mapping) and isinstance(more[key], Mapping):
            both[key] = deep_merge(rest[key], more[key])
    return both


def all_leaves(rest: Any, more: Any) -> Any:
    """The same of one object, what no key claims of it and what a mapping leaves: also in lists."""
    if isinstance(rest, Mapping) and isinstance(more, Mapping):
        return {**rest, **{key: all_leaves(rest.get(key), value) for key, value in more.items()}}
    if not (isinstance(rest, list) and isinstance(more, list)):
        return rest if more is None else more
    if len(rest) != len(more):  # one of them has no nulls, which are no elements
        return [*rest, *more]
    return [all_leaves(*both) for both in zip(rest, more, strict=True)]
