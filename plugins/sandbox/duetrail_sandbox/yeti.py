"""The Yeti face: the customer API of a telephone carrier, under ``/yeti/api/rest/customer/v1``.

Forms follow the Yeti Customer API's documents, Invoices: get specific entry. The customer who
asks is the made-up company itself, and the invoices are what it is billed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from duetrail_sandbox.logins import LOGIN, PASSWORD
from duetrail_sandbox.router import Answer, Request, Router
from duetrail_sandbox.yeti_errors import JSON_API, YetiError, no_such_page
from duetrail_sandbox.yeti_forms import Resource, resources
from duetrail_sandbox.yeti_listing import Query, read_query, selected

__all__ = ["YETI", "astray", "unauthorized"]

YETI = Router("/yeti/api/rest/customer/v1")
_KINDS = ("accounts", "invoices")


def documented(handler: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
    """Let a handler answer in JSON:API alone, and refuse by raising :class:`YetiError`."""

    def handle(request: Request) -> Answer:
        asked = request.headers.get("accept", "*/*")
        try:
            if JSON_API not in asked and "*/*" not in asked:
                raise YetiError(406, "Not acceptable", f"Only {JSON_API} is spoken here")
            return handler(request)
        except YetiError as error:
            return error.answer

    return handle


@YETI.route("POST", "/auth")
def log_in(request: Request) -> Answer:
    """Give out a token for the right login and password; this is plain JSON."""
    try:
        asked = json.loads(request.body)["auth"]
        right = (asked["login"], asked["password"]) == (LOGIN, PASSWORD)
    except (KeyError, TypeError, ValueError):
        return Answer(400, b"")
    if right:
        return Answer.of(201, {"jwt": request.logins.issue()})
    detail = "Login, password or the address that asks is not right"
    return YetiError(401, "Authentication failed", detail).answer


@YETI.route("GET", "/auth")
def who_am_i(request: Request) -> Answer:
    """Tell a client with a good token whether it may hear recordings."""
    return Answer.of(200, {"allow-rec": False})


@YETI.route("GET", "/accounts")
@documented
def list_accounts(request: Request) -> Answer:
    """Answer one page of accounts; pages count from one."""
    return _page(request, "accounts")


@YETI.route("GET", "/accounts/{uuid}")
@documented
def get_account(request: Request) -> Answer:
    """Answer one account."""
    return _single(request, "accounts")


@YETI.route("GET", "/invoices")
@documented
def list_invoices(request: Request) -> Answer:
    """Answer one page of invoices, the latest period first."""
    return _page(request, "invoices")


@YETI.route("GET", "/invoices/{uuid}")
@documented
def get_invoice(request: Request) -> Answer:
    """Answer one invoice, the same as in a list."""
    return _single(request, "invoices")


@YETI.route("GET", "/invoices/{uuid}/account")
@documented
def get_invoice_account(request: Request) -> Answer:
    """Answer the account of an invoice, or null where it was deleted."""
    owner = _found(request, "invoices").account
    written = owner.written(_base_url(request), None, linkage=False) if owner else None
    return Answer.of(200, {"data": written}, JSON_API)


def _rows(request: Request, kind: str) -> dict[str, Resource]:
    return resources(request.company.telephony)[kind]


def _query(request: Request, kind: str) -> Query:
    """Read the parameters, with the names of all fields as the resources have them."""
    accounts, invoices = (next(iter(_rows(request, one).values())) for one in _KINDS)
    known = {
        "accounts": frozenset(accounts.attributes),
        "invoices": frozenset([*invoices.attributes, "account"]),
    }
    return read_query(request, kind, known)


def _page(request: Request, kind: str) -> Answer:
    query = _query(request, kind)
    found = selected([*_rows(request, kind).values()], request, query)
    start = (query.number - 1) * query.size
    shown = found[start : start + query.size]
    document = _document(request, query, shown)
    document["meta"] = {"total-count": len(found)}
    document["links"] = _links(request, query, -(-len(found) // query.size))
    return Answer.of(200, document, JSON_API)


def _single(request: Request, kind: str) -> Answer:
    query = _query(request, kind)
    document = _document(request, query, [_found(request, kind)])
    return Answer.of(200, document | {"data": document["data"][0]}, JSON_API)


def _found(request: Request, kind: str) -> Resource:
    asked = request.params["uuid"].lower()
    row = _rows(request, kind).get(asked)
    if row is None:
        raise YetiError(404, "Record not found", f"There is no record {asked} for you")
    return row


def _document(request: Request, query: Query, rows: Sequence[Resource]) -> dict[str, Any]:
    """Write resources, and their accounts once each where these were asked for."""
    base_url = _base_url(request)
    document: dict[str, Any] = {
        "data": [
            row.written(base_url, query.fields.get(row.type), linkage=query.with_account)
            for row in rows
        ]
    }
    owners = {row.account.id: row.account for row in rows if row.account is not None}
    if query.with_account and owners:
        fields = query.fields.get("accounts")
        document["included"] = [
            owner.written(base_url, fields, linkage=False) for owner in owners.values()
        ]
    return document


def _links(request: Request, query: Query, pages: int) -> dict[str, str]:
    """Point to other pages; there is no ``next`` on the last one."""
    numbers = {"first": 1, "prev": query.number - 1, "next": query.number + 1, "last": pages or 1}
    if query.number <= 1:
        del numbers["prev"]
    if query.number >= pages:
        del numbers["next"]
    asked = {name: values[-1] for name, values in request.query.items() if name != "page"}
    place = f"http://{request.headers.get('host', '')}{request.path}"
    return {
        name: f"{place}?{urlencode(asked | {'page[number]': number, 'page[size]': query.size})}"
        for name, number in numbers.items()
    }


def _base_url(request: Request) -> str:
    return f"http://{request.headers.get('host', '')}{YETI.prefix}"


def unauthorized(request: Request) -> Answer | None:
    """Refuse a request without a good token; ``None`` lets it pass.

    Logging in needs none, and a path that does not exist never gets so far. The token is the
    last word of the header, with or without a scheme before it.
    """
    if request.method == "POST" or YETI.find(request.method, request.path) is None:
        return None
    words = request.headers.get("authorization", "").split()
    if words and request.logins.accepts(words[-1]):
        return None
    detail = "The token is missing, not valid or no longer valid"
    return YetiError(401, "Authorization failed", detail).answer


def astray(request: Request, status: int, message: str) -> Answer:
    """Refuse a path or method that the API does not have."""
    if status == 404:
        return no_such_page()
    return YetiError(status, message, "Only GET is answered here").answer
