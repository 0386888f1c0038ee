"""Yeti's JSON:API resources, and what can be asked of their lists: filters, order, chosen fields.

Attributes, parameters and codes follow the Yeti Customer API. Keys have dashes, money is plain
decimal text, times have three fraction digits. Both lists of calls show rows of one table, so an
id that is in both is one call. Unknown parameters are ignored, as they are there. A filter that
does not exist is refused; a value that cannot be read is not: the condition is dropped in
silence, and the answer is everything.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from operator import methodcaller
from typing import Any

from attrs import frozen

from duetrail_sandbox.app import Refused, Request, ordered
from duetrail_sandbox.company.records import Record
from duetrail_sandbox.company.telephony import PhoneBill, Telephony, Topup
from duetrail_sandbox.forms import Form, Forms

_F = Forms("yeti")


@frozen
class Row:
    """A resource before it is written: ``attributes`` hold decimals and datetimes as such.

    ``account`` is whose it is, or ``None`` where the account was deleted.
    """

    type: str
    id: str
    record: Record
    attributes: dict[str, Any]
    account: Record | None

    def value(self, name: str) -> Any:
        """What is compared and sorted by; ids of calls are numbers."""
        if name == "id":
            return self.record.id or self.id
        if name == "account-id":
            return self.account.uid if self.account else None
        if name == _REVERSE:
            # Null is as good as false, and a filter for false does not find it.
            return self.record.origin.reverse or (None if self.record.id % 2 else False)
        return self.attributes[name]


@frozen
class Kind:
    """One list: which records of the company it shows, by what form, in which default order.

    ``leg`` is the side of a call whose account it is. ``sortable`` is ``None`` where a list can
    be sorted by all it shows.
    """

    records: str
    form: Form
    order: str
    leg: str | None = None
    sortable: frozenset[str] | None = None

    @property
    def has_account(self) -> bool:
        """Whether a row belongs to an account."""
        return self.records != "accounts"

    @property
    def fields(self) -> frozenset[str]:
        """What ``fields[...]`` may name."""
        return self.form.names | ({"account"} if self.has_account else set())


# There is a filter for it, but it is never shown.
_REVERSE = "destination-reverse-billing"
# Payments cannot be ordered by id, and their time is no order.
_PAYMENT_ORDERS = frozenset({"amount", "notes", "created-at"})
KINDS = {
    "accounts": Kind("accounts", _F["accounts"], "id"),
    "invoices": Kind("bills", _F["invoices"], "-start-date"),
    "payments": Kind("payments", _F["payments"], "-created-at", sortable=_PAYMENT_ORDERS),
    "cdrs": Kind("outgoing", _F["cdrs"], "-time-start", "origin"),
    "incoming-cdrs": Kind("incoming", _F["incoming-cdrs"], "-time-start", "target"),
}


@lru_cache(maxsize=16)
def rows(telephony: Telephony, name: str) -> list[Row]:
    """All rows of a kind, made once."""
    kind, now, found = KINDS[name], telephony.now, []
    for one in getattr(telephony, kind.records):
        attributes = kind.form(one)
        if isinstance(one, PhoneBill):
            attributes["has-pdf"] = one.has_pdf(now)
        if isinstance(one, Topup):
            attributes["status"] = one.status(now)
        account = (getattr(one, kind.leg) if kind.leg else one).account
        found.append(Row(name, one.uid or str(one.id), one, attributes, account))
    return found


# What is asked for

# By the ends of filters' names, the longest first.
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    # These two take several values, with commas between.
    "-not-in": lambda value, several: value not in several,
    "-in": lambda value, several: value in several,
    "-not-eq": operator.ne,
    "-eq": operator.eq,
    "-gteq": operator.ge,
    "-lteq": operator.le,
    "-gt": operator.gt,
    "-lt": operator.lt,
}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_DAY = timedelta(hours=24)


def chosen_fields(request: Request) -> dict[str, frozenset[str]]:
    """The fields asked for, by type, or refuse."""
    chosen: dict[str, frozenset[str]] = {}
    for name, values in _bracketed(request, "fields"):
        if name not in KINDS:
            raise Refused(400, "Invalid resource", f"{name} is no type here", code="101")
        fields, known = frozenset(values[-1].split(",")), KINDS[name].fields
        if not fields <= known:
            detail = f"{min(fields - known)} is no field"
            raise Refused(400, "Invalid field", detail, code="104")
        chosen[name] = fields
    return chosen


def is_included(request: Request, name: str) -> bool:
    """Whether each row's account is asked for with it."""
    text = request.one("include")
    if text and (text != "account" or not KINDS[name].has_account):
        raise Refused(400, "Invalid include", f"Cannot include {text}", code="112")
    return bool(text)


