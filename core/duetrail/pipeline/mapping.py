"""Map a page: every item becomes records, or a reject that keeps it whole.

Nothing here reads a clock or a store, so a page maps to the same batch in any thread, at any
time, on any machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from duetrail.errors import BadItem
from duetrail.model import Link, Record, Ref
from duetrail.pipeline.batch import NO_LISTS, Batch, Mapped, Rejected
from duetrail.pipeline.child_lists import child_lists, lists_on
from duetrail.pipeline.choosing import chosen
from duetrail.pipeline.collisions import without_collisions
from duetrail.pipeline.documents import Document, Hasher, Known, content_hash, knows_none
from duetrail.pipeline.fingerprint import fingerprint
from duetrail.pipeline.inner_lists import inner_lists, lists_in_rows
from duetrail.pipeline.item_hash import item_hash, version_of, whole_hash
from duetrail.pipeline.item_making import checked_id, late_item, make_item, undecoded, with_parents
from duetrail.pipeline.items import Found, candidates, find
from duetrail.pipeline.outer_objects import OuterObjects
from duetrail.pipeline.places import Place
from duetrail.pipeline.plugin_records import records_of, rows_of
from duetrail.pipeline.rejecting import is_nameless, rejected
from duetrail.pipeline.slices import slices
from duetrail.pipeline.spelling import respelled
from duetrail.pipeline.surroundings import (
    invoice_around,
    links_of,
    may_touch,
    own_touches,
    within,
)
from duetrail.pipeline.unrecorded import Unrecorded, unrecorded
from duetrail.pipeline.watched import WatchedPage, has_looked
from duetrail.plugins import MapDeclared, Plugin
from duetrail.source import Connection, Item, Page, Resource, Shard, Skip
from duetrail.stores import Row
from duetrail.stores.declared import RowMaker, row_maker
from duetrail.stores.rows import is_touch

_NAMELESS = "it has no id of its own"
_NO_SHAPE = "no shape is for it"

# For all items alike: what is made anew for each takes its place in the cache.
_NOTHING: Mapping[str, Any] = {}

# Of a page that needs no mapping; never changed.
_NONE_SKIPPED: Counter[str] = Counter()


def map_page(
    plugin: Plugin,
    connection: Connection,
    resource: Resource,
    shard: Shard,
    page: Page,
    *,
    known: Known = knows_none,
    only: Collection[bytes] | None = None,
    rows_only: bool = False,
) -> Batch:
    """Every item of a page, mapped or rejected, but for documents that are known.

    Args:
        plugin: The plugin that maps them.
        connection: Whose page it is.
        resource: The resource it was fetched for.
        shard: The shard it belongs to.
        page: The page.
        known: Is asked once for all documents of the page; what it knows is left alone.
        only: The hashes of the documents to map, and no others; None for every one.
        rows_only: Whether to leave out the records, of which the rows are a quarter in memory.

    Raises:
        ProtocolError: The page has no list where the resource declares one.
        PluginError: The plugin yields what its source does not declare.
    """
    hasher = Hasher(fingerprint(plugin, connection), connection, resource, shard)
    outer = OuterObjects(resource, page)
    documents = _documents(resource, page, hasher, outer)
    hashes = [one.hash for one in documents if one.hash is not None]
    chosen = set(hashes).intersection(only or ()) if only is not None else None
    recognised = known(hashes) if hashes and chosen is None else set()
    left = [
        one
        for one in documents
        if one.hash not in recognised and (chosen is None or one.hash in chosen)
    ]
    seen = tuple([hash for hash in hashes if hash in recognised])
    lists = lists_in_rows(resource, page, (one.place for one in documents))
    if not left:  # as of most keys
        lists = {**lists, **lists_on(resource, page)} or NO_LISTS
        return Batch(
            connection,
            resource,
            shard,
            page,
            mapped=(),
            rejected=(),
            skipped=_NONE_SKIPPED,
            known=seen,
            inner_lists=lists,
        )
    work = _Work(plugin, connection, resource, shard, page, outer, rows_only=rows_only)
    for one in left:
        work.map(one)
    return without_collisions(work.batch(seen, lists))


def _documents(resource: Resource, page: Page, hasher: Hasher, outer: OuterObjects) -> list[_Open]:
    """The top-level objects of a page, in the order of the page's shapes."""
    body = page.unread
    parts = None if body is None else slices(resource, body)
    if parts is None:
        return _documents_of_tree(resource, page.data, hasher, outer)
    documents, takes = [], bool(outer)
    for one in parts:
        place = one.places[0].shape.path
        said = outer.said(place, one.path) if takes else None
        documents.append(_Open(place, one.path, hasher.of_bytes(place, one.body, said), one.founds))
    return documents


