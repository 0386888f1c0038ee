"""Reading by POST: which paths are read so, and lists whose pages are asked for by POST."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from duetrail.errors import PluginError

if TYPE_CHECKING:
    from duetrail.http.address import Params
    from duetrail.source import Page, Source

# Before the digest, in the fragment of a page's URL.
_MARK = "post="

_DIGITS = 16


def check_read(source: Source, path: str) -> None:
    """Refuse a POST that its source does not declare as one that only reads.

    Raises:
        PluginError: It is not declared.
    """
    if not any(re.fullmatch(_pattern(declared), path) for declared in source.reads):
        raise PluginError(
            f"plugin {source.name!r} may not post to {path}",
            hint="Duetrail only reads. A path that is read by POST is declared as "
            "Source(reads=(...,)).",
        )


def question_key(body: object) -> str:
    """What tells one body of a POST from another, however its keys are ordered: a short digest."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()[:_DIGITS]


def with_question(url: str, key: str) -> str:
    """The URL of a page that is asked for by POST: its fragment tells the question from others."""
    return f"{url}#{_MARK}{key}"


def question_of(fragment: str) -> str | None:
    """The key of the question that a page answers; None where it was asked for by GET."""
    return fragment.removeprefix(_MARK) if fragment.startswith(_MARK) else None


class Posts(Protocol):
    """What posts what only reads: a session."""

    @property
    def vendor(self) -> str:
        """The vendor's name, for messages."""

    def post(self, path: str, json: Mapping[str, Any]) -> Page:
        """Ask for a page by POST."""

    def get_linked(self, address: str) -> Page:
        """Ask for a page that another one links to."""


class Posted:
    """A session for a paginator whose pages are asked for by POST.

    What the paginator would put into the query goes into the body:

        cursor(Posted(session, {"query": QUERY}, into="variables"), "/graphql", ...)

    Args:
        session: The session.
        body: What every page is asked with.
        into: The object in the body that the paginator's parameters go into, made if it is not
            there; None for the body itself.
    """

    def __init__(self, session: Posts, body: Mapping[str, Any], *, into: str | None = None) -> None:
        self._session, self._body, self._into = session, body, into

    @property
    def vendor(self) -> str:
        """The vendor's name, for messages."""
        return self._session.vendor

    def get(self, path: str, params: Params | None = None) -> Page:
        """One page; parameters that are None are left out."""
        given: dict[str, Any] = {
            name: value for name, value in (params or {}).items() if value is not None
        }
        if self._into is not None:
            given = {self._into: {**self._body.get(self._into, {}), **given}}
        return self._session.post(path, {**self._body, **given})

    def get_linked(self, address: str) -> Page:
        """A page that an answer links to; links are asked for by GET."""
        return self._session.get_linked(address)


def _pattern(declared: str) -> str:
    """`{}` in a declared path is one segment, whichever it is."""
    return "[^/]+".join(map(re.escape, declared.split("{}")))
