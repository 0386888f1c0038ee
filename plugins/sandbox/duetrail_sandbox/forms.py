"""How records look in answers: forms as data, and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any
from zlib import crc32

from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.records import uid
from duetrail_sandbox.data import read_toml

_QUOTED = re.compile(r'"[^"]*"')
_FIELD = re.compile(r"([\w-]+)(?:(>>?|@)(\w+))?(?:([=:~])(.+?))?(?:\?\?(\S+))?")

Show = Callable[[Any], Any]


def _words(text: str) -> list[str]:
    """A text at its blanks, but for those between quotation marks."""
    kept = _QUOTED.sub(lambda quoted: quoted[0].replace(" ", "\0"), text)
    return [word.replace("\0", " ") for word in kept.split()]


class Form:
    """The fields of one kind of object, in words.

    - ``name`` shows the record's attribute of that name; ``name=path.to.it`` another one, or null
      where something on the way is ``None``; ``name=path|other`` the first that is not null; a
      path of one dot is the record itself.
    - ``name>form=path`` shows it, or each of a list, in another form, where ``up`` is what it
      stands in; ``name>>form=path`` shows a list of it alone, or of nothing.
    - ``name@kind=path`` is the UUID that the thing of this kind and id has at Exante.
    - ``name:5`` is a constant, in JSON; ``name~A-{0.index:05d}`` a text about the record.
    - At the end ``??path`` lets it be null where that is not true, ``??path%3`` where the number
      can be divided by three, ``??path=word`` where that is not the word, ``??a|b`` where neither
      is, ``??!path`` where it is. A name that is there twice shows the second where the first is
      null.

    What is computed is given when a form is called.
    With ``salt``, a text about the record, nulls are thinned.
    """

    def __init__(
        self,
        fields: str,
        salt: str | None = None,
        others: Mapping[str, Form] | None = None,
    ) -> None:
        """Read the words; ``others`` are the forms that they name."""
        self._salt = salt
        self._others = others
        self._fields: list[tuple[str, Show]] = []
        for word in _words(fields):
            match = _FIELD.fullmatch(word)
            if match is None:
                raise ValueError(f"{word!r} is no field of a form")
            name, way, other, kind, rest, conditions = match.groups()
            show = _shower(kind, rest or name)
            if way is not None:
                show = self._in_other(show, way, other)
            if conditions is not None:
                tests = [_test(one) for one in conditions.split("|")]
                show = partial(_where, tests, show, [] if way == ">>" else None)
            self._fields.append((name, show))

    @property
    def names(self) -> frozenset[str]:
        """The names of its fields, but for computed ones."""
        return frozenset(name for name, _ in self._fields)

    def __call__(self, record: Any, **computed: Any) -> dict[str, Any]:
        """Show a record; what is computed comes last, and counts where a name is there twice."""
        fields: dict[str, Any] = {}
        for name, show in self._fields:
            if fields.get(name) is None:
                fields[name] = show(record)
        fields |= computed
        return thinned(fields, self._salt.format(record)) if self._salt else fields

    def _in_other(self, find: Show, way: str, other: str) -> Show:
        def show(record: Any) -> Any:
            value = find(record)
            if value is None or way == "@":
                return value and uid(other, value)
            assert self._others is not None, "only a vendor's forms name others"
            form = self._others[other]
            if isinstance(value, list):
                return [form(_Inside(one, record)) for one in value]
            shown = form(value if value is record else _Inside(value, record))
            return [shown] if way == ">>" else shown

        return show


class _Inside:
    """A record as it stands in another one, which is ``up``."""

    def __init__(self, record: Any, up: Any) -> None:
        self._record, self.up = record, up

    def __getattr__(self, name: str) -> Any:
        return getattr(self._record, name)


class Forms(dict[str, Form]):
    """A vendor's forms, by name; one may show another wherever that stands.

    One that is ``like`` another has the fields of that one, too.
    """

    def __init__(self, vendor: str) -> None:
        """Read them."""
        super().__init__()
        told = read_toml(vendor)
        for name, facts in told.items():
            like = told[facts["like"]]["fields"] if "like" in facts else ""
            self[name] = Form(like + facts["fields"], facts.get("salt"), self)

    def __getattr__(self, name: str) -> Form:
        """A form, where its name is one of Python's."""
        return self[name]


def _shower(kind: str | None, rest: str) -> Show:
    if kind == ":":
        constant = json.loads(rest)
        return lambda record: constant
    if kind == "~":
        return rest.strip('"').format
    if rest.isidentifier():
        return attrgetter(rest)
    ways = [[step for step in way.split(".") if step] for way in rest.split("|")]
    return partial(_found, ways[0]) if len(ways) == 1 else partial(_first, ways)


def _first(ways: list[list[str]], record: Any) -> Any:
    return next((found for way in ways if (found := _found(way, record)) is not None), None)


def _found(way: list[str], record: Any) -> Any:
    for name in way:
        if record is None:
            return None
        record = getattr(record, name)
    return record


def _test(condition: str) -> Show:
    if condition.startswith("!"):
        is_so = _test(condition[1:])
        return lambda record: not is_so(record)
    path, _, word = condition.replace("%", "=%").partition("=")
    find = _shower(None, path)
    if word.startswith("%"):
        return lambda record: find(record) % int(word[1:])
    return lambda record: find(record) == word if word else find(record)


def _where(tests: list[Show], show: Show, otherwise: Any, record: Any) -> Any:
    return show(record) if any(test(record) for test in tests) else otherwise


def printed(value: Any) -> str:
    """Write a moment or a day as the vendors print it."""
    return stamp(value) if isinstance(value, datetime) else str(value.isoformat())


def dumps(value: Any, default: Callable[[Any], str] = printed) -> str:
    """Write compact JSON with letters outside ASCII as they are; ``default`` writes times."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=default)


def thinned(fields: Mapping[str, Any], salt: str) -> dict[str, Any]:
    """Leave out about a third of the nulls, as vendors do: for a ``salt`` always the same."""
    return {
        name: value
        for name, value in fields.items()
        if value is not None or crc32(f"{salt}.{name}".encode()) % 3
    }
