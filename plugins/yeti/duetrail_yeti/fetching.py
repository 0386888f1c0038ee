"""Walk Yeti's pages. Source: Yeti's customer API, and JSON:API 1.0, section Pagination."""

from __future__ import annotations

from collections.abc import Iterator

from duetrail import hookimpl
from duetrail.errors import ProtocolError
from duetrail.http import Session, Walk, count
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
    walk, number = Walk("Yeti", shard.resource), 1
    while True:
        query = {**_QUERIES[shard.resource], "page[number]": number, "page[size]": size}
        page = session.get(f"/{shard.resource}", query, accept=_ACCEPT)
        rows, total = _rows(page), _total(page)
        yield page
        walk.add(page, rows, id="id", total=total)
        is_last = len(rows) != size if total is None else walk.arrived >= total
        if is_last or not rows:
            break
        number += 1
    walk.prove()


def _rows(page: Page) -> list[object]:
    rows = page.data.get("data") if isinstance(page.data, dict) else None
    if not isinstance(rows, list):
        raise ProtocolError(f"{page.url} answered without a list in `data`")
    return rows


def _total(page: Page) -> int | None:
    """`meta.total-count`; None where it is not reported."""
    meta = page.data.get("meta")
    return count(page, meta, "total-count") if isinstance(meta, dict) else None
