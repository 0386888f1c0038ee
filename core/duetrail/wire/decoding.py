"""Decoding: one object of a vendor as a wire class."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

from duetrail.wire.compiled import JsonParts, decoder_of, json_decoder_of, json_parts_of
from duetrail.wire.fields import json_key
from duetrail.wire.judging import converter, judge

T = TypeVar("T")


def decode(wire: type[T], raw: object) -> T:
    """One vendor object as a wire type.

    Args:
        wire: An attrs class.
        raw: Parsed JSON.

    Raises:
        BadItem: A field has another type than declared; the path leads to the first one.
    """
    try:
        return cast("T", _compiled(cast("Any", wire))(raw))
    except Exception:  # whatever it is, cattrs says it better, or knows that it may be taken
        return judge(wire, raw)


def decode_json(wire: type[T], body: bytes, parse: Callable[[bytes], Any]) -> T:
    """The same from the bytes of JSON, of which only what the class names is parsed.

    Args:
        wire: An attrs class.
        body: The object, in JSON that is known to be valid.
        parse: Parses it, where cattrs has to look at it.

    Raises:
        BadItem: As for `decode`.
    """
    try:
        return cast("T", _compiled_json(cast("Any", wire))(body))
    except Exception:
        return decode(wire, parse(body))


@cache
def json_parts(wire: Any) -> JsonParts:
    """How a wire class is read from bytes as a part of something else.

    Raises:
        Exception: It cannot be read so.
    """
    return json_parts_of(wire, json_key, slow)


def slow(type_: Any) -> Callable[[Any], Any]:
    """What decodes a type in any case, or raises: cattrs."""
    return lambda value: converter().structure(value, type_)


@cache
def _compiled(wire: Any) -> Callable[[Any], Any]:
    return decoder_of(wire, json_key, slow)


@cache
def _compiled_json(wire: Any) -> Callable[[Any], Any]:
    return json_decoder_of(json_parts(wire))
