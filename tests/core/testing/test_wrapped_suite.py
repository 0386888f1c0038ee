"""Lists whose rows hold the items: Wrapped passes the suite, and its bugs are found in it."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from duetrail.http.body import decode
from duetrail.model import BY_TABLE, fields_of
from duetrail.testing import ContractTests
from duetrail.testing.contract.edits import cut_short, heads, totals, without_last

_HERE = Path(__file__).parent
_FILLED = {"invoices": {"currency", "total"}, "parties": {"name"}}


def wrapped(file: Path) -> object:
    """A plugin that is a file, and installed nowhere."""
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[file.stem] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def but(table: str) -> list[str]:
    """The fields that Wrapped never fills."""
    names = {one.name for one in fields_of(BY_TABLE[table])} - _FILLED[table]
    return sorted(
        name for name in names - {"connection", "id", "invoices"} if not name.endswith("_raw")
    )


class TestWrapped(ContractTests):
    """All of it."""

    source = wrapped(_HERE / "wrapped.py")
    cassettes = _HERE / "wrapped.yaml"
    absent = {table: but(table) for table in _FILLED}


# What is wrong, what it is written in place of what, and the test that says so.
_QUERY = "    query = {"
_COUNTED = "    _READ.append(shard.name)\n    query = {"
_NUMBERED = "currency=bill.currency, number=str(len(_READ)),"
BUGS = [
    (
        "the readings are counted",
        "currency=bill.currency,",
        _NUMBERED,
        "test_a_new_item_is_read_once",
    ),
    (
        "the readings are counted",
        "currency=bill.currency,",
        _NUMBERED,
        "test_an_item_that_is_gone_is_absent",
    ),
    (
        "the last page is forgotten",
        'next="$.next", total="$.total"',
        'next="$.following"',
        "test_totals_of_the_vendor_are_reached",
    ),
    (
        "the first item of a page is another",
        "id=bill.id,",
        'id=bill.id, number=str(bill.id == item.page.data["list"][0]["invoice"]["id"]),',
        "test_the_same_item_gives_the_same_records",
    ),
]


@pytest.mark.parametrize(
    ("bug", "old", "new", "test"), BUGS, ids=[f"{bug[0]}-{bug[3]}" for bug in BUGS]
)
def test_a_bug_is_found(bug, old, new, test, tmp_path):
    """Wrapped with one bug fails the test that is for it."""
    text = (_HERE / "wrapped.py").read_text(encoding="utf-8")
    assert text.count(old) == 1, bug
    file = tmp_path / "wrapped_with_a_bug.py"
    text = text.replace(_QUERY, _COUNTED) + "\n\n_READ: list[str] = []\n"
    file.write_text(text.replace(old, new), encoding="utf-8")
    facts = {"source": wrapped(file), "cassettes": _HERE / "wrapped.yaml"}
    suite = type("TestBug", (ContractTests,), facts)
    try:
        with pytest.raises(pytest.fail.Exception):
            getattr(suite(), test)()
    finally:
        suite.teardown_class()


@pytest.fixture
def harness():
    suite = TestWrapped()
    yield suite.recorded_harness
    suite.teardown_class()


def test_a_row_counts_once(harness):
    """What a row holds beside its first item is no row more."""
    ids = [item.found.id for sample in harness.samples for item in heads(sample)]
    assert ids == ["b1", "b2", "b3", "b4", "b5"]


def test_a_row_goes_as_a_whole(harness):
    """The recording without its last item has one row less, and a total to match."""
    item = heads(harness.samples[1])[-1]
    pages = [decode(one.body) for one in without_last(harness, item).exchanges]
    ids = [[row["customer"]["id"] for row in page["list"]] for page in pages]
    assert ids == [["k1", "k2"], ["k3"], ["k5"]]
    assert [page["total"] for page in pages] == [4, 4, 4]


def test_what_stands_in_a_row_is_no_total(harness):
    """A number beside the item in its row says nothing of how many rows there are."""
    sample = harness.samples[0]
    data = {**sample.page.data, "list": [{**row, "count": 3} for row in sample.page.data["list"]]}
    assert list(totals(sample, data)) == [("total",)]
    assert [row["count"] for row in cut_short(sample, data, 1)["list"]] == [3]
