"""Map a page: every item becomes records, or a reject that keeps it whole.

Nothing here reads a clock or a store, so a page maps to the same batch in any thread, at any
time, on any machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from functools import cache, partial
from hashlib import blake2b, sha256
from typing import Any

import msgspec
from attrs import evolve, field, frozen

from duetrail.errors import BadItem, DuetrailError, PluginError
from duetrail.model import How, Link, Record, Ref, Touch
from duetrail.model.money import sane
from duetrail.model.records import Invoice
from duetrail.pipeline.documents import Document, Hasher, Known, content_hash, knows_none, steady
from duetrail.pipeline.fingerprint import fingerprint
from duetrail.pipeline.items import Found, Place, find
from duetrail.pipeline.slices import slices
from duetrail.pipeline.watched import WatchedItem, WatchedPage
from duetrail.plugins import MapDeclared, Plugin
from duetrail.source import Connection, Item, Page, Resource, Shape, Shard, Skip
from duetrail.stores import Row, as_line, moment, to_row
from duetrail.stores.declared import MakeRow, row_maker
from duetrail.wire import Mismatch, leftovers, utc

# What is no JSON of its own, `Unheld`, is its text.
_json = msgspec.json.Encoder(decimal_format="number", order="deterministic", enc_hook=str).encode

_pack = msgspec.msgpack.Encoder().encode

# A longer id is no id, and would bloat every index it stands in.
_LONGEST_ID = 1024

_NAMELESS = "it has no id of its own"


@frozen(eq=False)
class Mapped:
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
    found: Found = field(repr=False)
    document: Document
    more: Mapping[str, Any] = field(repr=False)

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
        return joined(leftovers(self.shape.wire, self.raw), self.more)


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

    @property
    def is_empty(self) -> bool:
        """Whether nothing stood on the page."""
        return not (self.mapped or self.rejected or self.skipped or self.known)


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
    documents = _documents(resource, page, hasher)
    hashes = [one.hash for one in documents if one.hash is not None]
    chosen = set(hashes).intersection(only or ()) if only is not None else None
    recognised = known(hashes) if hashes and chosen is None else set()
    work = _Work(plugin, connection, resource, shard, page, rows_only=rows_only)
    for one in documents:
        if one.hash not in recognised and (chosen is None or one.hash in chosen):
            work.map(one)
    return work.batch(tuple(hash for hash in hashes if hash in recognised))


def _documents(resource: Resource, page: Page, hasher: Hasher) -> list[_Open]:
    """The top-level objects of a page, in the order of the page's shapes."""
    body = page.unread
    parts = None if body is None else slices(resource, body)
    if parts is None:
        return _documents_of_tree(resource, page.data, hasher)
    return [
        _Open(one.path, hasher.of_bytes(one.places[0].shape.path, one.body), one.founds)
        for one in parts
    ]


def _documents_of_tree(resource: Resource, data: Any, hasher: Hasher) -> list[_Open]:
    founds: dict[str, list[Found]] = {}
    for found in find(resource, data):
        founds.setdefault(found.top.path, []).append(found)
    return [
        _Open(path, hasher.of_tree(one[0].place.shape.path, one[0].raw), partial(list, one))
        for path, one in founds.items()
    ]


