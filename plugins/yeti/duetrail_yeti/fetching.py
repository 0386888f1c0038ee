"""Ask Yeti for its lists, and for as little of them as is safe. Source: Yeti's customer API.

No list says what changed. Accounts are few and read every time. Invoices and payments are read in
full now and then, and in between only as far back as they usually still change. Calls are read by
their ids, see `duetrail_yeti.calls`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from attrs import field, frozen

from duetrail import by_resource
from duetrail.errors import Incomplete
from duetrail.http import Listing, Session, walk
from duetrail.source import Connection, Cursor, Notice, Page, Shard
from duetrail_yeti.calls import read_calls
from duetrail_yeti.documents import Client, Query, instant, rows, total

# The default orders have no tie-breaker, and older releases have none at all. Payments cannot be
# ordered by id; of one time, they are put in another order for every page unless more is given.
_QUERIES: dict[str, Query] = {
    "accounts": {"sort": "id"},
    "invoices": {"sort": "start-date,id", "include": "account"},
    "payments": {"sort": "created-at,amount,notes", "include": "account"},
}

# Payments that are alike in all of that can only be met together on one page, the largest there is.
_LARGEST = {"payments": 1000}

_ETag = tuple[int, int, str]

# What a list can be cut by. An answer that shows more than was asked for does no harm here.
_FROM = {"invoices": "filter[end-date-gteq]", "payments": "filter[created-at-gteq]"}


def _calls(
    shard: Shard, session: Session, connection: Connection
) -> Iterator[Page | Cursor | Notice]:
    """A list of calls, by their numbers."""
    yield from read_calls(shard, Client(session), connection.options)


def _accounts(session: Session, connection: Connection) -> Iterator[Page]:
    """The accounts, every time."""
    yield from _List("accounts", Client(session), _QUERIES["accounts"]).pages(
        connection.options.page_size
    )


def _latest(shard: Shard, session: Session, connection: Connection) -> Iterator[Page | Cursor]:
    """A list from the beginning, or from some whole months back if that was read before.

    An ordinary run asks the same question for a month, and while every page of the answer is what
    it was, nothing is read again.
    """
    since = shard.since
    if shard.cursor is not None:
        since = _first_of_month(shard.now - timedelta(days=connection.options.look_back_days))
    text = instant(since) if since is not None else None
    query = {**_QUERIES[shard.resource], _FROM[shard.resource]: text}
    pages = _List(shard.resource, Client(session), query)
    etags = shard.cursor["etags"] if shard.cursor and shard.cursor["from"] == text else []
    if pages.are_unchanged(etags):
        yield Cursor(shard.cursor)  # that it holds is all there is to tell
        return
    yield from pages.pages(connection.options.page_size)
    yield Cursor({"from": text, "etags": pages.etags})


def _first_of_month(moment: datetime) -> datetime:
    day = moment.astimezone(UTC)
    return day.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


@frozen
class _List:
    """One question, and the pages of its answer.

    `seen` holds each page of the last walk by number and size, with its ETag if it has one;
    `ahead` pages that were asked for already.
    """

    name: str
    client: Client
    query: Query
    _seen: dict[tuple[int, int], str | None] = field(factory=dict, init=False)
    _ahead: dict[tuple[int, int], Page] = field(factory=dict, init=False)

    def pages(self, size: int) -> Iterator[Page]:
        """The pages, counted here; once more in the largest ones if rows cannot be told apart."""
        largest = _LARGEST.get(self.name, size)
        try:
            yield from self._walked(size)
        except Incomplete:
            if size == largest:
                raise
            self._seen.clear()
            yield from self._walked(largest)

    def _walked(self, size: int) -> Iterator[Page]:
        for listing in walk(self._listing, vendor="Yeti", rows=self.name, size=size, first=1):
            yield listing.page

    @property
    def etags(self) -> list[_ETag]:
        """Number, size and ETag of all pages; nothing where one of them has none."""
        known = [(*place, etag) for place, etag in self._seen.items() if etag is not None]
        return known if len(known) == len(self._seen) else []

    def are_unchanged(self, etags: Sequence[_ETag]) -> bool:
        """Whether all pages are what they were; one that is not is not asked for again."""
        return bool(etags) and all(self._is_unchanged(*place) for place in etags)

    def _is_unchanged(self, number: int, size: int, etag: str) -> bool:
        page = self._ask(number, size, etag)
        if page.status == 304:
            return True
        self._ahead[number, size] = page
        return False

    def _listing(self, number: int, size: int) -> Listing:
        page = self._ahead.pop((number, size), None) or self._ask(number, size)
        self._seen[number, size] = page.headers.get("etag")
        return Listing(page=page, rows=rows(page), total=total(page))

    def _ask(self, number: int, size: int, etag: str | None = None) -> Page:
        paging = {"page[number]": number, "page[size]": size}
        return self.client.ask(self.name, {**self.query, **paging}, etag)


fetch = by_resource(
    {"cdrs": _calls, "incoming-cdrs": _calls},
    accounts=_accounts,
    invoices=_latest,
    payments=_latest,
)