def selected(request: Request, name: str, page: tuple[int, int]) -> list[Row]:
    """The rows asked for, in the order asked for, all pages; ``page`` is its number and size."""
    order = _order(request.one("sort"), KINDS[name])
    conditions = _conditions(request, name)
    found = [
        row
        for row in rows(request.company.telephony, name)
        if all(holds(row) for holds in conditions)
    ]
    if {key.removeprefix("-") for key in order} == {"created-at"}:
        # Rows that the order does not tell apart stand elsewhere on every page.
        number, size = page
        found.sort(key=lambda row: sha256(f"{number}/{size}/{row.id}".encode()).digest())
    # From the last key to the first, because sorting keeps the order of equals.
    for key in reversed(order):
        values = methodcaller("value", key.removeprefix("-"))
        found = ordered(found, values, descending=key.startswith("-"))
    return found


def _order(text: str | None, kind: Kind) -> list[str]:
    keys = (text or kind.order).split(",")
    for key in keys:
        if key.removeprefix("-") not in (kind.sortable or kind.form.names | {"id"}):
            raise Refused(400, "Invalid sort criteria", f"Cannot sort by {key}", code="114")
    return keys


def _bracketed(request: Request, word: str) -> list[tuple[str, list[str]]]:
    """The parameters ``word[name]``, by name."""
    return [
        (name.removeprefix(f"{word}[").removesuffix("]"), values)
        for name, values in request.query.items()
        if name.startswith(f"{word}[") and name.endswith("]")
    ]


Condition = Callable[[Row], bool]


def _conditions(request: Request, name: str) -> Sequence[Condition]:
    """What each filter asks of a row: ``filter[<attribute>-<operator>]=value``."""
    asked = {key.replace("_", "-"): values[-1] for key, values in _bracketed(request, "filter")}
    conditions = [_condition(key, text, KINDS[name]) for key, text in asked.items()]
    # A list of calls is cut to a day, unless it is asked from when on, whatever the value.
    if name in ("cdrs", "incoming-cdrs") and "time-start-gteq" not in asked:
        since = request.company.telephony.now - _DAY
        conditions.append(lambda row: row.attributes["time-start"] >= since)
    return conditions


def _condition(name: str, text: str, kind: Kind) -> Condition:
    word = next((end for end in _TESTS if name.endswith(end)), None)
    attribute = name.removesuffix(word or "")
    filters = kind.form.names | {"id", "account-id"}
    if kind is KINDS["cdrs"]:
        filters |= {_REVERSE}
    if word is None or attribute not in filters:
        raise Refused(400, "Filter not allowed", f"{name} is not allowed", code="102")
    takes_several = word in ("-in", "-not-in")
    texts = text.split(",") if takes_several else [text]

    def holds(row: Row) -> bool:
        """Like a database, compare nothing with null; pass where no value can be read."""
        value = row.value(attribute)
        if value is None:
            return False
        known = [one for text in texts if (one := _read(type(value).__name__, text)) is not None]
        return not known or _TESTS[word](value, known if takes_several else known[0])

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
