"""Settings and keys in what is asked: `/{company}/invoices/{key}`, `{"mailbox": "{mailbox}"}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import attrs

from duetrail.errors import PluginError
from duetrail.http.address import segment
from duetrail.secrets import Secret
from duetrail.source import Key, Resource, Source

_PLACE = re.compile(r"\{([A-Za-z0-9_]*)\}")
KEY = frozenset({"", "key"})
"""What stands for the key of a keyed resource."""


def filled(path: str, key: Key | None, options: Any) -> str:
    """A path with the key and settings in place of their names, each quoted as one segment.

    Args:
        path: `{key}`, or `{}`, is the key; any other name is a setting of the connection.
        key: The key; None where the resource is not keyed.
        options: The settings.

    Raises:
        ProtocolError: A value cannot stand in a path.
    """

    def value(place: re.Match[str]) -> str:
        return segment(str(_named(place[1], key, options)))

    return _PLACE.sub(value, path)


def filled_params(
    params: Mapping[str, Any], key: Key | None, options: Any, *, is_body: bool = False
) -> dict[str, Any]:
    """Parameters with the key and settings in place of their names, as they are.

    A setting that is None or empty is left out, with the parameter whose text it stands in; a list
    of which nothing is left, too.

    Args:
        params: By name a text, a list of texts, or anything else, which is kept.
        key: The key; None where the resource is not keyed.
        options: The settings.
        is_body: Whether they are a body: then objects are filled, too, and of texts only those that
            are a name and no more, as in `{"company": "{company}"}`; others may be of a language
            that has braces of its own.
    """

    def fill(part: Any) -> Any:
        if isinstance(part, str):
            return _text(part, lambda name: _given(name, key, options), is_body=is_body)
        if isinstance(part, list | tuple):
            return _spread(part, fill, is_body=is_body) if part else part
        if is_body and isinstance(part, Mapping):
            return filled_params(part, key, options, is_body=True)
        return part

    every = ((name, part, fill(part)) for name, part in params.items())
    return {name: found for name, part, found in every if part is None or found is not None}


def _text(text: str, value: Callable[[str], Any], *, is_body: bool) -> Any:
    """A text, or what the setting is that it names; None where that is nothing."""
    if place := _PLACE.fullmatch(text):
        return value(place[1])
    if is_body:
        return text
    values = {name: value(name) for name in _PLACE.findall(text)}
    if None in values.values():
        return None
    return _PLACE.sub(lambda place: _spelled(place[1], values[place[1]]), text)


def _given(name: str, key: Key | None, options: Any) -> Any:
    """The value of a name, as JSON has it; None where there is none."""
    value = _named(name, key, options)
    value = value.isoformat() if isinstance(value, date) else value
    return None if value in (None, "", (), []) else value


def _named(name: str, key: Key | None, options: Any) -> Any:
    return key.value if key and name in KEY else getattr(options, name)


def _spelled(name: str, value: Any) -> str:
    """A value inside a text."""
    if isinstance(value, str | int):
        return str(value).lower() if isinstance(value, bool) else str(value)
    raise PluginError(
        f"{{{name}}} stands inside a text, and is a {type(value).__name__}",
        hint="Let it be a parameter of its own, or make the parameters with a function.",
    )


def _spread(parts: Iterable[Any], fill: Callable[[Any], Any], *, is_body: bool) -> list[Any] | None:
    """What is there of the parts of a list; a setting that is a list is as many, a list is one.

    None where nothing is left. A null that is written in a body stays.
    """
    found: list[Any] = []
    for part, value in ((part, fill(part)) for part in parts):
        if isinstance(part, str) and isinstance(value, list | tuple):
            found += value
        elif value is not None or (is_body and part is None):
            found.append(value)
    return found or None


def names_in(part: Any, *, is_body: bool = False) -> frozenset[str]:
    """The names in a path, or in parameters as they are filled."""
    if isinstance(part, str):
        place = _PLACE.fullmatch(part)
        return frozenset(([place[1]] if place else []) if is_body else _PLACE.findall(part))
    if isinstance(part, Mapping):
        part = list(part.values())
    parts = part if isinstance(part, list | tuple) else ()
    return frozenset().union(*(names_in(one, is_body=is_body) for one in parts))


def refuse_unknown(source: Source, resource: Resource, names: frozenset[str]) -> None:
    """Refuse a request with what is no setting, with a secret, or with a key where there is none.

    Raises:
        PluginError: There is such a name in it.
    """
    settings = {one.name: one for one in attrs.fields(source.options)}
    for name in sorted(names):
        if name in KEY:
            if resource.keys is None:
                raise PluginError(
                    f"the request for {resource.name!r} has a key in it, and it has no keys",
                    hint="Say with Resource(keys=Keys(...)) where they come from.",
                )
        elif name not in settings:
            raise PluginError(
                f"the request for {resource.name!r} has {{{name}}} in it, which is no setting",
                hint=f"There are {', '.join(settings) or 'no settings'}; {{key}} is the key of a "
                "keyed resource.",
            )
        elif settings[name].type in (Secret, Secret | None):
            raise PluginError(
                f"the request for {resource.name!r} has {{{name}}} in it, which is a secret",
                hint="Addresses are shown and stored: a secret goes into a header, by `auth`.",
            )
