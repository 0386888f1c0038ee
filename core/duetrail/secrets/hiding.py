"""What hides secrets: texts without the values that were looked up, data without tokens.

Both read texts with their escapes undone (`duetrail.escapes`).
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from duetrail.errors import DuetrailError
from duetrail.escapes import Span, Unescaped, may_hide, plainest, texts, unescaped_forms
from duetrail.json_tree import map_texts

HIDDEN = "[secret]"

# Shorter values would blot out ordinary words; a credential that short protects nothing.
_SHORTEST = 6

# Shorter ones might stand in a vendor's data by chance, and data must not be changed by chance:
# they are taken out of it as whole words only, or where the data say that it is a secret.
_SHORTEST_TOKEN = 16

# Tokens that a login gives are longer than words beside them.
_SHORTEST_ISSUED = 20

# Base64 of that length stands nowhere by chance, though the secret may.
_SHORTEST_BASE64 = 10

# How far before a secret a text may say that one follows.
_BEFORE = 40

_KEY = re.compile(
    r"(?i)passw|passphrase|passcode|pass$|pwd|kennwort|secret|token|credential|api.?key"
    r"|(?<![a-z])(?:pin|key|auth)(?![a-z])|authori[sz]ation"
)
_ANNOUNCED = re.compile(
    r"(?i)(?:passw|passphrase|passcode|pass|pwd|kennwort|secret|token|credential|api.?key"
    r"|(?<![a-z])(?:pin|key|auth)(?![a-z])|authori[sz]ation)\w{0,20}\W{1,8}\Z"
)

# The name of a field, and how many of them a place in what was sent may have.
_NAME = re.compile(r"[\w.\[\]/-]{1,40}")
_STEPS = 8

# A word or a number, as people and data have them; nobody can tell it from a secret.
_WORDS = re.compile(r"(?:[^\W\d_]|[ .'-])+")
_NUMBER = re.compile(r"[\d .,:/()+-]+")


class _Where(IntEnum):
    """Where in data a form of a secret is taken out; the first that fits counts."""

    ANYWHERE = 1
    WORD = 2
    WHOLE = 3  # a value that is nothing else; or as below
    ANNOUNCED = 4  # where the data say that it is a secret


_Needles = Mapping[str, _Where]

_lock = threading.Lock()
_known: _Needles = {}
_tokens: _Needles = {}


def remember(value: str, *, token: bool = False) -> None:
    """Have `redact` remove this value, in each of its `forms`, from now on.

    Args:
        value: A secret; one of less than 6 characters is not removed from what is shown.
        token: Whether it lets somebody in, so that no data hold it by right and `without_tokens`
            takes it out of data, too: from 16 characters on wherever it stands, from 6 on as a
            whole word, a shorter one as a whole value, and an ordinary word or number only where
            a key such as `password` says what it is.
    """
    global _known, _tokens
    if not value.strip() or value == HIDDEN:
        return
    with _lock:  # never changed, but replaced: another thread may be reading them
        if len(value) >= _SHORTEST:
            _known = _with(_known, dict.fromkeys(_spellings(value), _Where.ANYWHERE))
        if token:
            _tokens = _with(_tokens, _in_data(value))


def may_be_token(text: str) -> bool:
    """Whether a text in the answer to a login may be a token.

    Shorter ones are words, and one that is a time says when the token expires.
    """
    if len(text) < _SHORTEST_ISSUED:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return True
    return False


def remember_login(users: Iterable[str], passwords: Iterable[str]) -> None:
    """Take these passwords out of data, alone and with a user in front, as in RFC 7617."""
    passwords = tuple(passwords)
    for password in passwords:
        remember(password, token=True)
    for user in users:
        for password in passwords:
            remember(f"{user}:{password}", token=True)


def forms(value: str) -> set[str]:
    """Every form in which a value may show: plain, in URLs, in JSON, in a repr, in base64."""
    quoted = {f(value, safe=safe) for f in (quote, quote_plus) for safe in ("", "/")}
    lower = {_ESCAPE.sub(lambda found: found[0].lower(), text) for text in quoted}
    escaped = {json.dumps(value, ensure_ascii=ascii)[1:-1] for ascii in (True, False)}
    escaped |= {text.replace("/", "\\/") for text in escaped}
    # A body that is JSON may stand as text in other JSON: in a reject that is shown, for one.
    escaped |= {json.dumps(text, ensure_ascii=False)[1:-1] for text in escaped}
    return {value, repr(value)[1:-1], *quoted, *lower, *escaped, *_in_base64(value.encode())}


def redact(text: str) -> str:
    """The text with every remembered secret replaced by `[secret]`."""
    return _without(text, _known) if _known else text


def redacted(value: Any) -> Any:
    """Plain JSON values with every remembered secret taken out of every text in them."""
    return map_texts(value, redact, keys=True)


def error_facts(error: DuetrailError) -> dict[str, str]:
    """An error as plain values, for `--json` and for observers, without secrets."""
    message, hint = redact(error.message), redact(error.hint)
    return {"type": type(error).__name__, "message": message, "hint": hint}


def holds_token(text: bytes) -> bool:
    """Whether a token that goes to the vendor may stand in there, as it is or in a known form.

    Quick and cautious: whether it does stand there `without_tokens` knows.
    """
    # From the end: so Python searches in a third of the time.
    return any(text.rfind(needle) >= 0 for needle in _least(tuple(_tokens)))


@lru_cache(maxsize=1)
def _least(forms: tuple[str, ...]) -> tuple[bytes, ...]:
    """The forms in which no other one stands, as bytes: where none of these is, none is."""
    return tuple(
        form.encode() for form in forms if not any(one in form for one in forms if one != form)
    )


def hides_token(text: bytes, *, is_bare: bool = False) -> bool:
    """The same once escapes are undone.

    Args:
        text: JSON in UTF-8, without escapes that JSON does not need: they are quicker undone by
            whoever has parsed it.
        is_bare: Whether it is known that no backslash hides a character that needs none.
    """
    tokens = _tokens
    if not tokens or holds_token(text):
        return bool(tokens)
    if not may_hide(text, anything=any(map(_is_odd, tokens)), is_bare=is_bare):
        return False
    _, *read = texts(text.decode(errors="replace"))
    return any(form in one for one in read for form in tokens)


def without_tokens(value: Any) -> Any:
    """Plain JSON values with those tokens taken out of every text in them."""
    return _cleaned(value, _tokens, announced=False)


def _cleaned(value: Any, tokens: _Needles, *, announced: bool) -> Any:
    """A value without tokens; `announced` if what it stands in says that it is a secret."""
    if isinstance(value, str):
        return _without(value, tokens, announced=announced)
    if isinstance(value, dict):
        beside = announced or any(map(_names_secret, value.values()))
        return {
            _without(key, tokens): _cleaned(
                below,
                tokens,
                announced=(announced if isinstance(below, dict) else beside)
                or _KEY.search(key) is not None,
            )
            for key, below in value.items()
        }
    if isinstance(value, list):
        return [_cleaned(element, tokens, announced=announced) for element in value]
    if type(value) is int and _without(str(value), tokens, announced=announced) == HIDDEN:
        return HIDDEN
    return value


def _names_secret(value: Any) -> bool:
    """Whether a value names a secret that stands beside it: `{"field": "password", ...}`."""
    if isinstance(value, list):
        return any(map(_names_secret, value[:_STEPS]))
    return (
        isinstance(value, str)
        and _NAME.fullmatch(value) is not None
        and _KEY.search(value) is not None
    )


def _without(text: str, needles: _Needles, *, announced: bool = False) -> str:
    """A text with what is looked for replaced, however it is spelled there."""
    spans = sorted(
        span
        for form in unescaped_forms(text)
        for span in _found(form, needles, announced=announced)
    )
    if not spans:
        return text
    parts, read = [], 0
    for begin, end in spans:
        if begin >= read:
            parts += [text[read:begin], HIDDEN]
        read = max(read, end)
    return "".join([*parts, text[read:]])


def _found(form: Unescaped, needles: _Needles, *, announced: bool) -> Iterator[Span]:
    text = form.text
    for needle, where in needles.items():
        begin = text.find(needle)
        while begin >= 0:
            end = begin + len(needle)
            fits = where is _Where.ANYWHERE or _fits(text, begin, end, where, announced)
            if fits:
                yield form.span(begin, end)
            begin = text.find(needle, end if fits else begin + 1)


def _fits(text: str, begin: int, end: int, where: _Where, announced: bool) -> bool:
    """Whether something that may stand there by chance is the secret."""
    if _is_sign(text[begin - 1 : begin + 1]) or _is_sign(text[end - 1 : end + 1]):
        return False  # part of a longer word
    if where is _Where.WORD or announced:
        return True
    if where is _Where.WHOLE and not text[:begin].strip() and not text[end:].strip():
        return True
    return _ANNOUNCED.search(text[max(begin - _BEFORE, 0) : begin]) is not None


def _is_sign(pair: str) -> bool:
    """Whether two characters stand inside a word; no pair at the ends of a text."""
    return len(pair) == 2 and all(sign.isalnum() or sign == "_" for sign in pair)


def _in_data(value: str) -> dict[str, _Where]:
    """The forms of a secret that are taken out of data, and where."""
    if len(value) >= _SHORTEST_TOKEN:
        return dict.fromkeys(_spellings(value), _Where.ANYWHERE)
    if _is_ordinary(value):
        where = _Where.ANNOUNCED
    else:
        where = _Where.WORD if len(value) >= _SHORTEST else _Where.WHOLE
    encoded = set(_in_base64(value.encode()))
    found = dict.fromkeys(_spellings(value) - encoded, where)
    if len(value) < _SHORTEST:  # parts of it, as they stand inside other base64, say nothing
        encoded = {base64.b64encode(value.encode()).decode().rstrip("=")}
    for form in encoded:
        is_sure = where is _Where.WORD and len(form) >= _SHORTEST_BASE64
        found[form] = _Where.ANYWHERE if is_sure else where
    return found


def _spellings(value: str) -> set[str]:
    """Its forms, and what is left of them when escapes are undone that are its own."""
    either = {value, value.replace(" ", "+")}
    found = forms(value) | either | {plainest(text) for text in either}
    return {form for form in found if len(form) >= min(len(value), _SHORTEST)}


def _is_ordinary(value: str) -> bool:
    if _NUMBER.fullmatch(value):
        return True
    cased = value.islower() or value.isupper() or value.istitle() or not value.upper().isupper()
    return cased and _WORDS.fullmatch(value) is not None


def _is_odd(form: str) -> bool:
    """Whether there are characters that are escaped everywhere."""
    return not form.isascii() or any(sign in form for sign in " \"'\\\n\t")


def _with(needles: _Needles, more: _Needles) -> _Needles:
    return {
        **needles,
        **{form: min(where, needles.get(form, where)) for form, where in more.items()},
    }


_ESCAPE = re.compile("%[0-9A-F]{2}")


def _in_base64(value: bytes) -> Iterator[str]:
    """The value encoded by itself, and what never changes of it when it stands inside other bytes.

    Three bytes make four characters, so there are three ways in which it may begin: the password
    of `user:password` begins in one that depends on the user.
    """
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(value).decode().rstrip("=")
        for before in range(3):
            text = encode(bytes(before) + value).decode()
            # Characters of which some bits belong to the neighbours are left out.
            yield text[-(-before * 8 // 6) : (before + len(value)) * 8 // 6]
