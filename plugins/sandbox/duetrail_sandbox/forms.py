"""How records look in answers: forms as data, and JSON text that is rendered once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from threading import Lock
from typing import Any
from zlib import crc32

from duetrail_sandbox.company.clock import stamp

__all__ = ["Form", "RenderCache", "dumps", "listed", "plain", "spliced", "thinned"]

_FIELD = re.compile(r"([\w-]+)(?:([=:~])(\S+))?")


def plain(value: Any) -> Any:
    """Write a moment or a day as the vendors print it, a tuple as a list, the rest as it is."""
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


class Form:
    """The fields of one kind of object, in words.

    ``name`` shows the record's attribute of that name; ``name=path.to.it`` another one, or null
    where something on the way is ``None``; ``name:5`` a constant, in JSON without blanks;
    ``name~A-{0.index:05d}`` a text about the record. What is computed is given when it is called.
    """

    def __init__(self, words: str, show: Callable[[Any], Any] = plain) -> None:
        """Read the words; ``show`` writes the values of attributes."""
        self._show = show
        self._constants: dict[str, Any] = {}
        self._paths: dict[str, list[str]] = {}
        self._texts: dict[str, str] = {}
        for word in words.split():
            match = _FIELD.fullmatch(word)
            if match is None:
                raise ValueError(f"{word!r} is no field of a form")
            name, kind, rest = match.groups()
            if kind == ":":
                self._constants[name] = json.loads(rest)
            elif kind == "~":
                self._texts[name] = rest
            else:
                self._paths[name] = (rest or name).split(".")

    @property
    def names(self) -> list[str]:
        """The names of its fields, but for computed ones."""
        return [*self._constants, *self._paths, *self._texts]

    def __call__(self, record: Any, **computed: Any) -> dict[str, Any]:
        """Show a record; what is computed comes last, and counts where a name is there twice."""
        fields = dict(self._constants)
        for name, path in self._paths.items():
            fields[name] = self._show(_found(record, path))
        for name, text in self._texts.items():
            fields[name] = text.format(record)
        return fields | {name: plain(value) for name, value in computed.items()}


def _found(record: Any, path: list[str]) -> Any:
    for name in path:
        if record is None:
            return None
        record = getattr(record, name)
    return record


def dumps(value: Any) -> str:
    """Write compact JSON with letters outside ASCII as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


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

    Customers and emails repeat in many invoices; rendering each of them once is what keeps
    a page of 200 invoices cheap.
    """
    head = dumps(fields)[:-1]
    tail = ",".join(f'"{name}":{text}' for name, text in parts.items())
    return f"{head}{',' if fields and parts else ''}{tail}}}"


def listed(texts: list[str]) -> str:
    """Write an array whose elements are JSON text already."""
    return f"[{','.join(texts)}]"


class RenderCache:
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
