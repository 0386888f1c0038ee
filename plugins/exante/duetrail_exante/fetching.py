"""Walk Exante's invoices, then ask for the timeline of each.

Source: Exante API reference, List Invoices and Get outreach timeline for one invoice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from duetrail import hookimpl
from duetrail.errors import Incomplete, ProtocolError
from duetrail.http import Session, Walk, count, segment
from duetrail.source import Connection, Page, Shard
from duetrail_exante.wire import UUID

_MOST_PAGES = 100_000


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Page]:
    """The list of invoices, page by page; or the timeline of one, which is never paged."""
    if shard.key is None:
        yield from _invoices(session, connection.options.page_size)
    else:
        yield _timeline(session, shard.key.value, connection.options.organization_uid)


# --- invoices ------------------------------------------------------------------------------------


def _invoices(session: Session, page_size: int) -> Iterator[Page]:
    """The pages of GET /api/invoices.

    Pages are counted; the links of an answer are not followed, so that the key goes nowhere else.
    `organization_uid` is not documented here and not sent.
    """
    walk = Walk("Exante", "invoices")
    for number in range(1, _MOST_PAGES + 1):
        page = session.get("/api/invoices", {"page": number, "per_page": page_size})
        data = _data(page)
        rows, meta = data.get("items"), _object(data, "_meta")
        if not isinstance(rows, list):
            raise ProtocolError(f"{page.url} answered without a list of invoices in `data.items`")
        if meta.get("page", number) != number:
            raise ProtocolError(f"{page.url} answered with another page than {number}")
        yield page
        walk.add(page, rows, id="uid", total=count(page, meta, "total_items"))
        if _is_last(page, data, number, page_size):
            break
    else:
        raise Incomplete(f"Exante has more than {_MOST_PAGES} pages of invoices")
    walk.prove()


def _is_last(page: Page, data: dict[str, Any], number: int, page_size: int) -> bool:
    """The last page by any of its signs; the total shows whether it was."""
    meta, rows = _object(data, "_meta"), data["items"]
    pages = count(page, meta, "total_pages")
    links = data.get("_links")
    if not rows or (pages is not None and number >= pages):
        return True
    if isinstance(links, dict):
        return not links.get("next")
    # Exante may give fewer rows a page than asked for, and says so.
    return pages is None and len(rows) < (count(page, meta, "per_page") or page_size)


# --- timelines -----------------------------------------------------------------------------------


def _timeline(session: Session, uid: str, organization_uid: str | None) -> Page:
    """GET /api/invoices/{invoice_uid}/outreach, checked to be about the invoice asked for."""
    if not UUID.fullmatch(uid):
        # Another word in its place, such as `outreach`, would be another endpoint.
        raise ProtocolError("an invoice has a `uid` that is no UUID and cannot be asked about")
    path = f"/api/invoices/{segment(uid)}/outreach"
    page = session.get(path, {"organization_uid": organization_uid})
    data = _data(page)
    if _uid(data.get("invoice")) != uid:
        raise ProtocolError(f"{page.url} answered with the timeline of another invoice")
    if "emails" not in data:
        raise ProtocolError(f"{page.url} answered without `data.emails`")
    return page


# --- answers -------------------------------------------------------------------------------------


def _data(page: Page) -> dict[str, Any]:
    data = page.data.get("data") if isinstance(page.data, dict) else None
    if not isinstance(data, dict):
        raise ProtocolError(f"{page.url} answered without an object in `data`")
    return data


def _object(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _uid(row: object) -> str | None:
    uid = row.get("uid") if isinstance(row, dict) else None
    return uid if isinstance(uid, str) else None
