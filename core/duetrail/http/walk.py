"""Pagination by number: walk a list that numbers its pages, so that they overlap.

Page numbers are positions in a list that lives: while it is walked, rows come, go and move, so one
may stand on two pages and another on none. So each page is asked for so that it begins with rows
of the page before: its size differs a little for that. Where a row at the seam is another one, the
list moved; `duetrail.http.proof` says what follows. One walk is enough where its pages overlapped;
where they did not and the total is wrong, it takes two in a row that show the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from duetrail.errors import FetchError, Incomplete, ProtocolError
from duetrail.http.proof import MOST_PAGES, Listing, Reading, prove
from duetrail.source import Page
from duetrail.wire import Mismatch, whole

# With these a vendor may refuse a page that lies behind the last one.
_NO_SUCH_PAGE = frozenset({400, 404, 410, 416, 422})

# A count as text, of less than 64 bits.
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)

# Where a vendor gives at most so many rows a page, whatever is asked, it is a multiple of this.
_STEP_OF_LIMITS = 5

Ask = Callable[[int, int], Listing]


def walk(
    ask: Ask, *, vendor: str, rows: str, size: int, first: int = 0, id: str = "id"
) -> Iterator[Listing]:
    """Every page of a numbered list, and at the end the proof that nothing was missed.

    Args:
        ask: Gives the page of this number and this many rows.
        vendor: The vendor's name, for messages.
        rows: What stands on the pages, such as `invoices`, for messages.
        size: The most rows to ask for at once.
        first: The number of the first page.
        id: The key of a row's id.

    Yields:
        The pages in order; rows may come more than once. Where the vendor's count is wrong, the
        last one has a notice that says so.

    Raises:
        Incomplete: Rows moved during every one of several walks, or pages brought nothing new.
            Everything that was received has been yielded.
    """
    begin = partial(_Walk, id, ask=ask, size=size, first=first, is_overlapping=True)
    yield from prove(begin, vendor=vendor, rows=rows)


class _Walk(Reading, kw_only=True):
    """One walk, from the first page to the last."""

    ask: Ask
    size: int
    first: int
    _tail: list[str] = msgspec.field(default_factory=list)  # the ids at the last of them
    _last: tuple[int, int, Listing] | None = None  # number and size of the last page, and the page
    _reached: int = 0  # the position up to which was asked
    _saw_end: bool = False  # the last page reached farther than those before, and shows no more
    _fixed: bool = False  # the vendor gives pages of its own size, whatever is asked
    _is_guessed: bool = False  # that size was read off the first page, and no other page shows it

    def pages(self) -> Iterator[Listing]:
        """Pages that overlap, until one leads no farther."""
        for _ in range(MOST_PAGES):
            number, size = self._next()
            # Where as many rows came as are reported, there need not be another page.
            is_counted_out = bool(self.totals) and self.end >= self.totals[-1]
            is_over = is_counted_out or self._is_guessed
            is_behind = is_over and number * size >= self.end
            listing = self._beyond(number, size) if is_behind else self._ask(number, size)
            if listing is None:
                return
            yield listing
            if is_over and self.is_known(listing):
                self.goes_on = listing.more is True
                return
            if not self._fixed and (real := _real_size(listing, size)) != size:
                # Positions can only be reckoned in pages of the vendor's own size.
                self._fixed, self.size = True, real
                if number:
                    continue
                size = real
            before, reached = self.end, self._reached
            self._take(listing, number * size)
            self._last = number, size, listing
            self._is_guessed = not number and self._is_capped(listing, size)
            if self._is_guessed:
                self._fixed, self.size = True, len(listing.rows)
            self._reached = max(reached, (number + 1) * size)
            self._saw_end = self.end == before and self._reached > reached
            # A page that leads no farther is the end, whatever total is reported.
            may_go_on = self._is_guessed or goes_on(listing, size, self.end)
            if self.is_repeating or self.end <= before or not may_go_on:
                return
        raise Incomplete(f"the list goes on after {MOST_PAGES:,} pages")

    def behind(self) -> Listing | None:
        """The page behind the last one, or the last one where that shows the end already."""
        if self._last is None:
            return None
        number, size, last = self._last
        return last if self._saw_end else self._beyond(number + 1, size) or last

    def _is_capped(self, listing: Listing, size: int) -> bool:
        """Whether a first page may be short because the vendor gives no more rows a page.

        It is shorter than its total, or, where there is none, as long as such limits are: most
        short lists need not be asked for twice.
        """
        shown, total = len(listing.rows), listing.total
        if listing.more is not None or self._fixed or not 0 < shown < size:
            return False
        return shown % _STEP_OF_LIMITS == 0 if total is None else shown < total

    def _ask(self, number: int, size: int) -> Listing:
        return self.ask(self.first + number, size)

    def _beyond(self, number: int, size: int) -> Listing | None:
        """A page where the list seems to have ended; None where the vendor has no such page."""
        try:
            return self._ask(number, size)
        except ProtocolError:
            return None  # such as another page than the one asked for
        except FetchError as error:
            if error.status not in _NO_SUCH_PAGE:
                raise
            return None

    def _next(self) -> tuple[int, int]:
        """Number and size of a page that begins inside what was read and leads farthest on."""
        if not self.end:
            return 0, self.size
        if self._fixed:
            return self.end // self.size, self.size
        sizes = range(max(self.size // 2, 1), self.size + 1)
        best = max(sizes, key=lambda size: ((self.end - 1) // size + 1) * size)
        number = (self.end - 1) // best
        if (number + 1) * best <= self.end:  # too small to overlap
            return self.end // self.size, self.size
        return number, best

    def _take(self, listing: Listing, start: int) -> None:
        ids = self.ids_of(listing, start)
        again = max(self.end - start, 0)
        before = self._tail[max(len(self._tail) - again, 0) :]
        agrees = ids[again - len(before) : again] == before
        self.moved |= not agrees
        self.is_overlapping &= bool(before) or not start
        new = ids[again:] if agrees else ids
        self.observe(new, new, listing)
        self.end = start + len(ids)
        self._tail = ids


def goes_on(listing: Listing, size: int, end: int) -> bool:
    """Whether a list may go on behind a page.

    Args:
        listing: The page.
        size: The rows that were asked for.
        end: The position behind its last row.
    """
    if not listing.rows or listing.more is not None:
        return bool(listing.rows) and listing.more is True
    # A count may be too low: where the last page is full, another one may follow.
    is_short = len(listing.rows) < size
    return not is_short or (listing.total is not None and end < listing.total)


def count(page: Page, holder: Mapping[str, Any], name: str) -> int | None:
    """A number of rows or pages that an answer reports; None where it does not.

    As a text it is a count, too: some vendors write "42".

    Args:
        page: The answer, for the message.
        holder: The object the number stands in.
        name: Its key.

    Raises:
        ProtocolError: What stands there is no count.
    """
    value = holder.get(name)
    if value is None:
        return None
    is_digits = isinstance(value, str) and _DIGITS.fullmatch(value)
    try:
        number = int(value) if is_digits else whole(value)
    except Mismatch as error:
        raise ProtocolError(f"{page.url} reports a `{name}` that is no count: {error}") from None
    if number < 0:
        raise ProtocolError(f"{page.url} reports a `{name}` that is no count: it is negative")
    return number


def _real_size(listing: Listing, asked: int) -> int:
    """The rows a page in force: as the vendor says, else as it shows."""
    if listing.size:
        return listing.size
    shown = len(listing.rows)
    return shown if shown > asked or (listing.more and 0 < shown < asked) else asked
