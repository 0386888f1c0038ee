"""What is data and no code: words, names, stories, and the fields that each vendor shows."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


def read_text(name: str) -> str:
    """Read a file of this folder as it stands."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


@cache
def read_toml(name: str) -> dict[str, Any]:
    """Read a file of tables, by its name without the ending."""
    return tomllib.loads(read_text(f"{name}.toml"))
