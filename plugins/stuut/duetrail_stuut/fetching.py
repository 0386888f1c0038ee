"""Walk Stuut's pages. Source: Stuut API reference, List Invoices."""

from __future__ import annotations

from collections.abc import Iterator

from duetrail import hookimpl
from duetrail.errors import ProtocolError
from duetrail.http import Listing, Session, count, walk
from duetrail.source import Connection, Page, Shard


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Page]:
    """The pages of GET /v1/invoices, oldest invoice first.

    The order is by `issued_at` because that changes least: what moves during the walk moves to
    its end. Filters with an undocumented grammar are never sent.
    """

    def ask(number: int, size: int) -> Listing:
        page = session.get("/v1/invoices", _query(connection, number, size))
        return _listing(page, number)

    size = connection.options.page_size
    for listing in walk(ask, vendor="Stuut", rows="invoices", size=size):
        yield listing.page


def _query(
    connection: Connection, number: int, size: int
) -> dict[str, str | int | bool | list[str] | None]:
    options = connection.options
    return {
        "page": number,
        "limit": size,
        "sort_by": "issued_at",
        "sort_order": "asc",
        "number": list(options.number),
        "status": list(options.status),
        "task": options.task,
        "has_outreach": options.has_outreach,
        "customer_outreach_paused": options.customer_outreach_paused,
    }


def _listing(page: Page, number: int) -> Listing:
    data = page.data
    rows = data.get("data") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise ProtocolError(f"{page.url} answered without a list of invoices in `data`")
    current = data.get("current_page")
    if current is not None and current != number:
        raise ProtocolError(f"{page.url} answered with page {current}, not page {number}")
    # 0 is the default of `total_records`: it means that it is not reported.
    total = count(page, data, "total_records") or None
    return Listing(page=page, rows=rows, total=total, more=_more(data, page, number))


def _more(data: dict[str, object], page: Page, number: int) -> bool | None:
    if "next_page" not in data:
        return None
    following = data["next_page"]
    if following is not None and (type(following) is not int or following <= number):
        raise ProtocolError(
            f"{page.url} names a next page that does not lead on",
            hint="Following it would never end; tell Stuut's support.",
        )
    return following is not None
