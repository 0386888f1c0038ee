"""A store with what exports may stumble over, and what may become of it in a later run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import evolve

from duetrail.model import (
    Address,
    Call,
    Callout,
    Channel,
    CreditAllocation,
    Email,
    Instalment,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
    Link,
    LinkKind,
    Money,
    Party,
    Payment,
    PaymentApplication,
    Record,
    Ref,
)
from duetrail.stores import Changes, Store, open_store, to_row
from support.stored import mark

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "'=1",
    "'",
    "\uff1d1",
    '="\'"',
    '"',
]
"""Texts that a spreadsheet would run, and those that look like one made inert."""

TEXTS = [
    "",
    " ",
    "NULL",
    "\\N",
    'say "x", then\r\n"y"',
    "ünï-漢字-🧾\u2028",
    "a\x00b",
    "true",
    "1.0",
]
"""Texts that readers take for something else."""

AMOUNTS = ["0", "0.10", "-0.000000000000000001", "12345678901234567890.123456789012345678"]
"""Numbers that no float holds, up to what Arrow's decimals do."""

AT = datetime(2026, 2, 28, 23, 59, 59, 999999, UTC)


def _invoices() -> list[Invoice]:
    texts = [
        Invoice(connection="odd", id=f"t{at}", number=t) for at, t in enumerate(FORMULAS + TEXTS)
    ]
    amounts = [
        Invoice(
            connection="odd",
            id=f"a{at}",
            currency="EUR",
            total=Money(Decimal(amount), "EUR"),
            amount_due=Money(None, "EUR", Decimal(amount)),
            lines=(InvoiceLine(name=amount, quantity=Decimal(amount)), InvoiceLine(name="=2")),
        )
        for at, amount in enumerate(AMOUNTS)
    ]
    whole = Invoice(
        connection="odd",
        id="whole",
        status=InvoiceStatus.OPEN,
        status_raw="=OPEN",
        overdue=False,
        in_dispute=True,
        due_on=date(2026, 2, 28),
        issued_at=AT,
        paid_at=datetime(1, 1, 1, tzinfo=UTC),
        created_at=AT.astimezone(timezone(timedelta(hours=5, minutes=30))),
        billing_address=Address(city="=Köln", line1="a\nb"),
        outbound_calls=2**62,
    )
    note = Invoice(
        connection="odd",
        id="note",
        kind=InvoiceKind.CREDIT_NOTE,
        currency="EUR",
        total=Money(Decimal("0.10"), "EUR"),
        amount_written_off=Money(None, "EUR", Decimal(10)),
        original_invoice_id="=whole",
        instalments=(
            Instalment(
                currency="EUR", amount=Money(Decimal("0.10"), "EUR"), due_on=date(2026, 3, 1)
            ),
        ),
        credit_allocations=(CreditAllocation(applied_invoice_id="whole", applied_at=AT),),
    )
    return [*texts, *amounts, whole, note]


def _others() -> list[Record]:
    return [
        Call(
            connection="odd",
            id="c1",
            tags=("=a", 'b"', ""),
            transcript_parts=[{"z": Decimal("1.15"), "a": [None, True, "=x"]}],
        ),
        Call(connection="odd", id="c2"),
        Callout(connection="odd", id="o1", channels=tuple(Channel)),
        Email(
            connection="odd", id="e1", html="<b>=1</b>\r\n" * 50, to_addresses=("jo@example.com",)
        ),
        Email(connection="odd", id="jo@example.com", subject="whose id is a person"),
        Party(connection="other", id="p1", name="-Jo"),
        Payment(
            connection="other",
            id="p1",
            paid_on=date(2026, 2, 28),
            applications=(
                PaymentApplication(
                    invoice_id="=whole",
                    currency="EUR",
                    amount=Money(Decimal("0.10"), "EUR"),
                    applied_on=date(2026, 3, 1),
                ),
            ),
        ),
    ]


def fill(store: Store, *, has_nul: bool = True) -> int:
    """Write everything in one run; its number.

    Args:
        store: Where to.
        has_nul: Whether a text with U+0000 is among it.
    """
    invoice = Ref("odd", "invoices", "whole")
    links = {
        Link(Ref("odd", "calls", "c1"), invoice, LinkKind.KEYED),
        Link(Ref("odd", "calls", "c2"), invoice, LinkKind.NATIVE),
        Link(Ref("odd", "emails", "jo@example.com"), invoice, LinkKind.KEYED),
        Link(Ref("odd", "invoices", "a1"), invoice, LinkKind.DERIVED, "=rule"),
    }
    records = [one for one in _invoices() if has_nul or "\x00" not in (one.number or "")]
    run = _write(store, [*records, *_others()], links=links)
    with store.transaction():
        mark(store, Ref("odd", "invoices", "t1"), "2026-01-01T00:00:00.000000Z", run)
    return run


def change(store: Store) -> int:
    """Change, remove and erase some of it, and leave the rest; the number of the run."""
    invoices = {one.id: one for one in _invoices()}
    changed = [
        evolve(invoices["a1"], lines=invoices["a1"].lines[:1], number="new"),
        evolve(invoices["a2"], lines=()),
        Invoice(connection="odd", id="new", number="=new"),
    ]
    run = _write(
        store,
        changed,
        links={Link(Ref("odd", "calls", "c2"), Ref("odd", "invoices", "new"), LinkKind.KEYED)},
        dropped_links={
            Link(Ref("odd", "calls", "c1"), Ref("odd", "invoices", "whole"), LinkKind.KEYED)
        },
        removed={Ref("odd", "callouts", "o1"), Ref("odd", "invoices", "a3")},
        present={Ref("odd", "invoices", "t1")},
    )
    with store.transaction():
        mark(store, Ref("odd", "invoices", "t2"), "2026-02-01T00:00:00.000000Z", run)
        for table in ("emails", "links"):
            store.remove(table, ["id"], lambda id: "@" in id, run=run)
    return run


def _write(store: Store, records: list[Any], **more: Any) -> int:
    rows = {one.ref: to_row(one) for one in records}
    with store.exclusive():
        run = store.begin_run("2026-01-01T00:00:00.000000Z")
        with store.transaction():
            store.apply(Changes(run, rows=rows, known=set(rows), **more))
        store.end_run(run, "2026-01-01T00:00:01.000000Z", "ended", "{}")
    return run


def odd_store(folder: Path) -> Store:
    """A new store that is filled so."""
    store = open_store("sqlite:///odd.db", folder=folder, create=True)
    fill(store)
    return store
