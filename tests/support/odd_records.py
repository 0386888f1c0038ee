"""Records of which every value is easily spoiled on its way: for the tests of engines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from duetrail.model import Address, Call, Invoice, InvoiceLine, Money, Record, Ref
from duetrail.project import Project
from duetrail.stores import Changes, to_row

TEXTS = (
    *("", " ", "null", "{}", "[1]", "1e5", "2026-01-01T00:00:00Z"),
    *("a\nb\r\n\tc", "q\"uo'te\\back", "Ünïcödé 漢字 🎉", "\u2028\u200b", "\x01\x7f"),
)
NUMBERS = (
    *("0", "0.0", "1.10", "1E+3", "1E-18", "12345678901234567.123456789"),
    "-99999999999999999999.123456789012345678",
)
STRUCTURES = (
    *("abc", "1", "null", 5, 2**62, True, [], {}, [None, "x"]),
    {"a": Decimal("0.10"), "b": [Decimal("12345678901234567890.123456789")]},
)


@contextmanager
def odd_project(folder: Path) -> Iterator[Project]:
    """A project whose store holds such records, of the connection `stuut`; nobody answers it."""
    config = folder / "duetrail.toml"
    config.write_text('[connections.stuut]\ntoken = "none"\nbase_url = "http://127.0.0.1:9"\n')
    with Project(config) as project:
        store = project.open(create=True)
        run = store.begin_run("2026-11-20T08:00:00.000000Z")
        with store.transaction():
            rows = {record.ref: to_row(record) for record in _records()}
            store.apply(Changes(run=run, rows=rows))
        store.end_run(run, "2026-11-20T08:00:01.000000Z", "ended", "{}")
        yield project


def _records() -> Iterator[Record]:
    for place, text in enumerate(TEXTS):
        yield Call(
            connection="stuut",
            id=f"text {place}",
            summary=text,
            keywords=(text, "x"),
            invoices=(Ref("stuut", "invoices", f"number {place}"),),
        )
    for place, value in enumerate(STRUCTURES):
        yield Call(connection="stuut", id=f"json {place}", transcript_parts=value)
    for place, digits in enumerate(NUMBERS):
        number = Decimal(digits)
        yield Invoice(
            connection="stuut",
            id=f"number {place}",
            overdue=False,
            currency="USD",
            total=Money(number, "USD"),
            tax=Money(None, "USD", Decimal(5)),
            due_on=date(1900, 1, 1),
            due_at=datetime(1901, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            billing_address=Address(city="Köln"),
            shipping_address=Address(),
            outbound_calls=2**62,
            lines=(InvoiceLine(quantity=number), InvoiceLine()),
        )
