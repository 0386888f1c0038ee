"""What works: the share of touches that payment followed, by channel and attempt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from attrs import evolve, frozen

from duetrail_report.charts.channels import channel_key, in_order
from duetrail_report.charts.chart import Chart, Drawing, Sketch, empty_chart
from duetrail_report.charts.figures import compact, exact, percent, wilson
from duetrail_report.charts.lettering import fitted
from duetrail_report.charts.marks import ground, level, whisker
from duetrail_report.charts.outcomes import (
    COLUMNS,
    NOTES,
    Outcome,
    nothing_yet,
    reach,
    share_text,
    within,
)
from duetrail_report.charts.scale import Axis, axis
from duetrail_report.charts.svg import text

_LAST = 5


class AttemptRow(NamedTuple):
    """What followed the touches of a channel that were the first, second... of their invoice.

    Attributes:
        channel: `call`, `email` and so on.
        attempt: 1 for the first touch of an invoice; 5 for the fifth and later.
        touches: How many touches.
        paid: How many of them were followed by payment.
    """

    channel: str
    attempt: int
    touches: int
    paid: int

    @property
    def outcome(self) -> Outcome:
        """What followed."""
        return Outcome(self.touches, self.paid)


def attempts_of(rows: Sequence[AttemptRow], within_days: int = 14, id: str = "attempts") -> Chart:
    """The share paid, by channel and attempt.

    Args:
        rows: One row for each channel and attempt.
        within_days: Days in which a payment counts as following.
        id: The beginning of the ids in it.
    """
    title = f"Paid within {within_days} days of a touch"
    rows = [row for row in rows if row.touches]
    if not rows:
        return empty_chart(id, title, nothing_yet(within_days))
    channels = in_order({row.channel for row in rows})
    rows = sorted(rows, key=lambda row: (channels.index(row.channel), row.attempt))
    best = max(rows, key=lambda row: wilson(row.paid, row.touches).low)
    return Chart(
        id=id,
        title=title,
        subtitle="Share of outbound touches after which the invoice was paid in full, by channel "
        "and attempt",
        summary=f"{exact(sum(row.touches for row in rows))} touches. The most surely followed by "
        f"payment: {channel_key(best.channel).label}, attempt {_attempt(best.attempt)}: "
        f"{percent(best.paid, best.touches)} of {exact(best.touches)}.",
        draw=lambda sketch: _draw_attempts(rows, channels, sketch),
        columns=("Channel", "Attempt", *COLUMNS),
        rows=tuple(
            (channel_key(row.channel).label, _attempt(row.attempt), *row.outcome.cells())
            for row in rows
        ),
        heads=2,
        notes=NOTES,
    )


def _attempt(attempt: int) -> str:
    return f"{attempt}+" if attempt >= _LAST else str(attempt)


def _draw_attempts(rows: Sequence[AttemptRow], channels: Sequence[str], sketch: Sketch) -> Drawing:
    left, gap, height = 62.0, 20.0, 206.0
    across = 2 if sketch.is_narrow else min(4, max(2, len(channels)))
    width = (sketch.width - left - gap * (across - 1)) / across
    most = reach(row.outcome for row in rows)
    parts: list[Element] = []
    for place, channel in enumerate(channels):
        line, column = divmod(place, across)
        own = [row for row in rows if row.channel == channel]
        panel = _Panel(left + column * (width + gap), line * height, width, is_first=not column)
        parts += _attempts(own, panel, axis(most, panel.y + 148, panel.y + 32, 5))
    lines = -(-len(channels) // across)
    return Drawing(lines * height - 8, parts)


@frozen
class _Panel:
    """Where the attempts of a channel are drawn; the first of a line has the labels of all."""

    x: float
    y: float
    width: float
    is_first: bool


def _attempts(rows: Sequence[AttemptRow], panel: _Panel, share: Axis) -> list[Element]:
    x, y = panel.x, panel.y
    key = evolve(channel_key(rows[0].channel), shape="dot", pattern="")
    name = fitted(key.label, panel.width, 13)
    parts = [
        text(name, x, y + 14, kind="strong", full=key.label),
        *level(share, x, x + panel.width, share_text if panel.is_first else lambda _: ""),
        *ground(share, x, x + panel.width),
    ]
    if panel.is_first:
        parts.append(text("attempt", x - 8, y + 168, "end", "tick"))
        parts.append(text("n", x - 8, y + 185, "end", "tick"))
    for row in rows:
        outcome, attempt = row.outcome, _attempt(row.attempt)
        middle = x + (min(max(row.attempt, 1), _LAST) - 0.5) * panel.width / _LAST
        low, high = (within(share, end) for end in outcome.interval)
        told = f"{key.label}, attempt {attempt}: {outcome.told()}"
        point = (middle, share.at(outcome.share))
        parts.append(whisker(outcome.drawn_as(key), ((middle, low), (middle, high)), point, told))
        parts.append(text(attempt, middle, y + 168, "middle", "tick"))
        parts.append(text(compact(row.touches, 2), middle, y + 185, "middle", "tick"))
    return parts
