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
    "NOT_FOUND": "Credira does not have it, or no longer: if this is so for every invoice, check "
    "that `invoices` of this connection names the column that holds Credira's invoice ids.",
    "RATE_LIMITED": "Set requests_per_second of this connection, or use fewer --workers.",
}

# The status alone says that there is nothing.
_EMPTY = frozenset({204, 205})

_KINDS: dict[str, type[FetchError]] = {
    "INVALID_REQUEST": FetchError,
    "UNAUTHORIZED": Unauthorized,
    "NOT_FOUND": UnknownKey,
    "RATE_LIMITED": RateLimited,
}


def classify_error(page: Page) -> DuetrailError | None:
    """The error an answer stands for, or None where it is good."""
    body = page.only("$.success", "$.error")
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return _refusal(page, body["error"])
    if error := by_status(page):
        return error
    if (
        body is False
        or page.status in _EMPTY
        or (isinstance(body, dict) and body.get("success") is True)
    ):
        return None
    return ProtocolError(
        f"{page.url} answered neither with success nor with an error",
        request_id=request_id(page),
    )


def request_id(page: Page) -> str | None:
    """Credira's id of a request, for its support: `meta.request_id`, on answers of both kinds."""
    body = page.only("$.meta.request_id")
    meta = body.get("meta") if isinstance(body, dict) else None
    id = meta.get("request_id") if isinstance(meta, dict) else None
    return id if isinstance(id, str) else None


def _refusal(page: Page, error: dict[str, object]) -> DuetrailError:
    code = error.get("code")
    code = code if isinstance(code, str) else "without a code"
    message = error.get("message")
    text = f"Credira refused {page.url}: {message if isinstance(message, str) else code}"
    kind = _KINDS.get(code) or type(by_status(page) or FetchError(text))
    refusal = kind(
        text if code in _KINDS else f"{text} ({code})",
        hint=_HINTS.get(code, ""),
        status=page.status,
        code=code,
        request_id=request_id(page),
    )
    if isinstance(refusal, RateLimited):
        refusal.retry_after = retry_after(page.headers)
    return refusal