@frozen(eq=False)
class _Open:
    """A document before it is mapped.

    Attributes:
        path: Its JSON path on the page.
        hash: What it is known by.
        founds: Gives the candidates in it.
    """

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
        self._mapped: list[Mapped] = []
        self._rejected: list[Rejected] = []
        self._skipped: Counter[str] = Counter()
        self._documents: list[Document] = []
        self._items: dict[Found, Item] = {}
        self._refs: dict[Found, Ref] = {}
        self._row_makers: dict[Place, MakeRow | None] = {}

    def map(self, one: _Open) -> None:
        """Map every item of a document."""
        founds = one.founds()
        document = Document(one.path, one.hash, len(founds))
        mapped, rejected = len(self._mapped), len(self._rejected)
        for found in founds:
            self._map(found, document)
        if one.hash is None:
            volatile = self._resource.volatile
            self._mapped[mapped:] = [
                evolve(m, hash=_whole_hash(m, volatile)) for m in self._mapped[mapped:]
            ]
        elif self._page.looked or len(self._mapped) - mapped < document.items:
            document = evolve(document, hash=content_hash(one.hash))
            self._mapped[mapped:] = [evolve(m, document=document) for m in self._mapped[mapped:]]
            self._rejected[rejected:] = [
                evolve(r, document=document) for r in self._rejected[rejected:]
            ]
        self._documents.append(document)
        self._items.clear()
        self._refs.clear()

    def batch(self, known: tuple[bytes, ...]) -> Batch:
        """What became of the page."""
        return Batch(
            self._connection,
            self._resource,
            self._shard,
            self._kept,
            tuple(self._mapped),
            tuple(self._rejected),
            self._skipped,
            tuple(self._documents),
            known,
        )

    def _map(self, found: Found, document: Document) -> None:
        if _is_nameless(found):
            self._skipped[_NAMELESS] += 1
            return
        declared = self._declared(found, document)
        if declared is not None:
            self._keep(declared)
            return
        parent = self._around(found)
        try:
            item = self._items[found] = _item(found, parent, self._shard, self._page)
            result = self._result(found, item, document)
        except (RecursionError, ArithmeticError) as error:
            problem = BadItem(f"the item cannot be read: {type(error).__name__}")
            self._reject(found, problem, document)
            return
        except BadItem as error:
            self._reject(found, error, document)
            if found.id:
                undecoded = _undecoded(found, found.id, self._page, parent, self._shard)
                self._items.setdefault(found, undecoded)
            return
        if isinstance(result, Skip):
            self._skipped[result.reason] += 1
        else:
            self._keep(result)

    def _keep(self, mapped: Mapped) -> None:
        self._mapped.append(mapped)
        if mapped.found.place.inner:
            self._refs[mapped.found] = mapped.rows[0].ref

    def _around(self, found: Found) -> Item | None:
        """The item around another; one whose row was made at once is decoded only now."""
        outer = found.parent
        if outer is None:
            return None
        if outer not in self._items and outer in self._refs:
            self._items[outer] = _item(outer, self._around(outer), self._shard, self._page)
        return self._items.get(outer)

    def _declared(self, found: Found, document: Document) -> Mapped | None:
        """An item by its declared mapping; None where it has to be decoded and mapped."""
        place = found.place
        if place not in self._row_makers:
            self._row_makers[place] = self._row_maker(place)
        make = self._row_makers[place]
        if make is None or found.body is None:
            return None
        try:
            id, version = _id(found), _version(found)
            rows = (make(found.body, self._connection.name),)
        except Exception:  # whatever it is, the usual way says it better, or can do it
            return None
        return Mapped(
            shape=place.shape,
            item=id,
            path=found.path,
            within=_within(found, self._shard),
            version=version,
            hash=_hash(place, version, rows),
            records=(),
            rows=rows,
            links=(),
            found=found,
            document=document,
            more={},
        )

    def _row_maker(self, place: Place) -> MakeRow | None:
        """What makes rows at once, if nobody asks for the records."""
        mapping = place.shape.mapping
        is_alone = self._rows_only and not self._connection.transforms
        if mapping is None or not is_alone or _may_touch(place):
            return None
        if not isinstance(self._plugin.implementations["map_item"], MapDeclared):
            return None  # somebody listens
        return row_maker(mapping, self._connection.options)

    def _result(self, found: Found, item: Item, document: Document) -> Mapped | Skip:
        records = _records(self._plugin, self._connection, item)
        if isinstance(records, Skip):
            return records
        rows = _rows(self._plugin, records)
        version = _version(found)
        return Mapped(
            shape=item.shape,
            item=item.id,
            path=found.path,
            within=_within(found, self._shard),
            version=version,
            hash=_hash(found.place, version, rows),
            records=() if self._rows_only else records,
            rows=rows,
            links=self._links(found, item, records),
            found=found,
            document=document,
            more=records[0].extra,
        )

    def _links(self, found: Found, item: Item, records: tuple[Record, ...]) -> tuple[Link, ...]:
        if not _may_touch(found.place):
            return ()
        around = _invoice_around(self._connection, found, self._refs)
        return tuple(_links(item, around, records))

    def _reject(self, found: Found, error: BadItem, document: Document) -> None:
        rejected = _rejected(found, self._resource, self._shard, error, document)
        self._rejected.append(rejected)


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
    for found in find(resource, page.data):
        if (found.place.shape.name, found.path) == spot:
            records = _records(plugin, connection, _with_parents(found, shard, page))
            return () if isinstance(records, Skip) else records
    return ()


