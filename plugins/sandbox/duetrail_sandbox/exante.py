"""The Exante face: what its API answers about the company, under ``/exante``.

Envelope, paging and the rules for ``organization_uid`` follow the Exante API reference: List
Invoices, Get Invoice, Get Outreach Timeline. The reference prints one error body and neither
bad page numbers nor malformed uids: what is answered to those here is plausible, not
documented.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from duetrail_sandbox.claims import Claim
from duetrail_sandbox.exante_forms import detail, list_item, timeline
from duetrail_sandbox.rendering import dumps, listed, spliced
from duetrail_sandbox.router import UUID, Answer, Request, Router
from duetrail_sandbox.uids import uid

__all__ = ["EXANTE", "ORGANIZATION", "OTHER_ORGANIZATION", "TOKEN", "astray", "unauthorized"]

TOKEN = "sandbox-exante-token"
EXANTE = Router("/exante")
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


@EXANTE.route("GET", "/api/invoices")
@refusing
def list_invoices(request: Request) -> Answer:
    """Answer one page of thin invoices; ``page`` counts from one."""
    known = list(_visible(request).values())
    page, per_page = _paging(request)
    shown = known[(page - 1) * per_page : page * per_page]
    pages = -(-len(known) // per_page)
    meta = {
        "page": page,
        "per_page": per_page,
        "total_pages": pages,
        "total_items": len(known),
    }
    links = {
        "self": _link(request, page, per_page),
        "next": _link(request, page + 1, per_page) if page < pages else None,
        "prev": _link(request, page - 1, per_page) if page > 1 else None,
    }
    items = listed([_rendered(request, "item", claim, list_item) for claim in shown])
    return _answer(spliced({}, items=items, _meta=dumps(meta), _links=dumps(links)))


@EXANTE.route("GET", "/api/invoices/{invoice_uid}")
@refusing
def get_invoice(request: Request) -> Answer:
    """Answer one invoice with more fields than its item in a list has."""
    return _answer(_rendered(request, "detail", _claim(request), detail))


@EXANTE.route("GET", "/api/invoices/{invoice_uid}/outreach")
@refusing
def get_outreach(request: Request) -> Answer:
    """Answer all emails about one invoice at once."""
    return _answer(_rendered(request, "outreach", _claim(request), timeline))


def _visible(request: Request) -> dict[str, Claim]:
    """The invoices of the organization asked for, or of the default one."""
    asked = request.one("organization_uid")
    if asked is None or asked.lower() == ORGANIZATION:
        return request.company.claims
    if not re.fullmatch(UUID, asked):
        raise Refusal(400, "Invalid organization_uid", "organization_uid is not a UUID")
    if asked.lower() == OTHER_ORGANIZATION:
        return {}
    raise Refusal(403, "Forbidden", "You are not a member of this organization")


def _claim(request: Request) -> Claim:
    asked = request.params["invoice_uid"]
    if not re.fullmatch(UUID, asked):
        raise Refusal(400, "Invalid invoice_uid", "invoice_uid is not a UUID")
    claim = _visible(request).get(asked.lower())
    if claim is None:
        raise Refusal(404, "Invoice not found")
    return claim


def _paging(request: Request) -> tuple[int, int]:
    faults: list[str] = []
    page = _integer(request, "page", 1, 10**9, faults)
    per_page = _integer(request, "per_page", DEFAULT_PER_PAGE, MAX_PER_PAGE, faults)
    if faults:
        raise Refusal(400, "Invalid pagination", *faults)
    return page, per_page


def _integer(request: Request, name: str, default: int, high: int, faults: list[str]) -> int:
    text = request.one(name)
    if text is None:
        return default
    if re.fullmatch("[0-9]{1,10}", text) and 1 <= int(text) <= high:
        return int(text)
    faults.append(f"{name} must be a whole number from 1 to {high}")
    return default


def _link(request: Request, page: int, per_page: int) -> str:
    """Point to a page, relative to the host, with whatever else was asked."""
    asked = {name: values[-1] for name, values in request.query.items()}
    query = urlencode(asked | {"page": str(page), "per_page": str(per_page)})
    return f"{request.path}?{query}"


def _rendered(
    request: Request, form: str, claim: Claim, make: Callable[[Claim], dict[str, Any]]
) -> str:
    return request.shelf.get(f"exante/{form}/{claim.uid}", lambda: dumps(make(claim)))


def _answer(data: str) -> Answer:
    envelope = {"status": "success", "status_code": 200, "message": "Success"}
    return Answer(200, spliced(envelope, data=data).encode())


def unauthorized(request: Request) -> Answer | None:
    """Refuse a request without the right key; ``None`` lets it pass."""
    if request.token == TOKEN:
        return None
    return Refusal(401, "Unauthorized", "The API key is missing or not valid").answer


def astray(request: Request, status: int, message: str) -> Answer:
    """Refuse a path or method that the API does not have."""
    return Refusal(status, message).answer
