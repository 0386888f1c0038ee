"""Values as Stuut writes them: untyped words, empty ids, amounts in minor units."""

from __future__ import annotations

from typing import Any

import msgspec


def in_minor(options: Any) -> bool:
    """Whether this connection's numbers are in minor units."""
    return bool(options.amounts != "major")


def name_of(value: Any) -> str | None:
    """The word of an untyped status: text, or an object with a name."""
    name = value.get("name") if isinstance(value, dict) else value
    return name if isinstance(name, str) else text_of(value)


def text_of(value: Any, key: str = "name") -> str | None:
    """An untyped value as text: as it is, an object of this one key, or else as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict) and list(value) == [key] and isinstance(value[key], str):
        return str(value[key])
    return msgspec.json.encode(value, order="deterministic").decode()


def same(word: str | None, *words: str) -> bool:
    """Whether a vendor's word is one of these, in whatever case."""
    return word is not None and word.casefold() in words


def id_of(id: str | None) -> str | None:
    """An id; an empty one is none."""
    return id or None
