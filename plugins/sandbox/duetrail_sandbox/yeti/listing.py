"""What a Yeti request asks for: page, order, included resources, chosen fields.

Parameters and codes follow JSON:API as the Yeti Customer API speaks it. Unknown parameters,
and unknown keys inside ``page``, are ignored, as they are there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

from attrs import frozen

from duetrail_sandbox.company.installation import Installation
from duetrail_sandbox.router import Request
from duetrail_sandbox.yeti.errors import YetiError
from duetrail_sandbox.yeti.filters import read_conditions
from duetrail_sandbox.yeti.kinds import KINDS, Kind, kind
from duetrail_sandbox.yeti.resources import Resource

__all__ = ["DEFAULT_SIZE", "MAX_SIZE", "Query", "read_query", "selected"]

DEFAULT_SIZE = 50
MAX_SIZE = 1000


@frozen(kw_only=True)
class Query:
    """A valid request for resources of one kind; ``fields`` are by type."""

    kind: Kind
    number: int
    size: int
    sort: tuple[str, ...]
    included: frozenset[str]
    fields: dict[str, frozenset[str]]


def read_query(request: Request, name: str) -> Query:
    """Read the parameters, or raise :class:`YetiError`."""
    installation = request.company.telephony.installation
    asked = kind(name, installation)
    return Query(
        kind=asked,
        # Without brackets it is the number, too.
        number=_positive(request, "page[number]", request.one("page") or "1"),
        size=_positive(request, "page[size]", str(DEFAULT_SIZE), MAX_SIZE),
        sort=_sort(request.one("sort"), asked),
        included=_included(request, asked),
        fields=_fields(request, installation),
    )


def _positive(request: Request, name: str, default: str, high: int | None = None) -> int:
    text = request.one(name) or default
    value = int(text) if re.fullmatch("[0-9]{1,12}", text) else 0
    if value < 1 or (high is not None and value > high):
        raise YetiError(400, "Invalid page value", f"{text} is no value for {name}", 118)
    return value


def _sort(text: str | None, asked: Kind) -> tuple[str, ...]:
    if not text:
        return (asked.order,)
    known = asked.sortable if asked.sortable is not None else {"id", *asked.columns}
    keys = tuple(text.split(","))
    for key in keys:
        name = key.removeprefix("-")
        if name not in known:
            raise YetiError(400, "Invalid sort criteria", f"Cannot sort by {name}", 114)
        if name in asked.breaks:
            raise YetiError(500, "Internal Server Error", "Something went wrong inside")
    return keys


def _included(request: Request, asked: Kind) -> frozenset[str]:
    names = [name for name in (request.one("include") or "").split(",") if name]
    unknown = [name for name in names if name not in asked.relations]
    if unknown:
        detail = f"{asked.name} cannot include {unknown[0]}"
        raise YetiError(400, "Invalid include", detail, 112)
    return frozenset(names)


def _fields(request: Request, installation: Installation) -> dict[str, frozenset[str]]:
    chosen: dict[str, frozenset[str]] = {}
    for name, values in request.query.items():
        match = re.fullmatch(r"fields\[(.*)\]", name)
        if match is None:
            continue
        if match[1] not in KINDS:
            raise YetiError(400, "Invalid resource", f"{match[1]} is no type here", 101)
        fields, known = frozenset(values[-1].split(",")), kind(match[1], installation).fields
        if not fields <= known:
            unknown = min(fields - known)
            raise YetiError(400, "Invalid field", f"{unknown} is no field of {match[1]}", 104)
        chosen[match[1]] = fields
    return chosen


def selected(rows: Iterable[Resource], request: Request, query: Query) -> list[Resource]:
    """The resources asked for, in the order asked for, all pages."""
    conditions = read_conditions(request, query.kind)
    found = [row for row in rows if all(one.holds(row) for one in conditions)]
    if {key.removeprefix("-") for key in query.sort} == {"created-at"}:
        found.sort(key=lambda row: _by_chance(row, query))
    # From the last key to the first, because sorting keeps the order of equals.
    for key in reversed(query.sort):
        found = _ordered(found, key.removeprefix("-"), descending=key.startswith("-"))
    return found


def _by_chance(row: Resource, query: Query) -> bytes:
    """Where rows stand that the order does not tell apart: elsewhere on every page."""
    return sha256(f"{query.number}/{query.size}/{row.id}".encode()).digest()


def _ordered(rows: list[Resource], name: str, *, descending: bool) -> list[Resource]:
    """Sort with nulls last in ascending order, and so first in descending order."""
    known = [row for row in rows if row.value(name) is not None]
    unknown = [row for row in rows if row.value(name) is None]
    known.sort(key=lambda row: row.value(name), reverse=descending)
    return unknown + known if descending else known + unknown
