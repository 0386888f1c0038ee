"""Scale: a page costs the same in a store of any size, whatever stands in it how often."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from duetrail.stores.history import _BEGUN


def _pages(count: int, name: str = "Mills") -> list[dict[str, Any]]:
    """Invoices of one customer, fifty on a page."""
    rows = [{"id": f"i{at}", "customer": {"id": "u1", "name": name}} for at in range(count)]
    return [{"invoices": rows[at : at + 50]} for at in range(0, count, 50)]


def _commit(toy: Any, ledger: Any, *pages: Any) -> None:
    for page in pages:
        ledger.commit(toy.batch(page, known=ledger.committer.known))


@contextmanager
def _traced(ledger: Any) -> Iterator[list[str]]:
    """The statements that the store runs meanwhile."""
    seen: list[str] = []
    ledger.store._db.set_trace_callback(seen.append)
    yield seen
    ledger.store._db.set_trace_callback(None)


@contextmanager
def _steps(ledger: Any) -> Iterator[list[int]]:
    """How often SQLite does a hundred steps meanwhile."""
    count = [0]

    def step() -> int:
        count[0] += 1
        return 0

    ledger.store._db.set_progress_handler(step, 100)
    yield count
    ledger.store._db.set_progress_handler(None, 0)


def test_every_statement_of_a_page_uses_an_index(toy: Any, ledger: Any) -> None:
    """New, known, changed and differing documents, and rejects: no table is read through."""
    bad = {"id": "i9", "calls": [{"id": "c9", "seconds": -1}]}
    other = {"id": "i1", "number": "2", "customer": {"id": "u1", "name": "Other"}}
    pages = [*_pages(3), {"invoices": [bad]}, {"invoices": [other, {"id": "i5"}]}]
    seen: list[str] = []
    for _ in range(2):
        ledger.run()
        with _traced(ledger) as more:
            _commit(toy, ledger, *pages)
        seen += more
    plans = {
        (row["detail"], sql)
        for sql in dict.fromkeys(seen)
        if re.match("SELECT|UPDATE|DELETE|INSERT", sql)
        for row in ledger.store.select(f"EXPLAIN QUERY PLAN {sql}")
    }
    whole = {plan for plan in plans if re.match(r"SCAN (?!json_each|asked|\(|CONSTANT)", plan[0])}
    # Whether a table holds anything is seen at its first row.
    through = {sql for _, sql in whole if not re.fullmatch(r"SELECT 1 FROM \w+ LIMIT 1", sql)}
    # When runs began is read once a run, by the first page that changes anything.
    assert [sql for sql in seen if sql in through] == [_BEGUN, _BEGUN]


@pytest.mark.parametrize("kind", ["new", "changed", "known"])
def test_a_page_costs_the_same_whatever_is_stored(toy: Any, ledgers: Any, kind: str) -> None:
    """The customer of a page may stand in very many other invoices."""
    costs = []
    for stored in (100, 2_000):
        ledger = ledgers()
        _commit(toy, ledger, *_pages(stored))
        rows = _pages(50)[0]["invoices"]
        if kind == "new":
            rows = [row | {"id": f"n{row['id']}"} for row in rows]
        if kind == "changed":
            rows = [row | {"number": "1"} for row in rows]
        ledger.run()
        with _steps(ledger) as count:
            _commit(toy, ledger, {"invoices": rows})
        costs.append(count[0])
    assert costs[1] <= costs[0] * 1.2 + 5
