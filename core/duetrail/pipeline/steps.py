"""Steps of work on what is stored, told to an observer: it hears what one of a sync hears."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from msgspec.structs import replace

from duetrail.pipeline.events import (
    CountedProgress,
    DetailObserver,
    Observer,
    Progress,
    ResourceState,
)
from duetrail.plugins import where_it_failed

Tell = Callable[[str, int], object]
"""Is told of a table how many more of its rows are done."""

_UNKNOWN: Mapping[str, int] = {}

_log = logging.getLogger(__name__)


def untold(table: str, rows: int) -> None:
    """Tell nobody."""


class Steps:
    """Tells how far each resource, or each table, has come. A context manager: it ends all of them.

    Args:
        observer: Hears of it; None for nobody. One that raises is told no more, and stops nothing.
        of: How many steps there are in all.
    """

    def __init__(self, observer: Observer | None, of: int) -> None:
        self._observer = observer
        self._of = of
        self._begun: dict[tuple[str, str], CountedProgress] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: object, *_: object) -> None:
        for connection, resource in list(self._begun):
            self.end(resource, connection, "incomplete" if error else "complete")

    def begin(
        self, resource: str, connection: str = "", *, of_pages: int = 0, of_items: int = 0
    ) -> CountedProgress:
        """Tell that a step begins, and how much there is in all, if that is known."""
        step = CountedProgress(connection, resource, 0, 0, of_pages=of_pages, of_items=of_items)
        self._begun[connection, resource] = step
        self._tell(ResourceState(connection, resource, "begun", self._of))
        self._tell(step)
        return step

    def add(self, resource: str, connection: str = "", *, pages: int = 0, items: int = 0) -> None:
        """Tell that more of a step is done."""
        step = self._begun.get((connection, resource)) or self.begin(resource, connection)
        step = replace(step, pages=step.pages + pages, items=step.items + items)
        self._begun[connection, resource] = step
        self._tell(step)

    def end(self, resource: str, connection: str = "", state: str = "complete") -> None:
        """Tell that a step has ended."""
        self._begun.pop((connection, resource), None)
        self._tell(ResourceState(connection, resource, state))

    @contextmanager
    def table(self, name: str, of_items: int = 0) -> Iterator[Callable[[int], None]]:
        """A table as a step that ends with the block; gives what is told of its rows.

        Args:
            name: The table.
            of_items: How many rows there are in all; 0 where that is not known.
        """
        self.begin(name, of_items=of_items)
        yield lambda items: self.add(name, items=items)
        self.end(name)

    def in_order(self, tables: Iterable[str], of_items: Mapping[str, int] = _UNKNOWN) -> Tell:
        """Tables that are gone through one after the other; gives what is told of their rows.

        Args:
            tables: Their names; of one that has no rows nothing need be told.
            of_items: How many rows each has in all, if that is known.
        """
        left = iter(tables)
        at = next(left)
        self.begin(at, of_items=of_items.get(at, 0))

        def tell(table: str, items: int) -> None:
            nonlocal at
            while at != table:
                self.end(at)
                at = next(left, table)  # whatever is told of, the work goes on
                self.begin(at, of_items=of_items.get(at, 0))
            self.add(table, items=items)

        return tell

    def _tell(self, event: CountedProgress | ResourceState) -> None:
        try:
            if isinstance(event, Progress):
                if self._observer is not None:
                    self._observer(event)
            elif isinstance(self._observer, DetailObserver):
                self._observer.detail(event)
        except Exception as error:
            _log.warning("the observer is told no more: %s", where_it_failed(error))
            self._observer = None
