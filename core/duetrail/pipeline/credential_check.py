"""Checks whether a new credential shows the records that the store has, or another account's.

One list of the connection is read, without writing anything, until it has shown half of the records
that the store has from it. Where a connection has no list, keys are asked that had an answer. In
memory are only ids, of at most half of the records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from copy import copy
from datetime import datetime

from attrs import frozen

from duetrail.errors import (
    ConfigError,
    DuetrailError,
    FetchError,
    Forbidden,
    StoreError,
    Unauthorized,
    Unavailable,
)
from duetrail.model import Invoice, Ref
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.items import places
from duetrail.pipeline.plan import key_of, shards
from duetrail.pipeline.read import Reader, Task
from duetrail.pipeline.scope import Scope
from duetrail.source import Connection, Key, Page, Resource, Shard
from duetrail.stores import ObservationQuery, Store, from_line
from duetrail.streams import BoundSource, Stream

# Keys that are asked where there is no list.
_KEYS = 20


@frozen
class Evidence:
    """What one resource could show of the records that the store knows.

    Attributes:
        stream: The resource of the connection.
        shards: What to read of it.
        known: How many of its records the store has as present.
        needed: How many must be shown.
    """

    stream: Stream
    shards: Sequence[Shard]
    known: int
    needed: int


def refusal(
    source: BoundSource, store: Store, reader: Reader, now: datetime
) -> DuetrailError | None:
    """Why the new credential of a connection is not taken for one of the same account, if so."""
    refused: DuetrailError | None = None
    try:
        for evidence in _evidence(source, store, now):
            try:
                shown = _shown(evidence, store, reader)
            except Forbidden as error:  # perhaps it may read the next one
                refused = error
                continue
            return None if shown >= evidence.needed else _other_account(evidence, shown)
    except StoreError:
        raise
    except DuetrailError as error:
        refused = error
    return _not_checked(source.connection, refused) if refused else None


def _other_account(evidence: Evidence, shown: int) -> ConfigError:
    name = evidence.stream.connection.name
    return ConfigError(
        f"the credential of connection {name!r} is new and shows {shown:,} of "
        f"{evidence.known:,} {evidence.stream.resource.name} that the store has: it seems to "
        "belong to another account, so nothing of it was written",
        hint="If it is another account, add a connection with another name for it. If it is the "
        f"same account, run `duetrail sync {name} --accept-account`.",
    )


def _not_checked(connection: Connection, error: DuetrailError) -> DuetrailError:
    explained = copy(error)
    explained.message = (
        f"the credential of connection {connection.name!r} is new, and whether it belongs to the "
        f"same account could not be tried, so nothing was written: {error.message}"
    )
    return explained


# --- what is known ---------------------------------------------------------------------------


def _evidence(source: BoundSource, store: Store, now: datetime) -> Iterator[Evidence]:
    """The resources that can be tried, best first."""
    connection = source.connection
    for resource in sorted(connection.source.resources, key=lambda r: _rank(r, connection)):
        stream = source.stream(resource)
        asked = _keys(stream, store, now) if resource.keys else None
        known = _known(stream, store, asked)
        if known:
            if asked is None:
                asked = list(shards(stream, None, Scope(full=True, now=now)))
            # A reading that is not complete may show few of them, although it is the same account.
            shows_all = resource.keys is not None or resource.proves_absence(connection.options)
            yield Evidence(stream, asked, known, (known + 1) // 2 if shows_all else 1)


def _rank(resource: Resource, connection: Connection) -> tuple[bool, bool, bool]:
    """Lists before keys, whole ones before others, invoices before what accounts may share."""
    is_whole = resource.proves_absence(connection.options)
    return (resource.keys is not None, not is_whole, Invoice not in resource.yields)


def _keys(stream: Stream, store: Store, now: datetime) -> list[Shard]:
    """The keys that had an answer last."""
    asked = _asked(stream)._replace(is_newest_first=True)
    values: list[str] = []
    for one in store.observations(asked):
        if len(values) == _KEYS:
            break
        if (value := from_line(one.within)) not in values:
            values.append(value)
    keys = [key_of(stream, value, store) or Key(value) for value in values]
    return [Shard(stream.resource.name, key.value, key, now=now) for key in keys]


def _known(stream: Stream, store: Store, asked: Sequence[Shard] | None) -> int:
    """How many records at the top of a resource's pages, or of some keys' answers, are there."""
    keys = None if asked is None else [shard.name for shard in asked]
    return sum(store.counts(_asked(stream)._replace(keys=keys)).values())


def _asked(stream: Stream) -> ObservationQuery:
    """What stands at the top of a resource's pages."""
    return ObservationQuery(
        connection=stream.connection.name,
        resource=stream.resource.name,
        shapes=[place.shape.name for place in places(stream.resource)],
        is_present=True,
    )


# --- what is shown ---------------------------------------------------------------------------


def _shown(evidence: Evidence, store: Store, reader: Reader) -> int:
    """How many known records are shown; no more is read than it takes."""
    seen: set[Ref] = set()
    for shard in evidence.shards:
        task = Task(evidence.stream, shard)
        try:
            with closing(reader.found(task)) as found:
                for page in found:
                    if isinstance(page, Page):
                        seen.update(_stored(evidence.stream, reader.map(task, page), store))
                        if len(seen) >= evidence.needed:
                            return len(seen)
        except FetchError as error:  # an error for one key says nothing about the next
            if shard.key is None or isinstance(error, Unauthorized | Forbidden | Unavailable):
                raise
    return len(seen)


def _stored(stream: Stream, batch: Batch, store: Store) -> Iterator[Ref]:
    """The records at the top of a page that the store knows from there."""
    for place in places(stream.resource):
        shape = place.shape
        mapped = [one for one in batch.mapped if one.shape.name == shape.name]
        shown = {one.rows[0].ref: one.within for one in mapped}
        for one in store.observations(ObservationQuery(refs=shown, is_present=True)):
            if one.place == (stream.resource.name, shape.name, shown[one.ref]):
                yield one.ref
