"""What works: the share of touches that payment followed, by who acted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from duetrail_report.charts.channels import agent_key, agents_in_order, channel_key, in_order
from duetrail_report.charts.chart import Chart, Drawing, Sketch, empty_chart
from duetrail_report.charts.figures import compact, exact, percent
from duetrail_report.charts.lettering import fitted
from duetrail_report.charts.marks import upright, whisker
from duetrail_report.charts.outcomes import (
    COLUMNS,
    NOTES,
    Outcome,
    nothing_yet,
    reach,
    share_text,
    within,
)
from duetrail_report.charts.scale import axis
from duetrail_report.charts.svg import text


class AgentRow(NamedTuple):
    """What followed the touches of a channel by who acted.

    Attributes:
        channel: `call`, `email` and so on.
        agent: `human`, `ai`, `automation` or `unknown`.
        touches: How many touches.
        paid: How many of them were followed by payment.
    """

    channel: str
    agent: str
    touches: int
    paid: int

    @property
    def outcome(self) -> Outcome:
        """What followed."""
        return Outcome(self.touches, self.paid)


def agents_of(rows: Sequence[AgentRow], within_days: int = 14, id: str = "agents") -> Chart:
    """The share paid, by channel and who acted.

    Args:
        rows: One row for each channel and kind of agent.
        within_days: Days in which a payment counts as following.
        id: The beginning of the ids in it.
    """
    title = "Who acted: human and AI"
    rows = [row for row in rows if row.touches]
    if not rows:
        return empty_chart(id, title, nothing_yet(within_days))
    channels = in_order({row.channel for row in rows})
    agents = agents_in_order({row.agent for row in rows})
    rows = sorted(rows, key=lambda row: (channels.index(row.channel), agents.index(row.agent)))
    told = "; ".join(
        f"{_who(row)} {percent(row.paid, row.touches)} of {exact(row.touches)}" for row in rows
    )
    return Chart(
        id=id,
        title=title,
        subtitle=f"Share of outbound touches after which the invoice was paid in full within "
        f"{within_days} days",
        summary=f"{told}.",
        draw=lambda sketch: _draw_agents(rows, sketch),
        columns=("Channel", "Who", *COLUMNS),
        rows=tuple(
            (
                channel_key(row.channel).label,
                agent_key(row.agent).label,
                *row.outcome.cells(),
            )
            for row in rows
        ),
        heads=2,
        legend=tuple(agent_key(agent) for agent in agents),
        notes=NOTES,
    )


def _who(row: AgentRow) -> str:
    return f"{channel_key(row.channel).label} by {agent_key(row.agent).label}"


def _draw_agents(rows: Sequence[AgentRow], sketch: Sketch) -> Drawing:
    left, room = (0.0, 0.0) if sketch.is_narrow else (190.0, 120.0)
    top, step = 30.0, 46.0 if sketch.is_narrow else 32.0
    share = axis(reach(row.outcome for row in rows), left, sketch.width - room, 6)
    bottom = top + step * len(rows)
    parts = upright(share, top - 8, bottom, share_text, top - 14)
    for place, row in enumerate(rows):
        y = top + place * step
        middle = y + (32 if sketch.is_narrow else 16)
        outcome, key = row.outcome, agent_key(row.agent)
        low, high = (within(share, end) for end in outcome.interval)
        told = f"{_who(row)}: {outcome.told()}"
        point = (share.at(outcome.share), middle)
        parts.append(whisker(outcome.drawn_as(key), ((low, middle), (high, middle)), point, told))
        baseline = y + 14 if sketch.is_narrow else middle + 4
        number = f"{percent(row.paid, row.touches)} · n {compact(row.touches)}"
        parts.append(text(number, sketch.width, baseline, "end"))
        at, anchor, space = (0.0, "start", 220.0) if sketch.is_narrow else (174.0, "end", 174.0)
        name = fitted(_named(row), space, 13)
        parts.append(text(name, at, baseline, anchor, "name", _named(row)))
    return Drawing(bottom + 4, parts)


def _named(row: AgentRow) -> str:
    return f"{channel_key(row.channel).label} · {agent_key(row.agent).label}"
