"""How the parameters of a Stuut list are read, and how its rows are put in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from duetrail_sandbox.router import Request

__all__ = ["DEFAULT_LIMIT", "MAX_LIMIT", "Refusal", "arranged", "fault", "integer", "option"]

T = TypeVar("T")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class Refusal(Exception):
    """The request breaks the documented ranges; ``faults`` is the list for ``detail``."""

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        """Keep the faults, one per offending value."""
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def fault(name: str, message: str, kind: str) -> dict[str, Any]:
    """Name one offending value, for ``detail``."""
    return {"loc": ["query", name], "msg": message, "type": kind}


def integer(
    request: Request, name: str, default: int, low: int, high: int | None, faults: list[Any]
) -> int:
    """Read a whole number, and note a fault where it is none or out of range."""
    text = request.one(name)
    if text is None:
        return default
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        faults.append(fault(name, "Input should be a valid integer", "int_parsing"))
        return default
    value = int(text)
    if value < low:
        faults.append(fault(name, f"Input should be {low} or more", "greater_than_equal"))
    elif high is not None and value > high:
        faults.append(fault(name, f"Input should be {high} or less", "less_than_equal"))
    return value


def option(request: Request, name: str, options: tuple[str, ...], faults: list[Any]) -> str | None:
    """Read one word of a closed list, and note a fault where it is another."""
    value = request.one(name)
    if value is not None and value not in options:
        faults.append(fault(name, f"Input should be one of {', '.join(options)}", "enum"))
    return value


def arranged(rows: Iterable[T], key: Callable[[T], Any], descending: bool) -> list[T]:
    """Sort with nulls last in ascending order, and so first in descending order."""
    rows = list(rows)
    known = [row for row in rows if key(row) is not None]
    unknown = [row for row in rows if key(row) is None]
    known.sort(key=key, reverse=descending)
    return unknown + known if descending else known + unknown
