"""Walk Stuut's pages. Source: Stuut API reference, List Invoices."""

from __future__ import annotations

from collections.abc import Iterator

from duetrail import hookimpl
from duetrail.errors import ProtocolError
from duetrail.http import Session, Walk, count
from duetrail.source import Connection, Page, Shard


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Page]:
    """The pages of GET /v1/invoices, oldest invoice first.

    The order is by `issued_at` because that changes least: what moves during the walk moves to
    its end. Filters with an undocumented grammar are never sent.
    """
    walk, number = Walk("Stuut", "invoices"), 0
    while True:
        page = session.get("/v1/invoices", _query(connection, number))
        data, rows = _envelope(page, number)
        yield page
        # 0 is the default of `total_records`: it means that it is not reported.
        walk.add(page, rows, id="id", total=count(page, data, "total_records") or None)
        full = len(rows) >= connection.options.page_size
        following = _next(data, page, number, full)
        if following is None or not rows:
            break
        number = following
    walk.prove()


def _query(connection: Connection, number: int) -> dict[str, str | int | bool | list[str] | None]:
    options = connection.options
    return {
        "page": number,
        "limit": options.page_size,
        "sort_by": "issued_at",
        "sort_order": "asc",
        "number": list(options.number),
        "status": list(options.status),
        "task": options.task,
        "has_outreach": options.has_outreach,
        "customer_outreach_paused": options.customer_outreach_paused,
    }


def _envelope(page: Page, number: int) -> tuple[dict[str, object], list[object]]:
    data = page.data
    rows = data.get("data") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise ProtocolError(f"{page.url} answered without a list of invoices in `data`")
    current = data.get("current_page")
    if current is not None and current != number:
        raise ProtocolError(f"{page.url} answered with page {current}, not page {number}")
    return data, rows


def _next(data: dict[str, object], page: Page, number: int, full: bool) -> int | None:
    if "next_page" in data:
        following = data["next_page"]
        if following is None:
            return None
        if type(following) is not int or following <= number:
            raise ProtocolError(
                f"{page.url} names a next page that does not lead on",
                hint="Following it would never end; tell Stuut's support.",
            )
        return following
    return number + 1 if full else None
