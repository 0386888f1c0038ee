"""One application for all vendors: routes, who may ask, how a request is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import unquote

import attrs
from attrs import Factory, field, frozen

from duetrail import testing
from duetrail.testing import Answer
from duetrail_sandbox.company import Company
from duetrail_sandbox.forms import dumps
from duetrail_sandbox.logins import Logins


def json_answer(value: Any, status: int = 200) -> Answer:
    """An answer whose body is ``value`` as JSON."""
    return Answer(status=status, body=dumps(value).encode())


T = TypeVar("T")
# How a flag is written in a query.
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def ordered(rows: Sequence[T], key: Callable[[T], Any], *, descending: bool) -> list[T]:
    """Sort with nulls last in ascending order, and so first in descending order."""
    return sorted(rows, key=lambda row: (key(row) is None, key(row)), reverse=descending)


@frozen
class Refused(Exception):
    """A request that cannot be answered; each vendor says so in a form of its own.

    ``code`` is the vendor's word for it, where it has one; ``parameter`` is what was wrong.
    """

    status: int
    message: str
    detail: str | None = None
    code: str | None = field(default=None, kw_only=True)
    parameter: str | None = field(default=None, kw_only=True)


def found(known: Mapping[str, T], key: str, what: str) -> T:
    """What is known under a key; Refused where nothing is."""
    if key not in known:
        raise Refused(404, f"{what} not found")
    return known[key]


@frozen(slots=False)
class Request(testing.Request):
    """What was asked of an app.

    ``number`` counts the requests of one sandbox from 1; ``params`` come from the path.
    """

    number: int = field(kw_only=True)
    company: Company = field(kw_only=True, repr=False)
    logins: Logins = field(kw_only=True, repr=False)
    params: Mapping[str, str] = field(factory=dict, kw_only=True)

    @property
    def path(self) -> str:
        """The path without the query, with no letter encoded."""
        return unquote(self.target.partition("?")[0])

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

    def page(
        self, rows: Sequence[T], first: int, number: str, size: str, most: tuple[int, int]
    ) -> tuple[Sequence[T], int, int, int]:
        """The rows of the page asked for, its number, how many a page has, how many pages.

        Pages count from ``first``; ``most`` are the usual and the greatest size.
        """
        asked, many = self.whole(number, first, first), self.whole(size, most[0], 1, most[1])
        start = (asked - first) * many
        return rows[start : start + many], asked, many, -(-len(rows) // many)

    def option(self, name: str, options: Mapping[str, Any]) -> Any:
        """What the last word given stands for, or ``None``; Refused where a word is unknown."""
        for value in self.query.get(name, ()):
            if value and value.lower() not in options:
                message = f"Input should be one of {', '.join(options)}"
                raise Refused(400, message, parameter=name)
        return options.get((self.one(name) or "").lower())

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

    def route(self, path: str, method: str = "GET") -> Callable[[Handler], Handler]:
        """Register a handler; ``{name}`` is one segment of the path."""
        pattern = re.compile(self.prefix + re.sub(r"\{([a-z]\w*)\}", r"(?P<\1>[^/]+)", path))

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
            route = self.find(request.method, request.path)
            if route is not None:
                handler, params = route
                return handler(attrs.evolve(request, params=params))
            # Read only: a client that writes to a vendor must notice, whatever the path.
            if request.method != "GET":
                raise Refused(405, "Method not allowed", "Only GET is answered here")
            raise Refused(404, "Path not found")
        except Refused as refused:
            answer = self.refusal(request, refused)
            if refused.status != 405:
                return answer
            return attrs.evolve(answer, headers={**answer.headers, "Allow": "GET"})
