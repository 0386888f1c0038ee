"""What an observer of a sync hears, and of what else takes long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from msgspec import Struct

from duetrail.http.details import Request, Waiting

__all__ = [
    "CountedProgress",
    "Detail",
    "DetailObserver",
    "Observer",
    "Progress",
    "Request",
    "ResourceState",
    "Waiting",
]


class Progress(Struct, frozen=True):
    """What an observer hears after each commit.

    Attributes:
        connection: The connection.
        resource: The resource.
        shards: Shards read to their end so far.
        items: Items received so far.
        pages: Pages received so far.
        requests: Requests sent so far, repeated ones included.
    """

    connection: str
    resource: str
    shards: int
    items: int
    pages: int = 0
    requests: int = 0


class CountedProgress(Progress, frozen=True, kw_only=True):
    """What an observer hears of work on what is stored; it is known how much there is in all.

    Without pages it is rows of a table, which `resource` names, that are counted as items.

    Attributes:
        of_pages: How many pages there are; 0 where pages are not counted.
        of_items: How many items there are; 0 where that is not known.
    """

    of_pages: int = 0
    of_items: int = 0


Observer = Callable[[Progress], None]
"""Hears about progress; one that has a method `detail` hears more, see `DetailObserver`."""


class ResourceState(Struct, frozen=True):
    """That the reading of a resource, or the work on a table, begins, or has ended.

    Attributes:
        connection: The connection; empty where it is a table.
        resource: The resource, or the table.
        state: `begun`; or `complete`, `limited`, `incomplete` or `failed`.
        of: How many there are in all, told where one begins; otherwise 0.
    """

    connection: str
    resource: str
    state: str
    of: int = 0


Detail = ResourceState | Request | Waiting


@runtime_checkable
class DetailObserver(Protocol):
    """An observer that hears each request, each long wait, and when a resource begins and ends."""

    def __call__(self, progress: Progress) -> None:
        """Hear what was committed, in the thread of the run."""

    def detail(self, event: Detail) -> object:
        """Hear of what else happens, in any thread; ignore an event of an unknown class."""
