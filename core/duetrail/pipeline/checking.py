"""Check: may this connection read what it should? One page of each resource, nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from attrs import frozen

from duetrail.errors import (
    DuetrailError,
    FetchError,
    Forbidden,
    Incomplete,
    Unauthorized,
    Unavailable,
    UnknownKey,
)
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.inner_lists import missing_inside
from duetrail.pipeline.plan import resolve_key_source, shards
from duetrail.pipeline.read import Credentials, Reader, Task
from duetrail.pipeline.scope import Scope
from duetrail.source import Shard
from duetrail.stores import Store
from duetrail.streams import BoundSource, Stream


@frozen
class Finding:
    """What a check found out about one resource.

    Attributes:
        connection: The connection.
        resource: The resource.
        state: `allowed`, `forbidden` (reached, but this credential may not read it),
            `refused` (the credential itself is refused), `unreachable`, `failed`, or `untried`
            (a keyed resource without a key to try).
        message: What was seen.
        hint: What to do next.
    """

    connection: str
    resource: str
    state: str
    message: str
    hint: str = ""


def check(
    source: BoundSource, store: Store | None, now: datetime | None = None
) -> Iterator[Finding]:
    """What a connection can and cannot read, resource by resource.

    Args:
        source: The connection, with its plugin.
        store: Where keys for keyed resources may be; None if there is no store yet.
        now: Aware; when the check begins, if not now.
    """
    # Whatever was read before, and however settled: what is asked is whether it may be read.
    scope = Scope(full=True, now=now or datetime.now(UTC))
    credentials = Credentials()
    credentials.of(source.connection)
    reader = Reader(credentials)
    try:
        for stream in source.streams():
            if source.connection.reads(stream.resource):
                yield _finding(stream, store, reader, scope)
    finally:
        reader.close()


def _finding(stream: Stream, store: Store | None, reader: Reader, scope: Scope) -> Finding:
    name = (stream.connection.name, stream.resource.name)
    try:
        shard = _first_shard(stream, store, scope)
        if shard is None:
            return Finding(*name, "untried", "there is no key to try yet", "Run `duetrail sync`.")
        batch = reader.first(Task(stream, shard))
        return Finding(*name, "allowed", _seen(batch), _missing(batch))
    except UnknownKey:
        seen = "reached; the key that was tried is unknown to the vendor"
        return Finding(*name, "allowed", seen)
    except DuetrailError as error:
        return Finding(*name, _state(error), error.message, error.hint)


def _seen(batch: Batch | None) -> str:
    if batch is None:
        return "it has no pages"
    bad = f", {len(batch.rejected)} of them cannot be mapped" if batch.rejected else ""
    return f"{len(batch.mapped) + len(batch.rejected)} items on the first page{bad}"


def _missing(batch: Batch | None) -> str:
    if batch is None:
        return ""
    lists, is_empty = batch.inner_lists, batch.is_empty
    return "; ".join(missing_inside(batch.resource, lists, "page", is_empty=is_empty))


def _first_shard(stream: Stream, store: Store | None, scope: Scope) -> Shard | None:
    where = resolve_key_source(stream)
    if store is None and where is not None and where.connection is not None:
        return None
    try:
        return next(shards(stream, store, scope), None)
    except FetchError:  # nothing that could feed it was ever read
        return None


def _state(error: DuetrailError) -> str:
    states: dict[type[DuetrailError], str] = {
        Incomplete: "allowed",
        Forbidden: "forbidden",
        Unauthorized: "refused",
        Unavailable: "unreachable",
    }
    return next((word for kind, word in states.items() if isinstance(error, kind)), "failed")
