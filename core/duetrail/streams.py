"""Bound sources and their streams: what a configuration makes of plugins, and what can be read.

A *bound source* is a connection with the plugin that speaks for it. A *stream* is one resource of
a bound source; it is planned, read, mapped and committed by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from attrs import field, frozen

from duetrail.plugins import Plugin
from duetrail.source import Connection, Resource


class BoundSource(NamedTuple):
    """A connection and the plugin that speaks for it.

    Attributes:
        connection: The connection.
        plugin: The plugin.
    """

    connection: Connection
    plugin: Plugin

    @property
    def name(self) -> str:
        """The connection's name."""
        return self.connection.name

    def stream(self, resource: Resource | str) -> Stream:
        """One of its resources, given or by name, as a stream.

        Raises:
            KeyError: There is no resource of this name.
        """
        if isinstance(resource, str):
            resource = self.connection.source.resource(resource)
        return Stream(self.connection, self.plugin, resource)

    def streams(self) -> Iterator[Stream]:
        """Every resource there is, optional ones included, as a stream."""
        return map(self.stream, self.connection.source.resources)


BoundSources = Mapping[str, BoundSource]
"""Bound sources by the names of their connections."""


@frozen(eq=False)
class Stream:
    """One resource of one connection.

    Attributes:
        connection: The connection.
        plugin: The plugin that speaks for it.
        resource: The resource.
        feeds: Why it runs although it was not asked for: the resource it feeds; otherwise empty.
        name: `connection.resource`, for people.
    """

    connection: Connection
    plugin: Plugin
    resource: Resource
    feeds: str = ""
    name: str = field(init=False)

    @name.default
    def _name(self) -> str:
        return f"{self.connection.name}.{self.resource.name}"

    @property
    def tables(self) -> list[str]:
        """The record tables it may fill, native ones first."""
        return [record.table for record in self.resource.yields]
