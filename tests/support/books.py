"""Books for the tests of metrics: invoices, payments and touches put straight into a store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from duetrail.model import Invoice, InvoiceKind, InvoiceStatus, Link, Money, Record
from duetrail.stores import Changes, Store, to_row
from duetrail.stores.metrics import MetricParameters, read_metric

ON = date(2026, 3, 31)
"""The day that is looked at, unless a test says another."""


def fill(store: Store, *records: Record, links: Iterable[Link] = (), run: int = 1) -> None:
    """Put records and links into a store."""
    rows = {record.ref: to_row(record) for record in records}
    with store.transaction():
        store.apply(Changes(run=run, rows=rows, links=set(links)))


def invoice(
    id: str, total: str | int | Money | None, due: str | None = None, **facts: Any
) -> Invoice:
    """An open receivable in USD, issued on the first of January 2026."""
    currency = facts.pop("currency", "USD")
    given: dict[str, Any] = {
        "connection": "erp",
        "id": id,
        "number": f"INV-{id}",
        "kind": InvoiceKind.RECEIVABLE,
        "status": InvoiceStatus.OPEN,
        "currency": currency,
        "total": total if total is None or isinstance(total, Money) else amount(total, currency),
        "issued_on": date(2026, 1, 1),
        "due_on": date.fromisoformat(due) if due else None,
    }
    for name in ("amount_remaining", "amount_paid", "amount_due"):
        if name in facts:
            facts[name] = amount(facts[name], currency)
    return Invoice(**(given | facts))


def paid(id: str, total: str | int, on: str, **facts: Any) -> Invoice:
    """The same, paid in full on a day."""
    settled = {"status": InvoiceStatus.PAID, "paid_at": noon(on), "amount_remaining": 0}
    return invoice(id, total, **(settled | facts))


def amount(value: str | int, currency: str | None = "USD") -> Money:
    """An amount in major units."""
    return Money(Decimal(value), currency)


def noon(day: str) -> datetime:
    """Noon of a day, in UTC."""
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)


def ask(store: Store, name: str, on: date = ON, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of a metric by the names of their columns."""
    found = read_metric(store, name, MetricParameters(on=on, **parameters))
    return list(found.dicts())


def column(store: Store, name: str, *columns: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """Some columns of the rows of a metric."""
    return [tuple(row[one] for one in columns) for row in ask(store, name, **parameters)]
