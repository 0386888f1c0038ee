"""The store that tests of a second sync begin from is made by one sync, and copied."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from duetrail.testing.contract.harness import Harness

_HERE = Path(__file__).parent


@pytest.fixture
def harness():
    """Of the plugin `acme`."""
    spec = spec_from_file_location("acme", _HERE / "acme.py")
    sys.modules["acme"] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    one = Harness(module, _HERE / "acme.yaml", {}, None)
    yield one
    one.close()


def test_a_synced_store_is_made_once_and_copied(harness, monkeypatch):
    """Each is a file of its own and holds what a sync leaves; only the first one is synced."""
    first = harness.synced()
    fresh = harness.project()
    harness.sync(fresh)
    monkeypatch.setattr(harness, "sync", None)
    second = harness.synced()
    assert second.file != first.file
    assert first.digest == second.digest == fresh.digest
    assert len(second.records()) > 0
    assert second.file.stat().st_mode == fresh.file.stat().st_mode
