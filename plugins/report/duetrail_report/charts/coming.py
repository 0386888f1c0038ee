"""What is coming: what falls due and what is promised, week by week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from xml.etree.ElementTree import Element

from duetrail_report.charts.chart import Chart, Drawing, Sketch, empty_chart
from duetrail_report.charts.figures import compact, exact, week_text
from duetrail_report.charts.marks import Key, bar, level
from duetrail_report.charts.scale import Axis, axis
from duetrail_report.charts.svg import text, width_of
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
    if not any(row.due or row.promised for row in rows):
        return empty_chart(id, _TITLE, "Nothing falls due and nothing is promised in these weeks.")
    currency = rows[0].currency
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
    for row, (_, x) in zip(rows, weeks.starts(), strict=True):
        width = min(34.0, weeks.step * 0.36)
        middle = x + weeks.step / 2
        pairs = [
            (_DUE, row.due, row.due_items, middle - width - 1),
            (_PROMISED, row.promised, row.promised_items, middle + 1),
        ]
        for key, amount, items, left in pairs:
            parts += _column(key, row, amount, items, left, width, scale, sketch.id)
    return Drawing(bottom + 44, [*parts, *weeks.labels(bottom + 20)])


def _column(
    key: Key, row: ComingRow, amount: Decimal, items: int, left: float, width: float, scale: Axis,
    id: str,
) -> list[Element]:  # fmt: skip
    """A bar, and its amount over it where there is room."""
    if not amount:
        return []
    zero, end = scale.at(0), scale.at(amount)
    title = f"{week_text(row.week)}: {key.label.lower()} {exact(amount, row.currency)}, {items}"
    title += " item" if items == 1 else " items"
    parts = [bar(key, id, left, zero, width, end - zero, title)]
    if width_of(compact(amount), 10) <= width + 2:
        y = end - 6 if amount > 0 else end + 14
        parts.append(text(compact(amount), left + width / 2, y, "middle", "value"))
    return parts