def _with_parents(found: Found, shard: Shard, page: Page) -> Item:
    around = found.parent
    if around is None:
        return _item(found, None, shard, page)
    try:
        parent = _with_parents(around, shard, page)
    except BadItem:
        parent = _undecoded(around, around.id or "", page, None, shard)
    return _item(found, parent, shard, page)


def _item(found: Found, parent: Item | None, shard: Shard, page: Page) -> Item:
    shape = found.place.shape
    if found.wrong:
        raise BadItem(f"expected an item, found {found.wrong}")
    id = _id(found)
    return _kind(page)(
        shape=shape,
        wire=found.decode(),
        id=id,
        path=found.path,
        page=page,
        parent=parent,
        key=shard.key,
    )


def _kind(page: Page) -> type[Item]:
    return WatchedItem if page.__class__ is WatchedPage else Item


def _undecoded(found: Found, id: str, page: Page, parent: Item | None, shard: Shard) -> Item:
    """An item that was rejected, for the items inside it to see around them."""
    return _kind(page)(
        shape=found.place.shape,
        wire=None,
        id=id,
        path=found.path,
        page=page,
        parent=parent,
        key=shard.key,
    )


def _id(found: Found) -> str:
    id, path = found.id, f"$.{found.place.shape.id}"
    if id is None:
        raise BadItem("the item has no id", path=path)
    if len(id) > _LONGEST_ID or "\0" in id:
        raise BadItem("the id is too long, or holds a NUL, to be one", path=path)
    return id


def _is_nameless(found: Found) -> bool:
    return found.id is None and not found.wrong and not found.place.shape.needs_id


def _records(plugin: Plugin, connection: Connection, item: Item) -> tuple[Record, ...] | Skip:
    try:
        yielded = list(plugin.map_item(item, connection))
    except BadItem:
        raise
    except Exception as error:
        # A bug in one mapping must not cost the page; the reject keeps the item until it is fixed.
        raise BadItem(f"the mapping of {plugin.name} failed: {type(error).__name__}") from None
    if yielded and isinstance(yielded[0], Skip):
        return yielded[0]
    for number, record in enumerate(yielded):
        wanted = item.shape.derives if number else (item.shape.record,)
        if not isinstance(record, wanted) or record.connection != connection.name:
            raise PluginError(
                f"plugin {plugin.name!r} made {type(record).__name__} of a "
                f"{item.shape.record.table} item in shape {item.shape.name!r}",
                hint="map_item yields the shape's record first, then only kinds the shape "
                "`derives`, all with connection=connection.name.",
            )
    if not yielded:
        raise PluginError(
            f"plugin {plugin.name!r} made nothing of an item in shape {item.shape.name!r}",
            hint="Yield the record, or Skip with a reason.",
        )
    records = [record for record in yielded if isinstance(record, Record)]
    if connection.transforms:
        records = [_transformed(record, connection) for record in records]
    return tuple(records)


def _transformed(record: Record, connection: Connection) -> Record:
    """A record after all transforms of its connection."""
    for name, change in connection.transforms.items():
        try:
            changed = change(record)
        except DuetrailError:
            raise
        except Exception as error:
            raise BadItem(f"the transform of {name} failed: {type(error).__name__}") from None
        if type(changed) is not type(record) or changed.ref != record.ref:
            raise PluginError(
                f"plugin {name!r} transforms one of the {record.table} into another record",
                hint="transform gives back the same kind of record, of the same connection and id.",
            )
        record = changed
    return record


