"""What using.md shows of `duetrail timeline` is what it prints."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from duetrail import Project
from duetrail.cli import timeline
from duetrail.cli.output import print_error
from duetrail.errors import UsageError
from duetrail.model import Invoice, InvoiceKind, Money
from duetrail.stores import Changes, open_store, to_row
from duetrail.trail import find_invoice

WIDTH = 96
"""Columns of the terminal that the page shows."""

INVOICES = (
    Invoice(
        connection="exante",
        id="7c1d",
        number="INV-1042",
        kind=InvoiceKind.RECEIVABLE,
        currency="EUR",
        total=Money(Decimal("5443.36"), "EUR"),
        issued_on=date(2026, 2, 13),
        customer_name="Juniper Logistics",
    ),
    Invoice(
        connection="stuut",
        id="inv_9",
        number="INV-1042",
        currency="USD",
        total=Money(Decimal("120.00"), "USD"),
        due_on=date(2025, 11, 3),
        customer_name="Alder & Sons",
    ),
)


def test_the_timeline_is_shown_as_it_is_printed(generated, served, monkeypatch, capsys) -> None:
    """The beginning of a timeline of the sandbox's company, on a terminal without colours."""
    monkeypatch.setattr(timeline, "columns", lambda: WIDTH)
    with Project(served / "duetrail.toml") as project:
        timeline.write_timeline(project.timeline("INV-1042"), colour=False)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= WIDTH
    generated("using.md", "timeline", "\n".join(("```text", *lines[:20], "…", "```\n")))


def test_candidates_are_listed_as_on_the_page(generated, tmp_path, capsys) -> None:
    """An ambiguous number, as the command answers it."""
    store = open_store("sqlite:///store.db", folder=tmp_path, create=True)
    rows = {one.ref: to_row(one) for one in INVOICES}
    with store.transaction():
        store.apply(Changes(rows=rows, known=set(rows)))
    with pytest.raises(UsageError) as caught:
        find_invoice(store, "INV-1042")
    store.close()
    print_error(caught.value)
    generated("using.md", "candidates", f"```text\n{capsys.readouterr().err}```\n")
