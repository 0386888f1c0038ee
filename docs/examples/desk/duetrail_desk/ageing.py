"""A command: `duetrail ageing`, what is owed by how long it has been overdue."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal

import click

from duetrail.model import Invoice
from duetrail.stores import RecordQuery, from_row

_BUCKETS = ((0, "not due"), (30, "1 to 30 days"), (60, "31 to 60 days"), (90, "61 to 90 days"))


@click.command()
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="The day it is seen from. [default: today]"
)
@click.pass_context
def ageing(ctx: click.Context, on: datetime | None) -> None:
    """Show what is owed, by currency and by how long it has been overdue."""
    day = (on or datetime.now(UTC)).date()
    owed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    with ctx.obj.project() as project:
        for row in project.store.records(RecordQuery("invoices", is_present=True)):
            invoice = from_row(row)
            assert isinstance(invoice, Invoice)
            remaining, due = invoice.amount_remaining, invoice.due_on
            if remaining is not None and remaining.amount is not None and due is not None:
                owed[remaining.currency, _bucket(day, due)] += remaining.amount
    for (currency, bucket), amount in sorted(owed.items()):
        click.echo(f"{currency}  {amount:>14}  {bucket}")


def _bucket(day: date, due: date) -> str:
    overdue = (day - due).days
    return next((name for most, name in _BUCKETS if overdue <= most), "over 90 days")
