"""Drift: where what a vendor sends is no longer what its plugin declares.

Read from the kept pages and the stored records: fields that are not declared, declared fields that
were never sent, values of more than one kind, and words the model does not know. Nothing here
changes a record or an exit code. Examples show the form of a value, never the value. The same holds
for keys that are not written like the name of a field: some vendors key objects by people.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache, reduce
from typing import Any

import msgspec
from attrs import define, field, frozen

from duetrail.errors import DuetrailError
from duetrail.http.vocabulary import is_like_a_name
from duetrail.model import RECORDS, fields_of
from duetrail.pipeline.items import find
from duetrail.pipeline.outer_objects import OuterObjects
from duetrail.pipeline.remap import page_of
from duetrail.source import Resource, Shape
from duetrail.stores import CountQuery, PageQuery, Store, table_of
from duetrail.stores.rows import Table
from duetrail.streams import BoundSources
from duetrail.wire import claims

_LONGEST = 40

_KEYS = re.compile(r"\.([A-Za-z0-9_-]+)")
_FIELD = re.compile(r"[@$_]?[A-Za-z][A-Za-z0-9_:-]{0,63}", re.ASCII)
_DIGITS = re.compile(r"\d{6}")


@frozen
class Drift:
    """One difference between what was declared and what came.

    Attributes:
        connection: Whose.
        resource: The resource; the table, for a new word.
        shape: The shape; the column, for a new word.
        kind: `undeclared`, `never seen`, `several kinds` or `new word`.
        path: The JSON path inside the item, or on the page where the item takes something of an
            object around it that is none; the word itself, for a new word.
        count: In how many items, or records.
        example: The form of one value, letters as x and digits as 9; the kinds that were seen.
    """

    connection: str
    resource: str
    shape: str
    kind: str
    path: str
    count: int
    example: str


def drift(store: Store, sources: BoundSources) -> Iterator[Drift]:
    """Every difference, connection by connection.

    Args:
        store: Where pages and records are.
        sources: Which, by the names of the connections.
    """
    seen: dict[tuple[str, str, str], _Seen] = defaultdict(_Seen)
    for page in store.pages(PageQuery(sources)):
        _look(store, sources, page.number, seen)
    for (connection, resource, shape), items in sorted(seen.items()):
        yield from items.drift(connection, resource, shape)
    for connection in sources:
        yield from _new_words(store, connection)


@define
class _Seen:
    """What was seen of the items of one shape."""

    items: int = 0
    declared: Mapping[str, Any] = field(factory=dict)
    keys: set[str] = field(factory=set)
    count: Counter[str] = field(factory=Counter)
    kinds: dict[str, Counter[str]] = field(factory=lambda: defaultdict(Counter))
    undeclared: dict[str, str] = field(factory=dict)
    around: dict[str, Counter[str]] = field(factory=lambda: defaultdict(Counter))

    def add(
        self, item: Mapping[str, Any], declared: Mapping[str, Any], inside: Iterable[list[str]]
    ) -> None:
        self.items += 1
        self.declared = declared
        self.keys.update(item)
        seen: set[str] = set()
        known = reduce(_with_inner, inside, declared)
        for path, value, is_declared in _walk(item, known, "$"):
            seen.add(path)
            self.kinds[path][_kind(value)] += value is not None
            if not is_declared and self.undeclared.get(path) in {None, "null"}:
                self.undeclared[path] = _masked(value)
        self.count.update(seen)

    def add_around(self, values: Iterable[tuple[str, list[Any]]]) -> None:
        """Note what was taken of the object around an item, where that is no item."""
        for path, found in values:
            self.around[path].update(map(_kind, found))

    def drift(self, connection: str, resource: str, shape: str) -> Iterator[Drift]:
        place = (connection, resource, shape)
        for path, example in sorted(self.undeclared.items()):
            yield Drift(*place, "undeclared", path, self.count[path], example)
        for key in sorted(self.declared.keys() - self.keys):
            yield Drift(*place, "never seen", f"$.{key}", self.items, "")
        for path, kinds in sorted(self.kinds.items()):
            found = [kind for kind, count in kinds.items() if count]
            if len(found) > 1 and path not in self.undeclared:
                yield Drift(*place, "several kinds", path, self.count[path], " and ".join(found))
        for path, kinds in sorted(self.around.items()):
            found = [kind for kind in kinds if kind != "null"]
            if not kinds:
                yield Drift(*place, "never seen", path, self.items, "")
            elif len(found) > 1:
                yield Drift(*place, "several kinds", path, kinds.total(), " and ".join(found))


def _look(
    store: Store, sources: BoundSources, number: int, seen: dict[tuple[str, str, str], _Seen]
) -> None:
    stored = store.page(number)
    source = sources[stored.connection]
    try:
        stream = source.stream(stored.resource)
        page = page_of(stored, stream)
        outer = OuterObjects(stream.resource, page)
        for found in find(stream.resource, page.data):
            if not found.wrong:
                shape = found.place.shape
                place = (source.name, stored.resource, shape.name)
                inside = _inside(stream.resource, shape)
                seen[place].add(found.place.own(found.raw), claims(shape.wire), inside)
                seen[place].add_around(outer.values(shape, found.path))
    except (KeyError, DuetrailError):  # a resource the plugin has no more, a page it cannot read
        return


@cache
def _inside(resource: Resource, shape: Shape) -> tuple[list[str], ...]:
    """The keys that lead from an object to those of other shapes inside it, which are declared."""
    inner = [one.path.removeprefix(shape.path) for one in resource.shapes if one is not shape]
    return tuple(
        keys for path in inner if path.startswith((".", "[")) and (keys := _KEYS.findall(path))
    )


def _with_inner(declared: Mapping[str, Any], keys: list[str]) -> Mapping[str, Any]:
    """What is declared, with all that stands under some keys after each other."""
    first, *rest = keys
    known = declared.get(first, {})
    below = _with_inner(known, rest) if rest and known is not None else None
    return {**declared, first: below}


def _walk(
    value: Any, declared: Mapping[str, Any] | None, path: str
) -> Iterator[tuple[str, Any, bool]]:
    """Each declared value, and each outermost value that is not declared."""
    if isinstance(value, Mapping) and declared is not None:
        for key, part in value.items():
            if key in declared:
                yield from _walk(part, declared[key], f"{path}.{key}")
            else:
                yield f"{path}.{_shown(key, declared)}", part, False
    elif isinstance(value, list) and declared is not None:
        for part in value:
            yield from _walk(part, declared, f"{path}[*]")
    elif path != "$":
        yield path, value, True


def _shown(key: str, declared: Iterable[str]) -> str:
    """A key that is not declared: itself if it is written like those that are, else its form."""
    if not _FIELD.fullmatch(key) or _DIGITS.search(key):
        return _masked(key)
    # A vendor whose own keys never begin with a capital has no key that does.
    is_odd = key[:1].isupper() and not any(name[:1].isupper() for name in declared)
    return _masked(key) if is_odd and is_like_a_name(key) else key


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    names: dict[type, str] = {
        str: "text",
        int: "number",
        Decimal: "number",
        list: "list",
        dict: "object",
    }
    return names.get(type(value), "null")


def _masked(value: Any) -> str:
    """The form of a value: letters as x, digits as 9, and not too long."""
    if isinstance(value, dict | list):
        return f"{_kind(value)} of {len(value)}"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if value is None or isinstance(value, bool):
        return text
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", text))[:_LONGEST]


# --- words ---------------------------------------------------------------------------------------


def _new_words(store: Store, connection: str) -> Iterator[Drift]:
    for record in RECORDS:
        main = table_of(record.table)
        for table in (main, *main.children.values()):
            for column in _word_columns(table):
                yield from _unknown(store, connection, table.name, column)


def _word_columns(table: Table) -> Iterable[str]:
    names = [one.name for one in fields_of(table.record)]
    return [name for name in names if f"{name}_raw" in names]


def _unknown(store: Store, connection: str, table: str, column: str) -> Iterator[Drift]:
    asked = CountQuery(table, f"{column}_raw", connection, where={column: "unknown"})
    for word, count in store.counts(asked).items():
        yield Drift(connection, table, column, "new word", str(word)[:_LONGEST], count, "")
