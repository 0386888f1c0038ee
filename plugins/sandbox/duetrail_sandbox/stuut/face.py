"""The Stuut face: what its v1 API answers about the company, under ``/stuut``.

Envelopes, paging and parameters follow the Stuut API reference. It prints no error answers:
those here are plausible, not documented. Of the lists of partners, remittances and
organizations it shows ``data`` alone, so here they have no count and no next page.
"""

from __future__ import annotations

from functools import partial

from duetrail_sandbox.company.cast import TEAM
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.people import User
from duetrail_sandbox.rendering import dumps, listed, spliced
from duetrail_sandbox.router import Answer, Request, Router
from duetrail_sandbox.stuut.balances import aging, standings
from duetrail_sandbox.stuut.calls import CALL_KEYS, KnownCall, calls
from duetrail_sandbox.stuut.forms import invoice
from duetrail_sandbox.stuut.listing import chosen, read_query
from duetrail_sandbox.stuut.outreach import call
from duetrail_sandbox.stuut.pages import page
from duetrail_sandbox.stuut.parties import organization, user
from duetrail_sandbox.stuut.partners import PARTNER_KEYS, listed_partner
from duetrail_sandbox.stuut.payments import lone_payment, payments
from duetrail_sandbox.stuut.query import Refusal
from duetrail_sandbox.stuut.remittance_forms import remittance
from duetrail_sandbox.stuut.remittances import REMITTANCE_KEYS, remittances
from duetrail_sandbox.stuut.tasks import TASK_KEYS, errands, task

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
    text = spliced(envelope, data=listed([_shown(row, request) for row in shown]))
    return Answer(200, text.encode())


@STUUT.route("GET", "/v1/invoices/{invoice_id}")
def retrieve_invoice(request: Request) -> Answer:
    """Answer one bare invoice, the same as in a list."""
    found = request.company.by_id.get(request.params["invoice_id"])
    if found is None:
        return _refuse(404, "not_found", "Invoice not found")
    return Answer(200, _shown(found, request).encode())


def _shown(row: Invoice, request: Request) -> str:
    return request.shelf.get(f"invoice/{row.id}", partial(invoice, row, request.shelf))


@STUUT.route("GET", "/v1/calls")
def list_calls(request: Request) -> Answer:
    """Answer one page of calls, each of them once, with the invoices it is about."""

    def write(known: KnownCall) -> str:
        return call(known.call, request.shelf, known.invoices)

    return page(request, [*calls(request.company).values()], CALL_KEYS, write)


@STUUT.route("GET", "/v1/calls/{call_id}")
def retrieve_call(request: Request) -> Answer:
    """Answer one bare call, the same as in a list."""
    found = calls(request.company).get(request.params["call_id"])
    if found is None:
        return _refuse(404, "not_found", "Call not found")
    return Answer(200, call(found.call, request.shelf, found.invoices).encode())


@STUUT.route("GET", "/v1/partners")
def list_partners(request: Request) -> Answer:
    """Answer one page of customers with their balances."""
    standing = standings(request.company)
    rows = sorted(request.company.customers, key=lambda owner: (owner.created, owner.id))
    return page(
        request,
        rows,
        PARTNER_KEYS,
        lambda owner: listed_partner(owner, standing[owner.id]),
        counted=False,
    )


@STUUT.route("GET", "/v1/payments/{payment_id}")
def retrieve_payment(request: Request) -> Answer:
    """Answer one bare payment with all its shares; there is no list of payments."""
    payment_id = request.params["payment_id"]
    found = payments(request.company).get(payment_id)
    if found is None:
        return _refuse(404, "not_found", "Payment not found")
    told = remittances(request.company).get(f"rem_{payment_id[4:]}")
    text = lone_payment(found, told.id if told else None, request.shelf)
    return Answer(200, text.encode())


@STUUT.route("GET", "/v1/remittances")
def list_remittances(request: Request) -> Answer:
    """Answer one page of remittances; some emails can be read here only."""
    rows = [*remittances(request.company).values()]
    write = partial(remittance, shelf=request.shelf)
    return page(request, rows, REMITTANCE_KEYS, write, counted=False)


@STUUT.route("GET", "/v1/tasks")
def list_tasks(request: Request) -> Answer:
    """Answer one page of tasks, those of calls and those of emails."""
    rows = [*errands(request.company).values()]
    return page(request, rows, TASK_KEYS, lambda errand: dumps(task(errand)))


@STUUT.route("GET", "/v1/users")
def list_users(request: Request) -> Answer:
    """Answer one page of the company's team; they all came on one day."""

    def write(person: User) -> str:
        return dumps(user(person))

    return page(request, TEAM, {"created_at": lambda _: 0, "email": lambda one: one.email}, write)


@STUUT.route("GET", "/v1/organizations")
def list_organizations(request: Request) -> Answer:
    """Answer the one organization that the token belongs to."""
    return page(request, [organization()], {"created_at": lambda _: 0}, dumps, counted=False)


@STUUT.route("GET", "/v1/analytics/collections/aging-balance")
def get_aging_balance(request: Request) -> Answer:
    """Answer how much is open, by how many days it is late."""
    return Answer.of(200, aging(request.company))


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
