"""Walk Yeti's pages. Source: Yeti's customer API, and JSON:API 1.0, section Pagination."""

from __future__ import annotations

from collections.abc import Iterator

from duetrail import hookimpl
from duetrail.errors import Incomplete, ProtocolError
from duetrail.http import Session
from duetrail.source import Connection, Page, Shard

_ACCEPT = "application/vnd.api+json"

# The default orders have no tie-breaker, and older releases have none at all.
_QUERIES = {
    "accounts": {"sort": "id"},
    "invoices": {"sort": "start-date,id", "include": "account"},
}


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Page]:
    """The pages of GET /accounts or GET /invoices, counted here.

    The links of an answer are built from what the last proxy asked for, and may lead inside the
    operator's network: they are never followed.
    """
    size = connection.options.page_size
    seen: set[str] = set()
    totals: list[int] = []
    arrived, number = 0, 1
    while True:
        query = {**_QUERIES[shard.resource], "page[number]": number, "page[size]": size}
        page = session.get(f"/{shard.resource}", query, accept=_ACCEPT)
        rows, total = _rows(page), _total(page)
        yield page
        new = {str(row.get("id")) for row in rows if isinstance(row, dict)} - seen
        seen |= new
        arrived += len(rows)
        if total is not None and total not in totals[-1:]:
            totals.append(total)
        is_last = len(rows) != size if total is None else arrived >= total
        if is_last or not new:
            break
        number += 1
    if (totals or [arrived]) != [len(seen)]:
        reported = ", then ".join(str(total) for total in totals or [arrived])
        raise Incomplete(
            f"Yeti lists {reported} {shard.resource}, {len(seen)} different ones arrived",
            hint="Rows moved between the pages while they were read; the next run reads all of "
            "them again.",
        )


def _rows(page: Page) -> list[object]:
    rows = page.data.get("data") if isinstance(page.data, dict) else None
    if not isinstance(rows, list):
        raise ProtocolError(f"{page.url} answered without a list in `data`")
    return rows


def _total(page: Page) -> int | None:
    """`meta.total-count`; None where it is not reported."""
    meta = page.data.get("meta")
    total = meta.get("total-count") if isinstance(meta, dict) else None
    if total is not None and (type(total) is not int or total < 0):
        raise ProtocolError(f"{page.url} reports a `total-count` that is no count")
    return total
