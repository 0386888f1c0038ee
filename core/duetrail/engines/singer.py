"""Singer: a catalog, and the messages SCHEMA, RECORD and STATE, made by hand.

A stream is a record table. A record that was deleted comes with its key, `_sdc_deleted_at`, and
nothing else; one that is only missing stays, with `absent_since`. A STATE follows every so many
records, so that a target that dies is given what it lost, and nothing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

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
from duetrail.errors import UsageError
from duetrail.installed import version_of
from duetrail.stores.schema.tables import Kind

if TYPE_CHECKING:
    from duetrail.engines.replication import Changed, TableChange

DELETED = "_sdc_deleted_at"
"""The column by which Singer's targets know that a record was deleted."""

STATE_EVERY = 1000
"""Records after which a STATE follows."""

SINGER_TYPES: Types = {
    **TYPES,
    Kind.NUMBER: {"type": "string", "format": "x-singer.decimal"},
}
"""Targets made with Singer's SDK keep such a decimal as a number of the database, exactly."""

_DELETED_SCHEMA = {
    "type": ["null", "string"],
    "format": "date-time",
    "description": "when it was deleted; null as long as it is there",
}

CAPABILITIES = ("about", "catalog", "discover", "state")

Selection = Mapping[str, Collection[str]]
"""The columns to pass on of each table that was selected."""


def stream_schema(table: str, columns: Collection[str] | None = None) -> dict[str, Any]:
    """The JSON Schema of a stream.

    Args:
        table: The table.
        columns: The columns that were selected; all if None.
    """
    schema = row_schema(table, SINGER_TYPES)
    if columns is not None:
        schema["properties"] = {
            name: part for name, part in schema["properties"].items() if name in columns
        }
    schema["properties"][DELETED] = dict(_DELETED_SCHEMA)
    return schema


def about() -> dict[str, Any]:
    """What `--about` prints: what the tap can do, and what there is to set."""
    return {
        "name": "tap-duetrail",
        "description": "Invoices, calls, callouts and emails, passed on by Duetrail",
        "version": version_of("duetrail"),
        "capabilities": list(CAPABILITIES),
        "settings": settings_schema(),
    }


def catalog(tables: Iterable[str] = tuple(TABLES)) -> dict[str, Any]:
    """What can be selected, as `--discover` prints it; by default everything is.

    Args:
        tables: The tables of the connection.
    """
    return {"streams": [_catalog_entry(table) for table in tables]}


def _catalog_entry(table: str) -> dict[str, Any]:
    schema = stream_schema(table)
    fields = [
        {
            "breadcrumb": ["properties", name],
            "metadata": {"inclusion": "automatic"}
            if name in (*IDENTITY, DELETED)
            else {"inclusion": "available", "selected-by-default": True},
        }
        for name in schema["properties"]
    ]
    whole = {
        "inclusion": "available",
        "selected-by-default": True,
        "table-key-properties": list(IDENTITY),
        "forced-replication-method": "INCREMENTAL",
    }
    return {
        "tap_stream_id": table,
        "stream": table,
        "key_properties": list(IDENTITY),
        "schema": schema,
        "metadata": [{"breadcrumb": [], "metadata": whole}, *fields],
    }


def selection(given: Any, tables: Iterable[str] = tuple(TABLES)) -> Selection:
    """What a catalog selects.

    Args:
        given: The catalog, plain JSON; everything is selected if None.
        tables: The tables of the connection.

    Raises:
        UsageError: It is no catalog, or names a stream that there is not.
    """
    known = {table: frozenset(row_schema(table)["properties"]) for table in tables}
    if given is None:
        return known
    match given:
        case {"streams": list(streams)} if all(map(_is_stream, streams)):
            pass
        case _:
            raise UsageError(
                "the catalog is none of Singer's: it has no list of streams",
                hint="Make one with --discover.",
            )
    require_streams(map(_name, streams), known)
    chosen = {_name(stream): _chosen(stream, known[_name(stream)]) for stream in streams}
    return {name: columns for name, columns in chosen.items() if columns}


