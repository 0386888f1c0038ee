"""The rules that hold for every answer of Exante's: organizations, paging, envelopes, refusals.

They follow the Exante API reference, which has three house styles of envelopes. It prints one
error body and neither bad page numbers nor malformed uids: what is answered to those here is
plausible, not documented.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from attrs import frozen

from duetrail_sandbox.company.claims import Claim
from duetrail_sandbox.company.uids import uid
from duetrail_sandbox.rendering import dumps, listed, spliced
from duetrail_sandbox.router import UUID, Answer, Request

__all__ = [
    "ORGANIZATION",
    "OTHER_ORGANIZATION",
    "Paging",
    "Refusal",
    "asked_claim",
    "asks_company",
    "checked_uid",
    "is_company",
    "linked",
    "paging",
    "refusing",
    "success",
    "terse_success",
    "visible",
]

T = TypeVar("T")

# The token's user belongs to two organizations. The company is the default one; the other has
# no invoices.
ORGANIZATION = uid("organization", 1)
OTHER_ORGANIZATION = uid("organization", 2)

DEFAULT_PER_PAGE = 10
MAX_PER_PAGE = 100


class Refusal(Exception):
    """The request cannot be answered; ``answer`` says why."""

    def __init__(self, status: int, error: str, *details: str) -> None:
        """Make the answer in the one form that the reference shows."""
        super().__init__(error)
        self.answer = Answer.of(status, {"error": error, "details": list(details)})


def refusing(handler: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
    """Let a handler refuse by raising :class:`Refusal`."""

    def handle(request: Request) -> Answer:
        try:
            return handler(request)
        except Refusal as refusal:
            return refusal.answer

    return handle


# Who asks, and for what


def asks_company(request: Request) -> bool:
    """Whether the company is asked for, or else the user's other organization, which is empty."""
    return is_company(request.one("organization_uid"))


def is_company(organization: str | None) -> bool:
    """Whether an organization is the company; ``None`` is the default one, others are refused."""
    if organization is None or organization.lower() == ORGANIZATION:
        return True
    if checked_uid(organization, "organization_uid") == OTHER_ORGANIZATION:
        return False
    raise Refusal(403, "Forbidden", "You are not a member of this organization")


def checked_uid(text: str, name: str) -> str:
    """Read a UUID in small letters, or refuse."""
    if not re.fullmatch(UUID, text):
        raise Refusal(400, f"Invalid {name}", f"{name} is not a UUID")
    return text.lower()


def visible(request: Request) -> dict[str, Claim]:
    """The invoices of the organization asked for, or of the default one."""
    return request.company.claims if asks_company(request) else {}


def asked_claim(request: Request) -> Claim:
    """The invoice that the path names."""
    asked = checked_uid(request.params["invoice_uid"], "invoice_uid")
    claim = visible(request).get(asked)
    if claim is None:
        raise Refusal(404, "Invoice not found")
    return claim


# Pages


@frozen
class Paging:
    """Which page is asked for, of how many rows each; pages count from one."""

    number: int
    size: int

    def cut(self, rows: Sequence[T]) -> Sequence[T]:
        """The rows of the page."""
        return rows[(self.number - 1) * self.size : self.number * self.size]

    def pages(self, rows: Sequence[object]) -> int:
        """How many pages all rows make."""
        return -(-len(rows) // self.size)


def paging(request: Request) -> Paging:
    """Read ``page`` and ``per_page``, or refuse."""
    faults: list[str] = []
    number = _integer(request, "page", 1, 10**9, faults)
    size = _integer(request, "per_page", DEFAULT_PER_PAGE, MAX_PER_PAGE, faults)
    if faults:
        raise Refusal(400, "Invalid pagination", *faults)
    return Paging(number, size)


def _integer(request: Request, name: str, default: int, high: int, faults: list[str]) -> int:
    text = request.one(name)
    if text is None:
        return default
    if re.fullmatch("[0-9]{1,10}", text) and 1 <= int(text) <= high:
        return int(text)
    faults.append(f"{name} must be a whole number from 1 to {high}")
    return default


def linked(request: Request, rows: Sequence[T], write: Callable[[T], str]) -> str:
    """Write the page asked for as invoices and attachments are paged: with links."""
    asked = paging(request)
    page, pages = asked.number, asked.pages(rows)
    meta = {
        "page": page,
        "per_page": asked.size,
        "total_pages": pages,
        "total_items": len(rows),
    }
    links = {
        "self": _link(request, page, asked.size),
        "next": _link(request, page + 1, asked.size) if page < pages else None,
        "prev": _link(request, page - 1, asked.size) if page > 1 else None,
    }
    items = listed([write(row) for row in asked.cut(rows)])
    return spliced({}, items=items, _meta=dumps(meta), _links=dumps(links))


def _link(request: Request, page: int, per_page: int) -> str:
    """Point to a page, relative to the host, with whatever else was asked."""
    asked = {name: values[-1] for name, values in request.query.items()}
    query = urlencode(asked | {"page": str(page), "per_page": str(per_page)})
    return f"{request.path}?{query}"


# Envelopes


def success(data: str) -> Answer:
    """Answer as invoices do: success is said in three ways beside ``data``."""
    envelope = {"status": "success", "status_code": 200, "message": "Success"}
    return Answer(200, spliced(envelope, data=data).encode())


def terse_success(data: str) -> Answer:
    """Answer as conversations and keys do: without code and message."""
    return Answer(200, spliced({"status": "success"}, data=data).encode())
