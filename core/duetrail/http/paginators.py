"""Paginators: the pages of a list, by number, offset, cursor or link.

All take the session, the path, the query that every page is asked with, and where in an
answer the rows stand; what is missing or of another kind there is an error, so that an error
which comes with a good status is never taken for the end of a list. All have the same guards (see
`duetrail.http.proof`): a list that leads back, pages that repeat, rows that move, a total that is
not reached. Of an answer only what is named here is parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol
from urllib.parse import urljoin

from attrs import field, frozen

from duetrail.errors import ProtocolError
from duetrail.http import expect
from duetrail.http.address import Params
from duetrail.http.answers import expect_number, required
from duetrail.http.follow import chained
from duetrail.http.links import linked
from duetrail.http.proof import Listing, id_of
from duetrail.http.walk import count, walk
from duetrail.json_tree import EACH, steps_of
from duetrail.source import Page


class Asks(Protocol):
    """What a paginator asks through: a session, or `Posted`, which asks by POST."""

    @property
    def vendor(self) -> str:
        """The vendor's name, for messages."""

    def get(self, path: str, params: Params | None = None) -> Page:
        """Ask for a page."""

    def get_linked(self, address: str) -> Page:
        """Ask for a page that another one links to."""


# Where an answer that comes with a good status says that it is none.
_ERRORS = ("error", "errors", "fault", "Error", "Errors", "Fault")

Next = str | Callable[[Page], Any]
"""A path to where the next page is, or a function that finds it in the answer."""


def numbered(
    session: Asks,
    path: str,
    params: Params | None = None,
    *,
    rows: str,
    size: int,
    page: str = "page",
    per_page: str = "per_page",
    first: int = 1,
    total: str | None = None,
    more: str | None = None,
    number: str | None = None,
    id: str = "id",
    rows_may_be_absent: bool = False,
) -> Iterator[Page]:
    """The pages of a list that numbers them; they overlap, which shows when rows move.

    Args:
        session: The session, or `Posted`, which asks by POST.
        path: The list, below the connection's base URL.
        params: The query that every page is asked with.
        rows: Where the rows stand in an answer, such as `$.invoices[*]`.
        size: The most rows to ask for at once.
        page: The parameter of the page's number.
        per_page: The parameter of its size.
        first: The number of the first page.
        total: Where each answer says how many rows there are on all pages, such as `$.meta.total`.
        more: Where it says whether pages follow: true or false, or what is null on the last page.
            Without `total` and `more` a page with fewer rows than were asked for is the last one;
            behind a first one with a multiple of five, which may be the vendor's limit, one more is
            asked for.
        number: Where it says which page it is; another one than was asked for is an error.
        id: The key of a row's id, or the way to it, such as `node.id`.
        rows_may_be_absent: Whether an answer without rows leaves the list out, or what it stands
            in, such as `{}`; then its shapes say `may_be_absent`, too. Else its absence is an
            error, and so it is in an answer that has an `error`, `errors` or `fault`.

    Raises:
        ProtocolError: An answer has no rows, or is another page.
        Incomplete: Rows moved during every one of several readings, or pages brought nothing new.
    """
    told = partial(_told, rows, id, rows_may_be_absent)

    def ask(at: int, size: int) -> Listing:
        answer = session.get(path, {**(params or {}), page: at, per_page: size})
        listing = told(answer, total, more, number)
        if number is not None:
            expect_number(answer, *_place(listing.told, number), at)
        return listing

    walked = walk(ask, vendor=session.vendor, rows=_name(path), size=size, first=first, id=id)
    yield from (listing.page for listing in walked)


