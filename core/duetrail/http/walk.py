"""A page-numbered walk that knows whether it saw everything.

Page numbers are positions in a list that lives: while it is walked, rows come, go and move, so one
may stand on two pages and another on none. Neither can be prevented from here; both can be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from duetrail.errors import Incomplete, ProtocolError
from duetrail.source import Page


class Walk:
    """Keeps count of the rows of a walk and proves at its end that they are all.

    Add each page after it was yielded, so that it is kept whatever is found, and call `prove` after
    the last.

    Args:
        vendor: The vendor's name, for messages.
        rows: What stands on the pages, such as `invoices`.
    """

    def __init__(self, vendor: str, rows: str) -> None:
        self._vendor = vendor
        self._rows = rows
        self._ids: set[str] = set()
        self._totals: list[int] = []
        self.arrived = 0

    def add(self, page: Page, rows: Iterable[Any], *, id: str, total: int | None = None) -> None:
        """Count a page.

        Args:
            page: The page.
            rows: Its rows, as received.
            id: The key of a row's id.
            total: How many rows the vendor says there are; None where it does not say.

        Raises:
            Incomplete: Every row of the page was read before: going on might never end.
        """
        ids = [_id(row, id) or f"{page.url} {place}" for place, row in enumerate(rows)]
        if ids and self._ids.issuperset(ids):
            raise Incomplete(
                f"{page.url} answered with nothing but rows that were read before",
                hint=f"If this stays, tell the support of {self._vendor}: the walk stops here, as "
                "it might never end.",
            )
        self._ids.update(ids)
        self.arrived += len(ids)
        if total is not None and total not in self._totals[-1:]:
            self._totals.append(total)

    def prove(self) -> None:
        """The walk saw everything: no row came twice, and as many came as were reported all along.

        A list that reports no total is proven by its last page alone, and by no row coming twice.

        Raises:
            Incomplete: It did not; everything received is kept.
        """
        distinct = len(self._ids)
        if self.arrived == distinct and self._totals in ([], [distinct]):
            return
        reports = ", then ".join(map(str, self._totals)) or "no number of"
        raise Incomplete(
            f"{self._vendor} reports {reports} {self._rows}, {distinct} arrived in "
            f"{self.arrived} rows",
            hint="Rows moved between the pages while they were read; the next run reads all of "
            "them again.",
        )


def count(page: Page, holder: Mapping[str, Any], name: str) -> int | None:
    """A number of rows or pages that an answer reports; None where it does not.

    Args:
        page: The answer, for the message.
        holder: The object the number stands in.
        name: Its key.

    Raises:
        ProtocolError: What stands there is no count.
    """
    value = holder.get(name)
    if value is not None and (type(value) is not int or value < 0):
        raise ProtocolError(f"{page.url} reports a `{name}` that is no count")
    return value


def _id(row: Any, key: str) -> str | None:
    id = row.get(key) if isinstance(row, dict) else None
    return str(id) if type(id) in (str, int) and id != "" else None
