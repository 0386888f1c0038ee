"""A stand-in for Groat, on this machine alone.

The cassette was recorded from it. `python tests/standin.py` serves it until Ctrl-C, and prints a
duetrail.toml for it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import unquote

from duetrail.testing import Answer, LoopbackServer, Request

TOKEN = "a-token-for-the-stand-in"


class Standin(LoopbackServer):
    """Serves while its `with` block lasts.

    Attributes:
        url: The base URL of a connection to it.
        config: A whole duetrail.toml with that connection.
        invoices: What it has, newest first; a test may change it.
        emails: The emails of each invoice, newest first, by its id.
        asked: The paths and queries that were asked for, in order.
    """

    def __init__(self) -> None:
        self.invoices = _read("invoices.json")
        self.emails = _read("emails.json")
        self.asked: list[str] = []
        super().__init__(self.respond)
        self.url += "/v1"
        self.config = "\n".join(
            [
                "[connections.groat]",
                f'base_url = "{self.url}"',
                f'token = "{TOKEN}"',
                "page_size = 2",
            ]
        )

    def respond(self, request: Request) -> Answer:
        """What a request gives, with or without the right token."""
        self.asked.append(unquote(request.target))
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, "api_key_invalid", "no such key")
        query = {name: values[-1] for name, values in request.query.items()}
        return self.answer(unquote(request.path), query)

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        """What GET gives."""
        match path.strip("/").split("/"):
            case ["v1", "invoices"]:
                begin = int(query.get("created[gte]", "0"))
                rows = [one for one in self.invoices if one["created"] >= begin]
                return _list(path, rows, query)
            case ["v1", "invoices", id, "emails"] if id in self.emails:
                return _list(path, self.emails[id], query)
            case ["v1", "invoices", _, "emails"]:
                return _error(404, "resource_missing", "no such invoice")
        return _error(404, None, "no such address")


def _read(name: str) -> Any:
    return json.loads(Path(__file__).with_name(name).read_text("utf-8"))


def _list(path: str, rows: list[Any], query: dict[str, str]) -> Answer:
    """A page of a list: what comes after an id."""
    size, after = int(query.get("limit", "10")), query.get("starting_after")
    if not 1 <= size <= 100:
        return _error(400, "parameter_invalid", "limit is a number from 1 to 100")
    ids = [row["id"] for row in rows]
    if after is not None and after not in ids:
        return _error(400, "resource_missing", "starting_after names nothing in the list")
    start = 0 if after is None else ids.index(after) + 1
    page = rows[start : start + size]
    more = start + size < len(rows)
    return Answer.of({"object": "list", "data": page, "has_more": more, "url": path})


def _error(status: int, code: str | None, message: str) -> Answer:
    kind = "invalid_request_error"
    return Answer.of({"error": {"type": kind, "code": code, "message": message}}, status)


if __name__ == "__main__":
    with Standin() as standin, suppress(KeyboardInterrupt):
        print(standin.config, flush=True)
        Event().wait()
