"""Rows as JSON: a schema for each table, and values that keep every digit."""

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest

from duetrail.engines.row_schemas import TABLES, json_row, row_schema
from duetrail.model import RECORDS


def text(row):
    return msgspec.json.encode(json_row("invoices", row)).decode()


def test_every_record_table_is_passed_on():
    """A new kind of record is passed on without a line for it."""
    assert list(TABLES) == [record.table for record in RECORDS]


@pytest.mark.parametrize("table", TABLES)
def test_a_schema_names_every_column(table):
    """Columns, children and links stand in the schema, each with what it means."""
    own = TABLES[table][0]
    properties = row_schema(table)["properties"]
    assert list(properties) == [*(c.name for c in own.parts), *own.children, "links"]
    assert all(part["description"] for part in properties.values())


def test_only_identity_is_required():
    """What a vendor need not say may be null."""
    schema = row_schema("invoices")
    assert schema["required"] == ["connection", "id"]
    assert schema["properties"]["id"]["type"] == "string"
    assert schema["properties"]["total"]["type"] == ["null", "string"]


def test_decimals_keep_every_digit():
    """No float stands between a store and a target, and no exponent."""
    assert text({"total": Decimal("12345678901234567.123456789")}) == (
        '{"total":"12345678901234567.123456789"}'
    )
    assert text({"total": Decimal("1E+3")}) == '{"total":"1000"}'


def test_times_are_in_utc():
    """A time has six decimals and ends with Z, a day is a day."""
    row = {"due_at": datetime(2026, 11, 20, 8, tzinfo=UTC), "due_on": date(2026, 11, 20)}
    assert text(row) == '{"due_at":"2026-11-20T08:00:00.000000Z","due_on":"2026-11-20"}'


def test_children_keep_their_digits_too():
    """A child is an object in the list of its record."""
    assert text({"lines": [{"quantity": Decimal("1.50"), "name": None}]}) == (
        '{"lines":[{"quantity":"1.50","name":null}]}'
    )


def test_a_structure_of_the_vendors_keeps_its_numbers():
    """In a vendor's own structure a number stays a number, digit by digit."""
    encoded = json_row("calls", {"transcript_parts": [{"at": Decimal("0.10")}]})
    assert msgspec.json.encode(encoded) == b'{"transcript_parts":[{"at":0.10}]}'
