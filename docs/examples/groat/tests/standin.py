"""A stand-in for Groat, on this machine alone.

The cassette was recorded from it. `python tests/standin.py` serves it until Ctrl-C, and prints a
duetrail.toml for it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "a-token-for-the-stand-in"

Answer = tuple[int, Any]
"""Status, and what is sent as JSON."""


class Standin(ThreadingHTTPServer):
    """Serves while its `with` block lasts.

    Attributes:
        url: The base URL of a connection to it.
        config: A whole duetrail.toml with that connection.
        invoices: What it has, newest first; a test may change it.
        emails: The emails of each invoice, newest first, by its id.
        asked: The paths and queries that were asked for, in order.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.invoices = _read("invoices.json")
        self.emails = _read("emails.json")
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}/v1"
        self.config = "\n".join(
            [
                "[connections.groat]",
                f'base_url = "{self.url}"',
                f'token = "{TOKEN}"',
                "page_size = 2",
            ]
        )

    def __enter__(self) -> Standin:
        Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

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
    return 200, {"object": "list", "data": page, "has_more": more, "url": path}


def _error(status: int, code: str | None, message: str) -> Answer:
    kind = "invalid_request_error"
    return status, {"error": {"type": kind, "code": code, "message": message}}


class _Handler(BaseHTTPRequestHandler):
    server: Standin
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(unquote(self.path))
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._send(*_error(401, "api_key_invalid", "no such key"))
            return
        asked = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(asked.query).items()}
        self._send(*self.server.answer(unquote(asked.path), query))

    def _send(self, status: int, data: Any) -> None:
        body = json.dumps(data, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    with Standin() as standin, suppress(KeyboardInterrupt):
        print(standin.config, flush=True)
        Event().wait()
