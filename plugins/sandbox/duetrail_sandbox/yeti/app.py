"""Yeti's API: the customer API of a telephone carrier, under ``/yeti/api/rest/customer/v1``.

Documents follow the Yeti Customer API and JSON:API 1.0. The customer who asks is the made-up
company itself, the invoices are what it is billed, and the calls are those of its own telephones.
Titles of the two kinds of 401 and all codes follow what the API is known to answer; details are
worded here.
"""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import Any
from urllib.parse import urlencode

import attrs

from duetrail_sandbox.app import Answer, App, Refused, Request
from duetrail_sandbox.logins import LOGIN, PASSWORD
from duetrail_sandbox.yeti.query import Query, read_query, selected
from duetrail_sandbox.yeti.resources import KINDS, Resource, resources

__all__ = ["YETI"]

_JSON_API = "application/vnd.api+json"
_CODES = {"page[number]": "118", "page[size]": "118"}
_PRIVATE = "max-age=0, private, must-revalidate"


def _is_let_in(request: Request) -> bool:
    """Logging in needs no token, and a path that does not exist never gets so far.

    The token is the last word of the header, with or without a scheme before it.
    """
    if request.method == "POST" or YETI.find(request.method, request.path) is None:
        return True
    words = request.headers.get("authorization", "").split()
    return bool(words) and request.logins.accepts(words[-1])


def _refusal(request: Request, refused: Refused) -> Answer:
    """Answer with a document of errors, or as a web server for a path it does not know."""
    if refused.status == 404:
        page = b"<!DOCTYPE html><title>Not found</title><p>There is no such page.</p>\n"
        return Answer(404, page, content_type="text/html; charset=utf-8")
    title = "Authorization failed" if refused.message == "Unauthorized" else refused.message
    code = refused.code or _CODES.get(refused.parameter or "", str(refused.status))
    error = {"title": title, "detail": refused.detail or title, "code": code}
    document = {"errors": [error | {"status": str(refused.status)}]}
    return Answer.of(refused.status, document, _JSON_API)


YETI = App("/yeti/api/rest/customer/v1", _is_let_in, _refusal)


@YETI.route("POST", "/auth")
def log_in(request: Request) -> Answer:
    """Give out a token for the right login and password; this is plain JSON."""
    try:
        asked = json.loads(request.body)["auth"]
        right = (asked["login"], asked["password"]) == (LOGIN, PASSWORD)
    except (KeyError, TypeError, ValueError):
        return Answer(400, b"")
    if not right:
        raise Refused(401, "Authentication failed", "Login, password or address is not right")
    return Answer.of(201, {"jwt": request.logins.issue()})


def _list(request: Request, name: str) -> Answer:
    """Answer one page of a kind; pages count from one."""
    asked = request.headers.get("accept", "*/*")
    if _JSON_API not in asked and "*/*" not in asked:
        raise Refused(406, "Not acceptable", f"Only {_JSON_API} is spoken here")
    query = read_query(request, name)
    rows = selected(request, query)
    start = (query.number - 1) * query.size
    document = _document(request, query, rows[start : start + query.size])
    document["meta"] = {"total-count": len(rows)}
    document["links"] = _links(request, query, -(-len(rows) // query.size))
    return _validated(request, Answer.of(200, document, _JSON_API), streamed="cdrs" in name)


for _name in KINDS:
    YETI.get(f"/{_name}")(partial(_list, name=_name))


def _document(request: Request, query: Query, rows: list[Resource]) -> dict[str, Any]:
    """Write resources, and the accounts that were asked to be included once each."""
    base_url = f"http://{request.headers.get('host', '')}{YETI.prefix}"

    def written(row: Resource, *, included: bool) -> dict[str, Any]:
        shown = query.fields.get(row.type, KINDS[row.type].fields)
        return row.written(base_url, shown, included=included)

    document: dict[str, Any] = {"data": [written(row, included=query.included) for row in rows]}
    accounts = {one.id: one for one in resources(request.company.telephony, "accounts")}
    owners = dict.fromkeys(row.account.uid for row in rows if query.included and row.account)
    if owners:
        document["included"] = [written(accounts[uid], included=False) for uid in owners]
    return document


def _links(request: Request, query: Query, pages: int) -> dict[str, str]:
    """Point to other pages; there is no ``next`` on the last one."""
    numbers = {"first": 1, "prev": query.number - 1, "next": query.number + 1, "last": pages or 1}
    if query.number <= 1:
        del numbers["prev"]
    if query.number >= pages:
        del numbers["next"]
    asked = {name: values[-1] for name, values in request.query.items()}
    place = f"http://{request.headers.get('host', '')}{request.path}"
    return {
        name: f"{place}?{urlencode(asked | {'page[number]': number, 'page[size]': query.size})}"
        for name, number in numbers.items()
    }


def _validated(request: Request, answer: Answer, *, streamed: bool) -> Answer:
    """Mark a good answer with a weak ``ETag``, and answer 304 to who has that one already.

    Lists of calls are written while they are read, and so never kept.
    """
    tag = f'W/"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache" if streamed else _PRIVATE}
    known = request.headers.get("if-none-match", "").split(",")
    if {one.strip().removeprefix("W/") for one in known} & {tag.removeprefix("W/"), "*"}:
        return attrs.evolve(answer, status=304, body=b"", headers=headers)
    return attrs.evolve(answer, headers=headers)
