"""A source with OAuth2: the suite brings a token host, and Gated passes all of it."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
import types
from pathlib import Path

from duetrail.model import BY_TABLE, fields_of
from duetrail.testing import ContractTests

_HERE = Path(__file__).parent
_SAID = tomllib.loads((_HERE / "gated.toml").read_text(encoding="utf-8"))


def _module() -> types.ModuleType:
    """A plugin that is a file, and installed nowhere."""
    spec = importlib.util.spec_from_file_location("gated", _HERE / "gated.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["gated"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _but(filled: str) -> list[str]:
    """What no invoice of Gated has."""
    names = {one.name for one in fields_of(BY_TABLE["invoices"])}
    words = {name for name in names if name.endswith("_raw")}
    return sorted(names - words - {"connection", "id", "invoices", *filled.split()})


class TestGated(ContractTests):
    """A sound plugin."""

    source = _module()
    cassettes = _HERE / "gated.yaml"
    settings = _SAID["settings"]
    absent = {"invoices": _but(_SAID["filled"]["invoices"])}
    known = _SAID["known"]
