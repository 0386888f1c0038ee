"""Books for the tests of metrics: invoices, payments and touches put straight into a store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from duetrail.model import (
    Call,
    CallOutcome,
    CallStatus,
    Direction,
    Email,
    EmailStatus,
    Invoice,
    InvoiceKind,
    InvoiceStatus,
    Link,
    LinkKind,
    Money,
    Record,
    Touch,
)
from duetrail.stores import Changes, Store, to_row
from duetrail.stores.metrics import MetricParameters, read_metric

ON = date(2026, 3, 31)
"""The day that is looked at, unless a test says another."""


def fill(store: Store, *records: Record, links: Iterable[Link] = (), run: int = 1) -> None:
    """Put records and links into a store."""
    rows = {record.ref: to_row(record) for record in records}
    with store.transaction():
        store.apply(Changes(run=run, rows=rows, known=set(rows), links=set(links)))


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


def call(id: str, at: str, number: str | None = "+1 202 555 0101", **facts: Any) -> Call:
    """An outbound call that was not answered."""
    given: dict[str, Any] = {
        "connection": "voice",
        "id": id,
        "direction": Direction.OUTBOUND,
        "status": CallStatus.COMPLETED,
        "outcome": CallOutcome.NO_ANSWER,
        "to_number": number,
        "started_at": moment(at),
    }
    return Call(**(given | facts))


def email(id: str, at: str, **facts: Any) -> Email:
    """An outbound email."""
    given: dict[str, Any] = {
        "connection": "mail",
        "id": id,
        "direction": Direction.OUTBOUND,
        "status": EmailStatus.SENT,
        "sent_at": moment(at),
    }
    return Email(**(given | facts))


def moment(text: str) -> datetime:
    """A time in UTC; of a day its noon."""
    return noon(text) if len(text) == 10 else datetime.fromisoformat(text).replace(tzinfo=UTC)


def about(touch: Touch, *invoices: Invoice) -> list[Link]:
    """The links of a touch to invoices."""
    return [Link(touch.ref, one.ref, LinkKind.NATIVE) for one in invoices]
