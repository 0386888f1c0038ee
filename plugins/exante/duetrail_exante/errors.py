"""Exante's errors. Source: Exante API reference, authentication and the pages of each request.

There are no error codes: the HTTP status decides, and where one status has two causes the message
names both. A good status over an envelope that says otherwise is no answer. Of an error body only
`error` and `message` are told: `details` may name people.
"""

from __future__ import annotations

import re

from duetrail.errors import DuetrailError, FetchError, Forbidden, ProtocolError, UnknownKey
from duetrail.http import by_status
from duetrail.source import Page

_HINTS = {
    401: "Check the API key of this connection: it may be expired, revoked or of another host than "
    "its base_url.",
    403: "Either its user is no member of the `organization_uid` of this connection, or the key "
    "lacks the permission: Exante does not say which.",
}
_NO_ORGANIZATION = (
    "Either the `organization_uid` of this connection is no organization of Exante's, or something "
    "is asked for by what is no UUID: Exante does not say which."
)
_NOT_HERE = (
    "Either it was deleted, or it belongs to another organization than the `organization_uid` of "
    "this connection: Exante does not say which."
)

# What is asked for with a uid, in the path or in the query.
_BY_UID = re.compile(r"/api/(invoices/[^/]+(/outreach)?|email/drafts|conversations/[^/]+)$")


def classify_error(page: Page) -> DuetrailError | None:
    """The error an answer stands for, or None where it is good."""
    address, _, query = page.url.partition("?")
    error = by_status(page)
    if error is None:
        return _envelope(page, address)
    if page.status == 400 and "organization_uid=" in query:
        # Every invoice would be refused alike, so the resource stops.
        return Forbidden(error.message, hint=_NO_ORGANIZATION)
    if page.status == 404 and _BY_UID.search(address):
        return UnknownKey(error.message, hint=_NOT_HERE)
    error.hint = _HINTS.get(page.status, error.hint)
    return error


def _envelope(page: Page, address: str) -> FetchError | None:
    found = page.only("$.status", "$.status_code", "$.error")
    body = found if isinstance(found, dict) else {}
    word, code = body.get("status"), body.get("status_code")
    bad_word = word is not None and str(word).casefold() != "success"
    bad_code = code is not None and not (type(code) is int and 200 <= code < 300)
    if not bad_word and not bad_code and "error" not in body:
        return None
    return ProtocolError(
        f"{address} answered {page.status} with an envelope that says otherwise{_words(page)}",
        hint="Try again later; if it lasts, tell Exante's support.",
    )


def _words(page: Page) -> str:
    """What Exante says about it, if anything."""
    body = page.data if isinstance(page.data, dict) else {}
    said = body.get("error") or body.get("message")
    return f": {said}" if isinstance(said, str) else ""
