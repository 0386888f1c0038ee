"""Pagination by cursor or link: each page says where the next one is."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec

from duetrail.errors import Incomplete, ProtocolError
from duetrail.http.ids import Ids
from duetrail.http.proof import MOST_PAGES, Listing, Reading, prove
from duetrail.source import Page

Place = TypeVar("Place", bound=Hashable)
Answer = TypeVar("Answer")
Seen = TypeVar("Seen", bound=Listing)


def follow(
    ask: Callable[[Place | None], Page],
    after: Callable[[Page], Place | None],
    rows: Callable[[Page], Sequence[Any]],
) -> Iterator[Page]:
    """The pages of a list in which each page says where the next one is.

    A page is yielded before the next one is asked for, so that memory stays flat.

    Args:
        ask: Gets the page at a place, such as a cursor or the query of a link; None stands for the
            first page.
        after: Says where the page after this one is; None after the last one.
        rows: Gives the rows of a page.

    Raises:
        ProtocolError: The list leads back to where it was read before, or a page repeats the one
            before it: following it would never end.
    """
    yield from _chain(ask, after, rows, lambda page: page.url)


def chained(
    ask: Callable[[Any], Seen],
    after: Callable[[Seen], Any],
    *,
    vendor: str,
    rows: str,
    id: str = "id",
) -> Iterator[Listing]:
    """The same, and at the end the proof that nothing was missed.

    Args:
        ask: Gets the page at a place; None stands for the first page.
        after: Says where the page after this one is; None after the last one.
        vendor: The vendor's name, for messages.
        rows: What stands on the pages, such as `invoices`, for messages.
        id: The key of a row's id.

    Raises:
        ProtocolError: The list leads back, or a page repeats the one before it.
        Incomplete: Rows moved during every one of several readings, or pages brought nothing new.
    """
    yield from prove(partial(_Chain, id, ask=ask, after=after), vendor=vendor, rows=rows)


class _Chain(Reading, kw_only=True):
    """One reading of a list, from its first page to the one that names no other."""

    ask: Callable[[Any], Any]
    after: Callable[[Any], Any]
    _tail: list[str] = msgspec.field(default_factory=list)  # the ids of the last page
    _last: Listing | None = None

    def pages(self) -> Iterator[Listing]:
        """From page to page, as long as they bring something new."""
        for listing in _chain(self.ask, self.after, self._known_ids, _url):
            yield listing
            self._take(listing)
            if self.is_repeating:
                return

    def behind(self) -> Listing | None:
        """The last page: it named no other."""
        return self._last

    @property
    def is_counted(self) -> bool:
        """Whether as many rows came as were reported at the beginning, at the end or between.

        What is added meanwhile may stand before the place that was read, and moves nothing.
        """
        return not self.totals or min(self.totals) <= len(self.seen) <= max(self.totals)

    def _known_ids(self, listing: Listing) -> Sequence[str]:
        """The ids of a page; none where its rows have none, since they cannot be compared then."""
        return [id for id in self.ids_of(listing, self.end) if not id.startswith("#")]

    def _take(self, listing: Listing) -> None:
        ids = self.ids_of(listing, self.end)
        # Some cursors include the row they were made from.
        again = next((at for at, id in enumerate(ids) if id not in self._tail), len(ids))
        self.observe(ids, ids[again:], listing)
        self.end += len(ids)
        self._tail, self._last = ids, listing


def _chain(
    ask: Callable[[Place | None], Answer],
    after: Callable[[Answer], Place | None],
    rows: Callable[[Answer], Sequence[Any]],
    url: Callable[[Answer], str],
) -> Iterator[Answer]:
    """From answer to answer; `url` says what one was asked with, for messages."""
    asked = Ids()
    place: Place | None = None
    shown: Sequence[Any] = ()
    for _ in range(MOST_PAGES):
        answer = ask(place)
        before, shown = shown, rows(answer)
        if shown and shown == before:
            raise ProtocolError(f"{url(answer)} answered with the rows of the page before")
        yield answer
        place = after(answer)
        if place is None:
            return
        if repr(place) in asked:
            raise ProtocolError(f"{url(answer)} leads back to where the list was read before")
        asked.update((repr(place),))
    raise Incomplete(f"the list goes on after {MOST_PAGES:,} pages")


def _url(listing: Listing) -> str:
    return listing.page.url
