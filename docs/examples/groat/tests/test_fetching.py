"""What is asked for, run by run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duetrail
import pytest
from duetrail.model import Invoice, InvoiceStatus

from standin import Standin


@pytest.fixture
def standin() -> Iterator[Standin]:
    """A vendor that a test may change."""
    with Standin() as one:
        yield one


@pytest.fixture
def sync(standin: Standin, tmp_path: Path) -> Any:
    """Syncs into one store; what was asked for, and the exit code."""
    config = tmp_path / "duetrail.toml"
    config.write_text(standin.config)

    def run() -> tuple[list[str], int]:
        standin.asked.clear()
        summary = duetrail.sync(config=config, store=f"sqlite:///{tmp_path}/try.db", workers=1)
        return standin.asked, summary.exit_code

    return run


def _statuses(tmp_path: Path) -> dict[str, InvoiceStatus | None]:
    """The status of each stored invoice."""
    from duetrail.stores import RecordQuery, from_row, open_store

    store = open_store(f"sqlite:///{tmp_path}/try.db")
    try:
        records = [from_row(row) for row in store.records(RecordQuery("invoices"))]
        return {one.id: one.status for one in records if isinstance(one, Invoice)}
    finally:
        store.close()


def test_a_second_run_begins_at_the_oldest_invoice_that_may_change(
    standin: Standin, sync: Any
) -> None:
    """What was paid or voided before is not asked for again."""
    sync()
    asked, _ = sync()
    begin = next(one["created"] for one in standin.invoices if one["id"] == "in_4") - 3600
    assert asked[0] == f"/v1/invoices?limit=2&created[gte]={begin}"


def test_an_old_invoice_that_is_paid_later_is_seen(
    standin: Standin, sync: Any, tmp_path: Path
) -> None:
    """A change of an invoice that was open comes with the next run."""
    sync()
    old = next(one for one in standin.invoices if one["id"] == "in_5")
    old["status"] = "paid"
    sync()
    assert _statuses(tmp_path)["in_5"] == "paid"


def test_the_emails_of_an_invoice_that_was_long_paid_are_not_asked_for_again(sync: Any) -> None:
    """Thirty days after its end an invoice is left in peace."""
    sync()
    asked, _ = sync()
    emails = [one.split("/")[3] for one in asked if "/emails" in one]
    assert "in_5" in emails
    assert not {"in_1", "in_2", "in_3"} & set(emails)


def test_an_invoice_that_is_gone_is_noted(standin: Standin, sync: Any) -> None:
    """A draft that is deleted between two requests is an unknown key, and all others follow."""
    del standin.emails["in_6"]
    asked, exit_code = sync()
    assert exit_code == 3
    assert sum("/emails" in one for one in asked) > 5
