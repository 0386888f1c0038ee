"""How Yeti reads the value of a filter: what it cannot read it drops, numbers become zero."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection
from datetime import datetime, tzinfo
from decimal import Decimal
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from attrs import frozen

from duetrail_sandbox.yeti.errors import YetiError

__all__ = ["Reader", "split"]

_TRUE = {"true", "t", "1", "yes", "y", "on"}
_FALSE = {"false", "f", "0", "no", "n", "off"}
_CHOICES = {
    "status": {"completed", "pending", "canceled"},
    "origin": {"manual", "cryptomus"},
    "period": {"Day", "Month", "Disabled"},
}


def split(text: str) -> list[str]:
    """Split a value at its commas, as in a line of CSV."""
    return next(csv.reader([text.replace("\n", " ").replace("\r", " ")]), [])


@frozen
class Reader:
    """Reads values where naive times are in ``zone`` and ``accounts`` are the known ids."""

    zone: tzinfo
    accounts: Collection[str]

    def read(self, type: str, text: str) -> Any:
        """Read a value of a column of that type; ``None`` drops it."""
        if not text.strip():
            return None
        readers: dict[str, Callable[[str], Any]] = {
            "string": str,
            "number": _number,
            "datetime": self._moment,
            "boolean": _boolean,
            "uuid": _uuid,
            "inet": _inet,
            "account": self._account,
        }
        return readers[type](text) if type in readers else _choice(type, text)

    def _moment(self, text: str) -> datetime | None:
        """Read a time; one without a zone is in the server's.

        A plus that was not percent-encoded comes as a blank, and the zone after it is lost.
        """
        text = re.sub(r"(T[\d:.]+) \d\d:?\d\d$", r"\1", text.strip())
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            return None
        return when if when.tzinfo is not None else when.replace(tzinfo=self.zone)

    def _account(self, text: str) -> str | None:
        """Read an account's id; asking for one that there is not is asking for everything."""
        return text.lower() if text.lower() in self.accounts else None


def _number(text: str) -> Decimal:
    match = re.match(r"\s*[-+]?[0-9]+(\.[0-9]+)?", text)
    return Decimal(match[0].strip()) if match is not None else Decimal(0)


def _boolean(text: str) -> bool | None:
    if text.lower() in _TRUE:
        return True
    return False if text.lower() in _FALSE else None


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


def _inet(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _choice(type: str, text: str) -> str:
    if text not in _CHOICES[type]:
        raise YetiError(400, "Invalid filter value", f"{text} is none of the values", 107)
    return text
