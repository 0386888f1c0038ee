"""Yeti's errors: JSON:API documents, or HTML where a path never reaches the API.

Source: Yeti's customer API, and JSON:API 1.0, section Errors. The status decides; the document
adds a code and a text. A 401 reads the same for a wrong password and for an address that may not
log in.
"""

from __future__ import annotations

from duetrail.errors import DuetrailError
from duetrail.http import by_status
from duetrail.source import Page

_HINTS = {
    400: "If the detail names page[size], set a smaller page_size for this connection; otherwise "
    "tell the author of the plugin.",
    401: "Either login, password or token of this connection are wrong or expired, or the address "
    "this machine has may not use them: Yeti does not say which. Ask the operator.",
    404: "Check that base_url of this connection ends in /api/rest/customer/v1, as the operator "
    "publishes it.",
    406: "Something between here and Yeti changes the Accept header, which must be "
    "application/vnd.api+json.",
}

# A text beyond this is no explanation any more.
_LONGEST = 300


def classify_error(page: Page) -> DuetrailError | None:
    """The error an answer stands for, or None where it is good."""
    error = by_status(page)
    if error is None:
        return None
    first = _first(page.data)
    error.code = _text(first, "code") or None
    texts = dict.fromkeys(filter(None, (_text(first, "title"), _text(first, "detail"))))
    if texts:
        error.message = f"{error.message}: {', '.join(texts)}"
    error.hint = _HINTS.get(page.status, error.hint)
    return error


def _first(document: object) -> dict[str, object]:
    errors = document.get("errors") if isinstance(document, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}


def _text(error: dict[str, object], key: str) -> str:
    text = error.get(key)
    return " ".join(text.split())[:_LONGEST] if isinstance(text, str) else ""
