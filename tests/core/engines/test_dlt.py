"""dlt, as far as that can be told without it."""

import sys
from decimal import Decimal

import pytest

from duetrail.engines.dlt import _row, source
from duetrail.engines.row_schemas import TABLES, columns_of_child
from duetrail.errors import UsageError


@pytest.fixture
def whole(change):
    """Makes a change of an invoice with these values, all others being null."""
    own, *_ = TABLES["invoices"]
    empty = dict.fromkeys(column.name for column in own.parts)
    lists = {**{field: [] for field in own.children}, "links": []}

    def make(**values):
        row = {**empty, **lists, **values}
        return change("1", **{name: row[name] for name in row if name not in ("connection", "id")})

    return make


def test_dlt_is_not_installed(monkeypatch):
    """One line names the extra that brings it."""
    monkeypatch.setitem(sys.modules, "dlt", None)
    with pytest.raises(UsageError, match="needs dlt, which is not installed") as error:
        source("acme")
    assert error.value.hint == "pip install 'duetrail[dlt]'"


def test_a_deleted_record_is_marked(change):
    """Its key is enough for dlt to remove it."""
    assert _row(change("1")) == {"connection": "acme", "id": "1", "duetrail_deleted": True}


@pytest.mark.parametrize("number", ["1E-18", "-99999999999999999999.5", "0"])
def test_a_number_that_fits(whole, number):
    """It stays a decimal, exactly."""
    assert _row(whole(total=Decimal(number)))["total"] == Decimal(number)


@pytest.mark.parametrize("number", ["1E-19", "1E+20", "-123456789012345678901.5"])
def test_a_number_that_would_be_rounded(whole, number):
    """It is refused with its place, in a record and in a child alike."""
    _, lines, *_ = TABLES["invoices"]
    line = {**dict.fromkeys(c.name for c in columns_of_child(lines)), "quantity": Decimal(number)}
    for values, place in (({"total": Decimal(number)}, "total"), ({"lines": [line]}, "lines quan")):
        with pytest.raises(UsageError, match=f"invoices acme:1 {place}.*is not rounded"):
            _row(whole(**values))


def test_a_character_that_no_destination_takes(whole):
    """U+0000 is seen to be missing, in texts and in what becomes JSON alike."""
    row = _row(whole(number="a\0b", billing_address={"city": "K\0ln"}))
    assert (row["number"], row["billing_address"]) == ("a\ufffdb", {"city": "K\ufffdln"})
