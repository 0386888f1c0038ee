"""A plugin that cannot be tested at all: one test says why, and the others are not run."""

from __future__ import annotations

import importlib.util
import re
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from duetrail import plugins
from duetrail.errors import PluginError
from duetrail.testing import ContractTests

_HERE = Path(__file__).parent


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Installs a plugin called `broken`."""

    def install(text: str) -> str:
        (tmp_path / "duetrail_broken.py").write_text(text)
        info = tmp_path / "duetrail_broken-0.1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: duetrail-broken\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[duetrail]\nbroken = duetrail_broken\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        return "broken"

    yield install
    plugins.load.cache_clear()


def _acme() -> Any:
    """A sound plugin, which is a file."""
    spec: Any = importlib.util.spec_from_file_location("acme", _HERE / "acme.py")
    module = sys.modules["acme"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def said(source: object, **more: Any) -> list[str]:
    """What two tests of a suite say, one after the other."""
    suite = type("TestBroken", (ContractTests,), {"source": source, "cassettes": None, **more})
    texts = []
    for test in ("test_every_option_is_explained", "test_nothing_is_made_up"):
        with pytest.raises((pytest.fail.Exception, pytest.skip.Exception)) as told:
            getattr(suite(), test)()
        texts.append(f"{type(told.value).__name__}: {told.value}")
    suite.teardown_class()
    return texts


def test_an_import_that_fails(installed):
    """What does not import is told once, with the line that has to be mended."""
    first, second = said(installed("x = 1\nimport nowhere\n"))
    assert first.startswith("Failed: plugin 'broken' does not import: ModuleNotFoundError")
    assert "  at ModuleNotFoundError at duetrail_broken.py:2\nTo do: mend" in first
    assert "uninstall" not in first
    assert second.startswith("Skipped: not run")


_DECLARED = """
from duetrail.declared import FieldMapping
from duetrail.model import Email
EMAIL = FieldMapping(Email, id="id", sent="sent_at")
"""


def test_a_mapping_that_fits_nothing(installed):
    """What a declaration gets wrong is told once, with what its own error says to do."""
    first, second = said(installed(_DECLARED))
    assert "plugin 'broken' does not import: a mapping names 'sent', which is no field" in first
    assert "To do: Did you mean 'sent_at'?" in first
    assert second.startswith("Skipped: not run")


def test_a_source_that_fails():
    """So it is with a source that cannot be made, of a plugin that is installed nowhere."""

    def source():
        raise PluginError("a shape has no path", hint="Give it one.")

    first, second = said(SimpleNamespace(source=source))
    assert first.startswith("Failed: a shape has no path\nTo do: Give it one.")
    assert second.startswith("Skipped: not run")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            {"settings": {"sice": 3}},
            "its settings are refused: .*sice: Acme .*no such",
        ),
        ({"settings": {"size": "three"}}, "its settings are refused: .*size must be a"),
        ({"now": datetime(2026, 3, 2)}, "`now` is a time without a zone"),
    ],
)
def test_what_an_author_gets_wrong_in_the_class_is_told_once(more, told):
    """With what to do, and without a traceback of the suite."""
    first, second = said(_acme(), cassettes=_HERE / "acme.yaml", **more)
    assert re.match(f"Failed: {told}", first)
    assert "To read: docs/contract-suite.md, 'What the class takes'" in first
    assert second.startswith("Skipped: not run")


def test_a_recording_and_a_page_may_be_named_as_texts():
    """As in many a configuration; a page that is not there is told."""
    suite = type(
        "TestNamed",
        (ContractTests,),
        {
            "source": _acme(),
            "cassettes": str(_HERE / "acme.yaml"),
            "page": str(_HERE / "nowhere.md"),
        },
    )
    suite().test_the_recording_is_read()
    with pytest.raises(pytest.fail.Exception, match="there is no page of documentation at"):
        suite().test_its_page_names_everything()
    suite.teardown_class()
