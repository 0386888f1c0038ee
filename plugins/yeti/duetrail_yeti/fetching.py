"""Walk Yeti's pages. Source: Yeti's customer API, and JSON:API 1.0, section Pagination."""

from __future__ import annotations

from collections.abc import Iterator

from duetrail import hookimpl
from duetrail.errors import ProtocolError
from duetrail.http import Listing, Session, count, walk
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

    def ask(number: int, size: int) -> Listing:
        paging: dict[str, str | int] = {"page[number]": number, "page[size]": size}
        query = {**_QUERIES[shard.resource], **paging}
        page = session.get(f"/{shard.resource}", query, accept=_ACCEPT)
        return Listing(page=page, rows=_rows(page), total=_total(page))

    size = connection.options.page_size
    for listing in walk(ask, vendor="Yeti", rows=shard.resource, size=size, first=1):
        yield listing.page


def _rows(page: Page) -> list[object]:
    rows = page.data.get("data") if isinstance(page.data, dict) else None
    if not isinstance(rows, list):
        raise ProtocolError(f"{page.url} answered without a list in `data`")
    return rows


def _total(page: Page) -> int | None:
    """`meta.total-count`; None where it is not reported."""
    meta = page.data.get("meta")
    return count(page, meta, "total-count") if isinstance(meta, dict) else None
