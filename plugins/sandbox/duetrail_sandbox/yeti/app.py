"""Yeti's API: the customer API of a telephone carrier, under ``/yeti/api/rest/customer/v1``.

Documents follow the Yeti Customer API and JSON:API 1.0. The customer who asks is the made-up
company itself, the invoices are what it is billed, and the calls are those of its own telephones.
Titles of the two kinds of 401 and all codes follow what the API is known to answer; details are
worded here.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

from duetrail.testing import Answer
from duetrail_sandbox.app import App, Refused, Request, json_answer
from duetrail_sandbox.forms import dumps
from duetrail_sandbox.logins import LOGIN, PASSWORD
from duetrail_sandbox.yeti.rows import KINDS, Row, chosen_fields, is_included, rows, selected

_JSON_API = "application/vnd.api+json"
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
        return Answer(status=404, body=page, headers={"Content-Type": "text/html; charset=utf-8"})
    title = "Authorization failed" if refused.message == "Unauthorized" else refused.message
    status = str(refused.status)
    # A parameter that is no number is that of a page.
    code = refused.code or ("118" if refused.parameter else status)
    error = {"title": title, "detail": refused.detail or title, "code": code, "status": status}
    return _document(refused.status, {"errors": [error]})


def _document(status: int, document: Any, **headers: str) -> Answer:
    body = dumps(document, _printed).encode()
    return Answer(status=status, body=body, headers={"Content-Type": _JSON_API, **headers})


def _printed(value: Any) -> str:
    """Write an attribute: ``"12.5"``, ``"0.0"``, ``"2026-06-01T00:00:00.000Z"``."""
    if isinstance(value, Decimal):
        text = format(value.normalize(), "f")
        return text if "." in text else f"{text}.0"
    assert isinstance(value, datetime)
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


YETI = App("/yeti/api/rest/customer/v1", _is_let_in, _refusal)


@YETI.route("/auth", "POST")
def log_in(request: Request) -> Answer:
    """Give out a token for the right login and password; this is plain JSON."""
    try:
        asked = json.loads(request.body)["auth"]
        right = (asked["login"], asked["password"]) == (LOGIN, PASSWORD)
    except (KeyError, TypeError, ValueError):
        return Answer(status=400)
    if not right:
        raise Refused(401, "Authentication failed", "Login, password or address is not right")
    return json_answer({"jwt": request.logins.issue()}, 201)


def _list(request: Request, name: str) -> Answer:
    """Answer one page of a kind; pages count from one.

    A good answer has a weak ``ETag``, and who has that one already gets 304. Lists of calls are
    written while they are read, and so never kept.
    """
    accepted = request.headers.get("accept", "*/*")
    if _JSON_API not in accepted and "*/*" not in accepted:
        raise Refused(406, "Not acceptable", f"Only {_JSON_API} is spoken here")
    paging = ("page[number]", "page[size]", (50, 1000))
    _, number, size, _ = request.page((), 1, *paging)
    included, chosen = is_included(request, name), chosen_fields(request)
    found = selected(request, name, (number, size))
    page, number, size, pages = request.page(found, 1, *paging)
    document: dict[str, Any] = {"data": [_written(request, row, chosen, included) for row in page]}
    owners = dict.fromkeys(row.account.uid for row in page if included and row.account)
    if owners:
        accounts = {one.id: one for one in rows(request.company.telephony, "accounts")}
        document["included"] = [_written(request, accounts[one], chosen, False) for one in owners]
    document["meta"] = {"total-count": len(found)}
    document["links"] = _links(request, number, size, pages)
    answer = _document(200, document)
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    kept = "no-cache" if "cdrs" in name else _PRIVATE
    headers = {**answer.headers, "ETag": f"W/{tag}", "Cache-Control": kept}
    known = request.headers.get("if-none-match", "").split(",")
    if {one.strip().removeprefix("W/") for one in known} & {tag, "*"}:
        return Answer(status=304, headers=headers)
    return Answer(body=answer.body, headers=headers)


for _name in KINDS:
    YETI.route(f"/{_name}")(partial(_list, name=_name))


def _written(
    request: Request, row: Row, chosen: dict[str, frozenset[str]], included: bool
) -> dict[str, Any]:
    """Write the fields chosen; only where it is ``included`` the account's id is told."""
    shown = chosen.get(row.type, KINDS[row.type].fields)
    here = f"http://{request.headers.get('host', '')}{YETI.prefix}/{row.type}/{row.id}"
    document = {"id": row.id, "type": row.type, "links": {"self": here}}
    if KINDS[row.type].has_account and "account" in shown:
        links = {"self": f"{here}/relationships/account", "related": f"{here}/account"}
        name = {"type": "accounts", "id": row.account.uid} if row.account else None
        relation = {"links": links, "data": name} if included else {"links": links}
        document["relationships"] = {"account": relation}
    attributes = {name: value for name, value in row.attributes.items() if name in shown}
    return document | {"attributes": attributes}


def _links(request: Request, number: int, size: int, pages: int) -> dict[str, str]:
    """Point to other pages; there is no ``next`` on the last one."""
    numbers = {"first": 1, "prev": number - 1, "next": number + 1, "last": pages or 1}
    asked = {name: values[-1] for name, values in request.query.items()}
    place = f"http://{request.headers.get('host', '')}{request.path}"
    return {
        name: f"{place}?{urlencode(asked | {'page[number]': one, 'page[size]': size})}"
        for name, one in numbers.items()
        if one and (name != "next" or number < pages)
    }
