"""From facts to JSON text: thinning optional fields, splicing ready parts, keeping results."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import Any
from zlib import crc32

from duetrail_sandbox.company.clock import stamp

__all__ = ["Shelf", "dumps", "listed", "moment", "spliced", "thinned"]


def dumps(value: Any) -> str:
    """Write compact JSON with letters outside ASCII as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def moment(when: datetime | None) -> str | None:
    """Write a moment as the vendors do, or ``None``."""
    return stamp(when) if when is not None else None


def thinned(fields: Mapping[str, Any], salt: str) -> dict[str, Any]:
    """Leave out about a third of the fields that are ``None``; the others stay as null.

    Vendors do both, and a reader must take both. The choice depends on ``salt`` and the
    field's name alone, so one object looks the same wherever it is embedded.
    """
    return {
        name: value
        for name, value in fields.items()
        if value is not None or crc32(f"{salt}.{name}".encode()) % 3
    }


def spliced(fields: Mapping[str, Any], **parts: str) -> str:
    """Write an object whose ``parts`` are JSON text already.

    Customers and letters repeat in many invoices; rendering each of them once is what keeps
    a page of 200 invoices cheap.
    """
    head = dumps(fields)[:-1]
    tail = ",".join(f'"{name}":{text}' for name, text in parts.items())
    return f"{head}{',' if fields and parts else ''}{tail}}}"


def listed(texts: list[str]) -> str:
    """Write an array whose elements are JSON text already."""
    return f"[{','.join(texts)}]"


class Shelf:
    """Rendered text by key, bounded in characters; safe to use from many threads."""

    def __init__(self, limit: int = 200_000_000) -> None:
        """Keep at most ``limit`` characters; the oldest entries go first."""
        self._limit = limit
        self._size = 0
        self._texts: dict[str, str] = {}
        self._lock = Lock()

    def get(self, key: str, make: Callable[[], str]) -> str:
        """Give the text kept under ``key``, made now if there is none."""
        text = self._texts.get(key)
        if text is None:
            # Made outside the lock: two threads may both do it, with the same result.
            text = make()
            self._put(key, text)
        return text

    def _put(self, key: str, text: str) -> None:
        with self._lock:
            if key in self._texts:
                return
            self._texts[key] = text
            self._size += len(text)
            while self._size > self._limit and len(self._texts) > 1:
                oldest = next(iter(self._texts))
                self._size -= len(self._texts.pop(oldest))
