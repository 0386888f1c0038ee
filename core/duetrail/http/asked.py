"""Asked: what a declared list is asked with, written as the names of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from duetrail.errors import FetchError
from duetrail.http.address import Params
from duetrail.source import Page

When = str | tuple[str, Callable[[datetime], Any]]
"""The parameter of a time: in ISO 8601, or with what writes it."""


def written(time: datetime) -> str:
    """A time in UTC, in whole seconds: `2026-03-02T08:30:00Z`; an earlier one where it has more."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def since_params(param: When | None, time: datetime | None) -> Mapping[str, Any]:
    """The parameter from when on something is asked for; none for everything."""
    return _params(param, time)


def until_params(param: When | None, time: datetime | None) -> Mapping[str, Any]:
    """The parameter up to when; a fraction of a second is rounded up, so that nothing is missed."""
    if time is not None and time.microsecond and isinstance(param, str):
        time = time.replace(microsecond=0) + timedelta(seconds=1)
    return _params(param, time)


def _params(param: When | None, time: datetime | None) -> Mapping[str, Any]:
    if param is None or time is None:
        return {}
    name, write = (param, written) if isinstance(param, str) else param
    return {name: write(time)}


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
