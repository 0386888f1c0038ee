"""Split values: a name in several values of JSON, and a telephone number that is a JSON number.

A number is a telephone number only where its key says so; it may stand in a list, under a neutral
key (`value`) inside such a key, or beside a text that says so (`"type": "mobile"`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from attrs import define, field

from duetrail.escapes import Span

Judge = Callable[[str], bool]
"""Whether a text holds somebody who is to be left out."""

_GIVEN = re.compile(
    r"given|first|fore_?name|vorname|pr[e\u00e9]nom|prename|christian|middle|^f_?n(?:ame)?$|nombre"
    r"|^nome$|name_?1$",
    re.IGNORECASE,
)
_FAMILY = re.compile(
    r"family|last|surname|nachname|^[ls]_?n(?:ame)?$|^nom$|cognome|sobrenome|apellido|name_?2$",
    re.IGNORECASE,
)
_HALVES = re.compile(
    r"family|last|surname|nachname|\"[ls]_?n(?:ame)?\"|\"nom\"|cognome|sobrenome|apellido"
    r"|name_?2\"|vorname|prename|prenom",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:full|display)?_?name", re.IGNORECASE)
_TELEPHONE = re.compile(
    r"phone|mobile|\bcell|fax|msisdn|call(?:er|ee|ed|ing)|diall?ed|\btel\b|whatsapp|\bsms\b"
    r"|telefon|handy|contact_?number|^[ab]_?number$|^(?:ani|dnis|clid?|clip)$"
    r"|^(?:to|from|src|dst|source|destination)(?:_?number)?$",
    re.IGNORECASE,
)
_TELEPHONE_TYPE = re.compile(
    r"(?:home|work|office|business|private|direct)?[ _-]?"
    r"(?:(?:tele|mobile|cell|i)?[ _-]?phone|mobile|cell|fax|tel|telefon|handy|whatsapp|sms)"
    r"(?:[ _-]?(?:number|no))?",
    re.IGNORECASE,
)
_NEUTRAL = re.compile(
    r"(?:value|number|digits|e164|national|international|raw|text|\d*)", re.IGNORECASE
)
_WHOLE = re.compile(r'(?<![\w.+"-])-?\d[\d.]{6,30}(?:[eE]\+?\d{1,2})?(?![\w.])')
# Two words of a list, or more: no addresses, no ids.
_LISTED = re.compile(
    r'"(?:[^"\\@:/\d]|\\(?:u[0-9a-fA-F]{4}|[^u])){1,60}"\s{0,80},\s{0,80}'
    r'"(?:[^"\\@:/\d]|\\(?:u[0-9a-fA-F]{4}|[^u])){1,60}"(?!\s{0,80}:)'
)
_SAYS = re.compile(r"key|name|label|field|attribute|property", re.IGNORECASE)
_TOKEN = re.compile(
    r'("[^"\\]*+(?:\\.[^"\\]*+)*+")(\s*:)?|[\[\]{}]'
    r"|(?<![\w.+-])-?\d[\d.]{6,30}(?:[eE]\+?\d{1,2})?(?![\w.+-])",
    re.DOTALL,
)
# Of so many halves of one object every pair is tried; nobody has more names.
_MOST = 6
# A name in a list has short words.
_ENTRY = 62
# What says of what kind something is, is short.
_LABEL = 30


Half = tuple[str, Span]


@define
class _Level:
    """An object or a list: the key it stands under, the key that is read, what was found."""

    under: str
    home: _Level | None = None
    is_list: bool = False
    key: str = ""
    is_telephone: bool = False
    given: list[Half] = field(factory=list)
    family: list[Half] = field(factory=list)
    whole: list[Half] = field(factory=list)
    listed: list[Half] = field(factory=list)
    numbers: list[Span] = field(factory=list)
    says: str = ""
    value: Half | None = None


def split_values(text: str, is_name: Judge, is_number: Judge) -> list[Span]:
    """Where in JSON the parts of names and the telephone numbers of somebody stand, in order."""
    may_hold = (
        _HALVES.search(text) is not None
        or _LISTED.search(text) is not None
        or any(is_number(_digits(one[0])) for one in _WHOLE.finditer(text))
    )
    return sorted(set(_found(text, is_name, is_number))) if may_hold else []


def _found(text: str, is_name: Judge, is_number: Judge) -> Iterator[Span]:
    levels = [_Level("")]
    for token in _TOKEN.finditer(text):
        level, written = levels[-1], token[0]
        if written in ("{", "["):
            is_list = written == "["
            home = level if is_list or _is_half(level.key) else None
            levels.append(_Level(level.key, home, is_list, level.key if is_list else ""))
        elif written in ("}", "]"):
            yield from _names(level, is_name)
            if level.is_telephone:
                yield from level.numbers
            if len(levels) > 1:
                levels.pop()
                _settle(level, levels[-1])
        elif token[2]:
            level.key = json.loads(token[1], strict=False)
        elif token[1]:
            _note(level, token[1], token.span(1))
            if level.is_list:
                yield from _in_row(level, is_name)
        elif is_number(_digits(written)):
            if _is_telephone(level):
                yield token.span()
            elif _NEUTRAL.fullmatch(level.key):
                level.numbers.append(token.span())


def _digits(written: str) -> str:
    """The digits of a number that JSON holds as one; none where it has a fraction."""
    if written.count(".") > 1:
        return ""
    value = abs(Decimal(written))
    return str(int(value)) if value < 10**15 and value == int(value) else ""


def _is_half(key: str) -> bool:
    return bool(_GIVEN.search(key) or _FAMILY.search(key))


def _note(level: _Level, written: str, span: Span) -> None:
    key, at = level.key, level
    if level.home and _is_half(level.under) and (level.is_list or _NEUTRAL.fullmatch(key)):
        key, at = level.under, level.home
    halves = _halves(key, at)
    if level.is_list and len(written) <= _ENTRY:
        halves.append(level.listed)
    for each in halves:
        each.append((json.loads(written, strict=False), span))
    if key.lower() in {"value", "text"}:
        level.value = json.loads(written, strict=False), span
    elif len(written) < _LABEL and not level.is_list:
        level.is_telephone |= _TELEPHONE_TYPE.fullmatch(written, 1, len(written) - 1) is not None
        if _SAYS.fullmatch(key) and _is_half(written[1:-1]):
            level.says = written[1:-1]


def _halves(key: str, at: _Level) -> list[list[Half]]:
    """What a text under a key may be a half of a name among."""
    every = ((_GIVEN.search, at.given), (_FAMILY.search, at.family), (_NAME.fullmatch, at.whole))
    return [halves for is_meant, halves in every if is_meant(key)]


def _settle(level: _Level, above: _Level) -> None:
    """An object that says what its value is (`"key": "first_name"`) is a field of what is above."""
    if level.says and level.value:
        for halves in _halves(level.says, above):
            halves.append(level.value)


def _in_row(level: _Level, is_name: Judge) -> Iterator[Span]:
    """The last entries of a list that are a name together."""
    del level.listed[:-4]
    for size in range(2, len(level.listed) + 1):
        entries = level.listed[-size:]
        if is_name(" ".join(text for text, _ in entries)):
            level.listed.clear()
            yield from (span for _, span in entries)
            return


def _names(level: _Level, is_name: Judge) -> Iterator[Span]:
    given, family, whole = level.given[:_MOST], level.family[:_MOST], level.whole[:1]
    every = " ".join(half for half, _ in [*given, *family])
    if given and family and is_name(every):
        yield from (span for _, span in [*given, *family])
        return
    pairs = [(one, other) for one in given for other in [*family, *whole]]
    for (first, span), (last, other) in [*pairs, *((w, f) for w in whole for f in family)]:
        if is_name(f"{first} {last}"):
            yield from (span, other)


def _is_telephone(level: _Level) -> bool:
    is_neutral = _NEUTRAL.fullmatch(level.key) is not None
    return bool(_TELEPHONE.search(level.key) or (is_neutral and _TELEPHONE.search(level.under)))
