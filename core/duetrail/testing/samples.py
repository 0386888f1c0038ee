"""A page of a vendor with all that decides what becomes of it."""

from __future__ import annotations

from typing import Any

import attrs
from attrs import frozen

from duetrail.pipeline.batch import Batch
from duetrail.pipeline.mapping import map_page
from duetrail.plugins import Plugin
from duetrail.source import Connection, Page, Resource, Shard


@frozen(eq=False)
class Sample:
    """A page and all that decides what becomes of it.

    Attributes:
        plugin: Who maps it.
        connection: Whose page it is.
        resource: The resource it was read for.
        shard: The shard.
        page: The page.
        origin: Where it comes from, for people: a request, a file.
    """

    plugin: Plugin
    connection: Connection
    resource: Resource
    shard: Shard
    page: Page
    origin: str

    def mapped(self, data: Any) -> Batch:
        """What becomes of the page with other data."""
        page = attrs.evolve(self.page, data=data)
        return map_page(self.plugin, self.connection, self.resource, self.shard, page)

    def holding(self, data: Any, origin: str) -> Sample:
        """The same with other data, from somewhere else."""
        return attrs.evolve(self, page=attrs.evolve(self.page, data=data), origin=origin)
