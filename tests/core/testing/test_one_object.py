"""The record of one sample, for a test of a mapping."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest

from duetrail.declared import FieldMapping, first_of, money, parent
from duetrail.errors import BadItem
from duetrail.model import Invoice, Money
from duetrail.testing import mapped

BILL = FieldMapping(
    Invoice,
    id="id",
    number=first_of("no", "name"),
    currency=parent("currency"),
    total=money("total", in_minor=lambda options: options.minor),
)
MAJOR = SimpleNamespace(minor=False)


def test_a_sample_becomes_the_record_of_a_sync() -> None:
    """As JSON would have it, with the object around, and with what has no home."""
    sample = {"id": 7, "no": "R7", "name": "n", "total": 12.5, "inside": {"a": [1]}}
    bill = mapped(BILL, sample, around={"currency": "EUR", "more": 1}, options=MAJOR)
    assert (bill.id, bill.number, bill.total) == ("7", "R7", Money(Decimal("12.5"), "EUR"))
    assert bill.extra == {"name": "n", "inside": {"a": [1]}}


def test_what_cannot_be_mapped_is_told() -> None:
    """With its path, as a reject would be."""
    with pytest.raises(BadItem) as caught:
        mapped(BILL, {"id": "1", "total": "12"}, options=MAJOR)
    assert caught.value.path == "$.total"
    assert mapped(BILL, {"id": "1"}, options=MAJOR).currency is None


def test_the_object_around_is_as_json_would_have_it_too() -> None:
    """A number with a fraction is one, and what does not fit is told to be of that object."""
    around = FieldMapping(Invoice, id="id", currency="currency", total=money(parent("cents")))
    assert mapped(around, {"id": "1", "currency": "EUR"}, around={"cents": 2.0}).total == (
        Money.from_minor(2, "EUR")
    )
    with pytest.raises(BadItem, match="in the object around it: expected a number, got text"):
        mapped(around, {"id": "1"}, around={"cents": "2"})
