"""Replication: what has changed in a store since a bookmark, table by table.

What a target has is told by bookmarks, one a table; a table without one is passed on whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from attrs import field, frozen

from duetrail.engines.bookmarks import Bookmark, Place
from duetrail.engines.row_schemas import TABLES
from duetrail.errors import UsageError
from duetrail.pipeline.change_feed import RecordChange
from duetrail.pipeline.summary import Summary
from duetrail.project import Project


@frozen
class TableChange:
    """What has become of one record.

    Attributes:
        table: Its table.
        connection: The first half of its identity.
        id: The second half.
        run: The run that changed it last.
        at: When that run began, as the store writes times; empty where it is not known.
        row: The record as it is now, in Python's types; None if it was deleted.
        bookmark: What is to be kept once a target has this change and all before it; None where
            none can be made.
    """

    table: str
    connection: str
    id: str
    run: int
    at: str
    row: Mapping[str, Any] | None
    bookmark: Bookmark | None

    @property
    def identity(self) -> dict[str, Any]:
        """All that is told of a record that was deleted, by column."""
        return {"connection": self.connection, "id": self.id, "changed_run": self.run}


@frozen
class TableFeed:
    """What has changed of a table, to be iterated over once.

    Attributes:
        end: What is to be kept once a target has all of it.
    """

    end: Bookmark
    _changes: Iterator[TableChange] = field(repr=False)

    def __iter__(self) -> Iterator[TableChange]:
        """The changes: what is deleted first, then the others by id."""
        return self._changes


Changed = Callable[[str, Bookmark | None], TableFeed]
"""Gives what has changed of a table since a bookmark."""


class Replication:
    """What can be passed on of one connection.

    Args:
        project: The configuration and the store, which has been synced.
        connection: The connection.
    """

    def __init__(self, project: Project, connection: str) -> None:
        self._project = project
        self._connection = connection

    def changed(self, table: str, bookmark: Bookmark | None) -> TableFeed:
        """What has changed of a table since a bookmark.

        Raises:
            UsageError: The bookmark is of another store.
            StoreError: The store cannot be used.
        """
        since = 0 if bookmark is None else bookmark.cursor
        if bookmark is not None:
            refuse_other_store(self._project, {table: bookmark})
        feed = self._project.changes(since, tables=[table], connections=[self._connection])
        end = Bookmark(self._connection, feed.cursor, self._begun_at.get(feed.cursor, ""))
        return TableFeed(end, self._changes(iter(feed), bookmark, since, feed.cursor))

    def _changes(
        self, found: Iterator[RecordChange], bookmark: Bookmark | None, since: int, until: int
    ) -> Iterator[TableChange]:
        before = bookmark.after if bookmark else None
        begun_at = self._begun_at.get(until, "")
        for one in found:
            place = Place(one.row is not None, one.id)
            if bookmark is not None and bookmark.has(one.run, place):
                continue
            here = Bookmark(self._connection, since, begun_at, until, place)
            # What was passed on before up to a later place stays known until that is reached.
            is_behind = before is not None and place <= before
            kept = bookmark if is_behind else None if place.may_name_person else here
            at = self._begun_at.get(one.run, "")
            yield TableChange(one.table, one.connection, one.id, one.run, at, one.row, kept)

    @cached_property
    def _begun_at(self) -> dict[int, str]:
        return {one.run: one.started_at for one in self._project.store.runs()}


def refuse_other_store(project: Project, bookmarks: Mapping[str, Bookmark]) -> None:
    """Refuse bookmarks that were made of another store, or of one that is gone.

    Raises:
        UsageError: One was.
    """
    if not bookmarks:
        return
    store = project.store_if_any()
    begun_at = {one.run: one.started_at for one in store.runs()} if store else {}
    for table, one in bookmarks.items():
        if one.newest and begun_at.get(one.newest) != one.begun_at:
            raise UsageError(
                f"the state of {table} is of another store than "
                f"{store.url if store else 'this one, which is new'}",
                hint="Keep the store, and give the same one each time; or begin anew without a "
                "state, into an empty target: what was deleted meanwhile is not known.",
            )


def tables_of(project: Project, connection: str) -> tuple[str, ...]:
    """The tables that a connection can fill, in the order of the model.

    Raises:
        ConfigError, PluginError: There is no such connection, or it cannot begin.
    """
    source = project.source(connection).connection.source
    filled = {record.table for resource in source.resources for record in resource.yields}
    return tuple(table for table in TABLES if table in filled)


def failed_tables(project: Project, connection: str, summary: Summary) -> frozenset[str]:
    """The tables of which a sync could not read everything that should be there."""
    failed = {one.resource for one in summary.resources if one.state == "failed"}
    streams = project.source(connection).streams()
    return frozenset(
        table for one in streams if one.resource.name in failed for table in one.tables
    )
