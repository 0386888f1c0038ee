"""From the rows of metrics to charts: one chart for each currency, or one for all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

from duetrail.stores.metrics import MetricRows
from duetrail_report.charts.ageing import AgeingRow, ageing_chart, last_bucket
from duetrail_report.charts.agents import AgentRow, agents_of
from duetrail_report.charts.attempts import AttemptRow, attempts_of
from duetrail_report.charts.chart import Chart
from duetrail_report.charts.coming import ComingRow, coming_chart
from duetrail_report.charts.effort import CashRow, TouchesRow, effort_chart
from duetrail_report.charts.funnel import Funnel, funnel_of
from duetrail_report.charts.hours import HourRow, hours_of
from duetrail_report.charts.past import PastRow, past_chart

_Row = Mapping[str, Any]
_Money = TypeVar("_Money", AgeingRow, CashRow, ComingRow, PastRow)


def ageing_charts(
    rows: MetricRows, id: str = "ageing", shown: Callable[[str], str] = str
) -> tuple[Chart, ...]:
    """Ageing by customer, of each currency, from `ar_ageing_by_customer`.

    Args:
        rows: The rows of the metric.
        id: The id of the charts.
        shown: A customer's name as it is shown.
    """
    every = (_ageing_row(row) for row in rows.dicts())
    found = [row._replace(customer=shown(row.customer)) for row in every]
    last = last_bucket(found)
    return _by_currency(found, lambda rows, id: ageing_chart(rows, id, last), id)


def coming_charts(rows: MetricRows, id: str = "coming") -> tuple[Chart, ...]:
    """What is coming, of each currency, from `ar_coming`."""
    return _by_currency(
        (ComingRow(*_picked(ComingRow, row)) for row in rows.dicts()), coming_chart, id
    )


def effort_charts(touches: MetricRows, cash: MetricRows, id: str = "effort") -> tuple[Chart, ...]:
    """Effort against the cash of each currency, from `touches_by_week` and `cash_by_week`."""
    done = [TouchesRow(*_picked(TouchesRow, row)) for row in touches.dicts()]
    received = (CashRow(*_picked(CashRow, row)) for row in cash.dicts())

    def draw(rows: Sequence[CashRow], id: str) -> Chart:
        return effort_chart(done, rows, id)

    return _by_currency(received, draw, id)


def attempts_chart(rows: MetricRows, within_days: int = 14, id: str = "attempts") -> Chart:
    """What works by channel and attempt, from `touch_yield`; its weekdays are added up."""
    sums: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows.dicts():
        _add(sums[row["channel"], row["attempt"]], row["touches"], row["followed_by_payment"])
    return attempts_of([AttemptRow(*key, *counts) for key, counts in sums.items()], within_days, id)


def agents_chart(rows: MetricRows, within_days: int = 14, id: str = "agents") -> Chart:
    """What works by who acted, from `yield_by_agent`."""
    found = [
        AgentRow(row["channel"], row["agent"], row["touches"], row["followed_by_payment"])
        for row in rows.dicts()
    ]
    return agents_of(found, within_days, id)


def funnel_chart(
    rates: MetricRows, paid: MetricRows, within_days: int = 14, id: str = "funnel"
) -> Chart:
    """What becomes of emails, from `email_rates` and `emails_paid`; connections are added up."""
    counts = [0, 0, 0, 0, 0]
    for row in rates.dicts():
        _add(counts, row["sent"], row["delivered"], row["replied"])
    for row in paid.dicts():
        _add(counts, 0, 0, 0, row["emails"], row["followed_by_payment"])
    return funnel_of(Funnel(*counts), within_days, id)


def hours_chart(rows: MetricRows, id: str = "hours") -> Chart:
    """When to call, from `answer_hours`."""
    return hours_of([HourRow(*_picked(HourRow, row)) for row in rows.dicts()], id)


def past_charts(points: Iterable[tuple[date, MetricRows]], id: str = "past") -> tuple[Chart, ...]:
    """What was, of each currency, from `ar_dso` as of some days; see `past_days`."""
    found = [
        PastRow(row["currency"], day, row["receivables"], row["dso"], row["best_possible_dso"])
        for day, rows in points
        for row in rows.dicts()
    ]
    days = Counter(row.currency for row in found)
    return _by_currency((row for row in found if days[row.currency] > 1), past_chart, id)


def _ageing_row(row: _Row) -> AgeingRow:
    """Of rows without people, customers are named by their ids."""
    id = row["customer_id"]
    name = row.get("customer") or (f"Customer {id}" if id else "Customer not known")
    key = (row["connection"], id or "", "" if id else name)
    return AgeingRow(
        key, name, row["currency"], row["position"], row["bucket"], row["items"], row["amount"]
    )


def _by_currency(
    rows: Iterable[_Money], draw: Callable[[Sequence[_Money], str], Chart], id: str
) -> tuple[Chart, ...]:
    """A chart for each currency in the order of their codes, or one that says there is nothing."""
    groups: dict[str, list[_Money]] = defaultdict(list)
    for row in rows:
        groups[row.currency].append(row)
    if not groups:
        return (draw([], id),)
    return tuple(draw(groups[code], f"{id}-{code.lower()}") for code in sorted(groups))


def _picked(kind: type[NamedTuple], row: _Row) -> list[Any]:
    """The columns of a metric that have the names of a row's fields."""
    return [row[name] for name in kind._fields]


def _add(sums: list[int], *numbers: int) -> None:
    for place, number in enumerate(numbers):
        sums[place] += number
