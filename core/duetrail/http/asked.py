"""Asked: what a declared list is asked with, written as the names of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from duetrail.errors import FetchError
from duetrail.http.address import Params
from duetrail.http.filled import filled_params, names_in
from duetrail.http.spelling import begin_in, end_in, iso, rounded_up, without_offset
from duetrail.source import Key, Page

When = str | tuple[str, Callable[[datetime], Any]]
"""The parameter of a time: in ISO 8601, or with what writes it."""

MakeParams = Callable[[Any, datetime | None], Mapping[str, Any]]
"""Makes the parameters of a request from a connection's options and a time; None: everything."""

Parameters = Mapping[str, Any] | MakeParams
"""The parameters of a request, with settings in them as `{name}`; or what makes them."""


def asked_with(
    asked: Parameters | None,
    key: Key | None,
    options: Any,
    begin: datetime | None,
    *,
    is_body: bool = False,
) -> Mapping[str, Any]:
    """The parameters of a request, or its body."""
    if callable(asked):
        return asked(options, begin)
    return filled_params(asked or {}, key, options, is_body=is_body)


def names_asked(path: str, query: Parameters | None, body: Parameters | None) -> frozenset[str]:
    """The names in what is asked; what a function makes has none."""
    names = names_in(path)
    if not callable(query):
        names |= names_in(query)
    return names if callable(body) else names | names_in(body, is_body=True)


def since_params(
    param: When | None, time: datetime | None, zone: tzinfo | None = None
) -> Mapping[str, Any]:
    """The parameter from when on something is asked for; none for everything."""
    if param is None or time is None:
        return {}
    name, write = _written(param, zone)
    return {name: write(begin_in(zone or UTC, time))}


def until_params(
    param: When | None, time: datetime | None, zone: tzinfo | None = None
) -> Mapping[str, Any]:
    """The parameter up to when; what is smaller than what is written is rounded up."""
    if param is None or time is None:
        return {}
    name, write = _written(param, zone)
    return {name: write(rounded_up(end_in(zone or UTC, time), write))}


def _written(param: When, zone: tzinfo | None) -> tuple[str, Callable[[datetime], Any]]:
    """The name of a parameter, and what writes its time."""
    return (param, without_offset if zone else iso) if isinstance(param, str) else param


class Missing:
    """A session whose 404 is another error, such as `UnknownKey`; a paginator asks through it.

    Args:
        session: The session.
        error: What a 404 stands for.
    """

    def __init__(self, session: Any, error: type[FetchError]) -> None:
        self._session, self._error = session, error

    @property
    def vendor(self) -> str:
        """The vendor's name, for messages."""
        return str(self._session.vendor)

    def get(self, path: str, params: Params | None = None) -> Page:
        """A page."""
        page: Page = self._session.get(path, params, missing=self._error)
        return page

    def post(self, path: str, json: Mapping[str, Any]) -> Page:
        """A page that is asked for by POST."""
        page: Page = self._session.post(path, json, missing=self._error)
        return page

    def get_linked(self, address: str) -> Page:
        """A page that another one links to; it is no key's own."""
        page: Page = self._session.get_linked(address)
        return page
