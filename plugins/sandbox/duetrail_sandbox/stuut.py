"""The Stuut face: what its v1 API answers about the company, under ``/stuut``.

Envelope, paging and parameters follow the Stuut API reference, List Invoices and Retrieve an
Invoice. The reference prints no error answers: those here are plausible, not documented.
"""

from __future__ import annotations

from functools import partial

from duetrail_sandbox.invoices import Invoice
from duetrail_sandbox.rendering import listed, spliced
from duetrail_sandbox.router import Answer, Request, Router
from duetrail_sandbox.stuut_forms import invoice
from duetrail_sandbox.stuut_listing import Refusal, chosen, read_query

__all__ = ["STUUT", "TOKEN", "astray", "unauthorized"]

TOKEN = "sandbox-stuut-token"
STUUT = Router("/stuut")


@STUUT.route("GET", "/v1/invoices")
def list_invoices(request: Request) -> Answer:
    """Answer one page of full invoices; ``page`` counts from zero."""
    try:
        query = read_query(request)
    except Refusal as refusal:
        return Answer.of(422, {"detail": refusal.faults})
    rows = chosen(request.company, query)
    start = query.page * query.limit
    shown = rows[start : start + query.limit]
    more = start + query.limit < len(rows)
    envelope = {
        "current_page": query.page,
        "total_records": len(rows),
        "next_page": query.page + 1 if more else None,
    }
    page = spliced(envelope, data=listed([_shown(row, request) for row in shown]))
    return Answer(200, page.encode())


@STUUT.route("GET", "/v1/invoices/{invoice_id}")
def retrieve_invoice(request: Request) -> Answer:
    """Answer one bare invoice, the same as in a list."""
    found = request.company.by_id.get(request.params["invoice_id"])
    if found is None:
        return _refuse(404, "not_found", "Invoice not found")
    return Answer(200, _shown(found, request).encode())


def _shown(row: Invoice, request: Request) -> str:
    return request.shelf.get(f"invoice/{row.id}", partial(invoice, row, request.shelf))


def unauthorized(request: Request) -> Answer | None:
    """Refuse a request without the right token; ``None`` lets it pass."""
    if request.token == TOKEN:
        return None
    return _refuse(401, "unauthorized", "The token is missing or not valid")


def astray(request: Request, status: int, message: str) -> Answer:
    """Refuse a path or method that v1 does not have."""
    return _refuse(status, message.lower().replace(" ", "_"), message)


def _refuse(status: int, error: str, message: str) -> Answer:
    """Answer an error in the one form that the v1 reference hints at."""
    return Answer.of(status, {"data": None, "error": error, "message": message})
