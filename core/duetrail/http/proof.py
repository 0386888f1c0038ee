"""The proof that a list was seen whole: the guards that all paginators share.

A list lives while it is read: rows come, go and move. That cannot be prevented from here, but it
can be seen. What each page shows is compared with what was shown before and with the vendor's own
totals: no row may come twice, no two pages in a row may bring nothing new, and as many rows have
to come as are reported. Where that does not fit, the list is read again; where that does not
help, `prove` says that it is incomplete.

A total may be wrong for good. Where nothing moved, and nothing stands behind the last page either,
the list itself is believed, and a notice on its last page says that its total is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec
from attrs import evolve, field, frozen
from msgspec import Struct

from duetrail.errors import Incomplete
from duetrail.http.ids import Ids
from duetrail.source import Page

MOST_PAGES = 1_000_000
"""A list that still goes on after so many pages never ends."""

# How often a list that moves is read before it is told.
_READINGS = 3

# A total that is wrong is wrong by little: the share of it by which a list may differ and be
# believed. One row may always be too few or too many.
_WRONG_BY = 10

# A list that is cut off, because a vendor shows no more, ends at a round number.
_ROUND = 1_000


@frozen(kw_only=True)
class Listing:
    """One page of a list.

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


class Reading(Struct):
    """One reading of a list from its first page to its last; each way of paging has its own.

    Attributes:
        id: The key of a row's id.
        seen: The ids that were met.
        totals: What the vendor reported, each time that it reported something else.
        end: How many positions of the list were read.
        arrived: Rows that came, without those that were asked for twice on purpose.
        moved: Whether rows are known to have changed places.
        goes_on: Whether the vendor's last word was that more pages follow.
        is_overlapping: Whether each page began with a row of the page before.
        is_proven: Whether the total is wrong, and nothing stands behind the end.
        stale: How many pages in a row brought nothing new.
    """

    id: str
    seen: Ids = msgspec.field(default_factory=Ids)
    totals: list[int] = msgspec.field(default_factory=list)
    end: int = 0
    arrived: int = 0
    moved: bool = False
    goes_on: bool = False
    is_overlapping: bool = False
    is_proven: bool = False
    stale: int = 0

    def pages(self) -> Iterator[Listing]:
        """Read to the end; each page is observed before the next one is asked for."""
        raise NotImplementedError

    def behind(self) -> Listing | None:
        """What stands behind the last page; None where the list is empty."""
        raise NotImplementedError

    def observe(self, ids: Sequence[str], new: Sequence[str], listing: Listing) -> None:
        """Note a page.

        Args:
            ids: The ids of its rows.
            new: Those of them that were not asked for twice on purpose.
            listing: The page.
        """
        # A single page may hold nothing else than rows that moved there.
        self.stale = self.stale + 1 if ids and self.seen.issuperset(new) else 0
        self.seen.update(new)
        self.arrived += len(new)
        self.goes_on = listing.more is True
        # Some count 0 where a page behind the last one is asked for.
        is_told = bool(listing.total or listing.rows or not self.seen)
        if listing.total is not None and is_told and self.totals[-1:] != [listing.total]:
            self.totals.append(listing.total)

    def ids_of(self, listing: Listing, start: int) -> list[str]:
        """The ids of a page's rows; where a row has none, its position from `start` on."""
        return [_id(row, self.id) or f"#{start + at}" for at, row in enumerate(listing.rows)]

    def is_known(self, listing: Listing) -> bool:
        """Whether all rows of a page were seen before."""
        return self.seen.issuperset(self.ids_of(listing, self.end))

    @property
    def is_counted(self) -> bool:
        """Whether as many rows came as were reported, if that was reported."""
        return not self.totals or self.totals[-1] == len(self.seen)

    @property
    def is_clean(self) -> bool:
        """Nothing moved, no row came twice, and as many came as were reported."""
        return self._is_still and self.is_counted

    @property
    def is_miscounted(self) -> bool:
        """Nothing moved, and yet a few rows fewer or more came than were reported every time."""
        if not self._is_still or not self.seen or len(set(self.totals)) != 1:
            return False
        total, came = self.totals[0], len(self.seen)
        is_near = 0 < abs(total - came) <= total // _WRONG_BY and came % _ROUND != 0
        return is_near or abs(total - came) == 1

    @property
    def is_repeating(self) -> bool:
        """Page after page brought nothing new: going on might never end."""
        return self.stale > 1

    def found(self, rows: str) -> str:
        """What the vendor reported, and what came."""
        reports = ", then ".join(str(total) for total in dict.fromkeys(self.totals))
        found = f"{len(self.seen)} arrived in {self.arrived} rows"
        if self.goes_on:
            found += ", and the last page said that more follow"
        return f"reports {reports or 'no number of'} {rows}, {found}"

    @property
    def _is_still(self) -> bool:
        # A total that shrinks means that rows left, perhaps from the part already read.
        is_steady = not self.moved and not self._shrank
        # Whatever is counted: a list that is said to go on was not read to its end.
        return is_steady and self.arrived == len(self.seen) and not self.goes_on

    @property
    def _shrank(self) -> bool:
        return any(later < total for total, later in pairwise(self.totals))


def prove(begin: Callable[[], Reading], *, vendor: str, rows: str) -> Iterator[Listing]:
    """Every page of a list, read again until nothing was missed.

    Args:
        begin: Begins a reading.
        vendor: The vendor's name, for messages.
        rows: What stands on the pages, such as `invoices`, for messages.

    Yields:
        The pages in order; rows may come more than once. Where the vendor's total is wrong, the
        last one has a notice that says so.

    Raises:
        Incomplete: Rows moved during every one of several readings, or pages brought nothing new.
            Everything that was received has been yielded.
    """
    union, before = Ids(), Ids()
    totals: set[int | None] = set()
    for number in range(_READINGS):
        one = begin()
        yield from one.pages()
        is_enough = one.seen == before if number else one.is_overlapping
        if one.is_miscounted and is_enough:
            yield from _looked_behind(one, vendor, rows)
        if one.is_clean or one.is_proven:
            return
        before = one.seen
        union.join(one.seen)
        totals.update(one.totals)
        # Equal rows of an order that is not fixed may change places: then several readings together
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


def _looked_behind(one: Reading, vendor: str, rows: str) -> Iterator[Listing]:
    """Look behind the last page. Where nothing is there, the list is proven, not its total."""
    found = one.behind()
    if found is None:
        return
    if not one.is_known(found):
        one.moved = True  # an empty place inside the list
        yield found
        return
    one.is_proven = True
    notice = (
        f"{vendor}'s count is wrong: it counts {one.totals[-1]} {rows} and lists "
        f"{len(one.seen)}; the list was read to its end, and is believed"
    )
    yield evolve(found, page=evolve(found.page, notices=(*found.page.notices, notice)))


def id_of(row: Any, key: str) -> str | int | None:
    """The id of a row, under a key or at the end of several (`node.id`); None where it has none."""
    for step in key.split(".") if "." in key else (key,):
        row = row.get(step) if isinstance(row, dict) else None
    return row if type(row) in (str, int) and row != "" else None


def _id(row: Any, key: str) -> str | None:
    id = id_of(row, key)
    return None if id is None else str(id)
