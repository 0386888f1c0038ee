"""What a Yeti list request asks for: page, order, included account, chosen fields.

Parameters and codes follow JSON:API as the Yeti Customer API speaks it. Unknown parameters,
and unknown keys inside ``page``, are ignored, as they are there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from duetrail_sandbox.router import Request
from duetrail_sandbox.yeti_errors import YetiError
from duetrail_sandbox.yeti_filters import read_conditions
from duetrail_sandbox.yeti_forms import Resource

__all__ = ["DEFAULT_SIZE", "MAX_SIZE", "Query", "read_query", "selected"]

DEFAULT_SIZE = 50
MAX_SIZE = 1000
_DEFAULT_SORT = {"accounts": "id", "invoices": "-start-date"}
# Asking for these breaks the vendor's database query.
_UNSORTABLE = re.compile("has-pdf|(originated|terminated)-(first|last)-call-at")


@frozen(kw_only=True)
class Query:
    """A valid request for resources of one type; ``fields`` are by type."""

    number: int
    size: int
    sort: tuple[str, ...]
    with_account: bool
    fields: dict[str, frozenset[str]]


def read_query(request: Request, kind: str, known: dict[str, frozenset[str]]) -> Query:
    """Read the parameters, or raise :class:`YetiError`; ``known`` are the fields by type."""
    return Query(
        # Without brackets it is the number, too.
        number=_positive(request, "page[number]", request.one("page") or "1"),
        size=_positive(request, "page[size]", str(DEFAULT_SIZE), MAX_SIZE),
        sort=_sort(request.one("sort") or _DEFAULT_SORT[kind], known[kind]),
        with_account=_includes_account(request, kind),
        fields=_fields(request, known),
    )


def _positive(request: Request, name: str, default: str, high: int | None = None) -> int:
    text = request.one(name) or default
    value = int(text) if re.fullmatch("[0-9]{1,12}", text) else 0
    if value < 1 or (high is not None and value > high):
        raise YetiError(400, "Invalid page value", f"{text} is no value for {name}", 118)
    return value


def _sort(text: str, known: frozenset[str]) -> tuple[str, ...]:
    keys = tuple(text.split(","))
    for key in keys:
        name = key.removeprefix("-")
        if name != "id" and (name not in known or name == "account"):
            raise YetiError(400, "Invalid sort criteria", f"Cannot sort by {name}", 114)
        if _UNSORTABLE.fullmatch(name):
            raise YetiError(500, "Internal Server Error", "Something went wrong inside")
    return keys


def _includes_account(request: Request, kind: str) -> bool:
    asked = [name for name in (request.one("include") or "").split(",") if name]
    if any(kind != "invoices" or name != "account" for name in asked):
        raise YetiError(400, "Invalid include", f"{kind} cannot include {asked[0]}", 112)
    return bool(asked)


def _fields(request: Request, known: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    chosen: dict[str, frozenset[str]] = {}
    for name, values in request.query.items():
        match = re.fullmatch(r"fields\[(.*)\]", name)
        if match is None:
            continue
        kind, fields = match[1], frozenset(values[-1].split(","))
        if kind not in known:
            raise YetiError(400, "Invalid resource", f"{kind} is no type here", 101)
        if not fields <= known[kind]:
            unknown = min(fields - known[kind])
            raise YetiError(400, "Invalid field", f"{unknown} is no field of {kind}", 104)
        chosen[kind] = fields
    return chosen


def selected(rows: Sequence[Resource], request: Request, query: Query) -> list[Resource]:
    """The resources asked for, in the order asked for, all pages."""
    conditions = read_conditions(request, rows[0])
    found = [row for row in rows if all(one.holds(row) for one in conditions)]
    # From the last key to the first, because sorting keeps the order of equals.
    for key in reversed(query.sort):
        found = _ordered(found, key.removeprefix("-"), descending=key.startswith("-"))
    return found


def _ordered(rows: list[Resource], name: str, *, descending: bool) -> list[Resource]:
    """Sort with nulls last in ascending order, and so first in descending order."""

    def value(row: Resource) -> Any:
        return row.id if name == "id" else row.attributes[name]

    known = [row for row in rows if value(row) is not None]
    unknown = [row for row in rows if value(row) is None]
    known.sort(key=value, reverse=descending)
    return unknown + known if descending else known + unknown
