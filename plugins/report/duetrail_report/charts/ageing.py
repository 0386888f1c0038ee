"""How old what is owed is: a bar for each customer, in the buckets of the ageing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple
from xml.etree.ElementTree import Element

from attrs import evolve, frozen

from duetrail_report.charts.chart import Chart, Drawing, Sketch, empty_chart
from duetrail_report.charts.figures import DASH, compact, exact, percent
from duetrail_report.charts.lettering import fitted
from duetrail_report.charts.marks import Key, bar, upright
from duetrail_report.charts.scale import Axis, axis
from duetrail_report.charts.svg import text

_TITLE = "Ageing by customer"
_MOST = 15
_SHADES = 5

# The room for names beside the bars, and the size of their letters, in pixels.
_NAMES, _SIZE = 204, 13


LAST_BUCKET = 5
"""The place of the last bucket that is past due, unless buckets are set: after `current` and 90."""


class AgeingRow(NamedTuple):
    """What a customer owes in a bucket.

    Attributes:
        key: What tells the customer from others.
        customer: The customer's name.
        currency: The currency.
        position: The place of the bucket.
        bucket: The bucket, in days past due; `current` and `no due date` are two of them.
        items: How many open items.
        amount: What is left to pay; below 0 for a credit.
    """

    key: tuple[str, ...]
    customer: str
    currency: str
    position: int
    bucket: str
    items: int
    amount: Decimal


@frozen
class _Line:
    """A bar: the amounts of a customer, or of several, by the place of the bucket."""

    name: str
    parts: dict[int, Decimal]

    @property
    def total(self) -> Decimal:
        return sum(self.parts.values(), Decimal(0))

    @property
    def ends(self) -> tuple[Decimal, Decimal]:
        """How far the bar reaches to both sides."""
        values = self.parts.values()
        below = sum((value for value in values if value < 0), Decimal(0))
        return below, sum((value for value in values if value > 0), Decimal(0))


@frozen
class _Ageing:
    """What is drawn."""

    currency: str
    buckets: dict[int, Key]
    whole: _Line
    lines: Sequence[_Line]
    rest: _Line | None


def ageing_chart(rows: Sequence[AgeingRow], id: str = "ageing", last: int = LAST_BUCKET) -> Chart:
    """The ageing of one currency.

    Args:
        rows: What is owed, by customer and bucket, in one currency.
        id: The beginning of the ids in it.
        last: The place of the last bucket that is past due, which has the darkest colour.
    """
    if not rows:
        return empty_chart(id, _TITLE, "Nothing is owed on this day.")
    ageing = _ageing(rows, last)
    whole, currency = ageing.whole, ageing.currency
    legend = tuple(
        evolve(
            key,
            figure=f"{compact(whole.parts[at])} · "
            f"{percent(float(whole.parts[at]), float(whole.total))}",
        )
        for at, key in ageing.buckets.items()
    )
    told = ", ".join(f"{key.label} {exact(whole.parts[at])}" for at, key in ageing.buckets.items())
    return Chart(
        id=id,
        title=_TITLE,
        subtitle=f"What is left to pay, in {currency}, by days past due",
        summary=f"{exact(whole.total, currency)} is owed: {told}. The most by "
        f"{ageing.lines[0].name}: {exact(ageing.lines[0].total, currency)}.",
        draw=lambda sketch: _draw(ageing, sketch),
        columns=("Customer", *(key.label for key in ageing.buckets.values()), f"Total {currency}"),
        rows=tuple(_cells(line, ageing) for line in (*ageing.lines, ageing.rest, whole) if line),
        legend=legend,
        notes=("Bars over the whole width show shares, whatever they add up to.",),
        currency=currency,
    )


def _cells(line: _Line, ageing: _Ageing) -> tuple[str | Decimal, ...]:
    return (line.name, *(line.parts.get(at, Decimal(0)) for at in ageing.buckets), line.total)


def _ageing(rows: Sequence[AgeingRow], last: int) -> _Ageing:
    labels = dict(sorted({row.position: row.bucket for row in rows}.items()))
    by_customer: dict[tuple[str, ...], dict[int, Decimal]] = defaultdict(dict)
    names = {row.key: row.customer for row in rows}
    for row in rows:
        own = by_customer[row.key]
        own[row.position] = own.get(row.position, Decimal(0)) + row.amount
    lines = [_Line(names[key], parts) for key, parts in by_customer.items()]
    lines.sort(key=lambda line: (-line.total, line.name))
    shown, rest = lines[:_MOST], lines[_MOST:]
    others = "1 other customer" if len(rest) == 1 else f"{len(rest):,} other customers"
    return _Ageing(
        currency=rows[0].currency,
        buckets=_keys(labels, last),
        whole=_added("All customers", lines),
        lines=shown,
        rest=_added(others, rest) if rest else None,
    )


def _added(name: str, lines: Iterable[_Line]) -> _Line:
    parts: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        for at, amount in line.parts.items():
            parts[at] += amount
    return _Line(name, dict(sorted(parts.items())))


def last_bucket(rows: Iterable[AgeingRow]) -> int:
    """The place of the last bucket that is past due: the fifth, or a later one that is there."""
    return max([LAST_BUCKET, *(row.position for row in rows if row.bucket != "no due date")])


def _keys(labels: dict[int, str], last: int) -> dict[int, Key]:
    """A colour for each bucket: darker the longer it is past due."""
    keys = {}
    for at, label in labels.items():
        if label == "current":
            keys[at] = Key("age-0", "Not due", "dots")
        elif label == "no due date":
            keys[at] = Key("age-none", "No due date", "hatch")
        else:
            shade = 1 + round((at - 2) * (_SHADES - 1) / (last - 2))
            keys[at] = Key(f"age-{min(max(shade, 1), _SHADES)}", f"{label.replace('-', DASH)} days")
    return keys


def _draw(ageing: _Ageing, sketch: Sketch) -> Drawing:
    width, is_narrow = sketch.width, sketch.is_narrow
    names, room, step = (0, 0, 42) if is_narrow else (_NAMES, 64, 28)
    top = 92.0
    bottom = top + step * len(ageing.lines)
    ends = [end for line in ageing.lines for end in line.ends]
    scale = axis(ends, names, width - room, 4 if is_narrow else 6)
    parts = [
        *_band(ageing, ageing.whole, 0, sketch),
        *upright(scale, top - 6, bottom, compact, top - 14),
    ]
    for place, line in enumerate(ageing.lines):
        y = top + place * step
        if is_narrow:
            parts += _named(line.name, 0, y + 13, width - 80, "start")
            parts.append(_total(line, width, y + 13))
            parts += _stacked(ageing, line, scale, y + 19, 14, sketch.id)
        else:
            parts += _named(line.name, names - 14, y + 18, names - 14, "end")
            parts.append(_total(line, width, y + 18))
            parts += _stacked(ageing, line, scale, y + 5, 18, sketch.id)
    if ageing.rest is None:
        return Drawing(bottom + 4, parts)
    # On the axis they would leave the others little room: together they owe more than each.
    return Drawing(bottom + 60, [*parts, *_band(ageing, ageing.rest, bottom + 14, sketch)])


def _band(ageing: _Ageing, line: _Line, y: float, sketch: Sketch) -> list[Element]:
    """What several owe together, as one bar over the whole width."""
    low, high = line.ends
    across = Axis((low, high if high > low else low + 1), 0, sketch.width)
    total = f"{compact(line.total)} {ageing.currency}"
    return [
        text(line.name, 0, y + 13, kind="strong"),
        text(total, sketch.width, y + 13, "end", "strong", exact(line.total, ageing.currency)),
        *_stacked(ageing, line, across, y + 22, 22, sketch.id),
    ]


def _total(line: _Line, x: float, y: float) -> Element:
    return text(compact(line.total), x, y, "end", full=exact(line.total))


def _named(name: str, x: float, y: float, room: float, anchor: str) -> list[Element]:
    return [text(fitted(name, room, _SIZE), x, y, anchor, "name", name)]


def _stacked(
    ageing: _Ageing, line: _Line, scale: Axis, y: float, height: float, id: str
) -> list[Element]:
    """A bar of a customer: what is owed to the right of zero, credits to the left."""
    parts = []
    above = below = Decimal(0)
    for at, amount in sorted(line.parts.items()):
        if not amount:
            continue
        key = ageing.buckets[at]
        begin = above if amount > 0 else below
        left, right = scale.at(begin), scale.at(begin + amount)
        title = f"{line.name}, {key.label}: {exact(amount, ageing.currency)}"
        parts.append(bar(key, id, left, y, right - left, height, title))
        above, below = (begin + amount, below) if amount > 0 else (above, begin + amount)
    return parts
