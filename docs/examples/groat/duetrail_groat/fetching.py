"""How Groat is asked.

Lists are newest first, and go on after the last id of a page. Nothing tells what changed, but an
invoice that was paid or voided stays so: a run begins at the oldest one that may still change.
"""

from typing import Any

from attrs import define
from duetrail import Fetched, by_resource
from duetrail.http import Session, cursor, listed
from duetrail.source import Connection, Cursor, Shard

_FINAL = frozenset({"paid", "void"})

# Seconds; an invoice may come into the list a little later than the time it bears.
_OVERLAP = 3600

_PAGING: dict[str, Any] = {"param": "starting_after", "more": "$.has_more"}


def _invoices(shard: Shard, session: Session, connection: Connection) -> Fetched:
    begin = None if shard.cursor is None else shard.cursor - _OVERLAP
    query = {"limit": connection.options.page_size, "created[gte]": begin}
    watermark = _Watermark()
    for page in cursor(session, "/invoices", query, rows="$.data[*]", **_PAGING):
        yield page
        for row in page.data["data"]:
            watermark.observe(row)
    if watermark.value is not None:
        yield Cursor(watermark.value)


@define
class _Watermark:
    """Where the next run begins: at the oldest invoice that may still change, or at the newest."""

    newest: int | None = None
    oldest_open: int | None = None

    def observe(self, row: Any) -> None:
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


fetch = by_resource(
    invoices=_invoices,
    emails=listed(cursor, "/invoices/{key}/emails", page_size="limit", **_PAGING),
)
