"""The tables below the charts hold what the metrics say, number by number."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from duetrail import Project
from support.books import ON, about, call, email, invoice, paid

Table = Callable[[str], list[list[str]]]


@pytest.fixture
def table(keep, page) -> Table:
    """The rows of a chart's table, without its head, of a report with some of everything."""
    one = invoice("1", 100, "2026-02-01", customer_id="a")
    two = invoice("2", "20.50", "2026-04-15", customer_id="b")
    said = [call(f"k{at}", "2026-03-05", customer_id="a") for at in range(3)]
    written = email("m", "2026-03-04")
    three = paid("3", 10, "2026-03-10", customer_id="a")
    touched = [link for each in (*said, written) for link in about(each, one, three)]
    keep(one, two, three, *said, written, links=touched)
    html = page().html

    def rows(id: str) -> list[list[str]]:
        found = re.search(rf'<figure[^>]*id="{id}".*?</figure>', html, re.DOTALL)
        assert found, id
        _, *body = ElementTree.fromstring(found[0]).iter("tr")
        return [["".join(cell.itertext()) for cell in row] for row in body]

    return rows


def _numbers(rows: list[list[str]], *columns: int) -> list[tuple[Decimal, ...]]:
    return [tuple(Decimal(row[at].replace(",", "")) for at in columns) for row in rows]


def _asked(project: Project, name: str, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[one] for one in columns) for row in project.metric(name, ON).dicts()]


def test_the_buckets_of_all_customers_are_those_of_the_ageing(table: Table, project) -> None:
    """The last row of its table, and with it the whole."""
    *_, whole = table("ageing-usd")
    amounts = [amount for items, amount in _asked(project, "ar_ageing", "items", "amount") if items]
    shown = [Decimal(cell.replace(",", "")) for cell in whole[1:]]
    assert [one for one in shown[:-1] if one] == amounts
    assert shown[-1] == sum(amounts)


def test_each_week_to_come_is_that_of_its_metric(table: Table, project) -> None:
    """Items and amounts, due and promised."""
    columns = ("due_items", "due", "promised_items", "promised")
    assert _numbers(table("coming-usd"), 1, 2, 3, 4) == _asked(project, "ar_coming", *columns)


def test_each_week_of_effort_is_that_of_its_metrics(table: Table, project) -> None:
    """Touches by channel, payments and cash."""
    rows = table("effort-usd")
    assert _numbers(rows, 3, 4) == _asked(project, "cash_by_week", "payments", "amount")
    touches = _asked(project, "touches_by_week", "channel", "touches")
    for column, channel in ((1, "call"), (2, "email")):
        counts = [(count,) for name, count in touches if name == channel]
        assert _numbers(rows, column) == counts


def test_each_who_acted_is_that_of_its_metric(table: Table, project) -> None:
    """Touches, and those that payment followed."""
    shown = sorted(_numbers(table("agents"), 2, 3))
    assert shown == sorted(_asked(project, "yield_by_agent", "touches", "followed_by_payment"))
