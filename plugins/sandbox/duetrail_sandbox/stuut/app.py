"""Stuut's API, v1, about the company, under ``/stuut``.

Envelopes, paging and parameters follow the Stuut API reference. It prints no error answers:
those here are plausible, not documented. Of the lists of partners and remittances it shows
``data`` alone, so here they have no count and no next page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar

from duetrail_sandbox.app import Answer, App, Refused, Request
from duetrail_sandbox.company import Company
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.forms import dumps, listed, spliced
from duetrail_sandbox.stuut import forms
from duetrail_sandbox.stuut.gathered import (
    Known,
    aging,
    calls,
    errands,
    payments,
    remittances,
    standings,
)

__all__ = ["STUUT", "TOKEN"]

T = TypeVar("T")

TOKEN = "sandbox-stuut-token"
STATUSES = ("draft", "open", "uncollectible", "paid", "void", "processing", "overdue")
# Those that a plugin asks for.
SORT_KEYS: dict[str, Callable[[Invoice], Any]] = {
    "issued_at": lambda invoice: invoice.issued,
    "paid_at": lambda invoice: invoice.paid_at,
    "last_inbound_at": lambda invoice: invoice.last_inbound,
    "last_outreach_at": lambda invoice: invoice.outreach[0] if invoice.outreach else None,
}


def _refusal(request: Request, refused: Refused) -> Answer:
    """Answer an error in the one form that the v1 reference hints at; name a bad parameter."""
    if refused.parameter is not None:
        fault = {"loc": ["query", refused.parameter], "msg": refused.message, "type": "value_error"}
        return Answer.of(422, {"detail": [fault]})
    error = "not_found" if refused.status == 404 else refused.message.lower().replace(" ", "_")
    return Answer.of(refused.status, {"data": None, "error": error, "message": refused.message})


STUUT = App("/stuut", lambda request: request.token == TOKEN, _refusal)


@STUUT.get("/v1/invoices")
def list_invoices(request: Request) -> Answer:
    """Answer one page of full invoices; ``page`` counts from zero."""

    def write(row: Invoice) -> str:
        make = partial(forms.invoice, row, request.cache)
        return request.cache.get(f"invoice/{row.id}", make)

    return _page(request, _asked_invoices(request), write)


@STUUT.get("/v1/calls")
def list_calls(request: Request) -> Answer:
    """Answer one page of calls, each of them once, with the invoices it is about."""
    rows = [*calls(request.company).values()]
    return _page(request, rows, lambda known: _call(request, known))


@STUUT.get("/v1/calls/{call_id}")
def retrieve_call(request: Request) -> Answer:
    """Answer one bare call, the same as in a list."""
    found = calls(request.company).get(request.params["call_id"])
    if found is None:
        raise Refused(404, "Call not found")
    return Answer(200, _call(request, found).encode())


def _call(request: Request, known: Known) -> str:
    call, invoices = known
    return forms.call(call, invoices[0].customer, request.cache, invoices)


@STUUT.get("/v1/partners")
def list_partners(request: Request) -> Answer:
    """Answer one page of customers with their balances."""
    known = standings(request.company)
    rows = sorted(request.company.customers, key=lambda owner: (owner.created, owner.id))
    return _page(
        request, rows, lambda owner: forms.listed_partner(owner, known[owner.id]), counted=False
    )


@STUUT.get("/v1/payments/{payment_id}")
def retrieve_payment(request: Request) -> Answer:
    """Answer one bare payment with all its shares; there is no list of payments."""
    payment_id = request.params["payment_id"]
    found = payments(request.company).get(payment_id)
    if found is None:
        raise Refused(404, "Payment not found")
    told = remittances(request.company).get(f"rem_{payment_id[4:]}")
    text = forms.payment(*found, told.id if told else None, request.cache)
    return Answer(200, text.encode())


@STUUT.get("/v1/remittances")
def list_remittances(request: Request) -> Answer:
    """Answer one page of remittances; some emails can be read here only."""
    rows = [*remittances(request.company).values()]
    return _page(request, rows, lambda one: forms.remittance(one, request.cache), counted=False)


@STUUT.get("/v1/tasks")
def list_tasks(request: Request) -> Answer:
    """Answer one page of tasks, those of calls and those of emails."""
    rows = [*errands(request.company).values()]
    return _page(request, rows, lambda errand: dumps(forms.task(errand)))


@STUUT.get("/v1/analytics/collections/aging-balance")
def get_aging_balance(request: Request) -> Answer:
    """Answer how much is open, by how many days it is late."""
    return Answer.of(200, aging(request.company))


def _page(
    request: Request, rows: Sequence[T], write: Callable[[T], str], *, counted: bool = True
) -> Answer:
    """Answer the page asked for.

    Without ``counted`` the answer has nothing but ``data``: of some lists the reference shows
    no more, and their reader has to stop at a short page.
    """
    number, limit = request.whole("page", 0, 0), request.whole("limit", 50, 1, 200)
    start = number * limit
    envelope = {
        "current_page": number,
        "total_records": len(rows),
        "next_page": number + 1 if start + limit < len(rows) else None,
    }
    data = listed([write(row) for row in rows[start : start + limit]])
    return Answer(200, spliced(envelope if counted else {}, data=data).encode())


def _asked_invoices(request: Request) -> Sequence[Invoice]:
    """The invoices asked for, in the order asked for, all pages.

    Filters without a documented grammar are ignored, as unknown parameters are.
    """
    sort_by = _option(request, "sort_by", tuple(SORT_KEYS))
    descending = _option(request, "sort_order", ("asc", "desc")) == "desc"
    rows = _ordered(request.company, sort_by, descending)
    numbers, statuses = request.query.get("number"), request.query.get("status")
    if numbers:
        rows = [row for row in rows if row.number in numbers]
    if statuses:
        _option(request, "status", STATUSES)
        rows = [row for row in rows if row.status in statuses]
    if (task := request.one("task")) is not None:
        errand = errands(request.company).get(task)
        rows = [row for row in rows if errand and row.id in errand.invoices]
    if (reached := request.boolean("has_outreach")) is not None:
        rows = [row for row in rows if (row.outreach is not None) is reached]
    if (paused := request.boolean("customer_outreach_paused")) is not None:
        rows = [row for row in rows if row.customer.is_paused is paused]
    return rows


def _option(request: Request, name: str, options: Sequence[str]) -> str | None:
    """Read words of a closed list, or refuse; the last one counts."""
    for value in request.query.get(name, ()):
        if value not in options:
            raise Refused(400, f"Input should be one of {', '.join(options)}", parameter=name)
    return request.one(name)


@lru_cache(maxsize=16)
def _ordered(company: Company, sort_by: str | None, descending: bool) -> Sequence[Invoice]:
    """Sort with nulls last in ascending order, and so first in descending order.

    Done once: whoever reads a list asks for the same order page after page.
    """
    if sort_by is None:
        return company.invoices
    key = SORT_KEYS[sort_by]
    known = [row for row in company.invoices if key(row) is not None]
    unknown = [row for row in company.invoices if key(row) is None]
    known.sort(key=key, reverse=descending)
    return unknown + known if descending else known + unknown