def _documents_of_tree(
    resource: Resource, data: Any, hasher: Hasher, outer: OuterObjects
) -> list[_Open]:
    founds: dict[str, list[Found]] = {}
    for found in candidates(resource, data):
        founds.setdefault(found.top.path, []).append(found)
    documents = []
    for path, every in founds.items():
        place = every[0].place.shape.path
        hash = hasher.of_tree(place, every[0].raw, outer.said(place, path))
        documents.append(_Open(place, path, hash, partial(list, every)))
    return documents


class _Open(Struct, frozen=True, eq=False):
    """A document before it is mapped.

    Attributes:
        place: The path of its shape.
        path: Its JSON path on the page.
        hash: What it is known by.
        founds: Gives the candidates in it.
    """

    place: str
    path: str
    hash: bytes | None
    founds: Callable[[], list[Found]]


class _Work:
    """The mapping of one page."""

    def __init__(
        self,
        plugin: Plugin,
        connection: Connection,
        resource: Resource,
        shard: Shard,
        page: Page,
        outer: OuterObjects,
        *,
        rows_only: bool,
    ) -> None:
        self._rows_only = rows_only
        self._plugin = plugin
        self._connection = connection
        self._resource = resource
        self._shard = shard
        self._page = WatchedPage.of(page)
        self._kept = page
        self._outer = outer
        self._mapped: list[Mapped] = []
        self._rejected: list[Rejected] = []
        self._skipped: Counter[str] = Counter()
        self._documents: list[Document] = []
        self._unrecorded: list[Unrecorded] = []
        self._outer_items: list[Found] = []
        self._items: dict[Found, Item] = {}
        self._rows: dict[Found, Row] = {}
        self._row_makers: dict[Place, RowMaker | None] = {}

    def map(self, one: _Open) -> None:
        """Map every item of a document."""
        founds, others = chosen(one.founds())
        document = Document(one.path, one.hash, len(founds) + others)
        if others:
            self._skipped[_NO_SHAPE] += others
        before = len(self._mapped)
        for found in founds:
            self._map(found, document)
        for found in founds:
            found.release()
        if one.hash is None:
            # No bytes of a document tell that something else in it changed.
            volatile = self._resource.volatile
            self._mapped[before:] = [
                replace(m, hash=whole_hash(respelled(m).hash, m.found, volatile))
                for m in self._mapped[before:]
            ]
        elif has_looked(self._page) or len(self._mapped) - before < document.items:
            document.hash = content_hash(one.hash)
        self._documents.append(document)
        self._items.clear()
        self._rows.clear()

    def batch(self, known: tuple[bytes, ...], in_rows: Mapping[str, bool]) -> Batch:
        """What became of the page, given which lists its rows have."""
        return Batch(
            self._connection,
            self._resource,
            self._shard,
            self._kept,
            mapped=tuple(self._mapped),
            rejected=tuple(self._rejected),
            skipped=self._skipped,
            documents=tuple(self._documents),
            known=known,
            unrecorded=tuple(self._unrecorded),
            inner_lists=self._inner_lists(in_rows, has_known=bool(known)),
        )

    def _inner_lists(self, in_rows: Mapping[str, bool], *, has_known: bool) -> Mapping[str, bool]:
        lists = {**in_rows, **child_lists(self._resource, self._mapped, self._kept)}
        if has_known:
            lists |= lists_on(self._resource, self._kept)
        if self._outer_items:
            shown = {m.shape.name for m in self._mapped} | {r.shape.name for r in self._rejected}
            lists |= inner_lists(self._outer_items, shown)
        return lists or NO_LISTS

    def _map(self, found: Found, document: Document) -> None:
        if is_nameless(found):
            self._skipped[_NAMELESS] += 1
            return
        if self._map_declared(found, document):
            return
        parent = None
        try:
            parent = self._around(found)
            item = make_item(found, parent, self._shard, self._page)
            if found.place.inner:
                self._items[found] = item
            self._map_item(found, item, document)
        except (RecursionError, ArithmeticError) as error:
            self._reject(found, f"the item cannot be read: {type(error).__name__}", document)
        except BadItem as error:
            self._reject(found, error, document)
            if found.id:
                self._items.setdefault(found, undecoded(found, parent, self._shard, self._page))

    def _map_item(self, found: Found, item: Item, document: Document) -> None:
        """Have the plugin map an item.

        Raises:
            BadItem: It cannot be mapped.
        """
        records = records_of(self._plugin, self._connection, item)
        if isinstance(records, Skip):
            self._skipped[records.reason] += 1
            if found.place.inner:
                self._outer_items.append(found)
            self._unrecorded += unrecorded(found, self._shard)
            return
        rows = rows_of(self._plugin, records)
        links = self._links(found, own_touches(records)) if may_touch(found.place) else ()
        self._keep(found, version_of(found), rows, document, records, links)

    def _keep(
        self,
        found: Found,
        version: str,
        rows: tuple[Row, ...],
        document: Document,
        records: tuple[Record, ...] = (),
        links: tuple[Link, ...] = (),
    ) -> None:
        mapped = Mapped(
            shape=found.place.shape,
            item=found.id or "",
            path=found.path,
            within=within(found, self._shard),
            version=version,
            hash=item_hash(found.place.shape, version, rows),
            records=() if self._rows_only else records,
            rows=rows,
            links=links,
            found=found,
            document=document,
            more=records[0].extra if records else _NOTHING,
        )
        self._mapped.append(mapped)
        if found.place.inner:
            self._rows[found] = rows[0]
            self._outer_items.append(found)

    def _reject(self, found: Found, error: BadItem | str, document: Document) -> None:
        problem = BadItem(error) if isinstance(error, str) else error
        one = rejected(found, self._resource, self._shard, problem, document)
        self._rejected.append(one)
        if one.item:
            self._unrecorded += unrecorded(found, self._shard)

    def _links(self, found: Found, touches: Iterable[Ref]) -> tuple[Link, ...]:
        around = invoice_around(self._connection, found, self._rows)
        return tuple(links_of(self._shard.key, around, touches))

    def _around(self, found: Found) -> Item | None:
        """The item around another; or the object around, of which its mapping takes something.

        Raises:
            BadItem: What it takes of such an object does not fit.
        """
        outer = found.parent
        if outer is None:
            return self._outer.around(found, self._shard, self._page) if self._outer else None
        if outer not in self._items and outer in self._rows:
            # Its row was made at once.
            self._items[outer] = late_item(outer, self._around(outer), self._shard, self._page)
        if outer not in self._items and _takes_of_parent(found):
            return undecoded(outer, None, self._shard, self._page)  # it has no id
        return self._items.get(outer)

    # --- rows without records

    def _map_declared(self, found: Found, document: Document) -> bool:
        """Make the row of an item by its declared mapping; whether that could be done."""
        place = found.place
        try:
            if place not in self._row_makers:
                self._row_makers[place] = self._row_maker(place)
            maker = self._row_makers[place]
            if maker is None:
                return False
            checked_id(found)
            version = version_of(found)
            parts = found.parts(maker.read)
            if parts is None:
                return False
            row = maker.make(parts, self._connection.name)
        except Exception:  # whatever it is, the usual way says it better, or can do it
            return False
        links = self._links(found, (row.ref,)) if is_touch(row.table) else ()
        self._keep(found, version, (row,), document, links=links)
        return True

    def _row_maker(self, place: Place) -> RowMaker | None:
        """What makes rows at once, if nobody asks for the records."""
        is_alone = self._rows_only and not self._connection.transforms
        if place.shape.mapping is None or place.shape.mapping.parents or not is_alone:
            return None
        if not isinstance(self._plugin.implementations["map_item"], MapDeclared):
            return None  # somebody listens
        return row_maker(place.shape.mapping, self._connection.options, place.shape.unless)


def _takes_of_parent(found: Found) -> bool:
    """Whether all that looks at the item around another is its declared mapping."""
    shape = found.place.shape
    return shape.mapping is not None and bool(shape.mapping.parents) and shape.unless is None


def records_at(
    plugin: Plugin,
    connection: Connection,
    resource: Resource,
    shard: Shard,
    page: Page,
    spot: tuple[str, str],
) -> tuple[Record, ...]:
    """The records that one item of a page makes.

    Args:
        plugin: The plugin that maps it.
        connection: Whose page it is.
        resource: The resource it was fetched for.
        shard: The shard it belongs to.
        page: The page.
        spot: The name of the item's shape, and its path.

    Returns:
        The records; none where the item is not there, or is left out on purpose.

    Raises:
        BadItem: It cannot be mapped.
    """
    outer = OuterObjects(resource, page)
    for found in find(resource, page.data):
        if (found.place.shape.name, found.path) == spot:
            records = records_of(plugin, connection, with_parents(found, shard, page, outer))
            return () if isinstance(records, Skip) else records
    return ()
