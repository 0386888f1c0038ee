"""Whoever records as the README of a new plugin says goes on with tests that pass."""

from __future__ import annotations

import re

import pytest

from support.nightly import first

# What the README says, with a vendor that has more than is recorded.
_RECORD = """
import re, sys; sys.path.insert(0, "tests")
from pathlib import Path
from standin import Standin
import duetrail
from duetrail.recording import record
with Standin() as standin:
    some = standin.invoices
    standin.invoices = [
        {**one, "id": f"{one['id']}_{n}", "calls": [
            {**call, "id": f"{call['id']}_{n}"} for call in one["calls"]]}
        for n in range(10) for one in some
    ]
    Path("duetrail.toml").write_text(re.sub("page_size = .", "page_size = SIZE", standin.config))
    Path("tests/cassettes/acme.yaml").unlink()
    done = record("acme", "tests/cassettes/acme.yaml", limit=20)
    print(done.summary.exit_code, done.summary.resources[0].state)
"""


@pytest.fixture
def recorded(make, install, python):
    """A project whose cassette was recorded with `--limit 20`, from pages of this size."""

    def one(paging, size):
        folder = make(paging=paging)
        install(folder)
        done = python(folder, "-c", _RECORD.replace("SIZE", str(size)))
        assert done.stdout == "0 limited\n", done.stdout + done.stderr
        (folder / "tests/test_standin.py").unlink()
        test = folder / "tests/test_contract.py"
        text = test.read_text()
        assert "take this line out" in text
        test.write_text(
            re.sub(r"\n    # [^\n]*take this line out[^\n]*\n    settings = .*", "", text)
        )
        return folder

    return one


@pytest.mark.parametrize(
    ("paging", "size"),
    first(1, [("page", 7), ("offset", 30), ("cursor", 7), ("link", 30)]),
)
def test_a_limited_cassette_passes(recorded, python, paging, size):
    """A cassette cut off by `--limit 20` is one of a vendor that has no more: the suite is green.

    However the API gives its pages, and whether the first one fills the limit or the third.
    """
    folder = recorded(paging, size)
    which = ("-k", "not fault and not killed")
    done = python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", *which)
    assert done.returncode == 0, done.stdout
