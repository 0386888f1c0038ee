"""What is coming: what falls due and what is promised, week by week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from duetrail_report.charts.chart import Chart, Drawing, Sketch, empty_chart
from duetrail_report.charts.figures import compact, exact, week_text
from duetrail_report.charts.lettering import width_of
from duetrail_report.charts.marks import Key, bar, ground, level
from duetrail_report.charts.scale import axis
from duetrail_report.charts.svg import text
from duetrail_report.charts.weeks import Weeks

_TITLE = "What is coming"
_DUE = Key("due", "Due")
_PROMISED = Key("promised", "Promised", "hatch")
_LEFT = 52


class ComingRow(NamedTuple):
    """What is expected in a week.

    Attributes:
        currency: The currency.
        week: The Monday of the week.
        due_items: How many open items fall due in it.
        due: What is left to pay of them.
        promised_items: For how many open items payment is promised in it.
        promised: What is left to pay of those.
    """

    currency: str
    week: date
    due_items: int
    due: Decimal
    promised_items: int
    promised: Decimal


def coming_chart(rows: Sequence[ComingRow], id: str = "coming") -> Chart:
    """What is coming in one currency.

    Args:
        rows: What is expected, one row for each week, in one currency.
        id: The beginning of the ids in it.
    """
    rows = sorted(rows, key=lambda row: row.week)
    currency = rows[0].currency if rows else None
    of = f" in {currency}" if currency else ""
    if not any(row.due or row.promised for row in rows):
        return empty_chart(
            id, _TITLE, f"Nothing falls due and nothing is promised in these weeks{of}.", currency
        )
    due = sum((row.due for row in rows), Decimal(0))
    promised = sum((row.promised for row in rows), Decimal(0))
    return Chart(
        id=id,
        title=_TITLE,
        subtitle=f"{len(rows)} weeks by their Monday, in {currency}",
        summary=f"From {week_text(rows[0].week)} on: {exact(due, currency)} falls due, "
        f"{exact(promised, currency)} is promised.",
        draw=lambda sketch: _draw(rows, sketch),
        columns=("Week", "Items due", f"Due {currency}", "Promises", f"Promised {currency}"),
        rows=tuple((week_text(row.week), *row[2:]) for row in rows),
        legend=(_DUE, _PROMISED),
        notes=("What is due and promised is in both bars. What is overdue is in neither.",),
        currency=currency,
    )


def _draw(rows: Sequence[ComingRow], sketch: Sketch) -> Drawing:
    top, bottom = 22.0, 202.0
    weeks = Weeks([row.week for row in rows], _LEFT, (sketch.width - _LEFT) / len(rows))
    amounts = [value for row in rows for value in (row.due, row.promised)]
    scale = axis(amounts, bottom, top, 5)
    parts = level(scale, _LEFT, sketch.width, compact)
    width = min(34.0, weeks.step * 0.36)
    has_room = all(width_of(compact(one), 10) <= width + 4 for one in amounts if one)
    for row, (_, x) in zip(rows, weeks.starts(), strict=True):
        middle = x + weeks.step / 2
        for key, amount, items, left in (
            (_DUE, row.due, row.due_items, middle - width - 1),
            (_PROMISED, row.promised, row.promised_items, middle + 1),
        ):
            if not amount:
                continue
            zero, end = scale.at(0), scale.at(amount)
            told = f"{week_text(row.week)}: {key.label.lower()} {exact(amount, row.currency)}"
            told += f", {items} item" + "s" * (items != 1)
            parts.append(bar(key, sketch.id, left, zero, width, end - zero, told))
            if has_room:
                y = end - 6 if amount > 0 else end + 14
                parts.append(text(compact(amount), left + width / 2, y, "middle", "value"))
    if min(amounts) < 0:
        bottom += 14  # amounts below zero stand under their bars
    parts += [*ground(scale, _LEFT, sketch.width), *weeks.labels(bottom + 20)]
    return Drawing(bottom + 44, parts)
