"""One application for all vendors: routes, who may ask, how a request is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs
from attrs import Factory, field, frozen

from duetrail_sandbox.company import Company
from duetrail_sandbox.forms import RenderCache, dumps
from duetrail_sandbox.logins import Logins

__all__ = ["UUID", "Answer", "App", "Handler", "Refused", "Request", "checked_uid"]

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


class Refused(Exception):
    """A request that cannot be answered; each vendor says so in a form of its own.

    ``code`` is the vendor's word for it, where it has one; ``parameter`` is what was wrong.
    """

    def __init__(
        self,
        status: int,
        message: str,
        detail: str | None = None,
        code: str | None = None,
        parameter: str | None = None,
    ) -> None:
        """Keep what the vendor's form may show."""
        super().__init__(message)
        self.status, self.message, self.detail = status, message, detail
        self.code, self.parameter = code, parameter


@frozen(kw_only=True)
class Request:
    """What was asked of an app. ``query`` keeps every value of a repeated name, in order.

    Names of ``headers`` are in lower case. ``number`` counts the requests of one sandbox from 1;
    ``params`` come from the path.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str] = field(repr=False)
    number: int
    company: Company = field(repr=False)
    cache: RenderCache = field(repr=False)
    logins: Logins = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    params: Mapping[str, str] = Factory(dict)

    def one(self, name: str) -> str | None:
        """The last value of a query parameter, or ``None`` where it is missing."""
        values = self.query.get(name)
        return values[-1] if values else None

    def whole(self, name: str, default: int, low: int, high: int = 10**12) -> int:
        """A query parameter that is a whole number in a range; Refused where it is another."""
        text = self.one(name) or str(default)
        if not re.fullmatch("-?[0-9]{1,13}", text):
            raise Refused(400, "Input should be a valid integer", parameter=name)
        if not low <= int(text) <= high:
            raise Refused(400, f"Input should be from {low} to {high}", parameter=name)
        return int(text)

    def boolean(self, name: str) -> bool | None:
        """A query parameter that is true or false, or ``None``; Refused where it is another."""
        text = (self.one(name) or "").lower()
        if text not in ("", "true", "1", "false", "0"):
            raise Refused(400, "Input should be a valid boolean", parameter=name)
        return text in ("true", "1") if text else None

    @property
    def token(self) -> str | None:
        """The bearer token that came along, or ``None``."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None


Handler = Callable[[Request], Answer]


@frozen
class App:
    """One vendor's API: routes under a prefix, who is let in, and the form of a refusal."""

    prefix: str
    allows: Callable[[Request], bool]
    refusal: Callable[[Request, Refused], Answer]
    routes: list[tuple[str, re.Pattern[str], Handler]] = Factory(list)

    def get(self, path: str) -> Callable[[Handler], Handler]:
        """Register a handler; ``{name}`` is one segment of the path, ``{uuid}`` only a UUID."""
        return self.route("GET", path)

    def route(self, method: str, path: str) -> Callable[[Handler], Handler]:
        """Register a handler for another method than GET."""
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

    def answer(self, request: Request) -> Answer:
        """Answer a request: the token first, then the method, then the path."""
        try:
            if not self.allows(request):
                raise Refused(401, "Unauthorized", "The token is missing, wrong or expired")
            found = self.find(request.method, request.path)
            if found is not None:
                handler, params = found
                return handler(attrs.evolve(request, params=params))
            # Read only: a client that writes to a vendor must notice, whatever the path.
            if request.method != "GET":
                raise Refused(405, "Method not allowed", "Only GET is answered here")
            raise Refused(404, "Path not found")
        except Refused as refused:
            answer = self.refusal(request, refused)
            return (
                attrs.evolve(answer, headers={"Allow": "GET"}) if answer.status == 405 else answer
            )


def checked_uid(text: str, name: str) -> str:
    """Read a UUID in small letters, or refuse."""
    if not re.fullmatch(UUID, text):
        raise Refused(400, f"Invalid {name}", f"{name} is not a UUID")
    return text.lower()