def offset(
    session: Asks,
    path: str,
    params: Params | None = None,
    *,
    rows: str,
    size: int,
    offset: str = "offset",
    limit: str = "limit",
    total: str | None = None,
    more: str | None = None,
    id: str = "id",
    rows_may_be_absent: bool = False,
) -> Iterator[Page]:
    """The pages of a list that counts rows; an offset is always a multiple of the page's size.

    Args:
        session: The session, or `Posted`, which asks by POST.
        path: The list, below the connection's base URL.
        params: The query that every page is asked with.
        rows: Where the rows stand in an answer, such as `$.invoices[*]`.
        size: The most rows to ask for at once.
        offset: The parameter of how many rows are left out.
        limit: The parameter of how many are asked for.
        total: Where each answer says how many rows there are on all pages, such as `$.meta.total`.
        more: Where it says whether pages follow: true or false, or what is null on the last page.
            Without `total` and `more` a page with fewer rows than were asked for is the last one;
            behind a first one with a multiple of five, which may be the vendor's limit, one more is
            asked for.
        id: The key of a row's id, or the way to it, such as `node.id`.
        rows_may_be_absent: Whether an answer without rows leaves the list out, or what it stands
            in, such as `{}`; then its shapes say `may_be_absent`, too. Else its absence is an
            error, and so it is in an answer that has an `error`, `errors` or `fault`.

    Raises:
        ProtocolError: An answer has no rows.
        Incomplete: Rows moved during every one of several readings, or pages brought nothing new.
    """
    told = partial(_told, rows, id, rows_may_be_absent)

    def ask(at: int, size: int) -> Listing:
        answer = session.get(path, {**(params or {}), offset: at * size, limit: size})
        return told(answer, total, more)

    walked = walk(ask, vendor=session.vendor, rows=_name(path), size=size, id=id)
    yield from (listing.page for listing in walked)


def cursor(
    session: Asks,
    path: str,
    params: Params | None = None,
    *,
    rows: str,
    param: str,
    next: Next | None = None,
    more: str | None = None,
    total: str | None = None,
    id: str = "id",
    may_be_absent: bool = False,
    rows_may_be_absent: bool = False,
) -> Iterator[Page]:
    """The pages of a list of which each names what to ask for next.

    Args:
        session: The session, or `Posted`, which asks by POST.
        path: The list, below the connection's base URL.
        params: The query that every page is asked with, the size of a page too.
        rows: Where the rows stand in an answer, such as `$.invoices[*]`.
        param: The parameter of the cursor.
        next: Where an answer has the next cursor, such as `$.next`, or a function that finds it in
            the page; null or an empty text on the last page. None where the list goes on after the
            id of its last row.
        more: Where it says whether pages follow: true or false. Without `next` and `more`, the list
            is read until a page is empty.
        total: Where each answer says how many rows there are on all pages.
        id: The key of a row's id, or the way to it, such as `node.id`.
        may_be_absent: Whether the last page leaves `next` or `more` out. Else its absence is an
            error, since all that follows would be missed.
        rows_may_be_absent: Whether an answer without rows leaves the list out, or what it stands
            in, such as `{}`; then its shapes say `may_be_absent`, too. Else its absence is an
            error, and so it is in an answer that has an `error`, `errors` or `fault`.

    Raises:
        ProtocolError: An answer has no rows, or no cursor; the list leads back to where it was
            read before, or a page repeats the one before it.
        Incomplete: Rows moved during every one of several readings, or pages brought nothing new.
    """
    told = partial(_told, rows, id, rows_may_be_absent)

    def ask(after: str | int | None) -> _Told:
        answer = session.get(path, {**(params or {}), param: after})
        return told(answer, total, more, next)

    def after(listing: _Told) -> str | int | None:
        if more is not None and not _goes_on(listing, more, may_be_absent):
            return None
        if next is not None:
            return _cursor(listing, next, may_be_absent)
        return _last_id(listing, id) if listing.rows or more else None

    chain = chained(ask, after, vendor=session.vendor, rows=_name(path), id=id)
    yield from (listing.page for listing in chain)


