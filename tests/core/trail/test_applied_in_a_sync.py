"""Payments that name their invoice, from the vendor's JSON to the timeline and the metrics.

A plugin that answers from memory declares it in one line, and has no function that maps.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from duetrail import api
from duetrail.model import Ref
from duetrail.stores import Store, open_store
from duetrail.trail import timeline
from duetrail.trail.disagreements import checks
from support.books import ask

PLUGIN = """
import json
from attrs import frozen
from duetrail import hookimpl
from duetrail.declared import FieldMapping, itself, money, outer
from duetrail.http import NoAuth
from duetrail.model import Call, Callout, Email, Invoice, InvoiceKind, InvoiceStatus, Payment
from duetrail.model import PaymentApplication, PaymentStatus
from duetrail.source import Page, Resource, Shape, Source

@frozen
class Options:
    pass

BILL = FieldMapping(
    Invoice, id="id", kind=InvoiceKind.RECEIVABLE, status=InvoiceStatus.OPEN, currency="cur",
    total=money("cents"), amount_paid=money("paid"), issued_on="day",
)
PAID = FieldMapping(
    Payment, id="id", currency="cur", amount=money("cents"), status=PaymentStatus.SETTLED,
    paid_on="day", applications=itself(FieldMapping(
        PaymentApplication, invoice_id="bill", currency=outer("currency"), amount=money("cents"),
    )),
)
ANSWERS = {
    "bills": [
        {"id": 3, "cur": "USD", "cents": 10000, "paid": 4000, "day": "2026-01-05"},
        {"id": 4, "cur": "USD", "cents": 10000, "paid": 500, "day": "2026-01-05"},
    ],
    "payments": [
        {"id": 7, "cur": "USD", "cents": 4000, "day": "2026-03-02", "bill": 3},
        {"id": 8, "cur": "USD", "cents": 250, "day": "2026-03-03", "bill": None},
    ],
}

@hookimpl
def source():
    mappings = {"bills": BILL, "payments": PAID}
    shapes = {name: Shape(name=name, mapping=one, path="$[*]") for name, one in mappings.items()}
    return Source(
        name="memory", title="Memory", options=Options, base_url="http://127.0.0.1",
        resources=tuple(Resource(name=name, shapes=(one,)) for name, one in shapes.items()),
        unsupported=(Call, Callout, Email), auth=lambda options: NoAuth(),
    )

@hookimpl
def fetch(shard):
    data = ANSWERS[shard.resource]
    body = json.dumps(data).encode()
    yield Page(url="memory:/" + shard.resource, status=200, headers={}, body=body, data=data)
"""


@pytest.fixture
def store(site: Any, write_config: Callable[[str], Path]) -> Any:
    """A store after a sync."""
    site.install("memory", PLUGIN)
    config = write_config('[connections.books]\nplugin = "memory"\n')
    summary = api.sync(config=config)
    assert (summary.exit_code, summary.open_rejects) == (0, 0)
    with closing(open_store(f"sqlite:///{config.parent}/duetrail.db")) as one:
        yield one


def test_the_timeline_tells_of_the_payment(store: Store) -> None:
    """By the day on which it was made."""
    events = timeline(store, Ref("books", "invoices", "3")).events
    assert [(one.at, one.kind, one.text) for one in events] == [
        (date(2026, 1, 5), "issued", "100.00 USD"),
        (date(2026, 3, 2), "payment", "40.00 USD"),
    ]


def test_the_metrics_know_what_is_applied(store: Store) -> None:
    """By week, and what of it to nothing."""
    weeks = {row["week"]: row["amount"] for row in ask(store, "cash_by_week") if row["payments"]}
    assert weeks == {date(2026, 3, 2): Decimal("40.00")}
    assert [(row["kind"], row["amount"]) for row in ask(store, "ar_credits")] == [
        ("unapplied cash", Decimal("2.50"))
    ]
    assert {row["id"]: row["remaining"] for row in ask(store, "ar_open")} == {
        "3": Decimal("60.00"),
        "4": Decimal("95.00"),
    }


def test_the_checks_compare_what_was_paid(store: Store) -> None:
    """With what payments say; of an invoice that none names, nothing is known."""
    assert [(one.invoice.id, one.says, one.found) for one in checks(store, {})] == []
    with store.transaction():
        store.rewrite("payment_applications", {"invoice_id": lambda _: "4"})
    assert [(one.invoice.id, one.says, one.found) for one in checks(store, {})] == [
        ("4", "5.00 USD", "40.00 USD")
    ]
