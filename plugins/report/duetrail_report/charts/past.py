"""What was: days sales outstanding and what was owed, over past days of the history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from xml.etree.ElementTree import Element

from duetrail_report.charts.chart import Chart, Drawing, Sketch, empty_chart
from duetrail_report.charts.figures import compact, day_text, exact, month
from duetrail_report.charts.marks import Key, ground, level
from duetrail_report.charts.scale import Axis, axis
from duetrail_report.charts.svg import el, text

_TITLE = "DSO and what was owed, day by day"
_DSO = Key("dso", "DSO", shape="line")
_BEST = Key("best", "Best possible DSO", shape="line")
_OPEN = Key("open", "Owed", shape="line")
_LEFT = 52
# Each day costs a query of the history, which is slower than one of the tables.
_MOST, _STEP = 7, timedelta(weeks=2)


class PastRow(NamedTuple):
    """A past day.

    Attributes:
        currency: The currency.
        day: The day.
        owed: What was owed.
        dso: Days sales outstanding; None without sales.
        best: The best possible DSO; None without sales.
    """

    currency: str
    day: date
    owed: Decimal
    dso: float | None
    best: float | None


_Line = tuple[Key, list[tuple[date, Decimal | None]]]


def past_days(since: date, on: date) -> list[date]:
    """The days to ask for: the day itself, and every second week before, up to twelve back.

    Args:
        since: The first day of which the history knows.
        on: The day that is looked at.
    """
    days = [on - place * _STEP for place in range(_MOST - 1, -1, -1)]
    return [day for day in days if day >= since]


def past_chart(rows: Sequence[PastRow], id: str = "past") -> Chart:
    """What was, in one currency.

    Args:
        rows: One row for each day, in one currency.
        id: The beginning of the ids in it.
    """
    rows = sorted(rows, key=lambda row: row.day)
    if len(rows) < 2:
        return empty_chart(
            id,
            _TITLE,
            "The history has no past day to compare with yet. The command duetrail history build "
            "puts it together; each sync adds to it.",
        )
    currency, first, last = rows[0].currency, rows[0], rows[-1]
    return Chart(
        id=id,
        title=_TITLE,
        subtitle=f"Days sales outstanding, and what was owed in {currency}, as known on each day",
        summary=f"Owed {exact(first.owed, currency)} on {day_text(first.day)}, "
        f"{exact(last.owed, currency)} on {day_text(last.day)}; DSO {_days(first.dso)}, then "
        f"{_days(last.dso)}.",
        draw=lambda sketch: _draw(rows, sketch),
        columns=("Day", "DSO", "Best possible DSO", f"Owed {currency}"),
        rows=tuple(
            (day_text(row.day), _rounded(row.dso), _rounded(row.best), row.owed) for row in rows
        ),
        legend=(_DSO, _BEST, _OPEN),
        currency=currency,
    )


def _rounded(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.1"))


def _days(value: float | None) -> str:
    return "not known" if value is None else f"{_rounded(value)} days"


def _draw(rows: Sequence[PastRow], sketch: Sketch) -> Drawing:
    days: list[_Line] = [
        (_DSO, [(row.day, _rounded(row.dso)) for row in rows]),
        (_BEST, [(row.day, _rounded(row.best)) for row in rows]),
    ]
    owed: list[_Line] = [(_OPEN, [(row.day, row.owed) for row in rows])]
    if sketch.is_narrow:
        upper = _panel(days, "DSO, days", 0, 0, sketch.width, "days")
        lower = _panel(owed, f"Owed, {rows[0].currency}", 0, 170, sketch.width, rows[0].currency)
        return Drawing(322, [*upper, *lower])
    half = (sketch.width - 32) / 2
    upper = _panel(days, "DSO, days", 0, 0, half, "days")
    return Drawing(
        152,
        [*upper, *_panel(owed, f"Owed, {rows[0].currency}", half + 32, 0, half, rows[0].currency)],
    )


def _panel(
    lines: Sequence[_Line], title: str, x: float, y: float, width: float, unit: str
) -> list[Element]:
    """Some lines over the same days."""
    values = [value for _, points in lines for _, value in points if value is not None]
    up = axis(values, y + 122, y + 24, 4)
    left, right = x + _LEFT, x + width - 8
    parts = [text(title, x, y + 10, kind="month"), *level(up, left, x + width, compact)]
    parts += ground(up, left, x + width)
    known = [day for day, _ in lines[0][1]]
    for key, points in lines:
        parts += _line(key, points, known, left, right, up, unit)
    last = right if known[-1].year == known[0].year else x + width
    for day, at, anchor in ((known[0], left, "start"), (known[-1], last, "end")):
        parts.append(
            text(f"{day.day} {month(day, with_year=False)} {day.year}", at, y + 142, anchor, "tick")
        )
    return parts


def _line(
    key: Key, points: Sequence[tuple[date, Decimal | None]], days: Sequence[date], left: float,
    right: float, up: Axis, unit: str,
) -> list[Element]:  # fmt: skip
    """A line with a point at each day; broken where a day has no number."""
    span = max(1, (days[-1] - days[0]).days)
    path, parts, is_on = "", [], False
    for day, value in points:
        if value is None:
            is_on = False
            continue
        x, y = left + (right - left) * (day - days[0]).days / span, up.at(value)
        path += f"{'L' if is_on else 'M'}{x:.2f} {y:.2f}"
        is_on = True
        told = f"{day_text(day)}: {key.label} {exact(value, unit)}"
        parts.append(
            el("circle", el("title", told), cx=x, cy=y, r=3, class_=f"chart-dot chart-{key.kind}")
        )
    return [el("path", d=path, class_=f"chart-line chart-{key.kind}"), *parts]