def link(
    session: Asks,
    path: str,
    params: Params | None = None,
    *,
    rows: str,
    next: Next | None = None,
    relation: str = "next",
    total: str | None = None,
    id: str = "id",
    may_be_absent: bool = False,
    rows_may_be_absent: bool = False,
) -> Iterator[Page]:
    """The pages of a list of which each links to the next one, relatively or by a whole address.

    A link that leads out of the connection's base URL is an error, and is not followed.

    Args:
        session: The session, or `Posted`, which asks by POST.
        path: The list, below the connection's base URL.
        params: The query of the first page; a link has its own.
        rows: Where the rows stand in an answer, such as `$.invoices[*]`.
        next: Where an answer has the address, such as `$.next_page_uri`, or a function that finds
            it in the page; null or an empty text on the last page. None where it stands in the
            `Link` header (RFC 8288).
        relation: The relation of the link in that header.
        total: Where each answer says how many rows there are on all pages.
        id: The key of a row's id, or the way to it, such as `node.id`.
        may_be_absent: Whether the last page leaves `next` out. Else its absence is an error, since
            all that follows would be missed.
        rows_may_be_absent: Whether an answer without rows leaves the list out, or what it stands
            in, such as `{}`; then its shapes say `may_be_absent`, too. Else its absence is an
            error, and so it is in an answer that has an `error`, `errors` or `fault`.

    Raises:
        ProtocolError: An answer has no rows, or no address; it leads out of the base URL, back to
            where the list was read before, or to a page that repeats the one before it.
        Incomplete: Rows moved during every one of several readings, or pages brought nothing new.
    """
    told = partial(_told, rows, id, rows_may_be_absent)

    def ask(address: str | None) -> _Told:
        answer = session.get(path, params) if address is None else session.get_linked(address)
        return told(answer, total, None, next)

    def after(listing: _Told) -> str | None:
        page = listing.page
        if next is None:
            address = linked(page.headers, relation)
        else:
            address = _text(listing, next, may_be_absent)
        return None if address is None else _whole(page, address)

    chain = chained(ask, after, vendor=session.vendor, rows=_name(path), id=id)
    yield from (listing.page for listing in chain)


def once(
    session: Asks,
    path: str,
    params: Params | None = None,
    *,
    rows: str,
    id: str = "id",
    rows_may_be_absent: bool = False,
) -> Iterator[Page]:
    """The one page of a list that comes at once, or of one object.

    Args:
        session: The session, or `Posted`, which asks by POST.
        path: The list or the object, below the connection's base URL.
        params: The query.
        rows: Where the rows stand in the answer, such as `$.invoices[*]`; or the object, such as
            `$.invoice`.
        id: The key of a row's id, or the way to it, such as `node.id`.
        rows_may_be_absent: Whether an answer without rows leaves the list out, or one without the
            object leaves that out, such as `{}`.

    Raises:
        ProtocolError: The answer has no rows, or no object.
    """
    page = session.get(path, params)
    if rows.endswith(EACH):
        _told(rows, id, rows_may_be_absent, page, None, None)
    elif not (rows_may_be_absent and _is_left_out(page, page.only(rows), _keys(rows))):
        expect.object(page, rows, id)
    yield page


@frozen(kw_only=True)
class _Told(Listing):
    """A page, and what was looked at of its answer."""

    told: Any = field(repr=False)


def _told(
    rows: str,
    id: str,
    rows_may_be_absent: bool,
    page: Page,
    total: str | None,
    more: str | None,
    *others: Next | None,
) -> _Told:
    """A page of a list, of which nothing is parsed but what is named.

    Raises:
        ProtocolError: It has no rows, or a total that is no number, or lacks what is named.
    """
    paths = [path for path in (total, more, *others) if isinstance(path, str)]
    told = page.only(f"{rows}.{id}", *paths)
    return _Told(
        page=page,
        rows=_rows(page, told, rows, rows_may_be_absent),
        total=None if total is None else count(page, *_stated(page, told, total)),
        more=None if more is None else _more(told, more),
        told=told,
    )


def _rows(page: Page, told: Any, rows: str, may_be_absent: bool) -> list[Any]:
    steps = _keys(rows.removesuffix(EACH))
    if steps and may_be_absent and _is_left_out(page, told, steps):
        return []
    if steps:
        return required(page, told, ".".join(steps), list)
    if isinstance(told, list):
        return told
    raise ProtocolError(f"{page.url} answered without a list")