def _rows(plugin: Plugin, records: tuple[Record, ...]) -> tuple[Row, ...]:
    try:
        return tuple([to_row(record) for record in records])
    except BadItem:
        raise
    except Exception as error:
        raise BadItem(
            f"the mapping of {plugin.name} made a record that cannot be kept: "
            f"{type(error).__name__}"
        ) from None


@cache
def _may_touch(place: Place) -> bool:
    """Whether a record made of an item there may belong to an invoice."""
    return issubclass(place.shape.record, Touch) or bool(place.shape.derives)


def _links(item: Item, around: Ref | None, records: tuple[Record, ...]) -> Iterator[Link]:
    """Why the item's own touch belongs to invoices; what is derived from it follows it."""
    own = records[:1] if isinstance(records[0], Touch) else records[1:]
    for record in own:
        if not isinstance(record, Touch):
            continue
        if around:
            yield Link(record.ref, around, How.CONTAINED)
        # That a touch answers to its own id says nothing of invoices.
        if item.key and record.ref not in item.key.rows:
            for invoice in item.key.invoices:
                yield Link(record.ref, invoice, How.KEYED)


def _invoice_around(connection: Connection, found: Found, refs: Mapping[Found, Ref]) -> Ref | None:
    """The invoice an item stands in, even one that was itself rejected."""
    outer = found.parent
    while outer is not None:
        if outer.place.shape.record is Invoice:
            return refs.get(outer) or (connection.ref(Invoice, outer.id) if outer.id else None)
        outer = outer.parent
    return None


def _within(found: Found, shard: Shard) -> str:
    """Where an object stands, apart from the list itself: its key, and the ids around it."""
    around = [shard.name] if shard.key is not None else []
    outer = found.parent
    while outer is not None:
        around.append(outer.id or outer.path)
        outer = outer.parent
    return "\n".join(map(as_line, around))


def _version(found: Found) -> str:
    """The version as text whose order is the versions' order: times in UTC, numbers padded."""
    value = found.version
    if isinstance(value, str) and value.isdecimal():
        value = Decimal(value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and value >= 0:
        return format(sane(value, f"$.{found.place.shape.version}"), "060.20f")
    if not isinstance(value, str):
        return ""
    try:
        at = utc(value)
    except Mismatch:
        return value
    # A time of 20 letters in UTC needs no more than its fraction.
    return f"{value[:19]}.000000Z" if value[4::3] == "--T::Z" and value[17] < "6" else moment(at)


def _hash(place: Place, version: str, rows: tuple[Row, ...]) -> bytes:
    """Over what was made of an item, and what its shape says of its worth."""
    content = [
        (row.table, row.connection, row.id, row.values, row.children, row.invoices) for row in rows
    ]
    return sha256(_worth(place) + _pack((version, content))).digest()[:16]


def _whole_hash(mapped: Mapped, volatile: frozenset[str]) -> bytes:
    """Over the item as received, too: no bytes of a document tell that something else changed."""
    return sha256(mapped.hash + _json(steady(mapped.raw, volatile))).digest()[:16]


@cache
def _worth(place: Place) -> bytes:
    carries = place.shape.carries
    return _pack((place.shape.rank, None if carries is None else sorted(carries)))


def joined(rest: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Two sets of leaves in one; where both have a key, the second has the word."""
    both = {**rest, **more}
    for key in rest.keys() & more.keys():
        if isinstance(rest[key], Mapping) and isinstance(more[key], Mapping):
            both[key] = joined(rest[key], more[key])
    return both


def _rejected(
    found: Found, resource: Resource, shard: Shard, error: BadItem, document: Document
) -> Rejected:
    shape, raw, item = found.place.shape, found.own, found.id
    try:
        encoded, content = _json(raw), _json(steady(raw, resource.volatile))
    except RecursionError:  # nested too deeply to be written again: it is whole on the kept page
        encoded = content = b"null"
    if item and (len(item) > _LONGEST_ID or "\0" in item):
        item = None
    within = _within(found, shard)
    identity = _json((within, item or "")) + content
    return Rejected(
        shape=shape,
        key=blake2b(identity, digest_size=16).hexdigest(),
        within=within,
        item=item,
        path=found.path,
        json_path=error.path,
        reason=error.reason,
        raw=encoded,
        document=document,
    )
