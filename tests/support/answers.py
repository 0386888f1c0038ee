"""Looking through the sandbox's answers."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_FIELDS = Path(__file__).parents[1] / "plugins" / "sandbox" / "fields.toml"


def known_fields(vendor: str) -> dict[str, set[str]]:
    """The fields of each object of a vendor's, as its reference names them."""
    told = tomllib.loads(_FIELDS.read_text())[vendor]
    return {name: set(words.split()) for name, words in told.items()}


def union(objects: Iterable[dict[str, Any]]) -> set[str]:
    """The fields that objects have together."""
    return {key for one in objects for key in one}
