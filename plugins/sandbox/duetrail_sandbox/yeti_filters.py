"""Yeti's filters: ``filter[<attribute>-<operator>]=value``, with the known traps.

A filter that does not exist is refused. A value that cannot be read is not: the condition is
dropped in silence and the answer is everything, or a number becomes zero.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from attrs import frozen

from duetrail_sandbox.router import Request
from duetrail_sandbox.yeti_errors import YetiError
from duetrail_sandbox.yeti_forms import Resource, resources

__all__ = ["Condition", "read_conditions"]

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "not-eq": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
}
_TIMES = {"start-date", "end-date"} | {
    f"{side}-{place}-call-at"
    for side in ("originated", "terminated")
    for place in ("first", "last")
}
_ACCOUNT = "account-id"
_TEXTS = {"name", "reference"}
_NOT_FILTERED = {"currency", "destination-rate-limit", "has-pdf"}


@frozen
class Condition:
    """What one filter asks of a resource's attribute, or of its account."""

    attribute: str
    test: Callable[[Any, Any], bool]
    wanted: Any

    def holds(self, row: Resource) -> bool:
        """Whether a resource passes; like a database, it compares nothing with null."""
        if self.attribute == _ACCOUNT:
            value: Any = row.account.id if row.account is not None else None
        else:
            value = row.attributes[self.attribute]
        return value is not None and self.test(value, self.wanted)


def read_conditions(request: Request, sample: Resource) -> list[Condition]:
    """Read the filters of a request for resources like ``sample``, or raise YetiError."""
    conditions: list[Condition] = []
    for name, values in request.query.items():
        match = re.fullmatch(r"filter\[(.*)\]", name)
        if match is None:
            continue
        attribute, test = _named(match[1], sample)
        if "," in values[-1]:
            detail = f"{values[-1]} is more than one value"
            raise YetiError(400, "Invalid filter value", detail, 107)
        wanted = _read(attribute, values[-1], request)
        if wanted is not None:
            conditions.append(Condition(attribute, test, wanted))
    return conditions


def _named(name: str, sample: Resource) -> tuple[str, Callable[[Any, Any], bool]]:
    """Take a filter's name apart into attribute and comparison."""
    plain = name.replace("_", "-")
    # The longest word first: what ends in "not-eq" ends in "eq", too.
    for word in sorted(_TESTS, key=len, reverse=True):
        attribute = plain.removesuffix(f"-{word}")
        if attribute != plain and _is_filterable(sample, attribute, word):
            return attribute, _TESTS[word]
    raise YetiError(400, "Filter not allowed", f"{name} is not allowed", 102)


def _is_filterable(sample: Resource, attribute: str, word: str) -> bool:
    if attribute == _ACCOUNT:
        return sample.type == "invoices" and word in ("eq", "not-eq")
    if attribute in _TEXTS and word not in ("eq", "not-eq"):
        return False
    return attribute in sample.attributes and attribute not in _NOT_FILTERED


def _read(attribute: str, text: str, request: Request) -> Any:
    """Read a value; ``None`` drops the condition."""
    if not text.strip():
        return None
    if attribute in _TEXTS:
        return text
    if attribute in _TIMES:
        return _moment(text)
    if attribute == _ACCOUNT:
        # Asking for an account that there is not is asking for everything.
        known = resources(request.company.telephony)["accounts"]
        return text.lower() if text.lower() in known else None
    return Decimal(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) else Decimal(0)


def _moment(text: str) -> datetime | None:
    """Read a time; one without a zone is in the server's, which is UTC here."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)
