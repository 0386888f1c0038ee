"""When to call: the share of calls answered, by weekday and hour of the customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from duetrail_report.charts.chart import Chart, Drawing, Sketch, empty_chart
from duetrail_report.charts.figures import DASH, WEEKDAYS, exact, percent
from duetrail_report.charts.marks import Key
from duetrail_report.charts.scale import axis
from duetrail_report.charts.svg import el, text

_TITLE = "When to call"
_FEW = 20
_SHADES = 5

# Where the cells begin, in pixels.
_LEFT, _HEAD = 46.0, 24.0

# The hours that are always shown; others where somebody called.
_FROM, _TO = 8, 18


class HourRow(NamedTuple):
    """The calls of an hour of a weekday.

    Attributes:
        weekday: 1 for Monday to 7 for Sunday.
        hour: 0 to 23.
        calls: How many calls with a known outcome.
        answered: How many of them were answered.
    """

    weekday: int
    hour: int
    calls: int
    answered: int


def hours_of(rows: Sequence[HourRow], id: str = "hours") -> Chart:
    """When calls are answered.

    Args:
        rows: One row for each weekday and hour in which somebody called.
        id: The beginning of the ids in it.
    """
    rows = sorted(row for row in rows if row.calls)
    if not rows:
        return empty_chart(
            id,
            _TITLE,
            "No call of this period has a known outcome and a customer whose time zone is known.",
        )
    enough = [row for row in rows if row.calls >= _FEW]
    if not enough:
        most = max(row.calls for row in rows)
        return empty_chart(
            id,
            _TITLE,
            f"No hour of the week has {_FEW} calls yet; the most is {most}. Fewer say nothing.",
        )
    best = max(enough, key=lambda row: (row.answered / row.calls, row.calls))
    top = float(axis([_ceil(best)], 0, 1, _SHADES + 1).ticks[-1])
    few = len(rows) - len(enough)
    return Chart(
        id=id,
        title=_TITLE,
        subtitle="Share of calls answered, in %, by weekday and hour in the customer's time zone",
        summary=f"{exact(sum(row.calls for row in rows))} calls. The best hour is {_at(best)}: "
        f"{percent(best.answered, best.calls)} of {exact(best.calls)} calls answered.",
        draw=lambda sketch: _draw(rows, top, sketch),
        columns=("Weekday", "Hour", "Calls (n)", "Answered", "Share"),
        rows=tuple(
            (
                WEEKDAYS[row.weekday - 1], f"{row.hour:02}:00", row.calls, row.answered,
                percent(row.answered, row.calls),
            )
            for row in rows
        ),
        heads=2,
        legend=tuple(_keys(top)),
        notes=(
            f"Hours with fewer than {_FEW} calls stay blank, as so few say nothing: {few} of the "
            f"{len(rows)} in which somebody called.",
            "Calls to customers without a known time zone are left out.",
        ),
    )  # fmt: skip


def _ceil(row: HourRow) -> int:
    """A share in whole per cent, rounded up, at least 5."""
    return max(5, -(-100 * row.answered // row.calls))


def _at(row: HourRow) -> str:
    return f"{WEEKDAYS[row.weekday - 1]} {row.hour:02}:00{DASH}{row.hour + 1:02}:00"


def _keys(top: float) -> list[Key]:
    """The shades, each with the shares that it stands for."""
    ends = [top * place / _SHADES for place in range(_SHADES + 1)]
    return [
        Key(f"heat-{place + 1}", f"{ends[place]:g}{DASH}{ends[place + 1]:g}%")
        for place in range(_SHADES)
    ]


def _shade(row: HourRow, top: float) -> int:
    share = 100 * row.answered / row.calls
    return min(_SHADES, 1 + int(share * _SHADES / top))


def _draw(rows: Sequence[HourRow], top: float, sketch: Sketch) -> Drawing:
    """Hours run to the right; on a telephone downwards, where there is more room."""
    hours = range(
        min([_FROM, *(row.hour for row in rows)]), max([_TO, *(row.hour for row in rows)]) + 1
    )
    across = len(WEEKDAYS) if sketch.is_narrow else len(hours)
    width = (sketch.width - _LEFT) / across
    height = 26.0 if sketch.is_narrow else 34.0
    down = len(hours) if sketch.is_narrow else len(WEEKDAYS)
    by_cell = {(row.weekday, row.hour): row for row in rows}
    parts: list[Element] = []
    for place, name in enumerate(WEEKDAYS):
        parts.append(_label(name, place, sketch.is_narrow, width, height))
    for place, hour in enumerate(hours):
        name = f"{hour:02}:00" if sketch.is_narrow else f"{hour:02}"
        parts.append(_label(name, place, not sketch.is_narrow, width, height))
    for day in range(len(WEEKDAYS)):
        for place, hour in enumerate(hours):
            column, line = (day, place) if sketch.is_narrow else (place, day)
            x, y = _LEFT + column * width, _HEAD + line * height
            parts += _cell(by_cell.get((day + 1, hour)), x, y, width, height, top)
    return Drawing(_HEAD + down * height + 4, parts)


def _label(name: str, place: int, is_across: bool, width: float, height: float) -> Element:
    """The name of a column, above it, or of a line, before it."""
    if is_across:
        return text(name, _LEFT + (place + 0.5) * width, _HEAD - 9, "middle", "tick")
    return text(name, _LEFT - 12, _HEAD + (place + 0.5) * height + 4, "end", "tick")


def _cell(
    row: HourRow | None, x: float, y: float, width: float, height: float, top: float
) -> list[Element]:
    """A cell: shaded, with its share; blank where calls are few."""
    box = {"x": x + 1, "y": y + 1, "width": width - 2, "height": height - 2, "rx": 3}
    if row is None or row.calls < _FEW:
        told = "no calls" if row is None else f"{row.calls} calls: too few"
        blank = el("rect", el("title", told), class_="chart-blank", **box)
        return [blank]
    shade = _shade(row, top)
    told = f"{_at(row)}: {percent(row.answered, row.calls)} of {exact(row.calls)} calls answered"
    number = f"{100 * row.answered / row.calls:.0f}"
    middle = (x + width / 2, y + height / 2 + 4)
    label = el(
        "text", number, x=middle[0], y=middle[1], text_anchor="middle",
        class_=f"chart-value chart-on-heat-{shade}",
    )  # fmt: skip
    rect = el("rect", class_=f"chart-heat-{shade}", **box)
    return [el("g", el("title", told), rect, label, class_="chart-mark")]
