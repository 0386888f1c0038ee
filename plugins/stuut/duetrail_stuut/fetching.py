"""Ask Stuut for pages.

Source: Stuut API reference, List Invoices, List Calls, Retrieve a Call, List Partners, Retrieve a
Payment, List Remittances, List Tasks. Filters with an undocumented grammar are never sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import evolve

from duetrail import by_resource
from duetrail.errors import ProtocolError, UnknownKey
from duetrail.http import Listing, Session, count, expect, expect_same, segment, walk
from duetrail.source import Connection, Cursor, Notice, Page, Shard
from duetrail_stuut.balance import OWED, Balance, cross_check
from duetrail_stuut.declaration import has_filters
from duetrail_stuut.incremental import SORT_ORDERS, TIMES, Watermarks, newest

# What of a list is looked at while it is read: where it goes on, and some keys of its rows.
_ENVELOPE = ("$.current_page", "$.total_records", "$.next_page")


def _looked_at(*keys: str) -> tuple[str, ...]:
    return (*_ENVELOPE, *(f"$.data[*].{key}" for key in keys))


_IDS = _looked_at("id")
_MARKED = _looked_at("id", "currency", *TIMES)
_COMPARED = _looked_at(*OWED, *TIMES)


# --- invoices ------------------------------------------------------------------------------------


def _invoices(
    shard: Shard, session: Session, connection: Connection
) -> Iterator[Page | Cursor | Notice]:
    """All invoices, or those that are new or changed since the last reading."""
    if shard.cursor is None and shard.since is None:
        yield from _every_invoice(shard, session, connection)
    else:
        yield from _new_invoices(shard, session, connection)


def _every_invoice(
    shard: Shard, session: Session, connection: Connection
) -> Iterator[Page | Cursor | Notice]:
    """All invoices, oldest first, and what that says of the next run and of the whole.

    The order is by `issued_at` because that changes least: what moves during the walk moves to
    its end.
    """
    query = {"sort_by": "issued_at", "sort_order": "asc", **_filters(connection)}
    is_compared = connection.options.cross_check and not has_filters(connection.options)
    ask = partial(_ask, session, "invoices", query, _COMPARED if is_compared else _MARKED)
    watermarks, balance = Watermarks(shard.now), Balance(connection, is_compared=is_compared)
    for listing in walk(ask, vendor="Stuut", rows="invoices", size=connection.options.page_size):
        yield listing.page
        watermarks.observe(listing.rows)
        balance.observe(listing.rows)
    yield Cursor(watermarks.value)
    yield from balance.warnings()
    if is_compared:
        yield from cross_check(session, balance)


def _new_invoices(
    shard: Shard, session: Session, connection: Connection
) -> Iterator[Page | Cursor | Notice]:
    """What was issued, paid, contacted or answered since: four short passes, newest first."""
    watermarks = Watermarks(shard.now, shard.cursor or {})
    lower_bounds = {one.key: shard.since or watermarks.lower_bound(one.key) for one in SORT_ORDERS}
    filters = _filters(connection)
    for one in SORT_ORDERS:
        # A filter of the user's own is not overruled.
        only = {name: value for name, value in one.only.items() if not _is_set(filters[name])}
        query = {"sort_by": one.key, "sort_order": "desc", **filters, **only}
        ask = partial(_ask, session, "invoices", query, _COMPARED)
        for listing in newest(ask, one, lower_bounds[one.key], connection.options.page_size):
            yield listing.page
            watermarks.observe(listing.rows)
    yield Cursor(watermarks.value)


def _filters(connection: Connection) -> dict[str, Any]:
    options = connection.options
    return {
        "number": list(options.number),
        "status": list(options.status),
        "task": options.task,
        "has_outreach": options.has_outreach,
        "customer_outreach_paused": options.customer_outreach_paused,
    }


def _is_set(value: object) -> bool:
    return value is not None and value != []


# --- lists and objects ---------------------------------------------------------------------------


def _list(shard: Shard, session: Session, connection: Connection) -> Iterator[Page]:
    """A list whose orders are not documented: it comes in the vendor's own."""
    what, size = shard.resource, connection.options.page_size
    ask = partial(_ask, session, what, {}, _IDS)
    for listing in walk(ask, vendor="Stuut", rows=what, size=size):
        yield listing.page


def _object(path: str, shard: Shard, session: Session) -> Iterator[Page]:
    """The one page of a key, checked to be about what was asked for."""
    assert shard.key is not None
    key = shard.key.value
    page = session.get(path.format(segment(key)), missing=UnknownKey)
    expect_same(page, expect.object(page, "$", "id").get("id"), key, may_be_unnamed=True)
    yield page


def _ask(
    session: Session,
    what: str,
    query: Mapping[str, Any],
    looked_at: Sequence[str],
    number: int,
    size: int,
) -> Listing:
    """One page of a list. The envelopes vary: all but `data` may be missing, and `data` itself."""
    page = session.get(f"/v1/{what}", {"page": number, "limit": size, **query})
    data = page.only(*looked_at)
    if isinstance(data, list):
        data = {"data": data}
        page = evolve(page, data=data, body=b'{"data":' + page.body + b"}")
    rows = data.get("data") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise ProtocolError(f"{page.url} answered without a list of {what} in `data`")
    current = count(page, data, "current_page")
    if current is not None and current != number:
        raise ProtocolError(f"{page.url} answered with page {current}, not page {number}")
    # 0 is the default of `total_records`: it means that it is not reported.
    total = count(page, data, "total_records") or None
    return Listing(page=page, rows=rows, total=total, more=_more(page, data, number))


def _more(page: Page, data: Mapping[str, Any], number: int) -> bool | None:
    if "next_page" not in data:
        return None
    following = count(page, data, "next_page")
    if following is not None and following <= number:
        raise ProtocolError(
            f"{page.url} names a next page that does not lead on",
            hint="Following it would never end; tell Stuut's support.",
        )
    return following is not None


fetch = by_resource(
    {"call-details": partial(_object, "/v1/calls/{}")},
    invoices=_invoices,
    calls=_list,
    partners=_list,
    payments=partial(_object, "/v1/payments/{}"),
    remittances=_list,
    tasks=_list,
)
