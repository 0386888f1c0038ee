"""Yeti's API: the customer API of a telephone carrier, under ``/yeti/api/rest/customer/v1``.

Documents follow the Yeti Customer API and JSON:API 1.0, without links to other pages. Titles of
the two kinds of 401 and all codes follow what the API is known to answer; details are worded here.

Both lists of calls show rows of one table, so an id that is in both is one call. Unknown parameters
are ignored. A filter that does not exist is refused; a value that cannot be read is not: the
condition is dropped in silence, and the answer is everything.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any

from duetrail.testing import Answer
from duetrail_sandbox.app import BOOLEANS, App, Refused, Request, json_answer, ordered
from duetrail_sandbox.company.records import Record
from duetrail_sandbox.company.telephony import Telephony
from duetrail_sandbox.data import read_toml
from duetrail_sandbox.forms import Forms, dumps
from duetrail_sandbox.logins import LOGIN, PASSWORD

_F = Forms("yeti")
KINDS = {name: Record(form=_F[name], **told) for name, told in read_toml("yeti").items()}
# There is a filter for it, but it is never shown.
_REVERSE = "destination-reverse-billing"


@lru_cache(maxsize=16)
def rows(telephony: Telephony, name: str) -> list[Record]:
    """All rows of a kind, made once; decimals and datetimes are as such.

    ``values`` are what is compared and sorted by: the ``attributes``, and more. ``account`` is
    whose it is, or ``None`` where the account was deleted.
    """
    kind, now, found = KINDS[name], telephony.now, []
    for one in getattr(telephony, kind.records):
        attributes = kind.form(one)
        if name == "invoices":
            attributes["has-pdf"] = one.printed is not None and one.printed <= now
        if name == "payments":
            attributes["status"] = one.outcome if one.settled <= now else "pending"
        account = (getattr(one, kind.leg) if kind.leg else one).account
        row = Record(type=name, id=one.uid or str(one.id), attributes=attributes, account=account)
        # Ids of calls are numbers.
        row.values = attributes | {"id": one.id or row.id, "account-id": account and account.uid}
        if name == "cdrs":
            # Null is as good as false, and a filter for false does not find it.
            row.values[_REVERSE] = one.origin.reverse or (None if one.id % 2 else False)
        found.append(row)
    return found


def _fields(name: str) -> frozenset[str]:
    """What ``fields[...]`` may name."""
    shown: frozenset[str] = KINDS[name].form.names
    return shown if name == "accounts" else shown | {"account"}


# What is asked for

# By the ends of filters' names, the longest first.
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    # This one takes several values, with commas between.
    "-not-in": lambda value, several: value not in several,
    "-eq": operator.eq,
    "-gteq": operator.ge,
    "-lteq": operator.le,
    "-gt": operator.gt,
    "-lt": operator.lt,
}


def chosen_fields(request: Request) -> dict[str, frozenset[str]]:
    """The fields asked for, by type, or refuse."""
    chosen: dict[str, frozenset[str]] = {}
    for name, text in _bracketed(request, "fields").items():
        if name not in KINDS:
            raise Refused(400, "Invalid resource", f"{name} is no type here", code="101")
        unknown = set(text.split(",")) - _fields(name)
        if unknown:
            raise Refused(400, "Invalid field", f"{min(unknown)} is no field", code="104")
        chosen[name] = frozenset(text.split(","))
    return chosen


def is_included(request: Request, name: str) -> bool:
    """Whether each row's account is asked for with it."""
    text = request.one("include")
    if text and (text != "account" or name == "accounts"):
        raise Refused(400, "Invalid include", f"Cannot include {text}", code="112")
    return bool(text)


def selected(request: Request, name: str, page: tuple[int, int]) -> list[Record]:
    """The rows asked for, in the order asked for, all pages; ``page`` is its number and size."""
    kind, conditions = KINDS[name], _conditions(request, name)
    order = (request.one("sort") or kind.order).split(",")
    for key in order:
        if key.removeprefix("-") not in (kind.sortable or kind.form.names | {"id"}):
            raise Refused(400, "Invalid sort criteria", f"Cannot sort by {key}", code="114")
    every = rows(request.company.telephony, name)
    found = [row for row in every if all(holds(row) for holds in conditions)]
    if {key.removeprefix("-") for key in order} == {"created-at"}:
        # Rows that the order does not tell apart stand elsewhere on every page.
        number, size = page
        found.sort(key=lambda row: sha256(f"{number}/{size}/{row.id}".encode()).digest())
    # From the last key to the first, because sorting keeps the order of equals.
    for key in reversed(order):
        value = partial(_value, key.removeprefix("-"))
        found = ordered(found, value, descending=key.startswith("-"))
    return found


