"""The contract suite brings a token host of its own, and a sound plugin passes it."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import tomllib
import types
from pathlib import Path

from duetrail.testing import ContractTests
from support.acme_by_oauth2 import SETTINGS, by_oauth2

_HERE = Path(__file__).parent
_SAID = tomllib.loads((_HERE / "acme.toml").read_text(encoding="utf-8"))


_FOLDER = tempfile.TemporaryDirectory()


def _module() -> types.ModuleType:
    """Acme with OAuth2: a file, and installed nowhere."""
    file = Path(_FOLDER.name) / "acme_by_oauth2.py"
    file.write_text(by_oauth2((_HERE / "acme.py").read_text(encoding="utf-8")), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[file.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestAcmeByOAuth2(ContractTests):
    """Acme, whose recording is of requests that came with a token."""

    source = _module()
    cassettes = _HERE / "acme.yaml"
    settings = SETTINGS
    absent = _SAID["absent"]
    known = _SAID["known"]
