"""Yeti's errors: one document for all of them, but two answers that have none.

Titles of the two kinds of 401 and all codes follow what the API is known to answer; details
are worded here.
"""

from __future__ import annotations

from duetrail_sandbox.router import Answer

__all__ = ["JSON_API", "YetiError", "no_such_page"]

JSON_API = "application/vnd.api+json"


class YetiError(Exception):
    """A request that is refused; ``code`` is often finer than ``status``."""

    def __init__(self, status: int, title: str, detail: str, code: int | None = None) -> None:
        """Keep what the document says; without a ``code`` it repeats the status."""
        super().__init__(title)
        error = {
            "title": title,
            "detail": detail,
            "code": str(code or status),
            "status": str(status),
        }
        self.answer = Answer.of(status, {"errors": [error]}, JSON_API)


def no_such_page() -> Answer:
    """Answer as the web server does for a path that never reaches the API."""
    page = b"<!DOCTYPE html><title>Not found</title><p>There is no such page.</p>\n"
    return Answer(404, page, content_type="text/html; charset=utf-8")
