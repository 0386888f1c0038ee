"""Texts as PostgreSQL can keep them, and back: it takes no U+0000, and few digits in JSON.

`U+FDD0`, which stands for no character, begins two letters: `0` for U+0000, `1` for itself. In JSON
a text that begins with `U+FDD0 2` is a number that is too wide for NUMERIC.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from duetrail.stores.canonical import canonical_json
from duetrail.stores.codecs import from_json, to_json

MARK = "\ufdd0"
_SPELLED_MARK = "\\ufdd0"

AS_JSON_TEXT = f"replace(CAST({{}} AS text), '{MARK}', '{_SPELLED_MARK}')"
"""SQL for JSON as a text in which the loader of texts finds nothing to unescape."""

_WIDE = re.compile(r"\dE[+-]\d{4}")  # as the store writes a number: by `to_json`
_MOST = 1000


def escaped(text: str) -> str:
    """A text as it is kept."""
    if "\0" in text or MARK in text:
        return text.replace(MARK, f"{MARK}1").replace("\0", f"{MARK}0")
    return text


def kept(value: Any) -> Any:
    """A value as it is kept, whatever it is."""
    return escaped(value) if isinstance(value, str) else value


def unescaped(text: str) -> str:
    """A kept text as it was."""
    if MARK in text:
        return text.replace(f"{MARK}0", "\0").replace(f"{MARK}1", MARK)
    return text


def is_jsonb(text: str) -> bool:
    """Whether the texts in some JSON can be kept as they are."""
    return "\\u0000" not in text and MARK not in text


def jsonb_of(text: str) -> str:
    """JSON as a column of type jsonb takes it."""
    if not is_jsonb(text) or (("E+" in text or "E-" in text) and _WIDE.search(text)):
        kept = to_json(_with_leaves(from_json(text), _leaf_out)).decode()
        return kept.replace(MARK, _SPELLED_MARK)  # nobody takes it for a letter to be escaped
    return text


def of_jsonb(text: str) -> str:
    """The JSON that was kept, in its canonical form: jsonb keeps neither order nor spelling."""
    if MARK in text or _SPELLED_MARK in text:
        whole = _with_leaves(from_json(text), _leaf_in)
        return canonical_json(to_json(whole).decode())
    return canonical_json(text)


def _with_leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    """JSON with each leaf and each key changed."""
    if isinstance(value, dict):
        return {change(key): _with_leaves(one, change) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_leaves(one, change) for one in value]
    return change(value)


def _leaf_out(value: Any) -> Any:
    if isinstance(value, str):
        return escaped(value)
    is_wide = isinstance(value, (int, Decimal)) and abs(Decimal(value).adjusted()) >= _MOST
    return f"{MARK}2{value}" if is_wide else value


def _leaf_in(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(f"{MARK}2"):
        return msgspec.Raw(value[2:].encode())
    return unescaped(value) if isinstance(value, str) else value
