"""Pagination: walk a list that numbers its pages, and know whether everything was seen.

Page numbers are positions in a list that lives: while it is walked, rows come, go and move, so one
may stand on two pages and another on none. That cannot be prevented from here, but it can be seen:
each page is asked for so that it begins with rows of the page before (its size differs a little
for that), the vendor's own totals are compared with what arrived, and no row may come twice. Where
anything does not fit, the list is walked again; where that does not help, the walk says so.

A count may be wrong for good. Where nothing moved, and nothing stands behind the last page either,
the list itself is believed, and a notice on its last page says that its count is wrong. One walk is
enough where its pages overlapped; else it takes two in a row that show the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec
from attrs import evolve, field, frozen
from msgspec import Struct

from duetrail.errors import FetchError, Incomplete, ProtocolError
from duetrail.http.ids import Ids
from duetrail.source import Page
from duetrail.wire import Mismatch, whole

# How often a list that moves is walked before it is told.
_WALKS = 3

# A list that still goes on after so many pages never ends.
_MOST_PAGES = 1_000_000

# A count that is wrong is wrong by little: the share of it by which a list may differ and be
# believed. One row may always be too few or too many.
_WRONG_BY = 10

# A list that is cut off, because a vendor shows no more, ends at a round number.
_ROUND = 1_000

# With these a vendor may refuse a page that lies behind the last one.
_NO_SUCH_PAGE = frozenset({400, 404, 410, 416, 422})

# A count as text, of less than 64 bits.
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)


@frozen(kw_only=True)
class Listing:
    """One page of a numbered list.

    Attributes:
        page: The page.
        rows: Its rows, as received; of each the id is enough (see `Page.only`).
        total: How many rows the vendor says there are on all pages; None where it does not say.
        more: Whether the vendor says that pages follow; None where it does not say.
        size: Rows a page, where the vendor repeats or corrects what was asked; else None.
    """

    page: Page
    rows: Sequence[Any] = field(repr=False)
    total: int | None = None
    more: bool | None = None
    size: int | None = None


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
    union, before = Ids(), Ids()
    totals: set[int | None] = set()
    for number in range(_WALKS):
        one = _Walk(ask, size, first, id)
        yield from one.pages()
        is_enough = one.seen == before if number else one.is_overlapping
        if one.is_miscounted and is_enough:
            yield from one.beyond(vendor, rows)
        if one.is_clean or one.is_proven:
            return
        before = one.seen
        union.join(one.seen)
        totals.update(one.totals)
        # Equal rows of an order that is not fixed may change places: then several walks together
        # are the proof, if the total never changed and neither more nor fewer rows were met.
        is_counted = bool(number) and totals == {len(union)} and not one.goes_on
        if is_counted:
            return
    if one.is_repeating:
        raise Incomplete(
            f"{vendor} answered with nothing but rows that were read before",
            hint=f"If this stays, tell the support of {vendor}: going on might never end.",
        )
    raise Incomplete(
        f"{vendor} {one.found(rows)}",
        hint="Rows moved between the pages while they were read; the next run reads all of them "
        "again.",
    )


class _Walk(Struct):
    """One walk, from the first page to the last."""

    ask: Ask
    size: int
    first: int
    id: str
    seen: Ids = msgspec.field(default_factory=Ids)
    totals: list[int] = msgspec.field(default_factory=list)
    arrived: int = 0  # rows that were not asked for twice on purpose
    moved: bool = False
    goes_on: bool = False  # the vendor's last word was that more pages follow
    is_overlapping: bool = True  # each page began with a row of the page before
    is_proven: bool = False  # the count is wrong, and nothing stands behind the end
    _end: int = 0  # how many positions of the list were read
    _tail: list[str] = msgspec.field(default_factory=list)  # the ids at the last of them
    _stale: int = 0  # pages in a row that brought nothing new
    _last: tuple[int, int, Listing] | None = None  # number and size of the last page, and the page
    _reached: int = 0  # the position up to which was asked
    _saw_end: bool = False  # the last page reached farther than those before, and shows no more
    _fixed: bool = False  # the vendor gives pages of its own size, whatever is asked

    def pages(self) -> Iterator[Listing]:
        for _ in range(_MOST_PAGES):
            number, size = self._next()
            # Where as many rows came as are reported, there need not be another page.
            is_counted_out = bool(self.totals) and self._end >= self.totals[-1]
            is_behind = is_counted_out and number * size >= self._end
            listing = self._behind(number, size) if is_behind else self._ask(number, size)
            if listing is None:
                return
            yield listing
            if is_counted_out and self._is_known(listing):
                self.goes_on = listing.more is True
                return
            if not self._fixed and (real := _real_size(listing, size)) != size:
                # Positions can only be reckoned in pages of the vendor's own size.
                self._fixed, self.size = True, real
                if number:
                    continue
                size = real
            before, reached = self._end, self._reached
            self._take(listing, number * size)
            self._last = number, size, listing
            self._reached = max(reached, (number + 1) * size)
            self._saw_end = self._end == before and self._reached > reached
            # A page that leads no farther is the end, whatever total is reported.
            is_last = self._end <= before or not self._goes_on(listing, size)
            if self.is_repeating or is_last:
                return
        raise Incomplete(f"the list goes on after {_MOST_PAGES:,} pages")

    def beyond(self, vendor: str, rows: str) -> Iterator[Listing]:
        """Look behind the last page. Where nothing is there, the list is proven, not its count.

        Args:
            vendor: The vendor's name, for the notice.
            rows: What stands on the pages.
        """
        assert self._last is not None  # what is miscounted has pages
        number, size, last = self._last
        found = last if self._saw_end else self._behind(number + 1, size) or last
        if not self._is_known(found):
            self.moved = True  # an empty place inside the list
            yield found
            return
        self.is_proven = True
        notice = (
            f"{vendor}'s count is wrong: it counts {self.totals[-1]} {rows} and lists "
            f"{len(self.seen)}; the list was read to its end, and is believed"
        )
        yield evolve(found, page=evolve(found.page, notices=(*found.page.notices, notice)))

    @property
    def is_clean(self) -> bool:
        """Nothing moved, no row came twice, and as many came as were reported."""
        return self._is_still and (not self.totals or self.totals[-1] == len(self.seen))

    @property
    def is_miscounted(self) -> bool:
        """Nothing moved, and yet a few rows fewer or more came than were reported every time."""
        if not self._is_still or not self.seen or len(set(self.totals)) != 1:
            return False
        total, came = self.totals[0], len(self.seen)
        is_near = 0 < abs(total - came) <= total // _WRONG_BY and came % _ROUND != 0
        return is_near or abs(total - came) == 1

    @property
    def _is_still(self) -> bool:
        # A total that shrinks means that rows left, perhaps from the part already read.
        is_steady = not self.moved and not self._shrank
        # Whatever is counted: a list that is said to go on was not read to its end.
        return is_steady and self.arrived == len(self.seen) and not self.goes_on

    @property
    def is_repeating(self) -> bool:
        """Page after page brought nothing new: going on might never end."""
        return self._stale > 1

    def found(self, rows: str) -> str:
        """What the vendor reported, and what came."""
        reports = ", then ".join(str(total) for total in dict.fromkeys(self.totals))
        found = f"{len(self.seen)} arrived in {self.arrived} rows"
        if self.goes_on:
            found += ", and the last page said that more follow"
        return f"reports {reports or 'no number of'} {rows}, {found}"

    @property
    def _shrank(self) -> bool:
        return any(later < total for total, later in pairwise(self.totals))

    def _ask(self, number: int, size: int) -> Listing:
        return self.ask(self.first + number, size)

    def _behind(self, number: int, size: int) -> Listing | None:
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
        if not self._end:
            return 0, self.size
        if self._fixed:
            return self._end // self.size, self.size
        sizes = range(max(self.size // 2, 1), self.size + 1)
        best = max(sizes, key=lambda size: ((self._end - 1) // size + 1) * size)
        number = (self._end - 1) // best
        if (number + 1) * best <= self._end:  # too small to overlap
            return self._end // self.size, self.size
        return number, best

    def _take(self, listing: Listing, start: int) -> None:
        ids = self._ids(listing, start)
        again = max(self._end - start, 0)
        before = self._tail[max(len(self._tail) - again, 0) :]
        agrees = ids[again - len(before) : again] == before
        self.moved |= not agrees
        self.is_overlapping &= bool(before) or not start
        new = ids[again:] if agrees else ids
        # A single page may hold nothing else than rows that moved there.
        self._stale = self._stale + 1 if new and self.seen.issuperset(new) else 0
        self.seen.update(new)
        self.arrived += len(new)
        self._end = start + len(ids)
        self._tail = ids
        self.goes_on = listing.more is True
        # Some count 0 where a page behind the last one is asked for.
        is_told = bool(listing.total or listing.rows or not self.seen)
        if listing.total is not None and is_told:
            self.totals.append(listing.total)

    def _is_known(self, listing: Listing) -> bool:
        """Whether all rows of a page were seen before."""
        return self.seen.issuperset(self._ids(listing, self._end))

    def _ids(self, listing: Listing, start: int) -> list[str]:
        return [_id(row, self.id) or f"#{start + at}" for at, row in enumerate(listing.rows)]

    def _goes_on(self, listing: Listing, size: int) -> bool:
        if not listing.rows or listing.more is not None:
            return bool(listing.rows) and listing.more is True
        # A count may be too low: where the last page is full, another one may follow.
        is_short = len(listing.rows) < size
        return not is_short or (listing.total is not None and self._end < listing.total)


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


def _id(row: Any, key: str) -> str | None:
    id = row.get(key) if isinstance(row, dict) else None
    return str(id) if type(id) in (str, int) and id != "" else None
