"""Fields that a later contract brought: kept as any other, and nothing where they are empty."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from duetrail.model import (
    Channel,
    CreditAllocation,
    Email,
    Instalment,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
    Money,
    Payment,
    PaymentApplication,
    Record,
    Ref,
)
from duetrail.pipeline import digest
from duetrail.pipeline.item_hash import item_hash
from duetrail.source import Shape
from duetrail.stores import Changes, RecordQuery, Row, from_row, open_store, table_of, to_row

WHO = {"connection": "acme", "id": "1"}
TEN = Money(Decimal("10.00"), "EUR")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

PART = Instalment(
    id="p1",
    status=InvoiceStatus.OPEN,
    currency="EUR",
    amount=TEN,
    amount_remaining=TEN,
    due_on=date(2026, 4, 1),
)
SHARE = CreditAllocation(currency="EUR", amount=TEN, applied_invoice_id="i9", applied_at=NOON)
GIVEN = PaymentApplication(
    invoice_id="i9", currency="EUR", amount=TEN, applied_at=NOON, applied_on=date(2026, 3, 2)
)
NOTE = Invoice(
    **WHO,
    kind=InvoiceKind.CREDIT_NOTE,
    currency="EUR",
    total=TEN,
    original_invoice_id="i8",
    credit_allocations=(SHARE, SHARE),
)
FILLED = [
    NOTE,
    Invoice(**WHO, currency="EUR", amount_credited=TEN, instalments=(PART,)),
    Invoice(**WHO, currency="EUR", amount_written_off=TEN),
    Email(**WHO, channel=Channel.SMS, channel_raw="SMS"),
    Payment(**WHO, currency="EUR", amount=Money(Decimal("-10.00"), "EUR"), refund_of_id="2"),
    Invoice(**WHO, paid_on=date(2026, 4, 2)),
    Payment(**WHO, paid_on=date(2026, 4, 2)),
    Payment(**WHO, currency="EUR", amount=TEN, applications=(GIVEN, GIVEN)),
]
EMPTY = [Invoice(**WHO, lines=(InvoiceLine(name="a"),)), Email(**WHO), Payment(**WHO)]

SHAPE = Shape(name="row", record=Invoice, wire=dict, path="$")


@pytest.mark.parametrize("record", [*FILLED, *EMPTY], ids=repr)
def test_a_record_comes_back(record: Record, tmp_path: Path) -> None:
    """With every field, and every child in order."""
    with closing(open_store("sqlite:///s.db", folder=tmp_path, create=True)) as store:
        row = to_row(record)
        with store.transaction():
            store.apply(Changes(rows={row.ref: row}))
        (found,) = store.records(RecordQuery(record.table))
        assert (from_row(found), found) == (record, row)


@pytest.mark.parametrize("record", EMPTY, ids=repr)
def test_where_they_are_empty_the_row_is_what_it_was(record: Record) -> None:
    """Its values without them, and no table of children that was not there."""
    row, table = to_row(record), table_of(record.table)
    first = tuple(row.values[: table.first])
    assert table.known_first(row.values) == first
    assert len(first) < len(row.values)
    later = {"instalments", "credit_allocations", "payment_applications"}
    assert not row.children.keys() & later


@pytest.mark.parametrize("record", FILLED, ids=repr)
def test_where_they_are_filled_they_count(record: Record) -> None:
    """In the hash of an item as in the digest: see the next test."""
    row, bare = to_row(record), to_row(type(record)(**WHO, **_first_fields(record)))
    assert item_hash(SHAPE, "", (row,)) != item_hash(SHAPE, "", (bare,))


def test_each_of_them_counts_in_the_digest(tmp_path: Path) -> None:
    """Two stores that differ in one of them have two digests."""
    found = set()
    for at, record in enumerate([*FILLED, *EMPTY]):
        with closing(open_store(f"sqlite:///{at}.db", folder=tmp_path, create=True)) as store:
            row = to_row(record)
            with store.transaction():
                store.apply(Changes(rows={row.ref: row}))
            found.add(digest(store))
    assert len(found) == len(FILLED) + len(EMPTY)


def test_what_was_kept_of_a_row_before_is_read(tmp_path: Path) -> None:
    """A differing observation that was kept by an older version is the row it was."""
    row = to_row(Invoice(**WHO, number="7", lines=(InvoiceLine(name="a"),)))
    table = table_of("invoices")
    values, children, invoices = json.loads(row.body())
    body = json.dumps((values[: table.first], children, invoices))
    assert Row.from_body(Ref("acme", "invoices", "1"), body) == row


@pytest.mark.parametrize(("version", "record"), [(8, NOTE), (11, FILLED[-1])])
def test_a_store_from_before_gets_them(version: int, record: Record, tmp_path: Path) -> None:
    """Its tables are made and its digest stays, and what it gets then is kept."""
    scripts = sorted(files("duetrail.stores").joinpath("migrations").iterdir(), key=str)
    with closing(sqlite3.connect(tmp_path / "old.db")) as db, db:
        for script in scripts[:version]:
            db.executescript(script.read_text(encoding="utf-8"))
        db.execute("INSERT INTO invoices (connection, id, number) VALUES ('acme', '0', '7')")
        db.execute("PRAGMA application_id = 0x44554554")
        db.execute(f"PRAGMA user_version = {version}")
    with closing(open_store("sqlite:///old.db", folder=tmp_path)) as store:
        with closing(open_store("sqlite:///new.db", folder=tmp_path, create=True)) as new:
            row = to_row(Invoice(connection="acme", id="0", number="7"))
            with new.transaction():
                new.apply(Changes(rows={row.ref: row}))
            assert digest(store) == digest(new)
        row = to_row(record)
        with store.transaction():
            store.apply(Changes(rows={row.ref: row}))
        assert [from_row(one) for one in store.records(RecordQuery(record.table))][-1] == record


def _first_fields(record: Record) -> dict[str, object]:
    """What a record says in the fields of the first contract."""
    names = ("currency", "total", "amount", "kind")
    return {name: getattr(record, name) for name in names if hasattr(record, name)}
