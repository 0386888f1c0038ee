"""Pagination by cursor or link: each page says where the next one is."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, TypeVar

from duetrail.errors import ProtocolError
from duetrail.http.ids import Ids
from duetrail.source import Page

Place = TypeVar("Place", bound=Hashable)


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
    asked = Ids()
    place: Place | None = None
    shown: Sequence[Any] = ()
    while True:
        page = ask(place)
        before, shown = shown, rows(page)
        if shown and shown == before:
            raise ProtocolError(f"{page.url} answered with the rows of the page before")
        yield page
        place = after(page)
        if place is None:
            return
        if repr(place) in asked:
            raise ProtocolError(f"{page.url} leads back to where the list was read before")
        asked.add(repr(place))
