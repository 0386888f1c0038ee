"""Explain, or field lineage: from which page, request, JSON path and plugin a value came.

The parts of an item that a field depends on are found by experiment: each leaf of the item is
changed in turn and the item is mapped again; the field depends on the leaf if it changes, too. So
the answer is what the mapping does, however it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import frozen

from duetrail.errors import BadItem, UsageError
from duetrail.json_tree import Steps, at, leaves, path_of, steps_of
from duetrail.model import BY_TABLE, Link, Record, Ref, fields_of
from duetrail.pipeline.mapping import records_at
from duetrail.pipeline.precedence import Candidate, carries, ranked
from duetrail.pipeline.remap import page_of, shard_of
from duetrail.source import Connection, Page, Shard
from duetrail.stores import (
    DerivationQuery,
    LinkQuery,
    ObservationQuery,
    RecordQuery,
    Store,
    from_row,
)
from duetrail.streams import BoundSources, Stream

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

# No more leaves of a page are tried, those beside its items included.
_MOST_LEAVES = 20_000


@frozen
class Origin:
    """A place in an answer that a value depends on.

    Attributes:
        path: Its JSON path on the page.
        value: The value at that path.
    """

    path: str
    value: Any


@frozen
class Explanation:
    """Where a value of a record came from.

    Attributes:
        record: The record.
        field: The field.
        value: Its value; None where the vendor gave none.
        resource: The resource it was read from.
        shape: The shape that this field is taken from.
        url: What was asked, without secrets.
        received_at: When the answer came.
        page: The number of the kept page.
        item: The JSON path of the item on the page.
        origins: What on the page the value depends on; none where it is a constant.
        plugin: The plugin and version that maps it now, as `stuut 0.1.0`.
        links: Of a touch, why it is known to belong to which invoices.
    """

    record: Ref
    field: str
    value: Any
    resource: str
    shape: str
    url: str
    received_at: str
    page: int
    item: str
    origins: tuple[Origin, ...]
    plugin: str
    links: tuple[Link, ...] = ()


def explain(store: Store, sources: BoundSources, ref: Ref, field: str) -> Explanation:
    """Where the value of a record's field came from.

    Args:
        store: Where the record is.
        sources: The record's own among them, by the names of the connections.
        ref: The record.
        field: The field, or one of its columns.

    Raises:
        UsageError: There is no such record, field or connection.
        StoreError: The page it came from is no longer kept.
    """
    name = _field(ref, field)
    row = next(store.records(RecordQuery(ref.record, ref.connection, [ref.id])), None)
    if row is None:
        raise UsageError(
            f"there is no record {ref.connection}:{ref.record}:{ref.id}",
            hint="Name a stored one as CONNECTION:TABLE:ID, such as stuut:invoices:inv_1. The ids "
            "of an invoice and its calls are in `duetrail timeline INVOICE --json`.",
        )
    if ref.connection not in sources:
        raise UsageError(f"connection {ref.connection!r} is not configured")
    source = sources[ref.connection]
    found = _candidate(store, source.connection, _origin(store, ref), name)
    resource, shape, seen = found.resource, found.shape, found.observation
    stored = store.page(seen.page)
    stream, spot = source.stream(resource), (shape.name, seen.path)
    mutations = _Mutations(stream, page_of(stored, stream), shard_of(stored, stream, store), spot)
    return Explanation(
        record=ref,
        field=name,
        value=getattr(from_row(row), name),
        resource=resource.name,
        shape=shape.name,
        url=stored.url,
        received_at=stored.received_at,
        page=seen.page,
        item=seen.path,
        origins=tuple(mutations.origins(ref, name)),
        plugin=f"{source.plugin.name} {source.plugin.version}",
        links=tuple(store.links(LinkQuery(touches=[ref]))),
    )


# --- which observation counts --------------------------------------------------------------------


def _field(ref: Ref, name: str) -> str:
    names = [one.name for one in fields_of(BY_TABLE[ref.record])]
    for known in (name, name.removesuffix("_minor")):
        if known in names:
            return known
    raise UsageError(f"{ref.record} have no field {name!r}", hint=f"They have {', '.join(names)}.")


def _origin(store: Store, ref: Ref) -> Ref:
    """The record that a derived record was read off; any other is its own."""
    found = store.derivations(DerivationQuery(derived=[ref]))
    return next((origin for origin, _ in found), ref)


def _candidate(store: Store, connection: Connection, ref: Ref, field: str) -> Candidate:
    """The observation that a field of a record is taken from."""
    found = ranked(connection, ref, list(store.observations(ObservationQuery(refs=[ref]))))
    if not found:
        raise UsageError(f"the plugin of {connection.name!r} does not show such records any more")
    return next((one for one in found if carries(one.shape, field)), found[0])


# --- changing leaves -----------------------------------------------------------------------------


class _Mutations:
    """One item of a page, mapped again and again with a leaf changed."""

    def __init__(self, stream: Stream, page: Page, shard: Shard, spot: tuple[str, str]) -> None:
        self._stream = stream
        self._page = page
        self._shard = shard
        self._spot = spot

    def origins(self, ref: Ref, field: str) -> Iterator[Origin]:
        """The leaves that the field depends on: of the item, else of the page around it.

        What its mapping takes of the object around counts as the item's own.
        """
        before = self._value(ref, field)
        inside = [steps_of(self._spot[1]), *self._taken()]
        every = list(_leaves(self._page.data))[:_MOST_LEAVES]
        own = [steps for steps in every if any(steps[: len(one)] == one for one in inside)]
        known = set(own)
        beside = [steps for steps in every if steps not in known]
        for group in (own, beside):
            found = [steps for steps in group if self._matters(steps, ref, field, before)]
            for steps in found:
                yield Origin(path_of(steps), at(self._page.data, steps))
            if found:
                return

    def _taken(self) -> Iterator[Steps]:
        """The steps to what its mapping takes of the object around."""
        name, path = self._spot
        resource = self._stream.resource
        shape = next(one for one in resource.shapes if one.name == name)
        outer = resource.path_around(shape)
        for key in shape.mapping.parents if shape.mapping and outer else ():
            yield (*steps_of(path)[: len(steps_of(outer or ""))], *key.split("."))

    def _matters(self, steps: Steps, ref: Ref, field: str, before: Any) -> bool:
        around, last = at(self._page.data, steps[:-1]), steps[-1]
        value = around[last]
        try:
            for other in _others(value):
                around[last] = other
                try:
                    return bool(self._value(ref, field) != before)
                except BadItem:
                    continue
        finally:
            around[last] = value
        return False

    def _value(self, ref: Ref, field: str) -> Any:
        stream = self._stream
        records: tuple[Record, ...] = records_at(
            stream.plugin, stream.connection, stream.resource, self._shard, self._page, self._spot
        )
        return next((getattr(r, field) for r in records if r.table == ref.record), None)


def _leaves(page: Any) -> Iterator[Steps]:
    """The steps to every value of a page that holds no other."""
    return (steps for steps, leaf in leaves(page) if steps and not isinstance(leaf, dict | list))


def _others(value: Any) -> Iterator[Any]:
    """Other values of the same kind."""
    if value is None:
        return
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | Decimal):
        yield value + 1
    else:
        yield from _texts(str(value))


def _texts(text: str) -> Iterator[str]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        other = moment + timedelta(days=1)
        yield other.date().isoformat() if len(text) == len("2026-11-20") else other.isoformat()
    if _NUMBER.fullmatch(text):
        yield str(Decimal(text) + 1)
    yield f"{text}x"