def _value(name: str, row: Record) -> Any:
    return row.values[name]


def _bracketed(request: Request, word: str) -> dict[str, str]:
    """The parameters ``word[name]``, by name; the last one counts."""
    return {
        name[len(word) + 1 : -1]: values[-1]
        for name, values in request.query.items()
        if name.startswith(f"{word}[") and name.endswith("]")
    }


Condition = Callable[[Record], bool]


def _conditions(request: Request, name: str) -> Sequence[Condition]:
    """What each filter asks of a row: ``filter[<attribute>-<operator>]=value``."""
    asked = {key.replace("_", "-"): text for key, text in _bracketed(request, "filter").items()}
    conditions = [_condition(key, text, name) for key, text in asked.items()]
    # A list of calls is cut to a day, unless it is asked from when on, whatever the value.
    if name in ("cdrs", "incoming-cdrs") and "time-start-gteq" not in asked:
        since = request.company.telephony.now - timedelta(hours=24)
        conditions.append(lambda row: row.attributes["time-start"] >= since)
    return conditions


def _condition(name: str, text: str, kind: str) -> Condition:
    word = next((end for end in _TESTS if name.endswith(end)), None)
    attribute = name.removesuffix(word or "")
    filters = KINDS[kind].form.names | {"id", "account-id"}
    if kind == "cdrs":
        filters |= {_REVERSE}
    if word is None or attribute not in filters:
        raise Refused(400, "Filter not allowed", f"{name} is not allowed", code="102")
    takes_several = word == "-not-in"
    texts = text.split(",") if takes_several else [text]

    def holds(row: Record) -> bool:
        """Like a database, compare nothing with null; pass where no value can be read."""
        value = row.values[attribute]
        if value is None:
            return False
        known = [one for text in texts if (one := _read(type(value).__name__, text)) is not None]
        return not known or _TESTS[word](value, known if takes_several else known[0])

    return holds


@lru_cache(maxsize=1024)
def _read(kind: str, text: str) -> Any:
    """Read a value to compare with one of that type; ``None`` drops it, numbers become zero."""
    if kind == "bool":
        return BOOLEANS.get(text.lower())
    if kind == "datetime":
        try:
            when = datetime.fromisoformat(text.strip())
        except ValueError:
            return None
        return when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    if kind in ("int", "Decimal"):
        match = re.match(r"\s*[-+]?[0-9]+(\.[0-9]+)?", text)
        return Decimal(match[0].strip()) if match is not None else Decimal(0)
    return text or None


# What is answered

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


def _document(status: int, document: Any) -> Answer:
    body = dumps(document, _printed).encode()
    return Answer(status=status, body=body, headers={"Content-Type": _JSON_API})


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
    page, *_ = request.page(found, 1, *paging)
    document: dict[str, Any] = {"data": [_written(request, row, chosen, included) for row in page]}
    owners = dict.fromkeys(row.account.uid for row in page if included and row.account)
    if owners:
        accounts = {one.id: one for one in rows(request.company.telephony, "accounts")}
        document["included"] = [_written(request, accounts[one], chosen, False) for one in owners]
    document["meta"] = {"total-count": len(found)}
    answer = _document(200, document)
    tag = f'"{sha256(answer.body).hexdigest()[:32]}"'
    kept = "no-cache" if "cdrs" in name else _PRIVATE
    headers = {**answer.headers, "ETag": f"W/{tag}", "Cache-Control": kept}
    known = request.headers.get("if-none-match", "").split(",")
    if {one.strip().removeprefix("W/") for one in known} & {tag, "*"}:
        return Answer(status=304, headers=headers)
    return Answer(body=answer.body, headers=headers)


for _name in KINDS:
    YETI.route(f"/{_name}")(partial(_list, name=_name))


def _written(
    request: Request, row: Record, chosen: dict[str, frozenset[str]], included: bool
) -> dict[str, Any]:
    """Write the fields chosen; only where it is ``included`` the account's id is told."""
    shown = chosen.get(row.type, _fields(row.type))
    here = f"http://{request.headers.get('host', '')}{YETI.prefix}/{row.type}/{row.id}"
    document = {"id": row.id, "type": row.type, "links": {"self": here}}
    if "account" in shown:
        links = {"self": f"{here}/relationships/account", "related": f"{here}/account"}
        name = {"type": "accounts", "id": row.account.uid} if row.account else None
        relation = {"links": links, "data": name} if included else {"links": links}
        document["relationships"] = {"account": relation}
    attributes = {name: value for name, value in row.attributes.items() if name in shown}
    return document | {"attributes": attributes}
