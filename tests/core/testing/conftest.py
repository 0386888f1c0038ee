"""Suites for Acme, a small vendor; and the scripted vendor of the tests of recording."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.core.recording.conftest import config, vendor

__all__ = ["config", "vendor"]

_HERE = Path(__file__).parent


class Acme:
    """Suites for Acme, each with something changed in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: list[Any] = []

    def suite(self, *changes: tuple[str, str], **facts: Any) -> Any:
        """A suite for Acme with other text in some places, which says these things."""
        from duetrail.testing import ContractTests

        text = (_HERE / "acme.py").read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        file = self._folder / f"acme_changed_{len(self._made)}.py"
        file.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[file.stem] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        said = tomllib.loads((_HERE / "acme.toml").read_text(encoding="utf-8"))
        whole = {"source": module, "cassettes": _HERE / "acme.yaml", **said, **facts}
        self._made.append(type("TestChanged", (ContractTests,), whole))
        return self._made[-1]

    def run(self, suite: Any, test: str) -> None:
        """One test of a suite, with the first of its parameters."""
        method = getattr(suite(), test)
        marks = [m for m in getattr(method, "pytestmark", ()) if m.name == "parametrize"]
        method(*[mark.args[1][0] for mark in marks])

    def close(self) -> None:
        """Stop what was started."""
        for suite in self._made:
            suite.teardown_class()


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Acme]:
    one = Acme(tmp_path)
    yield one
    one.close()
