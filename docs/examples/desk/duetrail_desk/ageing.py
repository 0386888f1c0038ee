"""A command: `duetrail ageing`, what is owed by how long it has been overdue."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal

import click

from duetrail.api import open_configured
from duetrail.config import read_config

_OWED = """
SELECT currency, due_on, amount_remaining FROM invoices
WHERE absent_since IS NULL AND due_on IS NOT NULL AND amount_remaining IS NOT NULL
"""
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
    store = open_configured(read_config(ctx.obj.config), ctx.obj.store)
    try:
        for row in store.select(_OWED):
            bucket = _bucket((day - date.fromisoformat(row["due_on"])).days)
            owed[row["currency"], bucket] += Decimal(row["amount_remaining"])
    finally:
        store.close()
    for (currency, bucket), amount in sorted(owed.items()):
        click.echo(f"{currency}  {amount:>14}  {bucket}")


def _bucket(days: int) -> str:
    return next((name for most, name in _BUCKETS if days <= most), "over 90 days")
