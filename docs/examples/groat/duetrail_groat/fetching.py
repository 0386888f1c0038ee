"""How Groat is asked.

Lists are newest first, and go on after the last id of a page. Nothing tells what changed, but an
invoice that was paid or voided stays so: a run begins at the oldest one that may still change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import define
from duetrail import hookimpl
from duetrail.http import Session, cursor, segment
from duetrail.source import Connection, Cursor, Page, Shard

_FINAL = frozenset({"paid", "void"})

# Seconds; an invoice may come into the list a little later than the time it bears.
_OVERLAP = 3600


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Page | Cursor]:
    """The pages of the list of invoices, or of the emails of one."""
    query = {"limit": connection.options.page_size}
    if shard.key is not None:
        yield from _list(session, f"/invoices/{segment(shard.key.value)}/emails", query)
    else:
        yield from _invoices(shard, session, query)


def _invoices(shard: Shard, session: Session, query: dict[str, Any]) -> Iterator[Page | Cursor]:
    if shard.cursor is not None:
        query = {**query, "created[gte]": shard.cursor - _OVERLAP}
    mark = _Mark()
    for page in _list(session, "/invoices", query):
        yield page
        for row in page.data["data"]:
            mark.meet(row)
    if mark.value is not None:
        yield Cursor(mark.value)


@define
class _Mark:
    """Where the next run begins: at the oldest invoice that may still change, or at the newest."""

    newest: int | None = None
    oldest_open: int | None = None

    def meet(self, row: Any) -> None:
        created = row.get("created") if isinstance(row, dict) else None
        if type(created) is not int:
            return
        self.newest = created if self.newest is None else max(self.newest, created)
        if row.get("status") not in _FINAL:
            oldest = self.oldest_open
            self.oldest_open = created if oldest is None else min(oldest, created)

    @property
    def value(self) -> int | None:
        return self.newest if self.oldest_open is None else self.oldest_open


# --- lists ---------------------------------------------------------------------------------------


def _list(session: Session, path: str, query: dict[str, Any]) -> Iterator[Page]:
    """The pages of a list."""
    rows, more = "$.data[*]", "$.has_more"
    yield from cursor(session, path, query, rows=rows, param="starting_after", more=more)
