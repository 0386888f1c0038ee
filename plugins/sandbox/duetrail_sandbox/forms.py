"""How records look in answers: forms as data, and JSON text that is rendered once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from threading import Lock
from typing import Any
from zlib import crc32

from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.data import read_toml

_FIELD = re.compile(r"([\w-]+)(?:>(\w+))?(?:([=:~])(\S+?))?(?:\?\?([\w.]+)(?:([%=])(\w+))?)?")

Show = Callable[[Any], Any]


class Form:
    """The fields of one kind of object, in words without blanks.

    - ``name`` shows the record's attribute of that name; ``name=path.to.it`` another one, or null
      where something on the way is ``None``; a path of one dot is the record itself;
    - ``name>form`` or ``name>form=path`` shows it, or each of a list, in another form;
    - ``name:5`` is a constant, in JSON; ``name~A-{0.index:05d}`` a text about the record;
    - at the end ``??path`` lets it be null where that is not true, ``??path%3`` where the number
      can be divided by three, ``??path=word`` where that is not the word.

    What is computed is given when a form is called, ``constants`` are the same for every record.
    With ``salt``, a text about the record, nulls are thinned.
    """

    def __init__(
        self,
        fields: str,
        salt: str | None = None,
        constants: Mapping[str, Any] | None = None,
        others: Mapping[str, Form] | None = None,
    ) -> None:
        """Read the words; ``others`` are the forms that they name."""
        self._salt = salt
        self._constants = dict(constants or {})
        self._fields: dict[str, Show] = {}
        for word in fields.split():
            match = _FIELD.fullmatch(word)
            if match is None:
                raise ValueError(f"{word!r} is no field of a form")
            name, form, kind, rest, *condition = match.groups()
            show = _shower(name, kind, rest)
            if form is not None:
                show = _nested(show, (others or {})[form])
            self._fields[name] = _conditional(show, *condition) if condition[0] else show

    @property
    def names(self) -> frozenset[str]:
        """The names of its fields, but for computed ones."""
        return frozenset(self._fields)

    def __call__(self, record: Any, **computed: Any) -> dict[str, Any]:
        """Show a record; what is computed comes last, and counts where a name is there twice."""
        fields = {name: show(record) for name, show in self._fields.items()}
        fields |= self._constants | computed
        return thinned(fields, self._salt.format(record)) if self._salt else fields


class Forms:
    """A vendor's forms, by name; one may show another wherever that stands."""

    def __init__(self, vendor: str) -> None:
        """Read them; those that are named by others come first."""
        told = read_toml(vendor)
        self._forms: dict[str, Form] = {}
        for name in sorted(told, key=lambda name: _depth(name, told)):
            self._forms[name] = Form(**told[name], others=self._forms)

    def __getattr__(self, name: str) -> Form:
        """A form by its name."""
        return self._forms[name]


def _depth(name: str, told: Mapping[str, Any]) -> int:
    inner = re.findall(r">(\w+)", told[name]["fields"])
    return 1 + max((_depth(one, told) for one in inner), default=0)


def _shower(name: str, kind: str | None, rest: str | None) -> Show:
    if kind == ":":
        value = json.loads(rest or "")
        return lambda record: value
    if kind == "~":
        return (rest or "").format
    path = [step for step in (rest or name).split(".") if step]
    return lambda record: _found(record, path)


def _nested(find: Show, form: Form) -> Show:
    def show(record: Any) -> Any:
        value = find(record)
        return value and ([form(one) for one in value] if isinstance(value, list) else form(value))

    return show


def _conditional(show: Show, path: str, test: str | None, word: str | None) -> Show:
    find = _shower(path, None, None)

    def is_shown(value: Any) -> bool:
        if test is None:
            return bool(value)
        return bool(value % int(word or 1)) if test == "%" else value == word

    return lambda record: show(record) if is_shown(find(record)) else None


def _found(record: Any, path: list[str]) -> Any:
    for name in path:
        if record is None:
            return None
        record = getattr(record, name)
    return record


def printed(value: Any) -> str:
    """Write a moment or a day as the vendors print it."""
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no vendor shows a {type(value).__name__}")


def dumps(value: Any, default: Callable[[Any], str] = printed) -> str:
    """Write compact JSON with letters outside ASCII as they are; ``default`` writes times."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=default)


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


def listed(texts: Iterable[str]) -> str:
    """Write an array whose elements are JSON text already."""
    return f"[{','.join(texts)}]"


class RenderCache:
    """Rendered text by key, bounded in characters; safe to use from many threads."""

    def __init__(self, limit: int = 200_000_000) -> None:
        """Keep at most ``limit`` characters; the oldest entries go first."""
        self._limit, self._size = limit, 0
        self._texts: dict[str, str] = {}
        self._lock = Lock()

    def get(self, key: str, make: Callable[..., str], *arguments: Any) -> str:
        """Give the text kept under ``key``, made now if there is none."""
        text = self._texts.get(key)
        if text is not None:
            return text
        # Made outside the lock: two threads may both do it, with the same result.
        text = make(*arguments)
        with self._lock:
            self._size += len(text) - len(self._texts.get(key, ""))
            self._texts[key] = text
            while self._size > self._limit and len(self._texts) > 1:
                oldest = next(iter(self._texts))
                self._size -= len(self._texts.pop(oldest))
        return text
