"""Yeti's filters: ``filter[<attribute>-<operator>]=value``, with the known traps.

A filter that does not exist is refused. A value that cannot be read is not: the condition is
dropped in silence and the answer is everything, or a number becomes zero.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from attrs import frozen

from duetrail_sandbox.company.telephony import Telephony
from duetrail_sandbox.router import Request
from duetrail_sandbox.yeti.errors import YetiError
from duetrail_sandbox.yeti.forms import resources
from duetrail_sandbox.yeti.kinds import Kind
from duetrail_sandbox.yeti.resources import Resource
from duetrail_sandbox.yeti.values import Reader, split

__all__ = ["Condition", "read_conditions"]

Test = Callable[[Any, Any], bool]

_EQUAL: dict[str, Test] = {"eq": operator.eq, "not-eq": operator.ne}
_ORDER: dict[str, Test] = {
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
}
_TEXT: dict[str, Test] = {
    "cont": lambda value, part: part.lower() in value.lower(),
    "start": lambda value, part: value.lower().startswith(part.lower()),
    "end": lambda value, part: value.lower().endswith(part.lower()),
}
# These take several values, with commas between.
_LISTS: dict[str, Test] = {
    "in": lambda value, several: value in several,
    "not-in": lambda value, several: value not in several,
}
_ANY: dict[str, Test] = {
    "cont-any": lambda value, parts: any(part.lower() in value.lower() for part in parts),
}
_TAKEN = {
    "number": _EQUAL | _ORDER | _LISTS,
    "datetime": _EQUAL | _ORDER | _LISTS,
    "string": _EQUAL | _TEXT | _LISTS | _ANY,
    "boolean": _EQUAL,
}
_DAY = timedelta(hours=24)


@frozen
class Condition:
    """What one filter asks of a resource's attribute, or of its account."""

    attribute: str
    test: Test
    wanted: Any

    def holds(self, row: Resource) -> bool:
        """Whether a resource passes; like a database, it compares nothing with null."""
        value = row.value(self.attribute)
        return value is not None and self.test(value, self.wanted)


def read_conditions(request: Request, kind: Kind) -> list[Condition]:
    """Read the filters of a request for a kind of resources, or raise YetiError."""
    telephony = request.company.telephony
    reader = Reader(telephony.installation.zone, resources(telephony, "accounts"))
    asked = {
        match[1]: values[-1]
        for name, values in request.query.items()
        if (match := re.fullmatch(r"filter\[(.*)\]", name))
    }
    read = (_condition(name, text, kind, reader) for name, text in asked.items())
    conditions = [one for one in read if one is not None]
    return [*conditions, *_last_day(asked, kind, telephony)]


def _last_day(asked: dict[str, str], kind: Kind, telephony: Telephony) -> Iterator[Condition]:
    """Cut a list of calls to a day, unless it is asked from when on, in the right words.

    With ``gteq`` any spelling will do, whatever its value; the two others count with
    underscores alone.
    """
    cut = ("cdrs", "incoming-cdrs") if telephony.installation.release > 2024 else ("cdrs",)
    lifted = any(
        name.replace("_", "-") == "time-start-gteq" or name in ("time_start_gt", "time_start_eq")
        for name in asked
    )
    if kind.name in cut and not lifted:
        yield Condition("time-start", operator.ge, telephony.now - _DAY)


def _condition(name: str, text: str, kind: Kind, reader: Reader) -> Condition | None:
    """Read one filter; ``None`` where its value drops it."""
    attribute, type, word, test = _named(name, kind)
    values = split(text)
    if word in _LISTS | _ANY:
        read = [reader.read(type, value) for value in values]
        known = [value for value in read if value is not None]
        return Condition(attribute, test, known) if known else None
    if len(values) > 1:
        raise YetiError(400, "Invalid filter value", f"{text} is more than one value", 107)
    wanted = reader.read(type, values[0]) if values else None
    return Condition(attribute, test, wanted) if wanted is not None else None


def _named(name: str, kind: Kind) -> tuple[str, str, str, Test]:
    """Take a filter's name apart into attribute, its type, and comparison."""
    plain = name.replace("_", "-")
    for attribute, type in kind.filters.items():
        word = plain.removeprefix(f"{attribute}-")
        tests = _TAKEN.get(type, _EQUAL | _LISTS)
        if word != plain and word in tests:
            return attribute, type, word, tests[word]
    raise YetiError(400, "Filter not allowed", f"{name} is not allowed", 102)
