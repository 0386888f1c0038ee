"""Bookmarks: how far a target has what a store says, table by table.

The program that runs an engine keeps them for it, and gives them back the next time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from attrs import frozen

from duetrail.engines.row_schemas import TABLES
from duetrail.errors import UsageError

VERSION = 1
"""The form of bookmarks; one of another form cannot be read."""

_ANEW = "Begin anew without a state; a target with keys replaces what it has."

# An address, a name or a telephone number. People stand in no state, so no bookmark lies there.
_MAY_BE_PERSON = re.compile(r"[@+\s]")


class Place(NamedTuple):
    """Where in the changes of a table one stands: what is deleted comes first, then ids in order.

    Attributes:
        is_row: Whether it is a record that is there.
        id: The record's id.
    """

    is_row: bool
    id: str

    @property
    def may_name_person(self) -> bool:
        """Whether the id may be a person's address, name or number."""
        return _MAY_BE_PERSON.search(self.id) is not None


@frozen
class Bookmark:
    """How far a target has one table of one connection.

    Attributes:
        connection: The connection.
        cursor: A run: the target has all changes up to it.
        begun_at: When the run `until`, or else `cursor`, began, as the store writes times: it tells
            one store from another.
        until: A later run: of the changes up to it the target has those up to `after`, too; 0 for
            none.
        after: The last of those changes.
    """

    connection: str
    cursor: int
    begun_at: str
    until: int = 0
    after: Place | None = None

    @property
    def newest(self) -> int:
        """The newest run that it tells of."""
        return self.until or self.cursor

    def has(self, run: int, place: Place) -> bool:
        """Whether the target has a change already, by its run and place."""
        return self.after is not None and run <= self.until and place <= self.after

    def as_dict(self) -> dict[str, Any]:
        """The bookmark as plain JSON."""
        told = {
            "version": VERSION,
            "connection": self.connection,
            "cursor": self.cursor,
            "begun_at": self.begun_at,
        }
        return told if self.after is None else told | {"until": self.until, "after": self.after}


def bookmark_of(table: str, given: Any, connection: str) -> Bookmark | None:
    """The bookmark that a state holds for a table.

    Args:
        table: The table.
        given: What the state says of it, plain JSON; empty or None where it says nothing.
        connection: The connection that is passed on.

    Raises:
        UsageError: It is none, or one of another version or connection.
    """
    if given is None or given == {}:
        return None
    if table not in TABLES:
        raise UsageError(f"the state has a stream {table!r}, which is no table", hint=_ANEW)
    match given:
        case {"version": int(version)} if version != VERSION:
            raise UsageError(
                f"the state of {table} has version {version}, and this Duetrail reads {VERSION}",
                hint=_ANEW,
            )
        case {"version": int(), "connection": str(other)} if other != connection:
            raise UsageError(
                f"the state of {table} is of connection {other!r}, not of {connection!r}",
                hint=f"Give the state of {connection!r}, or begin anew without one.",
            )
        case {
            "connection": str(),
            "cursor": int(cursor),
            "begun_at": str(begun_at),
            "until": int(until),
            "after": [bool(is_row), str(id)],
        }:
            return Bookmark(connection, cursor, begun_at, until, Place(is_row, id))
        case {"connection": str(), "cursor": int(cursor), "begun_at": str(begun_at)}:
            return Bookmark(connection, cursor, begun_at)
    raise UsageError(f"the state of {table} is no state of Duetrail's", hint=_ANEW)


def bookmarks_of(states: Mapping[str, Any], connection: str) -> dict[str, Bookmark]:
    """The bookmarks of all tables that a state tells of; errors as for `bookmark_of`."""
    found = {name: bookmark_of(name, given, connection) for name, given in states.items()}
    return {name: one for name, one in found.items() if one is not None}
