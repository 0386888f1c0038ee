"""Stuut's API, v1, about the company, under ``/stuut``.

Envelopes, paging and parameters follow the Stuut API reference. It prints no error answers:
those here are plausible, not documented. Of the lists of partners and remittances it shows
``data`` alone, so here they have no count and no next page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from duetrail.testing import Answer
from duetrail_sandbox.app import BOOLEANS, App, Refused, Request, found, json_answer, ordered
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.stuut import forms
from duetrail_sandbox.stuut.gathered import aging, calls, payments, remittances, standings, tasks

T = TypeVar("T")

TOKEN = "sandbox-stuut-token"
_STATUSES = ("draft", "open", "uncollectible", "paid", "void", "processing", "overdue")
# Those that a plugin asks for.
_SORT_KEYS: dict[str, Callable[[Invoice], Any]] = {
    "issued_at": lambda invoice: invoice.issued,
    "paid_at": lambda invoice: invoice.settled if invoice.status == "paid" else None,
    "last_inbound_at": lambda invoice: invoice.inbound and invoice.inbound.when,
    "last_outreach_at": lambda invoice: invoice.outreach and invoice.outreach.when,
}


def _refusal(request: Request, refused: Refused) -> Answer:
    """Answer an error in the one form that the v1 reference hints at; name a bad parameter."""
    if refused.parameter is not None:
        fault = {"loc": ["query", refused.parameter], "msg": refused.message, "type": "value_error"}
        return json_answer({"detail": [fault]}, 422)
    error = "not_found" if refused.status == 404 else refused.message.lower().replace(" ", "_")
    body = {"data": None, "error": error, "message": refused.message}
    return json_answer(body, refused.status)


STUUT = App("/stuut", lambda request: request.token == TOKEN, _refusal)


@STUUT.route("/v1/invoices")
def list_invoices(request: Request) -> Answer:
    """Answer one page of full invoices; ``page`` counts from zero."""
    return _page(request, _asked_invoices(request), forms.invoice)


@STUUT.route("/v1/calls")
def list_calls(request: Request) -> Answer:
    """Answer one page of calls, each of them once, with the invoices it is about."""
    rows = [*calls(request.company)]
    return _page(request, rows, lambda call_id: _call(request, call_id))


@STUUT.route("/v1/calls/{call_id}")
def retrieve_call(request: Request) -> Answer:
    """Answer one bare call, the same as in a list."""
    return json_answer(_call(request, request.params["call_id"]))


def _call(request: Request, call_id: str) -> forms.Shown:
    call, invoices = found(calls(request.company), call_id, "Call")
    return forms.call(call, invoices[0].customer, invoices)


@STUUT.route("/v1/partners")
def list_partners(request: Request) -> Answer:
    """Answer one page of customers with their balances."""
    known = standings(request.company)
    rows = sorted(request.company.customers, key=lambda owner: (owner.created, owner.id))
    return _page(
        request, rows, lambda one: forms.partner(one, standing=known[one.id]), counted=False
    )


@STUUT.route("/v1/payments/{payment_id}")
def retrieve_payment(request: Request) -> Answer:
    """Answer one bare payment with all its shares; there is no list of payments."""
    paid, shares = found(payments(request.company), request.params["payment_id"], "Payment")
    told = remittances(request.company).get(f"rem_{paid.tail}")
    return json_answer(forms.payment(paid, shares, told))


@STUUT.route("/v1/remittances")
def list_remittances(request: Request) -> Answer:
    """Answer one page of remittances; some emails can be read here only."""
    rows = [*remittances(request.company).values()]
    return _page(request, rows, forms.remittance, counted=False)


@STUUT.route("/v1/tasks")
def list_tasks(request: Request) -> Answer:
    """Answer one page of tasks, those of calls and those of emails."""
    rows = [task for task, _ in tasks(request.company).values()]
    return _page(request, rows, forms.task)


@STUUT.route("/v1/analytics/collections/aging-balance")
def get_aging_balance(request: Request) -> Answer:
    """Answer how much is open, by how many days it is late."""
    return json_answer(aging(request.company))


def _page(
    request: Request,
    rows: Sequence[T],
    show: Callable[[T], forms.Shown],
    *,
    counted: bool = True,
) -> Answer:
    """Answer the page asked for.

    Without ``counted`` the answer has nothing but ``data``; readers have to stop at a short page.
    """
    shown, number, _, pages = request.page(rows, 0, "page", "limit", (50, 200))
    envelope = {
        "current_page": number,
        "total_records": len(rows),
        "next_page": number + 1 if number + 1 < pages else None,
    }
    return json_answer((envelope if counted else {}) | {"data": [*map(show, shown)]})


def _asked_invoices(request: Request) -> Sequence[Invoice]:
    """The invoices asked for, in the order asked for, all pages.

    Filters without a documented grammar are ignored, as unknown parameters are.
    """
    key = request.option("sort_by", _SORT_KEYS)
    descending = request.option("sort_order", {"asc": False, "desc": True})
    numbers, statuses = request.query.get("number"), request.query.get("status")
    request.option("status", dict.fromkeys(_STATUSES))
    task = request.one("task")
    _, about = tasks(request.company).get(task or "", (None, []))
    reached = request.option("has_outreach", BOOLEANS)
    paused = request.option("customer_outreach_paused", BOOLEANS)
    rows = request.company.invoices
    return [
        row
        for row in (ordered(rows, key, descending=bool(descending)) if key else rows)
        if (not numbers or row.number in numbers)
        and (not statuses or row.status in statuses)
        and (task is None or any(row is one for one in about))
        and (reached is None or (row.outreach is not None) is reached)
        and (paused is None or row.customer.is_paused is paused)
    ]
