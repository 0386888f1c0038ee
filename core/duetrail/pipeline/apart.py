"""Apart: what of a person no single text of JSON holds: halves of a name, numbers without quotes.

A whole number is a telephone number only where its key says so; it may stand in a list, or under a
key that says nothing by itself (`value`) inside one that does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from attrs import define, field

from duetrail.spelling import Span

Judge = Callable[[str], bool]
"""Whether somebody who is to be left out stands in a text."""

_GIVEN = re.compile(r"given|first|fore_?name|vorname|prenom|christian|middle", re.IGNORECASE)
_FAMILY = re.compile(r"family|last|surname|nachname|^sn$", re.IGNORECASE)
_HALVES = re.compile(r"family|last|surname|nachname|\"sn\"", re.IGNORECASE)
_TELEPHONE = re.compile(
    r"phone|mobile|\bcell|fax|msisdn|call(?:er|ee|ed|ing)|diall?ed|\btel\b|whatsapp|\bsms\b"
    r"|^(?:to|from|src|dst|source|destination)(?:_?number)?$",
    re.IGNORECASE,
)
_NEUTRAL = re.compile(r"(?:value|number|digits|e164|national|international|raw|\d*)", re.IGNORECASE)
_WHOLE = re.compile(r'(?<![\w.+"-])\d{7,15}(?![\w.])')
_TOKEN = re.compile(
    r'("[^"\\]*+(?:\\.[^"\\]*+)*+")(\s*:)?|[\[\]{}]|(?<![\w.+-])\d{7,15}(?![\w.+-])', re.DOTALL
)
# Of so many halves of one object every pair is tried; nobody has more names.
_MOST = 6


@define
class _Level:
    """An object or a list: the key it stands under, the key that is read, halves of names."""

    under: str
    key: str = ""
    given: list[tuple[str, Span]] = field(factory=list)
    family: list[tuple[str, Span]] = field(factory=list)


def apart(text: str, is_name: Judge, is_number: Judge) -> list[Span]:
    """Where, in JSON, halves of names and whole numbers stand that are somebody's, in order."""
    has_halves = _HALVES.search(text) is not None
    if not has_halves and not any(is_number(found[0]) for found in _WHOLE.finditer(text)):
        return []
    return sorted(set(_found(text, is_name, is_number)))


def _found(text: str, is_name: Judge, is_number: Judge) -> Iterator[Span]:
    levels = [_Level("")]
    for token in _TOKEN.finditer(text):
        level, written = levels[-1], token[0]
        if written in ("{", "["):
            levels.append(_Level(level.key, level.key if written == "[" else ""))
        elif written in ("}", "]"):
            yield from _names(level, is_name)
            if len(levels) > 1:
                levels.pop()
        elif token[2]:
            level.key = json.loads(token[1], strict=False)
        elif token[1]:
            _note(level, token)
        elif _is_telephone(level) and is_number(written):
            yield token.span()


def _note(level: _Level, token: re.Match[str]) -> None:
    for pattern, halves in ((_GIVEN, level.given), (_FAMILY, level.family)):
        if len(halves) < _MOST and pattern.search(level.key):
            halves.append((json.loads(token[1], strict=False), token.span(1)))


def _names(level: _Level, is_name: Judge) -> Iterator[Span]:
    every = " ".join(half for half, _ in [*level.given, *level.family])
    if level.given and level.family and is_name(every):
        yield from (span for _, span in [*level.given, *level.family])
        return
    for given, span in level.given:
        for family, other in level.family:
            if is_name(f"{given} {family}"):
                yield from (span, other)


def _is_telephone(level: _Level) -> bool:
    is_neutral = _NEUTRAL.fullmatch(level.key) is not None
    return bool(_TELEPHONE.search(level.key) or (is_neutral and _TELEPHONE.search(level.under)))