def _is_left_out(page: Page, told: Any, steps: tuple[str, ...]) -> bool:
    """Whether an answer is as it should be, but for the list, and tells of no error.

    What the list stands in may be left out with it.
    """
    for step in steps:
        if not isinstance(told, dict):
            return False
        if step not in told:
            break
        told = told[step]
    else:
        return False
    return not (isinstance(page.data, dict) and any(page.data.get(key) for key in _ERRORS))


def _more(told: Any, path: str) -> bool | None:
    """Whether pages follow; None where the answer does not say."""
    holder, key = _place(told, path)
    return bool(holder[key]) if key in holder else None


def _place(told: Any, path: str) -> tuple[dict[str, Any], str]:
    """The object that a path ends in, or an empty one, and the last key of the path."""
    *steps, key = _keys(path)
    for step in steps:
        told = told.get(step) if isinstance(told, dict) else None
    return told if isinstance(told, dict) else {}, key


def _stated(page: Page, told: Any, path: str) -> tuple[dict[str, Any], str]:
    """The same, where something has to stand there, or null."""
    holder, key = _place(told, path)
    if key not in holder:
        raise ProtocolError(
            f"{page.url} answered without `{path}`, which says how many there are",
            hint="If the vendor leaves it out, the plugin must not name it as the total.",
        )
    return holder, key


def _found(listing: _Told, path: str, may_be_absent: bool) -> Any:
    """What stands at a path; null there, or on the way there, is None.

    Raises:
        ProtocolError: Nothing stands there.
    """
    told = listing.told
    for key in _keys(path):
        if told is None:
            return None
        if not isinstance(told, dict) or key not in told:
            if may_be_absent:
                return None
            raise ProtocolError(
                f"{listing.page.url} answered without `{path}`, which says where the list goes on"
            )
        told = told[key]
    return told


def _cursor(listing: _Told, next: Next, may_be_absent: bool) -> str | int | None:
    """Where the list goes on; None at its end.

    Raises:
        ProtocolError: An answer does not say, or says neither a text nor a number.
    """
    found = next(listing.page) if callable(next) else _found(listing, next, may_be_absent)
    if found is None or type(found) in (str, int):
        return None if found == "" else found
    raise ProtocolError(
        f"{listing.page.url} answered with a next page that is neither text, number nor null"
    )


def _text(listing: _Told, next: Next, may_be_absent: bool) -> str | None:
    """The address of the next page; None on the last one."""
    found = _cursor(listing, next, may_be_absent)
    if found is None or isinstance(found, str):
        return found
    raise ProtocolError(f"{listing.page.url} answered with a next page that is no address")


def _whole(page: Page, address: str) -> str:
    """An address of a page, relative or not, as a whole one."""
    try:
        return urljoin(page.url, address)
    except ValueError:
        return address  # the session says what is wrong with it


def _goes_on(listing: _Told, more: str, may_be_absent: bool) -> bool:
    """Whether pages follow.

    Raises:
        ProtocolError: An answer does not say, or says neither true nor false.
    """
    found = _found(listing, more, may_be_absent)
    if found is None or isinstance(found, bool):
        return bool(found)
    raise ProtocolError(
        f"{listing.page.url} answered with a `{more}` that is neither true nor false"
    )


def _last_id(listing: _Told, id: str) -> str | int:
    """The id of the last row.

    Raises:
        ProtocolError: There is no row, or it has no id.
    """
    found = id_of(listing.rows[-1], id) if listing.rows else None
    if found is not None:
        return found
    raise ProtocolError(f"{listing.page.url} goes on after a row without `{id}`")


def _keys(path: str) -> tuple[str, ...]:
    return tuple(map(str, steps_of(path)))


def _name(path: str) -> str:
    """What stands in a list, for messages: the last part of its path."""
    return path.rstrip("/").rpartition("/")[2]
