"""Which error an answer of Groat stands for.

Groat's errors are `{"error": {"type", "code", "message"}}`; the HTTP status sorts all but one.
"""

from __future__ import annotations

from duetrail.errors import DuetrailError, UnknownKey
from duetrail.http import by_status
from duetrail.source import Page


def classify_error(page: Page) -> DuetrailError | None:
    """The error, or None where the answer is good; a 404 may be a wrong address as well."""
    error = by_status(page)
    if error is not None and _code(page) == "resource_missing":
        return UnknownKey(error.message, status=page.status)
    return error


def _code(page: Page) -> str | None:
    body = page.data.get("error") if isinstance(page.data, dict) else None
    return body.get("code") if isinstance(body, dict) else None
