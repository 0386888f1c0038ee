"""Records straight from a vendor: read and mapped, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from hashlib import blake2b

from duetrail.errors import BadItem, UsageError
from duetrail.model import BY_TABLE, Record
from duetrail.pipeline.batch import Batch, Rejected
from duetrail.pipeline.plan import resolve_key_source, shards
from duetrail.pipeline.read import Credentials, Reader, Task
from duetrail.source import Key, Page, Shard
from duetrail.stores import Store
from duetrail.streams import BoundSource, Stream

OnReject = Callable[[Rejected], None]


def read_records(
    source: BoundSource,
    name: str,
    store: Callable[[], Store],
    keys: Iterable[str] | None = None,
    on_reject: OnReject | None = None,
) -> Iterator[Record]:
    """Iterate over the records of a vendor.

    Args:
        source: Whose.
        name: A record table, or a resource; see `duetrail.project.Project.read`.
        store: Opens the store that stored keys come from; called only where there are such.
        keys: The keys to ask with, instead of the configured ones; then only what is asked per
            key is read.
        on_reject: Is given each item that cannot be mapped; without it, such an item raises.

    Raises:
        BadItem: An item cannot be mapped and `on_reject` is not given.
        FetchError: A request failed.
        UsageError: There is no such resource or table.
    """
    streams = _named(source, name)
    if keys is not None:
        streams = [stream for stream in streams if stream.resource.keys is not None]
    if not streams:
        title = source.connection.source.title
        known = sorted({t for s in source.streams() for t in (s.resource.name, *s.tables)})
        raise UsageError(f"{title} has no {name!r}", hint=f"It has {', '.join(known)}.")
    with closing(Reader(Credentials())) as reader:
        for stream in streams:
            met: set[bytes] = set()
            for shard in _shards(stream, store, keys):
                task = Task(stream, shard)
                for found in reader.found(task):
                    if isinstance(found, Page):
                        yield from _records(reader.map(task, found), name, met, on_reject)


def _named(source: BoundSource, name: str) -> list[Stream]:
    """The streams that a name means: a resource, else all that fill a table, else an optional."""
    every = list(source.streams())
    usual = [stream for stream in every if source.connection.reads(stream.resource)]
    return (
        [stream for stream in usual if stream.resource.name == name]
        or [stream for stream in usual if name in stream.tables]
        or [stream for stream in every if stream.resource.name == name]
    )


def _shards(
    stream: Stream, store: Callable[[], Store], keys: Iterable[str] | None
) -> Iterator[Shard]:
    if stream.resource.keys is None:
        yield from stream.plugin.plan(stream.resource, stream.connection)
    elif keys is not None:
        yield from (Shard(stream.resource.name, key, Key(key)) for key in keys)
    else:
        where = resolve_key_source(stream)
        is_stored = where is not None and where.connection is not None
        yield from shards(stream, store() if is_stored else None)


def _records(
    batch: Batch, name: str, met: set[bytes], on_reject: OnReject | None
) -> Iterator[Record]:
    for rejected in batch.rejected:
        if rejected.key.encode() not in met:
            met.add(rejected.key.encode())
            _refuse(rejected, on_reject)
    for mapped in batch.mapped:
        place = "\n".join((mapped.shape.name, mapped.item, mapped.within)).encode()
        sight = blake2b(place, key=mapped.hash, digest_size=16).digest()
        if sight in met:
            continue
        met.add(sight)
        for record in mapped.with_extra():
            if name == record.table or name not in BY_TABLE:
                yield record


def _refuse(rejected: Rejected, on_reject: OnReject | None) -> None:
    if on_reject is None:
        raise BadItem(rejected.reason, path=f"{rejected.path}{rejected.json_path[1:]}")
    on_reject(rejected)
