"""Walk Stuut's pages. Source: Stuut API reference, List Invoices."""

from __future__ import annotations

from collections.abc import Iterator

from duetrail import hookimpl
from duetrail.errors import Incomplete, ProtocolError
from duetrail.http import Session
from duetrail.source import Connection, Page, Shard


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Page]:
    """The pages of GET /v1/invoices, oldest invoice first.

    The order is by `issued_at` because that changes least: what moves during the walk moves to
    its end. Filters with an undocumented grammar are never sent.
    """
    seen: set[str] = set()
    totals: set[int] = set()
    received, number = 0, 0
    while True:
        page = session.get("/v1/invoices", _query(connection, number))
        data, rows = _envelope(page)
        yield page
        ids = [str(row.get("id")) for row in rows if isinstance(row, dict)]
        seen.update(ids)
        received += len(ids)
        totals.add(_count(data, page))
        full = len(rows) >= connection.options.page_size
        following = _next(data, page, number, full)
        if following is None:
            break
        number = following
    _prove(totals - {0}, seen, received)


def _prove(totals: set[int], seen: set[str], received: int) -> None:
    """What was read is everything if the list held still and as much arrived as it reports.

    Raises:
        Incomplete: The total changed, a row came twice, or another number arrived.
    """
    if len(totals) > 1:
        what = f"Stuut reported {min(totals)} to {max(totals)} invoices during one walk"
    elif received != len(seen):
        what = f"{received - len(seen)} invoices came on two pages"
    elif totals and totals != {len(seen)}:
        what = f"Stuut reports {max(totals)} invoices, {len(seen)} arrived"
    else:
        return
    raise Incomplete(
        what,
        hint="Invoices moved between the pages while they were read; the next run reads all of "
        "them again.",
    )


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


def _envelope(page: Page) -> tuple[dict[str, object], list[object]]:
    data = page.data
    rows = data.get("data") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise ProtocolError(f"{page.url} answered without a list of invoices in `data`")
    return data, rows


def _count(data: dict[str, object], page: Page) -> int:
    """`total_records`; 0, its default, means that it is not reported."""
    count = data.get("total_records") or 0
    if type(count) is not int or count < 0:
        raise ProtocolError(f"{page.url} reports a `total_records` that is no count")
    return count


def _next(data: dict[str, object], page: Page, number: int, full: bool) -> int | None:
    current = data.get("current_page")
    if current is not None and current != number:
        raise ProtocolError(f"{page.url} answered with page {current}, not page {number}")
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
