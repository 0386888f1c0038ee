"""Which invoices a Stuut list request asks for, and in which order.

Parameters follow the Stuut API reference, List Invoices. A request that does not keep to them
gets a :class:`Refusal` that lists every fault.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from attrs import frozen

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.router import Request
from duetrail_sandbox.stuut.query import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Refusal,
    arranged,
    fault,
    integer,
    option,
)
from duetrail_sandbox.stuut.tasks import errands

__all__ = ["SORT_KEYS", "STATUSES", "Query", "chosen", "read_query"]

STATUSES = ("draft", "open", "uncollectible", "paid", "void", "processing", "overdue")

SORT_KEYS: dict[str, Callable[[Invoice], Any]] = {
    "amount_due": lambda invoice: invoice.amount_due,
    "amount_remaining": lambda invoice: invoice.remaining,
    "due_date": lambda invoice: invoice.due,
    "issued_at": lambda invoice: invoice.issued,
    "paid_at": lambda invoice: invoice.paid_at,
    "number": lambda invoice: invoice.number,
    "last_inbound_at": lambda invoice: invoice.last_inbound,
    "last_outreach_at": lambda invoice: invoice.outreach[0] if invoice.outreach else None,
    "total_amount": lambda invoice: invoice.total,
}

_WORDS = {"true": True, "1": True, "false": False, "0": False}


@frozen(kw_only=True)
class Query:
    """A valid list request. ``page`` counts from zero."""

    page: int
    limit: int
    sort_by: str | None
    descending: bool
    numbers: frozenset[str]
    statuses: frozenset[str]
    task: str | None
    has_outreach: bool | None
    outreach_paused: bool | None


def read_query(request: Request) -> Query:
    """Read the parameters of a list request, or raise :class:`Refusal`.

    ``amount_remaining``, ``istatus`` and ``issued_at`` have no documented grammar and are
    ignored, as unknown parameters are.
    """
    faults: list[dict[str, Any]] = []
    query = Query(
        page=integer(request, "page", 0, 0, None, faults),
        limit=integer(request, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT, faults),
        sort_by=option(request, "sort_by", tuple(SORT_KEYS), faults),
        descending=option(request, "sort_order", ("asc", "desc"), faults) == "desc",
        numbers=frozenset(request.query.get("number", ())),
        statuses=_statuses(request, faults),
        task=request.one("task"),
        has_outreach=_boolean(request, "has_outreach", faults),
        outreach_paused=_boolean(request, "customer_outreach_paused", faults),
    )
    if faults:
        raise Refusal(faults)
    return query


def _statuses(request: Request, faults: list[Any]) -> frozenset[str]:
    values = request.query.get("status", [])
    if any(value not in STATUSES for value in values):
        faults.append(fault("status", f"Input should be one of {', '.join(STATUSES)}", "enum"))
    return frozenset(values)


def _boolean(request: Request, name: str, faults: list[Any]) -> bool | None:
    text = request.one(name)
    if text is None:
        return None
    if text.lower() not in _WORDS:
        faults.append(fault(name, "Input should be a valid boolean", "bool_parsing"))
    return _WORDS.get(text.lower())


def chosen(company: Company, query: Query) -> list[Invoice]:
    """The invoices asked for, in the order asked for, all pages."""
    rows = _ordered(company, query.sort_by, query.descending)
    if query.numbers:
        rows = [row for row in rows if row.number in query.numbers]
    if query.statuses:
        rows = [row for row in rows if row.status in query.statuses]
    if query.task is not None:
        errand = errands(company).get(query.task)
        rows = [row for row in rows if errand and row.id in errand.invoices]
    if query.has_outreach is not None:
        rows = [row for row in rows if (row.outreach is not None) is query.has_outreach]
    if query.outreach_paused is not None:
        rows = [row for row in rows if _is_paused(row) is query.outreach_paused]
    return rows


def _is_paused(invoice: Invoice) -> bool:
    return invoice.customer.calls_paused or invoice.customer.emails_paused


_ORDERS: WeakKeyDictionary[Company, dict[tuple[str | None, bool], list[Invoice]]]
_ORDERS = WeakKeyDictionary()
_ORDERS_LOCK = Lock()


def _ordered(company: Company, sort_by: str | None, descending: bool) -> list[Invoice]:
    """Sort once per key and direction; a walk asks for the same order page after page."""
    with _ORDERS_LOCK:
        orders = _ORDERS.setdefault(company, {})
        if (sort_by, descending) not in orders:
            orders[sort_by, descending] = _sort(company, sort_by, descending)
        return orders[sort_by, descending]


def _sort(company: Company, sort_by: str | None, descending: bool) -> list[Invoice]:
    if sort_by is None:
        return list(company.invoices)
    return arranged(company.invoices, SORT_KEYS[sort_by], descending)
