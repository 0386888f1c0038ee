"""Effort against result: touches week by week, and under them the cash received."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from xml.etree.ElementTree import Element

from attrs import frozen

from duetrail_report.charts.channels import channel_key, in_order
from duetrail_report.charts.chart import Chart, Drawing, Sketch, empty_chart
from duetrail_report.charts.figures import compact, exact, week_text
from duetrail_report.charts.marks import Key, bar, ground, level
from duetrail_report.charts.scale import Axis, axis
from duetrail_report.charts.svg import text
from duetrail_report.charts.weeks import Weeks, all_weeks

_TITLE = "Effort against result"
_CASH = Key("cash", "Cash received")
_LEFT = 52


class TouchesRow(NamedTuple):
    """What was done in a week.

    Attributes:
        week: The Monday of the week.
        channel: By which channel: `call`, `email` and so on.
        touches: How many outbound touches.
    """

    week: date
    channel: str
    touches: int


class CashRow(NamedTuple):
    """What was received in a week.

    Attributes:
        currency: The currency.
        week: The Monday of the week.
        payments: How many payments.
        amount: Their sum; below 0 where more was paid back.
    """

    currency: str
    week: date
    payments: int
    amount: Decimal


@frozen
class _Effort:
    """What is drawn."""

    currency: str
    weeks: Sequence[date]
    channels: Sequence[str]
    touches: dict[date, dict[str, int]]
    cash: dict[date, CashRow]


def effort_chart(
    touches: Sequence[TouchesRow], cash: Sequence[CashRow], id: str = "effort"
) -> Chart:
    """Effort of every kind against the cash of one currency.

    Args:
        touches: What was done, by week and channel.
        cash: What was received, one row for each week, in one currency.
        id: The beginning of the ids in it.
    """
    if not any(row.touches for row in touches) and not any(row.amount for row in cash):
        return empty_chart(
            id,
            _TITLE,
            "In this period nobody was called or written to, and no cash came in.",
            cash[0].currency if cash else None,
        )
    effort = _effort(touches, cash)
    currency = effort.currency
    keys = [channel_key(channel) for channel in effort.channels]
    received = sum((row.amount for row in cash), Decimal(0))
    done = sum(row.touches for row in touches)
    return Chart(
        id=id,
        title=_TITLE,
        subtitle=f"ISO weeks by their Monday: touches above, cash received in {currency} below",
        summary=f"{exact(done)} touches and {exact(received, currency)} of cash in "
        f"{len(effort.weeks)} weeks from {week_text(effort.weeks[0])} on.",
        draw=lambda sketch: _draw(effort, sketch),
        columns=("Week", *(key.label for key in keys), "Payments", f"Cash {currency}"),
        rows=tuple(_cells(effort, week) for week in effort.weeks),
        legend=(*keys, _CASH),
        notes=(
            "Touches are all outbound calls and messages, whatever the currency of their invoice. "
            "The period may begin and end within a week: these weeks are shorter.",
        ),
        currency=currency or None,
    )


def _effort(touches: Sequence[TouchesRow], cash: Sequence[CashRow]) -> _Effort:
    counts: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in touches:
        counts[row.week][row.channel] += row.touches
    return _Effort(
        cash[0].currency if cash else "",
        all_weeks([*counts, *(row.week for row in cash)]),
        in_order({row.channel for row in touches if row.touches}),
        counts,
        {row.week: row for row in cash},
    )


def _cells(effort: _Effort, week: date) -> tuple[str | int | Decimal, ...]:
    row = effort.cash.get(week)
    done = effort.touches.get(week, {})
    counts = [done.get(channel, 0) for channel in effort.channels]
    return (week_text(week), *counts, row.payments if row else 0, row.amount if row else Decimal(0))


def _draw(effort: _Effort, sketch: Sketch) -> Drawing:
    top, middle, below, bottom = 20.0, 150.0, 200.0, 310.0
    weeks = Weeks(effort.weeks, _LEFT, (sketch.width - _LEFT) / len(effort.weeks))
    most = max((sum(done.values()) for done in effort.touches.values()), default=0)
    up = axis([most], middle, top, 4, whole=True)
    down = axis([row.amount for row in effort.cash.values()], below, bottom, 4)
    parts = [
        *level(up, _LEFT, sketch.width, compact),
        *level(down, _LEFT, sketch.width, compact),
        text("Touches", 0, 10, kind="month"),
        text(
            f"Cash received, {effort.currency}" if effort.currency else "",
            0,
            bottom + 22,
            kind="month",
        ),
    ]
    width = max(min(weeks.step * 0.62, 30), weeks.step - 12, 0.5)
    for week, x in weeks.starts():
        left = x + (weeks.step - width) / 2
        parts += _done(effort, week, up, left, width, sketch.id)
        if (row := effort.cash.get(week)) and row.amount:
            zero = down.at(0)
            title = f"{week_text(week)}: {exact(row.amount, row.currency)} received"
            parts.append(
                bar(_CASH, sketch.id, left, zero, width, down.at(row.amount) - zero, title)
            )
    parts += [*ground(up, _LEFT, sketch.width), *ground(down, _LEFT, sketch.width)]
    return Drawing(bottom + 28, [*parts, *weeks.labels(middle + 20)])


def _done(
    effort: _Effort, week: date, up: Axis, left: float, width: float, id: str
) -> list[Element]:
    """The touches of a week, one channel upon the other."""
    parts, base = [], 0
    for channel in effort.channels:
        count = effort.touches.get(week, {}).get(channel, 0)
        if count:
            key = channel_key(channel)
            low, high = up.at(base), up.at(base + count)
            title = f"{week_text(week)}: {key.label.lower()}, {exact(count)}"
            parts.append(bar(key, id, left, low, width, high - low, title))
            base += count
    return parts
