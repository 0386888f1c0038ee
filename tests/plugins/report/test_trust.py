"""The first lines: of when the data is, and what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from duetrail import Project
from duetrail.stores import Changes, StoredReject
from support.books import call, invoice


@pytest.fixture
def ran(project: Project) -> Callable[..., None]:
    """A run of a day, with what became of each `connection.resource`."""

    def put(day: str, state: str = "ended", **states: str) -> None:
        store = project.bare_store
        run = store.begin_run(f"{day}T12:00:00.000000Z")
        resources = [
            {
                "connection": name.partition("__")[0],
                "resource": name.partition("__")[2],
                "state": became,
                "unknown_keys": 0,
                "problems": [] if became == "complete" else [{"message": f"{name} broke <b>"}],
            }
            for name, became in states.items()
        ]
        summary = json.dumps({"resources": resources})
        store.end_run(run, f"{day}T13:00:00.000000Z", state, summary)

    return put


def test_data_is_as_old_as_its_oldest_listing(ran, page) -> None:
    """Of each connection; mapping kept pages again makes nothing newer."""
    ran("2026-03-01", crm__calls="complete", erp__invoices="complete", erp__parties="complete")
    ran("2026-03-02", erp__invoices="complete")
    ran("2026-03-03", "remapped", erp__invoices="complete", erp__parties="complete")
    text = page().text
    assert "crm 2026-03-01 12:00 UTC" in text
    assert "erp 2026-03-01 12:00 UTC" in text
    assert "no incomplete listing" in text


def test_an_incomplete_listing_is_listed_with_what_went_wrong(ran, page) -> None:
    """And with when it was last complete; its connection's data is as old as that."""
    ran("2026-03-01", erp__invoices="complete")
    ran("2026-03-02", erp__invoices="failed", crm__calls="incomplete")
    found = page()
    assert "2 incomplete listings" in found.text
    assert "erp invoices failed 2026-03-01 12:00 UTC erp__invoices broke <b>" in found.text
    assert "crm calls incomplete never" in found.text
    assert "never complete" in found.text
    assert "invoices broke" not in page(with_people=False).text


def test_a_run_that_did_not_end_is_told(ran, page) -> None:
    """Its numbers may be half of it."""
    ran("2026-03-01", "interrupted", erp__invoices="complete")
    assert "the newest run has not come to its end" in page().text


def test_rejects_are_counted_and_listed(ran, page, project) -> None:
    """The first fifty of them; what was wrong may tell of people."""
    ran("2026-03-01", erp__invoices="complete")
    common: dict[str, Any] = {
        "connection": "erp", "resource": "invoices", "shape": "invoice", "within": "", "shard": "",
        "path": "$.items[0]", "json_path": "$.total", "plugin": "erp 1", "page": 1, "run": 1,
        "raw": "{}",
    }  # fmt: skip
    rejects = [
        StoredReject(key=f"{at:03}", item=f"i{at}", reason="“Ann” is no amount", **common)
        for at in range(60)
    ]
    store = project.bare_store
    with store.transaction():
        store.apply(Changes(run=1, rejects={one.identity: one for one in rejects}))
    found = page()
    assert "60 rejects" in found.text
    assert found.text.count("“Ann” is no amount") == 50
    assert "10 more: duetrail rejects list" in found.text
    assert "Ann" not in page(with_people=False).text


def test_what_is_in_no_sum_is_counted_by_reason(keep, page) -> None:
    """Nothing that is open is left out silently."""
    keep(invoice("1", 1, currency="XXX"), invoice("2", 1, currency=None))
    found = page()
    assert "2 open invoices in no sum" in found.text
    assert "erp no currency 1" in found.text


def test_calls_and_messages_that_are_not_in_every_number_are_counted(keep, page) -> None:
    """By connection and reason, with the metrics that do without them."""
    keep(call("k", "2026-03-05"), call("l", "2026-03-06"))
    text = page().text
    assert "voice calls about no receivable that is counted ar_silent, ar_first_touch" in text
    assert "effort_per_paid_invoice, cost_per_paid_invoice 2" in text
