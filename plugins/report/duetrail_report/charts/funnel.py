"""What becomes of emails: sent, delivered, replied to, paid."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple
from xml.etree.ElementTree import Element

from attrs import frozen

from duetrail_report.charts.chart import Chart, Drawing, Sketch, empty_chart
from duetrail_report.charts.figures import exact, percent
from duetrail_report.charts.marks import Key, bar
from duetrail_report.charts.scale import Axis
from duetrail_report.charts.svg import text

_TITLE = "What becomes of emails"


class Funnel(NamedTuple):
    """Emails, in numbers.

    Attributes:
        sent: Sent in the period.
        delivered: Those that did not bounce.
        replied: Delivered, and replied to.
        asked: Delivered, about an invoice, and old enough to be followed by payment.
        paid: Those of them that payment followed.
    """

    sent: int
    delivered: int
    replied: int
    asked: int
    paid: int


@frozen
class _Step:
    """A bar."""

    key: Key
    count: int
    of: int
    whole: str

    @property
    def share(self) -> str:
        return f"{percent(self.count, self.of)} of {self.whole}" if self.whole else ""


def funnel_of(row: Funnel, within_days: int = 14, id: str = "funnel") -> Chart:
    """What becomes of emails.

    Args:
        row: The numbers.
        within_days: Days in which a payment counts as following.
        id: The beginning of the ids in it.
    """
    if not row.sent:
        return empty_chart(id, _TITLE, "No email was sent in this period.")
    steps = (
        _Step(Key("funnel-1", "Sent"), row.sent, row.sent, ""),
        _Step(Key("funnel-2", "Delivered"), row.delivered, row.sent, "sent"),
        _Step(Key("funnel-3", "Replied to"), row.replied, row.delivered, "delivered"),
        _Step(
            Key("funnel-4", f"Paid within {within_days} days", "hatch"),
            row.paid, row.asked, f"{exact(row.asked)} that could be",
        ),
    )  # fmt: skip
    told = "; ".join(f"{one.key.label} {exact(one.count)} {one.share}".strip() for one in steps)
    return Chart(
        id=id,
        title=_TITLE,
        subtitle="Outbound emails of the period, all connections",
        summary=f"{told}.",
        draw=lambda sketch: _draw(steps, sketch),
        columns=("Step", "Emails", "Of", "Share"),
        rows=tuple((one.key.label, one.count, one.of, percent(one.count, one.of)) for one in steps),
        notes=(
            "Could be paid: delivered emails about an invoice that was open, sent "
            f"{within_days} days ago or earlier; replied to or not.",
        ),
    )


def _draw(steps: tuple[_Step, ...], sketch: Sketch) -> Drawing:
    left, room = (0.0, 0.0) if sketch.is_narrow else (150.0, 190.0)
    step = 48.0 if sketch.is_narrow else 36.0
    most = Decimal(max(one.count for one in steps))
    scale = Axis((Decimal(0), most), left, sketch.width - room)
    parts: list[Element] = []
    for place, one in enumerate(steps):
        y = place * step
        number = f"{exact(one.count)}{f' · {one.share}' if one.share else ''}"
        width = scale.at(one.count) - left
        if sketch.is_narrow:
            parts += [
                text(one.key.label, 0, y + 14, kind="name"),
                text(number, sketch.width, y + 14, "end", "label"),
                bar(one.key, sketch.id, 0, y + 21, width, 16, f"{one.key.label}: {number}"),
            ]
        else:
            parts += [
                text(one.key.label, left - 14, y + 20, "end", "name"),
                bar(one.key, sketch.id, left, y + 4, width, 24, f"{one.key.label}: {number}"),
                text(number, left + width + 10, y + 20, "start", "label"),
            ]
    return Drawing(step * len(steps), parts)
