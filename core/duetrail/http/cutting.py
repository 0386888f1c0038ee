"""Taking out of an answer what must never be stored."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Any

from msgspec import Struct

_CONTAINERS = frozenset({dict, list})

# Texts, and the brackets between them.
_PART = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)


def _value(depth: int) -> bytes:
    """Matches a value; of objects and lists those nested at most so deeply, as most are."""
    inside = rb'(?:[^{}\[\]"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+'
    for _ in range(depth):
        inside = rb'(?:[^{}\[\]"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{]' + inside + rb"[\]}])*+"
    return rb'\s*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s,{}\[\]"]++|[\[{]' + inside + rb"[\]}])"


_COLON = re.compile(rb"\s*+:")
_COMMA = re.compile(rb"\s*+,")
# What follows the key of a member that is not nested deeply, with the comma behind it.
_REST = re.compile(rb"\s*+:" + _value(3) + rb"(?:\s*+,)?+", re.DOTALL)

_BLANKS = b" \t\r\n"
_BACKSLASH, _COMMA_SIGN = b"\\,"


def cut(data: Any, names: Collection[str]) -> bool:
    """Delete these keys, with all below them, wherever they stand; say whether there were any.

    Args:
        data: Parsed JSON; changed in place.
        names: Exact keys, such as `access_token`.
    """
    found = False
    # A list of what is left to look at: an answer may be nested deeper than Python recurses.
    left = [data] if names else []
    while left:
        part = left.pop()
        if type(part) is dict:
            for name in names:
                if name in part:
                    del part[name]
                    found = True
            left.extend(value for value in part.values() if type(value) in _CONTAINERS)
        elif type(part) is list:
            left.extend(value for value in part if type(value) in _CONTAINERS)
    return found


def cut_bytes(body: bytes, names: frozenset[str], *, is_bare: bool = False) -> bytes | None:
    """The same on JSON that is not parsed: all other bytes stay as they are.

    Args:
        body: JSON in UTF-8, known to be valid.
        names: Exact keys.
        is_bare: Whether it is known to have no escapes by codes.

    Returns:
        None where it cannot be done: one of the keys may be written with escapes.
    """
    keys = _keys(names)
    escaped = None if is_bare else keys.escaped
    if b"\\" in body and (keys.is_odd or (escaped and escaped.search(body))):
        return None
    spans = sorted([span for needle in keys.needles for span in _members(body, needle)])
    return _without(body, spans) if spans else body


class _Keys(Struct, frozen=True):
    """Some keys, as they are looked for.

    Attributes:
        needles: Each as it is written, with its quotes.
        escaped: Finds escapes that stand for one of their characters; None where there are no keys.
        is_odd: Whether a character of them is always written as an escape, or may be as two.
    """

    needles: tuple[bytes, ...]
    escaped: re.Pattern[bytes] | None
    is_odd: bool


@cache
def _keys(names: frozenset[str]) -> _Keys:
    signs = sorted(set("".join(names)))
    is_odd = any(sign in '"\\/' or not " " <= sign <= "\uffff" for sign in signs)
    codes = "|".join(f"{ord(sign):04x}" for sign in signs)
    return _Keys(
        needles=tuple(f'"{name}"'.encode(errors="surrogatepass") for name in sorted(names)),
        escaped=re.compile(rb"\\u(?i:%b)" % codes.encode()) if signs else None,
        is_odd=is_odd,
    )


def _members(body: bytes, needle: bytes) -> list[tuple[int, int]]:
    """Where a key begins and its value ends, or the comma behind that, each time it stands there.

    In JSON a quote without a backslash before it, followed by a name and another quote, is that
    name as a text; and a text that a colon follows is a key.
    """
    places, spans, end = [], [], 0
    at = body.rfind(needle)  # from the end: so Python searches in a third of the time
    while at >= 0:
        places.append(at)
        at = body.rfind(needle, 0, at)
    for at in reversed(places):
        # What stands inside another one is cut with it.
        if at < end or body[at - 1] == _BACKSLASH:
            continue
        if rest := _REST.match(body, at + len(needle)):
            end = rest.end()
            spans.append((at, end))
        elif colon := _COLON.match(body, at + len(needle)):
            end = _end_of_deep(body, colon.end())
            spans.append((at, end))
    return spans


def _end_of_deep(body: bytes, at: int) -> int:
    """Where a value ends that is nested more deeply, or the comma behind it."""
    depth = 0
    for part in _PART.finditer(body, at):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(part[0], 0)
        if depth == 0:
            comma = _COMMA.match(body, part.end())
            return comma.end() if comma else part.end()
    raise ValueError("JSON that breaks off")


def _without(body: bytes, spans: list[tuple[int, int]]) -> bytes:
    """JSON without some members of objects; of one without a comma, with the comma before it."""
    kept: list[tuple[int, int]] = []
    at = 0
    for begin, end in spans:
        if begin < at:
            continue  # inside another one
        kept.append((at, begin))
        if body[end - 1] != _COMMA_SIGN:
            _drop_comma(body, kept)
        at = end
    view = memoryview(body)
    return b"".join([*(view[begin:end] for begin, end in kept), view[at:]])


def _drop_comma(body: bytes, kept: list[tuple[int, int]]) -> None:
    """Shorten what is kept by a comma at its end and the blanks behind that."""
    while kept:
        begin, end = kept.pop()
        while end > begin and body[end - 1] in _BLANKS:
            end -= 1
        if end > begin:
            kept.append((begin, end - (body[end - 1] == _COMMA_SIGN)))
            return
