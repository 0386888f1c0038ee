"""Yeti's JSON:API documents: a page, one resource, what it is related to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from duetrail_sandbox.router import Answer, Request
from duetrail_sandbox.yeti.errors import JSON_API, YetiError
from duetrail_sandbox.yeti.forms import resources
from duetrail_sandbox.yeti.kinds import KINDS, kind
from duetrail_sandbox.yeti.listing import Query, read_query, selected
from duetrail_sandbox.yeti.resources import Reference, Relation, Resource, relation, written

__all__ = ["PREFIX", "found", "linked", "page", "related", "single"]

PREFIX = "/yeti/api/rest/customer/v1"


def page(request: Request, name: str) -> Answer:
    """Answer one page of a kind; pages count from one."""
    query = read_query(request, name)
    rows = selected(resources(request.company.telephony, name).values(), request, query)
    start = (query.number - 1) * query.size
    document = _document(request, query, rows[start : start + query.size])
    document["meta"] = {"total-count": len(rows)}
    document["links"] = _links(request, query, -(-len(rows) // query.size))
    return Answer.of(200, document, JSON_API)


def single(request: Request, name: str) -> Answer:
    """Answer one resource, the same as in a list."""
    query = read_query(request, name)
    document = _document(request, query, [found(request, name)])
    return Answer.of(200, document | {"data": document["data"][0]}, JSON_API)


def related(request: Request, name: str, relation_name: str) -> Answer:
    """Answer what a resource is related to: one, several, or null where it was deleted."""
    value = found(request, name).relations[relation_name]
    several = isinstance(value, tuple)
    rows = [_written(request, row, None, frozenset()) for row in _named(request, value)]
    data: Any = rows if several else next(iter(rows), None)
    return Answer.of(200, {"data": data}, JSON_API)


def linked(request: Request, name: str, relation_name: str) -> Answer:
    """Answer the name of what a resource is related to."""
    row = found(request, name)
    here = f"{_base_url(request)}/{name}/{row.id}"
    document = relation(here, relation_name, row.relations[relation_name], linked=True)
    return Answer.of(200, document, JSON_API)


def found(request: Request, name: str) -> Resource:
    """The resource that the path names, or YetiError; ids of calls are numbers."""
    asked = (request.params.get("uuid") or request.params["id"]).lower()
    if "uuid" not in request.params and not (asked.isascii() and asked.isdigit()):
        raise YetiError(400, "Invalid field value", f"{asked} is no valid id", 103)
    row = resources(request.company.telephony, name).get(asked)
    if row is None:
        raise YetiError(404, "Record not found", f"There is no record {asked} for you")
    return row


def _named(request: Request, value: Relation) -> list[Resource]:
    names = value if isinstance(value, tuple) else [value] if value is not None else []
    return [_looked_up(request, name) for name in names]


def _looked_up(request: Request, name: Reference) -> Resource:
    return resources(request.company.telephony, name.type)[name.id]


def _document(request: Request, query: Query, rows: Sequence[Resource]) -> dict[str, Any]:
    """Write resources, and what was asked to be included once each."""
    document: dict[str, Any] = {
        "data": [_written(request, row, query.fields.get(row.type), query.included) for row in rows]
    }
    names = _related_names(rows, query)
    if names:
        others = (_looked_up(request, name) for name in names)
        document["included"] = [
            _written(request, other, query.fields.get(other.type), frozenset()) for other in others
        ]
    return document


def _related_names(rows: Iterable[Resource], query: Query) -> list[Reference]:
    names: dict[Reference, None] = {}
    for row in rows:
        for value in (row.relations[name] for name in sorted(query.included)):
            several = value if isinstance(value, tuple) else (value,)
            names.update((name, None) for name in several if name is not None)
    return list(names)


def _written(
    request: Request, row: Resource, fields: frozenset[str] | None, included: frozenset[str]
) -> dict[str, Any]:
    """Write a resource as this operator shows it."""
    installation = request.company.telephony.installation
    if row.type in KINDS:
        shown = kind(row.type, installation).fields - installation.hidden
    else:
        shown = frozenset(row.attributes)
    chosen = shown if fields is None else shown & fields
    return written(row, _base_url(request), chosen, included, installation.zone)


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
    return f"http://{request.headers.get('host', '')}{PREFIX}"
