"""A Yeti Switch on loopback: it answers by script, to whoever is logged in and speaks JSON:API."""

from __future__ import annotations

import json
import runpy
from base64 import urlsafe_b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

# Test folders are no packages, so a helper module is run, not imported.
_SCRIPTED = runpy.run_path(str(Path(__file__).parents[1] / "scripted.py"))

Project: Any = _SCRIPTED["Project"]
Reply: Any = _SCRIPTED["Reply"]
TOKEN: str = _SCRIPTED["TOKEN"]

BASE = "/api/rest/customer/v1"
LOGIN, PASSWORD = "made-up-login", "made-up-password"
MEDIA = "application/vnd.api+json"


def errors(status: int, title: str, detail: str = "", code: str = "") -> Any:
    """A JSON:API error document."""
    error = {"title": title, "detail": detail, "code": code or str(status), "status": str(status)}
    return Reply({"errors": [error]}, status, {"Content-Type": MEDIA})


class Switch(_SCRIPTED["Vendor"]):  # type: ignore[misc]
    """Answers each path below the API's with what it was told, as `Vendor` does.

    `logins` are the bodies it was logged in with, `tokens` those that open it, the ready one
    among them; `ends` is what a token says of its own end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.logins: list[Any] = []
        self.tokens = {TOKEN}
        self.ends: Any = None
        self.refuses = False
        self._tasks: dict[int, Callable[[], Any]] = {}
        self._got = 0
        self._server.RequestHandlerClass = _with_login(self, self._server.RequestHandlerClass)

    @property
    def url(self) -> str:
        return f"{super().url}{BASE}"

    @property
    def order(self) -> list[str]:
        """The requests so far, such as `GET /invoices`."""
        return [f"{one.method} {one.path.removeprefix(BASE)}" for one in self.asked]

    def on(self, path: str, *answers: Any) -> Switch:
        super().on(f"{BASE}{path}", *answers)
        return self

    def ahead_of(self, number: int, task: Callable[[], Any]) -> None:
        """Do something when the GET of this number has arrived, before it is answered."""
        self._tasks[number] = task

    def reply(self, asked: Any) -> Any:
        with self._lock:
            self._got += 1
            task = self._tasks.get(self._got, lambda: None)
        task()
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return self._refuse(asked, 401, "Authorization failed")
        if MEDIA not in asked.headers.get("accept", ""):
            return self._refuse(asked, 406, "Not acceptable")
        return super().reply(asked)

    def forget(self) -> None:
        """Take back every token that was given."""
        self.tokens = set()

    def _refuse(self, asked: Any, status: int, title: str) -> Any:
        with self._lock:
            self.asked.append(asked)
        return errors(status, title)

    def log_in(self, asked: Any, body: bytes) -> Any:
        with self._lock:
            self.asked.append(asked)
            self.logins.append(json.loads(body))
            given = self.logins[-1].get("auth")
            if self.refuses or given != {"login": LOGIN, "password": PASSWORD}:
                return errors(401, "Authentication failed")
            token = jwt(sub=len(self.logins), aud=["customer-v1"], exp=self.ends)
            self.tokens = {TOKEN, token}
            return Reply({"jwt": token}, 201)


def jwt(**claims: Any) -> str:
    """A token as Yeti makes it; a claim of None is left out."""
    header = {"alg": "HS256"}
    claims = {key: value for key, value in claims.items() if value is not None}
    parts = (urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims))
    return ".".join([*(part.rstrip(b"=").decode() for part in parts), "made-up-signature"])


def _with_login(switch: Switch, handler: Any) -> type[BaseHTTPRequestHandler]:
    class Handler(handler):  # type: ignore[misc]
        def do_POST(self) -> None:
            headers = {key.lower(): value for key, value in self.headers.items()}
            body = self.rfile.read(int(headers["content-length"]))
            asked = _SCRIPTED["Asked"](self.command, self.path, headers)
            assert asked.path == f"{BASE}/auth"
            reply = switch.log_in(asked, body)
            self.send_response_only(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)

    return Handler
