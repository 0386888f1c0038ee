"""Walk Exante's invoices, then ask for the timeline of each.

Source: Exante API reference, List Invoices and Get outreach timeline for one invoice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from duetrail import hookimpl
from duetrail.errors import ProtocolError
from duetrail.http import Listing, Session, count, segment, walk
from duetrail.source import Connection, Page, Shard
from duetrail_exante.wire import UUID


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

    def ask(number: int, size: int) -> Listing:
        return _listing(session.get("/api/invoices", {"page": number, "per_page": size}), number)

    for listing in walk(ask, vendor="Exante", rows="invoices", size=page_size, first=1, id="uid"):
        yield listing.page


def _listing(page: Page, number: int) -> Listing:
    data = _data(page)
    rows, meta = data.get("items"), _object(data, "_meta")
    if not isinstance(rows, list):
        raise ProtocolError(f"{page.url} answered without a list of invoices in `data.items`")
    if meta.get("page", number) != number:
        raise ProtocolError(f"{page.url} answered with another page than {number}")
    return Listing(
        page=page,
        rows=rows,
        total=count(page, meta, "total_items"),
        more=_more(page, data, number),
        # Exante may give fewer rows a page than asked for, and says so.
        size=count(page, meta, "per_page"),
    )


def _more(page: Page, data: dict[str, Any], number: int) -> bool | None:
    """Whether pages follow, by any of the signs; the total shows whether they did."""
    pages = count(page, _object(data, "_meta"), "total_pages")
    links = data.get("_links")
    if pages is not None and number >= pages:
        return False
    if isinstance(links, dict):
        return bool(links.get("next"))
    return None if pages is None else True


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
