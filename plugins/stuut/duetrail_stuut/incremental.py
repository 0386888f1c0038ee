"""Read what is new: the list in four orders, newest first, each down to what was read before.

Stuut can neither sort nor filter by `modified_at`. It sorts by when an invoice was issued, paid,
last contacted and last answered, so these four are asked; what changes without moving any of them
is seen when everything is read again. Source: Stuut API reference, List Invoices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from attrs import field, frozen

from duetrail.errors import Incomplete
from duetrail.http import Listing
from duetrail.http.walk import goes_on
from duetrail.wire import Mismatch, utc

# So far a pass reads below what was read before: a reading takes hours in which invoices move
# behind it, and the times are those of Stuut, of mailboxes and of the ERP.
_OVERLAP = timedelta(days=1)

# Some systems write the first moment of the calendar where they know no time.
_FIRST = datetime.min.replace(tzinfo=UTC) + _OVERLAP

# Doubling from 1, no list goes on beyond this page.
_LAST = 2**30

Ask = Callable[[int, int], Listing]

Time = tuple[datetime, str]
"""A time, and the text that Stuut wrote it as."""


@frozen
class SortOrder:
    """One order of the list.

    Attributes:
        key: What it is sorted by.
        only: The filter that leaves out only invoices without this time.
    """

    key: str
    only: Mapping[str, Any] = field(factory=dict)

    def time(self, invoice: Any) -> Time | None:
        """The time an invoice is sorted by; None where it shows none that can be read."""
        if not isinstance(invoice, dict):
            return None
        if self.key != _INBOUND:
            return _read(invoice.get(self.key))
        return max(filter(None, map(_read, _heard(invoice))), key=itemgetter(0), default=None)

    def times(self, invoices: Iterable[Any]) -> Iterator[Time]:
        """The times of some invoices, in their order; where many have the same, it comes once."""
        shown = [invoice for invoice in invoices if isinstance(invoice, dict)]
        if self.key == _INBOUND:  # most have neither emails nor calls
            touched = [one for one in shown if one.get("emails") or one.get("calls")]
            return filter(None, map(self.time, touched))
        every = [invoice.get(self.key) for invoice in shown]
        texts = dict.fromkeys([text for text in every if isinstance(text, str)])
        return filter(None, map(_read, texts))


# Stuut sorts by it and does not show it.
_INBOUND = "last_inbound_at"

SORT_ORDERS = (
    SortOrder("issued_at"),
    SortOrder("paid_at", {"status": ["paid"]}),
    SortOrder("last_outreach_at", {"has_outreach": True}),
    SortOrder(_INBOUND),
)
"""The orders in which what is new comes first."""


TIMES = (
    *("issued_at", "paid_at", "last_outreach_at"),
    *(f"emails[*].{key}" for key in ("direction", "sent_at", "created_at")),
    *(f"calls[*].{key}" for key in ("direction", "start_time", "created_at")),
)
"""Where an invoice shows the times it is sorted by."""


class Watermarks:
    """The greatest time met in each order, not later than the run: how far the list was read.

    Args:
        now: When the run began. A later time, such as that of an invoice dated ahead, is no mark:
            what comes before it is still to come.
        before: The watermarks of an earlier run; they never go down.
    """

    def __init__(self, now: datetime, before: Mapping[str, Any] | None = None) -> None:
        self._now = now
        self._watermarks = {one.key: _read((before or {}).get(one.key)) for one in SORT_ORDERS}

    @property
    def value(self) -> dict[str, str | None]:
        """The watermarks by key, as Stuut writes times; None where no time was met."""
        return {key: mark and mark[1] for key, mark in self._watermarks.items()}

    def lower_bound(self, key: str) -> datetime | None:
        """How far down a pass must read; None for all that has a time."""
        mark = self._watermarks[key]
        return None if mark is None else max(mark[0], _FIRST) - _OVERLAP

    def observe(self, invoices: Sequence[Any]) -> None:
        """Take note of some invoices."""
        for one in SORT_ORDERS:
            mark = self._watermarks[one.key]
            for time in one.times(invoices):
                if time[0] <= self._now and (mark is None or time[0] > mark[0]):
                    mark = time
            self._watermarks[one.key] = mark


def newest(
    ask: Ask, order: SortOrder, lower_bound: datetime | None, size: int
) -> Iterator[Listing]:
    """The pages of a descending order, to the first that lies wholly below the bound.

    An invoice without a time never ends it: they may come first or last. Pages of nothing else
    are leapt over.

    Args:
        ask: Gives the page of this number and this many rows.
        order: The order.
        lower_bound: What is older need not be read; None for all that has a time.
        size: The rows that are asked for.

    Raises:
        Incomplete: A page brought just what the page before had brought, or nothing where it says
            that the list goes on.
    """
    number: int | None = 0
    before: Sequence[Any] = ()
    while number is not None:
        listing = ask(number, size)
        if listing.rows and listing.rows == before:
            raise Incomplete(f"{listing.page.url} answered with the rows of the page before")
        yield listing
        if not listing.rows and listing.more:
            raise Incomplete(f"{listing.page.url} has no invoices, and says that more follow")
        before = listing.rows
        times = [time[0] for time in order.times(listing.rows)]
        if not goes_on(listing, size, (number + 1) * size) or (
            lower_bound and times and max(times) < lower_bound
        ):
            return
        number = number + 1 if times else _next_dated(ask, order, number, listing, size)


def _next_dated(ask: Ask, order: SortOrder, number: int, listing: Listing, size: int) -> int | None:
    """The first page behind this one, which has none, with a time; None if there is none.

    Looks at few pages, each twice as far away, then halves the stretch between the last without
    and the first with one.
    """
    end = _LAST if listing.total is None else (listing.total - 1) // len(listing.rows)
    low, step = number, 1
    while not _is_dated(found := ask(high := min(low + step, end), size), order):
        if not found.rows:
            break  # beyond the end, and perhaps beyond all that has a time
        if high == end or not goes_on(found, size, (high + 1) * size):
            return None
        low, step = high, 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        found = ask(middle, size)
        if _is_dated(found, order) or not found.rows:
            high = middle
        else:
            low = middle
    return high


def _is_dated(listing: Listing, order: SortOrder) -> bool:
    return any(True for _ in order.times(listing.rows))


def _heard(invoice: Mapping[str, Any]) -> Iterator[Any]:
    """When the customer was heard: the times of what came in, as far as the invoice shows it."""
    for name, time in (("emails", "sent_at"), ("calls", "start_time")):
        touches = invoice.get(name)
        for touch in touches if isinstance(touches, list) else ():
            if isinstance(touch, dict) and str(touch.get("direction")).casefold() == "inbound":
                yield touch.get(time) or touch.get("created_at")


def _read(text: Any) -> Time | None:
    try:
        return (utc(text), text) if isinstance(text, str) else None
    except Mismatch:
        return None
