"""`duetrail report --serve`: the page on this machine, made anew from the store each time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from duetrail import Project
from duetrail.cli.days import day_of, known_day_of
from duetrail.errors import DuetrailError
from duetrail.trail.markup import escaped
from duetrail_report.writing import render_report

HOST = "127.0.0.1"
"""The only address that is listened to: what is served tells of people."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Type": "text/html; charset=utf-8",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class ReportServer(ThreadingHTTPServer):
    """Answers `/` with the report; `on`, `as-of` and `connection` may stand in its query.

    Attributes:
        url: Where it is.
    """

    daemon_threads = True

    def __init__(
        self,
        open_project: Callable[[], AbstractContextManager[Project]],
        day: str,
        options: Mapping[str, Any],
        port: int = 0,
    ) -> None:
        """Listen; nothing is answered before `serve_forever`.

        Args:
            open_project: Opens the project anew, for each answer.
            day: The day that is looked at where the query names none; or `today`.
            options: Those of `render_report`.
            port: The port; a free one if 0.

        Raises:
            OSError: The port is taken.
        """
        super().__init__((HOST, port), _Handler)
        self.url = f"http://{HOST}:{self.server_port}/"
        self._open_project = open_project
        self._day = day
        self._options = options
        # One at a time: each reads the whole store.
        self._turn = Lock()

    def is_meant(self, hosts: Sequence[str]) -> bool:
        """Whether a request is for this server, and no other name was made to lead here.

        Args:
            hosts: The headers `Host`, of which there is to be one.
        """
        # A browser leaves out port 80.
        known = [f"{name}:{self.server_port}".removesuffix(":80") for name in (HOST, "localhost")]
        return len(hosts) == 1 and hosts[0].lower().removesuffix(":80") in known

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away before it had its answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def page(self, query: Mapping[str, Sequence[str]]) -> str:
        """The report for a query.

        Raises:
            DuetrailError: The query asks for what there is not, or the store cannot be read.
        """
        options = dict(self._options)
        if as_of := "".join(query.get("as-of", ())):
            options["as_of"] = known_day_of(as_of)
        if chosen := query.get("connection"):
            # A hidden empty one tells the form, in which none may be chosen, from a bare link.
            options["connections"] = tuple(filter(None, chosen))
        on = day_of("".join(query.get("on", ())) or self._day)
        with self._turn, self._open_project() as project:
            names = sorted(project.status()["counts"])
            return render_report(project, on, filters=names, **options)


class _Handler(BaseHTTPRequestHandler):
    server: ReportServer
    server_version = "duetrail-report"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer with the page, or with what is wrong."""
        try:
            asked = urlsplit(self.path)
        except ValueError:
            self._answer(HTTPStatus.BAD_REQUEST, _told("this is no address", "The report is at /."))
            return
        if not self.server.is_meant(self.headers.get_all("Host", [])):
            hint = f"Open {self.server.url}; a tunnel has to lead to it from the same port."
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, _told("this is another host", hint))
        elif asked.path != "/":
            self._answer(
                HTTPStatus.NOT_FOUND, _told("there is nothing here", "The report is at /.")
            )
        else:
            try:
                self._answer(
                    HTTPStatus.OK, self.server.page(parse_qs(asked.query, keep_blank_values=True))
                )
            except DuetrailError as error:
                self._answer(HTTPStatus.BAD_REQUEST, _told(error.message, error.hint))

    def _answer(self, status: HTTPStatus, page: str) -> None:
        body = page.encode()
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: a query may name people's connections."""


def _told(message: str, hint: str) -> str:
    return (
        '<!doctype html><meta charset="utf-8"><title>Duetrail report</title>'
        f'<h1>Not shown</h1><p>{escaped(message)}</p><p>{escaped(hint)}</p><p><a href="/">'
        "Back to the report</a></p>"
    )
