"""Walk a list that numbers its pages, and know whether everything was seen.

Page numbers are positions in a list that lives: while it is walked, rows come, go and move, so one
may stand on two pages and another on none. That cannot be prevented from here, but it can be seen:
each page is asked for so that it begins with rows of the page before (its size differs a little
for that), the vendor's own totals are compared with what arrived, and no row may come twice. Where
anything does not fit, the list is walked again; where that does not help, the walk says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from attrs import define, field, frozen

from duetrail.errors import Incomplete, ProtocolError
from duetrail.source import Page
from duetrail.wire import Mismatch, whole

# How often a list that moves is walked before it is told.
_WALKS = 3

# A list that still goes on after so many pages never ends.
_MOST_PAGES = 1_000_000

# A count as text, of less than 64 bits.
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)


@frozen(kw_only=True)
class Listing:
    """One page of a numbered list.

    Attributes:
        page: The page.
        rows: Its rows, as received.
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
        The pages in order; rows may come more than once.

    Raises:
        Incomplete: Rows moved during every one of several walks, or pages brought nothing new.
            Everything that was received has been yielded.
    """
    union: set[str] = set()
    totals: set[int | None] = set()
    for number in range(_WALKS):
        one = _Walk(ask, size, first, id)
        yield from one.pages()
        union |= one.seen
        totals.update(one.totals)
        # Equal rows of an order that is not fixed may change places: then several walks together
        # are the proof, if the total never changed and neither more nor fewer rows were met.
        is_counted = bool(number) and totals == {len(union)} and not one.goes_on
        if one.is_clean or is_counted:
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


@define
class _Walk:
    """One walk, from the first page to the last."""

    ask: Ask
    size: int
    first: int
    id: str
    seen: set[str] = field(factory=set)
    totals: list[int] = field(factory=list)
    arrived: int = 0  # rows that were not asked for twice on purpose
    moved: bool = False
    goes_on: bool = False  # the vendor's last word was that more pages follow
    _end: int = 0  # how many positions of the list were read
    _tail: list[str] = field(factory=list)  # the ids at the last of them
    _stale: int = 0  # pages in a row that brought nothing new
    _fixed: bool = False  # the vendor gives pages of its own size, whatever is asked

    def pages(self) -> Iterator[Listing]:
        for _ in range(_MOST_PAGES):
            number, size = self._next()
            listing = self.ask(self.first + number, size)
            yield listing
            if not self._fixed and (real := _real_size(listing, size)) != size:
                # Positions can only be reckoned in pages of the vendor's own size.
                self._fixed, self.size = True, real
                if number:
                    continue
                size = real
            before = self._end
            self._take(listing, number * size)
            # A page that leads no farther is the end, whatever total is reported.
            is_last = self._end <= before or not self._goes_on(listing, size)
            if self.is_repeating or is_last:
                return
        raise Incomplete(f"the list goes on after {_MOST_PAGES:,} pages")

    @property
    def is_clean(self) -> bool:
        """Nothing moved, no row came twice, and as many came as were reported."""
        distinct = len(self.seen)
        counted = not self.totals or self.totals[-1] == distinct
        # A total that shrinks means that rows left, perhaps from the part already read.
        is_steady = not self.moved and not self._shrank
        # Whatever is counted: a list that is said to go on was not read to its end.
        return is_steady and self.arrived == distinct and counted and not self.goes_on

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
        ids = [_id(row, self.id) or f"#{start + at}" for at, row in enumerate(listing.rows)]
        again = max(self._end - start, 0)
        before = self._tail[max(len(self._tail) - again, 0) :]
        agrees = ids[again - len(before) : again] == before
        self.moved |= not agrees
        new = ids[again:] if agrees else ids
        # A single page may hold nothing else than rows that moved there.
        self._stale = self._stale + 1 if new and self.seen.issuperset(new) else 0
        self.seen.update(new)
        self.arrived += len(new)
        self._end = start + len(ids)
        self._tail = ids
        self.goes_on = listing.more is True
        if listing.total is not None:
            self.totals.append(listing.total)

    def _goes_on(self, listing: Listing, size: int) -> bool:
        if not listing.rows or listing.more is not None:
            return bool(listing.rows) and listing.more is True
        if listing.total is not None:
            return self._end < listing.total
        return len(listing.rows) >= size


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
