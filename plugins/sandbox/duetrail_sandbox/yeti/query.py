"""What a Yeti request asks for: filters, order, page, included account, chosen fields.

Parameters and codes follow JSON:API as the Yeti Customer API speaks it. Unknown parameters are
ignored, as they are there. A filter that does not exist is refused; a value that cannot be read
is not: the condition is dropped in silence, and the answer is everything.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any

from attrs import frozen

from duetrail_sandbox.app import Refused, Request
from duetrail_sandbox.yeti.resources import KINDS, Kind, Resource, resources

__all__ = ["Query", "read_query", "selected"]

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "not-eq": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
    # These take several values, with commas between.
    "in": lambda value, several: value in several,
    "not-in": lambda value, several: value not in several,
}
_FILTER = re.compile(rf"(.+?)-({'|'.join(sorted(_TESTS, key=len, reverse=True))})")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_DAY = timedelta(hours=24)


@frozen
class Query:
    """A valid request for one list; ``fields`` are by type, ``sort`` is keys from the first on."""

    name: str
    number: int
    size: int
    sort: tuple[str, ...]
    included: bool
    fields: dict[str, frozenset[str]]


def read_query(request: Request, name: str) -> Query:
    """Read the parameters, or refuse."""
    return Query(
        name=name,
        number=request.whole("page[number]", 1, 1),
        size=request.whole("page[size]", 50, 1, 1000),
        sort=_sort(request.one("sort"), KINDS[name]),
        included=_is_included(request.one("include"), KINDS[name]),
        fields=_fields(request),
    )


def _sort(text: str | None, kind: Kind) -> tuple[str, ...]:
    keys = tuple((text or kind.order).split(","))
    for key in keys:
        if key.removeprefix("-") not in (kind.sortable or kind.names | {"id"}):
            raise Refused(400, "Invalid sort criteria", f"Cannot sort by {key}", "114")
    return keys


def _is_included(text: str | None, kind: Kind) -> bool:
    if not text:
        return False
    if text != "account" or not kind.has_account:
        raise Refused(400, "Invalid include", f"Cannot include {text}", "112")
    return True


def _fields(request: Request) -> dict[str, frozenset[str]]:
    chosen: dict[str, frozenset[str]] = {}
    for name, values in request.query.items():
        match = re.fullmatch(r"fields\[(.*)\]", name)
        if match is None:
            continue
        if match[1] not in KINDS:
            raise Refused(400, "Invalid resource", f"{match[1]} is no type here", "101")
        fields, known = frozenset(values[-1].split(",")), KINDS[match[1]].fields
        if not fields <= known:
            raise Refused(400, "Invalid field", f"{min(fields - known)} is no field", "104")
        chosen[match[1]] = fields
    return chosen


def selected(request: Request, query: Query) -> list[Resource]:
    """The resources asked for, in the order asked for, all pages."""
    conditions = _conditions(request, query.name)
    rows = resources(request.company.telephony, query.name)
    found = [row for row in rows if all(holds(row) for holds in conditions)]
    if {key.removeprefix("-") for key in query.sort} == {"created-at"}:
        # Rows that the order does not tell apart stand elsewhere on every page.
        place = f"{query.number}/{query.size}"
        found.sort(key=lambda row: sha256(f"{place}/{row.id}".encode()).digest())
    # From the last key to the first, because sorting keeps the order of equals.
    for key in reversed(query.sort):
        found = _ordered(found, key.removeprefix("-"), descending=key.startswith("-"))
    return found


def _ordered(rows: list[Resource], name: str, *, descending: bool) -> list[Resource]:
    """Sort with nulls last in ascending order, and so first in descending order."""
    known = [row for row in rows if row.value(name) is not None]
    unknown = [row for row in rows if row.value(name) is None]
    known.sort(key=lambda row: row.value(name), reverse=descending)
    return unknown + known if descending else known + unknown


Condition = Callable[[Resource], bool]


def _conditions(request: Request, name: str) -> Sequence[Condition]:
    """What each filter asks of a resource: ``filter[<attribute>-<operator>]=value``."""
    asked = {
        match[1].replace("_", "-"): values[-1]
        for key, values in request.query.items()
        if (match := re.fullmatch(r"filter\[(.*)\]", key))
    }
    conditions = [_condition(key, text, KINDS[name]) for key, text in asked.items()]
    # A list of calls is cut to a day, unless it is asked from when on, whatever the value.
    if name in ("cdrs", "incoming-cdrs") and "time-start-gteq" not in asked:
        since = request.company.telephony.now - _DAY
        conditions.append(lambda row: row.attributes["time-start"] >= since)
    return conditions


def _condition(name: str, text: str, kind: Kind) -> Condition:
    match = _FILTER.fullmatch(name)
    filters = kind.names | {"id", "account-id"}
    if kind is KINDS["cdrs"]:
        filters |= {"destination-reverse-billing"}
    if match is None or match[1] not in filters:
        raise Refused(400, "Filter not allowed", f"{name} is not allowed", "102")
    attribute, word = match.groups()
    texts = text.split(",") if word in ("in", "not-in") else [text]

    def holds(row: Resource) -> bool:
        """Like a database, compare nothing with null; pass where no value can be read."""
        value = row.value(attribute)
        if value is None:
            return False
        read = (_read(type(value).__name__, text) for text in texts)
        known = [one for one in read if one is not None]
        wanted: Any = known if word in ("in", "not-in") else next(iter(known), None)
        return not known or _TESTS[word](value, wanted)

    return holds


@lru_cache(maxsize=1024)
def _read(kind: str, text: str) -> Any:
    """Read a value to compare with one of that type; ``None`` drops it, numbers become zero."""
    if kind == "bool":
        return _BOOLEANS.get(text.lower())
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