def _is_stream(stream: Any) -> bool:
    return isinstance(stream, dict) and isinstance(stream.get("metadata") or [], list)


def _name(stream: Mapping[str, Any]) -> str:
    return str(stream.get("tap_stream_id") or stream.get("stream"))


def _chosen(stream: Mapping[str, Any], known: frozenset[str]) -> frozenset[str]:
    """The columns that a stream of a catalog selects; none where the stream itself is not."""
    told = {
        tuple(map(str, one["breadcrumb"])): one["metadata"]
        for one in stream.get("metadata") or []
        if isinstance(one, dict)
        and isinstance(one.get("breadcrumb"), list)
        and isinstance(one.get("metadata"), dict)
    }
    if not _is_selected({**told.get((), {}), **_own_word(stream)}):
        return frozenset()
    return frozenset(
        name
        for name in known
        if name in IDENTITY or _is_selected(told.get(("properties", name), {}))
    )


def _own_word(stream: Mapping[str, Any]) -> dict[str, Any]:
    """What older programs write beside the metadata."""
    return {"selected": stream["selected"]} if "selected" in stream else {}


def _is_selected(told: Mapping[str, Any]) -> bool:
    is_selected = told.get("selected", told.get("selected-by-default", True))
    return told.get("inclusion") != "unsupported" and bool(is_selected)


def state_of(given: Any, connection: str) -> dict[str, Bookmark]:
    """The bookmarks in a STATE's value, if there is one; errors as for `bookmarks_of`."""
    if given in (None, {}):
        return {}
    match given:
        case {"bookmarks": dict(bookmarks)}:
            return bookmarks_of(bookmarks, connection)
    raise UsageError(
        "the state is none of Duetrail's: it has no bookmarks",
        hint="Give the last STATE that the target printed, or none to begin anew.",
    )


def state_message(bookmarks: Mapping[str, Bookmark]) -> dict[str, Any]:
    """A STATE."""
    value = {"bookmarks": {name: one.as_dict() for name, one in bookmarks.items()}}
    return {"type": "STATE", "value": value}


def schema_message(table: str, columns: Collection[str]) -> dict[str, Any]:
    """The SCHEMA of a stream."""
    return {
        "type": "SCHEMA",
        "stream": table,
        "schema": stream_schema(table, columns),
        "key_properties": list(IDENTITY),
    }


def record_message(change: TableChange, columns: Collection[str]) -> dict[str, Any]:
    """The RECORD of a change."""
    message = {"type": "RECORD", "stream": change.table, "record": _record(change, columns)}
    return message | ({"time_extracted": change.at} if change.at else {})


def _record(change: TableChange, columns: Collection[str]) -> dict[str, Any]:
    if change.row is None:  # a target must not keep anything of it
        values = dict.fromkeys(columns) | change.identity
    else:
        values = json_row(change.table, change.row)
    told = {name: value for name, value in values.items() if name in columns}
    return told | {DELETED: change.at if change.row is None else None}


def messages(
    changed: Changed, selected: Selection, bookmarks: Mapping[str, Bookmark]
) -> Iterator[dict[str, Any]]:
    """Everything a tap says: each stream's schema and records, and states between them.

    Args:
        changed: What has changed of a table since a bookmark.
        selected: The tables and their columns.
        bookmarks: How far the target has each table.
    """
    reached = dict(bookmarks)
    for table, columns in selected.items():
        yield schema_message(table, columns)
        feed, count = changed(table, bookmarks.get(table)), 0
        for change in feed:
            yield record_message(change, columns)
            count += 1
            if count >= STATE_EVERY and change.bookmark is not None:
                reached[table] = change.bookmark
                yield state_message(reached)
                count = 0
        reached[table] = feed.end
        yield state_message(reached)
