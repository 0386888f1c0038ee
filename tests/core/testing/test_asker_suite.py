"""A vendor that is read by POST, as CSV and as lines of JSON passes the contract suite."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from duetrail.model import BY_TABLE, fields_of
from duetrail.testing import ContractTests
from duetrail.testing.contract.reading import Reading

_HERE = Path(__file__).parent
_FILLED = {
    "invoices": {"currency", "total"},
    "calls": {"started_at", "duration_seconds"},
    "emails": {"subject"},
}


def asker(file: Path) -> object:
    """A plugin that is a file, and installed nowhere."""
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[file.stem] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def but(table: str) -> list[str]:
    """The fields that Asker never fills."""
    names = {one.name for one in fields_of(BY_TABLE[table])} - _FILLED[table]
    return sorted(
        name for name in names - {"connection", "id", "invoices"} if not name.endswith("_raw")
    )


class TestAsker(ContractTests):
    """All of it."""

    source = asker(_HERE / "asker.py")
    cassettes = _HERE / "asker.yaml"
    absent = {table: but(table) for table in _FILLED}


def test_a_post_beside_the_list_fails_the_suite(tmp_path):
    """A plugin that does not declare what it posts to reads nothing."""
    text = (_HERE / "asker.py").read_text(encoding="utf-8")
    file = tmp_path / "asker_undeclared.py"
    file.write_text(text.replace('reads=("/graphql",)', 'reads=("/search",)'), encoding="utf-8")
    suite = type(
        "TestUndeclared", (Reading,), {"source": asker(file), "cassettes": _HERE / "asker.yaml"}
    )
    try:
        with pytest.raises(pytest.fail.Exception, match="may not post to /graphql"):
            suite().test_the_recording_is_read()
    finally:
        suite.teardown_class()
