"""Airbyte's protocol: spec, check, discover and read, their messages made by hand.

A stream is a record table, with a state of its own. A record that was deleted comes with its key
and `_ab_cdc_deleted_at`, as destinations of Airbyte's expect it; one that is only missing stays,
with `absent_since`. Every record tells the run that changed it last: by that column destinations
find the newest of several.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from duetrail.engines.bookmarks import Bookmark, bookmarks_of
from duetrail.engines.row_schemas import (
    IDENTITY,
    TABLES,
    TYPES,
    Types,
    json_row,
    require_streams,
    row_schema,
)
from duetrail.engines.settings_schema import settings_schema
from duetrail.errors import DuetrailError, UsageError
from duetrail.secrets import redact
from duetrail.stores.schema.tables import Kind

if TYPE_CHECKING:
    from duetrail.engines.replication import Changed, TableChange, TableFeed
    from duetrail.pipeline.checking import Finding

Message = dict[str, Any]

DELETED = "_ab_cdc_deleted_at"
"""The column by which destinations know that a record was deleted."""

RUN = "changed_run"
"""The column that says which run changed a record last: of two the newer has the greater."""

STATE_EVERY = 1000
"""Records after which a STATE follows."""

AIRBYTE_TYPES: Types = {
    **TYPES,
    Kind.NUMBER: {"type": "string", "airbyte_type": "big_number"},
    Kind.TIME: {
        "type": "string",
        "format": "date-time",
        "airbyte_type": "timestamp_with_timezone",
    },
}


@frozen
class ConfiguredStream:
    """A stream as a configured catalog wants it.

    Attributes:
        table: The table.
        is_incremental: Whether only what has changed since the state is wanted.
    """

    table: str
    is_incremental: bool


# --- the four commands ---------------------------------------------------------------------------


def spec() -> Message:
    """What there is to set."""
    about = {
        "connectionSpecification": settings_schema(),
        "supportsIncremental": True,
        "supported_destination_sync_modes": ["append", "append_dedup", "overwrite"],
    }
    return {"type": "SPEC", "spec": about}


def connection_status(findings: Iterable[Finding]) -> Message:
    """Whether a connection may read what it should, as its check found."""
    bad = [one for one in findings if one.state not in {"allowed", "untried"}]
    words = [f"{one.resource or one.connection}: {one.state}: {one.message}" for one in bad]
    return _status("FAILED" if bad else "SUCCEEDED", "; ".join(words))


def failed_status(error: DuetrailError) -> Message:
    """That a connection could not even be checked, and what to do."""
    return _status("FAILED", _text(error))


def discovered(tables: Iterable[str] = tuple(TABLES)) -> Message:
    """The streams there are.

    Args:
        tables: The tables of the connection.
    """
    return {"type": "CATALOG", "catalog": {"streams": [_stream(table) for table in tables]}}


def read(
    changed: Changed,
    streams: Iterable[ConfiguredStream],
    bookmarks: Mapping[str, Bookmark],
    failed: Collection[str] = (),
) -> Iterator[Message]:
    """Everything that is passed on: each stream's status, records and states.

    Args:
        changed: What has changed of a table since a bookmark.
        streams: The streams that are wanted.
        bookmarks: How far the destination has each table.
        failed: The tables that could not be read to their end.
    """
    for stream in streams:
        since = bookmarks.get(stream.table) if stream.is_incremental else None
        yield stream_status(stream.table, "STARTED")
        yield from _passed_on(stream.table, changed(stream.table, since))
        yield stream_status(stream.table, "INCOMPLETE" if stream.table in failed else "COMPLETE")


def _passed_on(table: str, feed: TableFeed) -> Iterator[Message]:
    """The records of a stream, a state after every so many, and one at the end."""
    count, is_running = 0, False
    for change in feed:
        if not is_running:
            yield stream_status(table, "RUNNING")
            is_running = True
        yield _record_message(change)
        count += 1
        if count >= STATE_EVERY and change.bookmark is not None:
            yield state_message(table, change.bookmark, count)
            count = 0
    yield state_message(table, feed.end, count)


# --- what a platform gives -----------------------------------------------------------------------


def configured(given: Any, tables: Iterable[str] = tuple(TABLES)) -> list[ConfiguredStream]:
    """The streams that a configured catalog wants.

    Args:
        given: The catalog, plain JSON.
        tables: The tables of the connection.

    Raises:
        UsageError: It is none, or wants a stream that there is not.
    """
    match given:
        case {"streams": list(streams)} if all(map(_is_configured, streams)):
            pass
        case _:
            raise UsageError(
                "the catalog is no configured catalog of Airbyte's",
                hint="It is a list of streams, each with `stream` and `sync_mode`.",
            )
    require_streams((one["stream"]["name"] for one in streams), tables)
    return [
        ConfiguredStream(one["stream"]["name"], one.get("sync_mode") == "incremental")
        for one in streams
    ]


def _is_configured(one: Any) -> bool:
    match one:
        case {"stream": {"name": str()}}:
            return True
    return False


def state_of(given: Any, connection: str) -> dict[str, Bookmark]:
    """The bookmarks in a list of states, if there is one; errors as for `bookmarks_of`."""
    if given in (None, {}):
        return {}
    given = given if isinstance(given, list) else [given]
    for one in given:
        match one:
            case {"type": "STREAM", "stream": {"stream_descriptor": {"name": str()}}}:
                continue
        raise UsageError(
            "the state is no list of states of streams",
            hint="Reset the connection, or give the STATE messages of the last read.",
        )
    streams = [one["stream"] for one in given]
    states = {one["stream_descriptor"]["name"]: one.get("stream_state") for one in streams}
    return bookmarks_of(states, connection)


# --- messages ------------------------------------------------------------------------------------


def state_message(table: str, bookmark: Bookmark, count: int) -> Message:
    """The STATE of a stream, with how many records came since the one before."""
    stream = {
        "stream_descriptor": {"name": table},
        "stream_state": bookmark.as_dict(),
    }
    stats = {"recordCount": float(count)}
    return {"type": "STATE", "state": {"type": "STREAM", "stream": stream, "sourceStats": stats}}


def stream_status(table: str, status: str) -> Message:
    """How far a stream is: STARTED, RUNNING, COMPLETE or INCOMPLETE."""
    told = {"stream_descriptor": {"name": table}, "status": status}
    return _trace({"type": "STREAM_STATUS", "stream_status": told})


def error_message(error: DuetrailError) -> Message:
    """An error, for people; whose mistake it is decides what the platform does."""
    kind = "config_error" if isinstance(error, UsageError) else "system_error"
    told = {
        "message": _text(error),
        "internal_message": type(error).__name__,
        "failure_type": kind,
    }
    return _trace({"type": "ERROR", "error": told})


def _trace(told: dict[str, Any]) -> Message:
    return {"type": "TRACE", "trace": {**told, "emitted_at": time.time() * 1000}}


def _status(status: str, message: str) -> Message:
    told = {"status": status} | ({"message": redact(message)} if message else {})
    return {"type": "CONNECTION_STATUS", "connectionStatus": told}


def _text(error: DuetrailError) -> str:
    return redact(" ".join(filter(None, (error.message, error.hint))))


def _stream(table: str) -> dict[str, Any]:
    schema = row_schema(table, AIRBYTE_TYPES)
    schema["properties"][DELETED] = {**AIRBYTE_TYPES[Kind.TIME], "type": ["null", "string"]}
    return {
        "name": table,
        "json_schema": schema,
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_cursor": True,
        "default_cursor_field": [RUN],
        "source_defined_primary_key": [[name] for name in IDENTITY],
        # A full refresh begins anew each time. Were it resumable, a platform would keep what an
        # attempt that failed has brought, and have it twice.
        "is_resumable": False,
    }


def _record_message(change: TableChange) -> Message:
    told = {
        "stream": change.table,
        "data": _data(change),
        "emitted_at": int(time.time() * 1000),
    }
    return {"type": "RECORD", "record": told}


def _data(change: TableChange) -> dict[str, Any]:
    if change.row is not None:
        return {**json_row(change.table, change.row), DELETED: None}
    # Nothing of it may be left.
    empty = dict.fromkeys(row_schema(change.table)["properties"])
    return {**empty, **change.identity, DELETED: change.at}
