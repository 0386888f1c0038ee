"""Leftovers: what of an object no wire field claims."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

import attrs

from duetrail.wire.elements import Elements, elements_of
from duetrail.wire.fields import json_key
from duetrail.wire.judging import is_time_or_none
from duetrail.wire.meant import is_meant
from duetrail.wire.times import is_no_time


def leftovers(wire: type[Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """What no wire field claims: every other key, at any depth, as received."""
    return _unclaimed(wire, raw)


def claims(wire: type[Any]) -> dict[str, Any]:
    """Each JSON key a wire class names, with the claims of the wire class below it, if any."""
    return _claims(wire)  # type: ignore[arg-type]


@cache
def _claims(wire: Any) -> dict[str, Any]:
    attrs.resolve_types(wire)
    return {json_key(f): _claims_below(f.type) for f in attrs.fields(wire)}


def _claims_below(type_: Any) -> dict[str, Any] | None:
    for part in (type_, *get_args(type_)):
        if attrs.has(part):
            return _claims(part)
        if part is not type_ and get_args(part):
            return _claims_below(part)
    return None


def _unclaimed(wire: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    types = _types(wire)
    rest: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in types:
            rest[key] = value
        elif part := _rest_below(types[key], value):
            rest[key] = part
    return rest


@cache
def _types(wire: Any) -> dict[str, Any]:
    """The type of every key that something may be left over of: an object, or a time that is none.

    Of a list of which some elements are taken there is what says so. Of all others that are named
    there is None.
    """
    attrs.resolve_types(wire)
    return {json_key(f): elements_of(f) or _open(f.type) for f in attrs.fields(wire)}


def _open(type_: Any) -> Any:
    parts = [_open(part) for part in get_args(type_)]
    found = next((part for part in parts if part is not None), None)
    return type_ if attrs.has(type_) or is_time_or_none(type_) else found


def _rest_below(type_: Any, value: Any) -> Any:
    if type_ is None:
        return None
    if isinstance(type_, Elements):
        return _rest_of(type_, value)
    if isinstance(value, list):
        parts = [_rest_below(type_, item) for item in value]
        return parts if any(parts) else None
    if is_time_or_none(type_):
        return value if isinstance(value, str) and is_no_time(value) else None
    if not isinstance(value, dict):
        return None
    return _unclaimed(type_, value) if is_meant(type_, value) else value


def _rest_of(elements: Elements, value: Any) -> Any:
    """What is left of a list of which some elements are taken, each in its place."""
    if not isinstance(value, list):
        return None
    parts = [
        one if type_ is None else _rest_below(_open(type_), one)
        for one, type_ in elements.with_types(value)
    ]
    return parts if any(part not in (None, "", {}, []) for part in parts) else None
