"""Credira's errors. Source: Credira API reference, the error samples of each page.

The samples show bodies, not status numbers, so the code inside decides and the status is only
asked where there is no code. A body without `success` is no answer of Credira's, except the bare
`false` that stands for "none".
"""

from __future__ import annotations

from duetrail.errors import (
    DuetrailError,
    FetchError,
    ProtocolError,
    RateLimited,
    Unauthorized,
    UnknownKey,
)
from duetrail.http import by_status, retry_after
from duetrail.source import Page

_HINTS = {
    "INVALID_REQUEST": "This is a bug of the plugin: it should not have asked. Tell its author.",
    "UNAUTHORIZED": "Check the API key of this connection: Credira shows it in its dashboard.",
    "NOT_FOUND": "Credira does not have it: check that `invoices` of this connection names the "
    "column that holds Credira's invoice ids.",
    "RATE_LIMITED": "Set requests_per_second of this connection, or use fewer --workers.",
}


def fault(page: Page) -> DuetrailError | None:
    """The error an answer stands for, or None where it is good."""
    body = page.data
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return _refusal(page, body["error"], body.get("meta"))
    if error := by_status(page):
        return error
    if body is False or (isinstance(body, dict) and body.get("success") is True):
        return None
    return ProtocolError(f"{page.url} answered neither with success nor with an error")


def _refusal(page: Page, error: dict[str, object], meta: object) -> DuetrailError:
    code = error.get("code")
    code = code if isinstance(code, str) else "without a code"
    message = error.get("message")
    text = f"Credira refused {page.url}: {message if isinstance(message, str) else code}"
    facts = {
        "hint": _HINTS.get(code, ""),
        "status": page.status,
        "code": code,
        "request_id": _request_id(meta),
    }
    if code == "RATE_LIMITED":
        return RateLimited(text, retry_after=retry_after(page.headers), **facts)
    kinds: dict[str, type[FetchError]] = {"UNAUTHORIZED": Unauthorized, "NOT_FOUND": UnknownKey}
    if code in kinds:
        return kinds[code](text, **facts)  # type: ignore[arg-type]
    return _by_status_or_plain(page, text, facts)


def _by_status_or_plain(page: Page, text: str, facts: dict[str, object]) -> DuetrailError:
    """A code that is not documented: the status says what happens next, the code is told."""
    by_number = by_status(page)
    kind = type(by_number) if by_number is not None else FetchError
    return kind(f"{text} ({facts['code']})", **facts)  # type: ignore[arg-type]


def _request_id(meta: object) -> str | None:
    id = meta.get("request_id") if isinstance(meta, dict) else None
    return id if isinstance(id, str) else None
