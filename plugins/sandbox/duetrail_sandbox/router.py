"""Decorated functions as routes: what a face answers, without any network."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import Factory, field, frozen

from duetrail_sandbox.company import Company
from duetrail_sandbox.logins import Logins
from duetrail_sandbox.rendering import Shelf, dumps

__all__ = ["UUID", "Answer", "Handler", "Request", "Router"]

UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


@frozen
class Answer:
    """An answer before it goes over the wire; ``body`` is mostly UTF-8 JSON."""

    status: int
    body: bytes
    headers: Mapping[str, str] = Factory(dict)
    content_type: str = "application/json"

    @classmethod
    def of(cls, status: int, value: Any, content_type: str = "application/json") -> Answer:
        """Make an answer whose body is ``value`` as JSON."""
        return cls(status, dumps(value).encode(), content_type=content_type)


@frozen(kw_only=True)
class Request:
    """What was asked of a face. ``query`` keeps every value of a repeated name, in order.

    Names of ``headers`` are in lower case. ``number`` counts the requests of one sandbox from 1;
    ``params`` come from the path.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str] = field(repr=False)
    number: int
    company: Company = field(repr=False)
    shelf: Shelf = field(repr=False)
    logins: Logins = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    params: Mapping[str, str] = Factory(dict)

    def one(self, name: str) -> str | None:
        """The last value of a query parameter, or ``None`` where it is missing."""
        values = self.query.get(name)
        return values[-1] if values else None

    @property
    def token(self) -> str | None:
        """The bearer token that came along, or ``None``."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None


Handler = Callable[[Request], Answer]


@frozen
class Router:
    """The routes of one face, all under one prefix."""

    prefix: str
    routes: list[tuple[str, re.Pattern[str], Handler]] = Factory(list)

    def route(self, method: str, path: str) -> Callable[[Handler], Handler]:
        """Register a handler; ``{name}`` is one segment of the path, ``{uuid}`` only a UUID."""
        named = path.replace("{uuid}", f"(?P<uuid>{UUID})")
        named = re.sub(r"\{([a-z]\w*)\}", r"(?P<\1>[^/]+)", named)
        pattern = re.compile(self.prefix + named)

        def register(handler: Handler) -> Handler:
            self.routes.append((method, pattern, handler))
            return handler

        return register

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
        """Find the handler of a path, and what its ``{name}`` segments hold."""
        for known, pattern, handler in self.routes:
            match = pattern.fullmatch(path) if known == method else None
            if match is not None:
                return handler, match.groupdict()
        return None
