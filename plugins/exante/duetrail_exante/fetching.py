"""Walk Exante's invoices, then ask about each; and walk its conversations.

Source: Exante API reference, List Invoices, Get Invoice, Get outreach timeline for one invoice,
List Drafts, List Conversations and Get Conversation. The links of an answer are not followed, so
that the key goes nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import attrs

from duetrail import by_resource
from duetrail.errors import BadItem, Incomplete, ProtocolError, UnknownKey
from duetrail.http import (
    Listing,
    Session,
    count,
    expect_number,
    expect_same,
    required,
    segment,
    walk,
)
from duetrail.http.ids import Ids
from duetrail.source import Connection, Cursor, Notice, Page, Shard
from duetrail.wire import decode, utc
from duetrail_exante import wire

# How far before the newest conversation of the last reading the next one begins: a change may be
# seen later than the time it bears.
_OVERLAP = timedelta(hours=1)

# What of the rows of a list is looked at.
_ROWS = tuple(f"items[*].{one.name}" for one in attrs.fields(wire.Conversation))

# The status alone says that there is nothing.
_EMPTY = frozenset({204, 205})


# --- invoices ------------------------------------------------------------------------------------


def _invoices(session: Session, connection: Connection) -> Iterator[Page]:
    """GET /api/invoices; `organization_uid` is not documented here and not sent."""

    def ask(number: int, size: int) -> Listing:
        page = session.get("/api/invoices", {"page": number, "per_page": size})
        return _listing(page, number, "_meta", "total_items")

    size = connection.options.page_size
    for listing in walk(ask, vendor="Exante", rows="invoices", size=size, first=1, id="uid"):
        yield listing.page


def _timeline(shard: Shard, session: Session, connection: Connection) -> Iterator[Page]:
    """GET /api/invoices/{invoice_uid}/outreach, checked to be about the invoice asked for."""
    uid = _invoice_of(shard)
    path = f"/api/invoices/{segment(uid)}/outreach"
    page = session.get(path, {"organization_uid": connection.options.organization_uid})
    data = _data(page, "invoice.uid", "emails[*].uid")
    expect_same(page, _uid(data.get("invoice")), uid)
    required(page, data, "emails", object)
    yield page


def _detail(shard: Shard, session: Session) -> Iterator[Page]:
    """GET /api/invoices/{invoice_uid}, checked likewise."""
    uid = _invoice_of(shard)
    page = session.get(f"/api/invoices/{segment(uid)}")
    expect_same(page, _uid(_data(page, "uid")), uid)
    yield page


def _invoice_of(shard: Shard) -> str:
    """The invoice that is asked about."""
    assert shard.key is not None
    return _uuid(shard.key.value)


# --- drafts --------------------------------------------------------------------------------------


def _drafts(shard: Shard, session: Session) -> Iterator[Page]:
    """GET /api/email/drafts for one invoice: a bare list that is not paged."""
    uid = _invoice_of(shard)
    page = session.get("/api/email/drafts", {"context_type": "invoice", "context_id": uid})
    found = page.only("$.items[*].context_type", "$.items[*].context_id", "$.count")
    if found is None and page.status in _EMPTY:
        yield page
        return
    rows = required(page, found, "items", list)
    if not all(_is_about(row, uid) for row in rows if isinstance(row, dict)):
        raise ProtocolError(f"{page.url} answered with a draft about something else")
    yield page
    total = count(page, found, "count")
    if total is not None and total != len(rows):
        raise Incomplete(f"Exante reports {total} drafts about an invoice, {len(rows)} arrived")


def _is_about(draft: dict[str, Any], uid: str) -> bool:
    """Whether a draft is about this invoice, as far as it says what it is about."""
    kind, context = draft.get("context_type"), draft.get("context_id")
    return kind in (None, "invoice") and context in (None, uid)


# --- conversations -------------------------------------------------------------------------------


def _conversations(
    shard: Shard, session: Session, connection: Connection
) -> Iterator[Page | Cursor | Notice]:
    """GET /api/conversations to its end, since no order is documented; in full what has changed."""
    begin = _beginning(shard)
    seen, others = Ids(), Ids()
    newest = None if shard.cursor is None else utc(shard.cursor)
    missing = 0
    for row in _conversation_rows(session, connection.options):
        if isinstance(row, Notice):
            yield row
            continue
        if repr(row) not in seen and _is_wanted(row, begin):
            page = _conversation(session, row.uid)
            missing += page is None
            if page is not None and _data(page, "messages[*].uid")["messages"]:
                yield page
        seen.update((repr(row),))
        newest = _newest(row, newest, shard.now)
        if not _is_email(row):
            others.update((row.uid,))
    if others:
        yield Notice(f"conversations on another channel than email, not read: {len(others)}")
    if missing:
        raise Incomplete(
            f"conversations that Exante listed and did not know when asked for them: {missing}",
            hint="The next run asks for them again.",
        )
    if newest:
        yield Cursor(newest.isoformat())


def _beginning(shard: Shard) -> datetime | None:
    """What was updated before need not be read again; None where everything is."""
    return shard.since if shard.cursor is None else utc(shard.cursor) - _OVERLAP


def _newest(row: wire.Conversation, before: datetime | None, now: datetime) -> datetime | None:
    """The latest update so far; a time in the future would hide what comes before it."""
    if row.updated_on is None or row.updated_on > now:
        return before
    return row.updated_on if before is None else max(before, row.updated_on)


def _is_wanted(row: wire.Conversation, begin: datetime | None) -> bool:
    is_old = begin is not None and row.updated_on is not None and row.updated_on < begin
    return _is_email(row) and not is_old


def _is_email(row: wire.Conversation) -> bool:
    return not row.channel or row.channel.casefold() == "email"


def _conversation_rows(session: Session, options: Any) -> Iterator[wire.Conversation | Notice]:
    """The rows of the list; its pages hold no record, so what they have to say is told here."""
    asked = {"organization_uid": options.organization_uid}

    def ask(number: int, size: int) -> Listing:
        page = session.get("/api/conversations", {"page": number, "per_page": size, **asked})
        return _listing(page, number, "pagination", "total")

    walked = walk(
        ask, vendor="Exante", rows="conversations", size=options.page_size, first=1, id="uid"
    )
    for listing in walked:
        yield from map(Notice, listing.page.notices)
        for row in listing.rows:
            yield _row(listing.page, row, options.organization_uid)


def _row(page: Page, raw: object, organization_uid: str | None) -> wire.Conversation:
    try:
        row = decode(wire.Conversation, raw)
    except BadItem as error:
        raise ProtocolError(f"{page.url} answered with no conversation: {error}") from None
    found = row.organization_uid
    if organization_uid and found and found.casefold() != organization_uid.casefold():
        raise ProtocolError(f"{page.url} answered with a conversation of another organization")
    return row


def _conversation(session: Session, uid: str) -> Page | None:
    """GET /api/conversations/{conversation_uid}, checked likewise; None where there is none."""
    try:
        page = session.get(f"/api/conversations/{segment(_uuid(uid))}")
    except UnknownKey:
        return None
    data = _data(page, "uid", "messages[*].uid")
    expect_same(page, _uid(data), uid)
    required(page, data, "messages", object)
    return page


# --- answers -------------------------------------------------------------------------------------


def _listing(page: Page, number: int, paging: str, total: str) -> Listing:
    """A page of a list; where it stands in the whole is in `paging`."""
    data = _data(page, *_ROWS, paging, "_links.next")
    rows, meta = required(page, data, "items", list), _object(data, paging)
    expect_number(page, meta, "page", number)
    return Listing(
        page=page,
        rows=rows,
        total=count(page, meta, total),
        more=_more(data, number, count(page, meta, "total_pages")),
        # Exante may give fewer rows a page than asked for, and says so.
        size=count(page, meta, "per_page"),
    )


def _more(data: dict[str, Any], number: int, pages: int | None) -> bool | None:
    """Whether pages follow, by any of the signs; the total shows whether they did."""
    links = data.get("_links")
    leads_on = bool(links.get("next")) if isinstance(links, dict) else None
    if pages is None:
        return leads_on
    # A link that stands even on an empty page behind the last one leads nowhere.
    return number < pages or bool(leads_on and data["items"])


def _data(page: Page, *paths: str) -> dict[str, Any]:
    """What stands in `data`, at least at some paths below it."""
    body = page.only(*(f"$.data.{path}" for path in paths))
    return required(page, body, "data", dict)


def _object(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _uid(row: object) -> str | None:
    uid = row.get("uid") if isinstance(row, dict) else None
    return uid if isinstance(uid, str) else None


def _uuid(uid: str) -> str:
    """The same, as it goes into a question: another word there would be another endpoint."""
    if not wire.UUID.fullmatch(uid):
        raise ProtocolError("Exante gave a `uid` that is no UUID and cannot be asked about")
    return uid


fetch = by_resource(
    invoices=_invoices,
    outreach=_timeline,
    details=_detail,
    drafts=_drafts,
    conversations=_conversations,
)
