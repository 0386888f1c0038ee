"""What an author wrote down of a record is compared with it, whatever was written."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from duetrail.model import Address, Call, Invoice, InvoiceLine, Money
from duetrail.testing.contract.known import _wrong

INVOICE = Invoice(
    connection="acme",
    id="7",
    currency="eur",
    total=Money(None, "eur", Decimal(12999)),
    issued_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    billing_address=Address(city="Ulm"),
    lines=(InvoiceLine(name="Work"),),
)
CALL = Call(connection="acme", id="1", tags=(), transcript={"a": [1]})


@pytest.mark.parametrize(
    "fields",
    [
        {"issued_at": None},
        {"issued_at": 1772440200},
        {"billing_address": None},
        {"billing_address": "Ulm"},
        {"billing_address": {"town": "Ulm"}},
        {"lines": None},
        {"lines": "Work"},
        {"lines": ["Work"]},
        {"lines": [{"label": "Work"}]},
        {"total": "much eur"},
        {"total": "12,999.00 eur"},
    ],
)
def test_what_is_not_so_is_told_with_its_field(fields: dict[str, Any]) -> None:
    """It is no crash, and nothing that cannot be compared is taken for so."""
    (name,) = fields
    (told,) = _wrong("invoices 7", INVOICE, fields, ())
    assert told.startswith(f"invoices 7: {name} is ")


@pytest.mark.parametrize(
    "fields", [{"tags": None}, {"transcript": {"a": [1]}}, {"invoices": None}, {"invoices": []}]
)
def test_none_is_an_empty_list_too(fields: dict[str, Any]) -> None:
    """What the vendor shows nothing of is None; JSON is compared as it is."""
    assert list(_wrong("calls 1", CALL, fields, ())) == []
