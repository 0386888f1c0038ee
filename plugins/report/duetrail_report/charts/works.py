"""What works: the share of touches that payment followed, with how sure one can be of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from xml.etree.ElementTree import Element

from attrs import evolve, frozen

from duetrail_report.charts.channels import agent_key, channel_key, in_order
from duetrail_report.charts.chart import Chart, Drawing, Sketch, empty_chart
from duetrail_report.charts.figures import compact, exact, percent, wilson
from duetrail_report.charts.marks import Key, ground, level, upright, whisker
from duetrail_report.charts.scale import Axis, axis
from duetrail_report.charts.svg import fitted, text

_FEW = 20
_LAST = 5
_NOTES = (
    "The lines are 95% intervals by Wilson's score: the true share may lie anywhere on them. An "
    f"outline stands for fewer than {_FEW} touches; its line may go on beyond the edge.",
    "Who is touched is not chosen at random, so this shows what goes together, not what causes "
    "what.",
)


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
        return empty_chart(id, title, _nothing(within_days))
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
        columns=("Channel", "Attempt", *_COLUMNS),
        rows=tuple(
            (channel_key(row.channel).label, _attempt(row.attempt), *_cells(row.paid, row.touches))
            for row in rows
        ),
        heads=2,
        notes=_NOTES,
    )


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
        return empty_chart(id, title, _nothing(within_days))
    channels = in_order({row.channel for row in rows})
    agents = in_agents({row.agent for row in rows})
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
        columns=("Channel", "Who", *_COLUMNS),
        rows=tuple(
            (
                channel_key(row.channel).label,
                agent_key(row.agent).label,
                *_cells(row.paid, row.touches),
            )
            for row in rows
        ),
        heads=2,
        legend=tuple(agent_key(agent) for agent in agents),
        notes=_NOTES,
    )


_COLUMNS = ("Touches (n)", "Paid after", "Share", "From", "To")


def in_agents(agents: set[str]) -> list[str]:
    """Kinds of agents, people first."""
    known = ["human", "ai", "automation"]
    return sorted(agents, key=lambda one: (known.index(one) if one in known else len(known), one))


def _nothing(within_days: int) -> str:
    return (
        f"No touch of this period is about an invoice and {within_days} days old, so nothing can "
        "be said yet."
    )


def _attempt(attempt: int) -> str:
    return f"{attempt}+" if attempt >= _LAST else str(attempt)


def _who(row: AgentRow) -> str:
    return f"{channel_key(row.channel).label} by {agent_key(row.agent).label}"


def _cells(paid: int, touches: int) -> tuple[int | str, ...]:
    low, high = wilson(paid, touches)
    return (touches, paid, percent(paid, touches), percent(low), percent(high))


def _share(value: Decimal) -> str:
    return percent(float(value))


@frozen
class _Outcome:
    """How many of some touches payment followed."""

    touches: int
    paid: int

    @property
    def share(self) -> Decimal:
        return Decimal(self.paid) / self.touches

    @property
    def interval(self) -> tuple[Decimal, Decimal]:
        low, high = wilson(self.paid, self.touches)
        return Decimal(low), Decimal(high)

    @property
    def is_few(self) -> bool:
        return self.touches < _FEW

    def told(self) -> str:
        low, high = wilson(self.paid, self.touches)
        return (
            f"{percent(self.paid, self.touches)} of {exact(self.touches)} touches, "
            f"95% interval {percent(low)} to {percent(high)}"
        )


def _outcome(row: AttemptRow | AgentRow) -> _Outcome:
    return _Outcome(row.touches, row.paid)


def _reach(rows: Sequence[AttemptRow | AgentRow]) -> list[Decimal]:
    """What an axis has to cover: every share, and the intervals of all but few touches."""
    outcomes = [_outcome(row) for row in rows]
    sure = [one.interval[1] for one in outcomes if not one.is_few]
    return [*sure, *(one.share for one in outcomes)]


def _within(scale: Axis, value: Decimal) -> float:
    """Where a number lies; one beyond the axis at its end."""
    return scale.at(min(value, scale.ticks[-1]))


def _draw_attempts(rows: Sequence[AttemptRow], channels: Sequence[str], sketch: Sketch) -> Drawing:
    left, gap, height = 62.0, 20.0, 206.0
    across = 2 if sketch.is_narrow else min(4, max(2, len(channels)))
    width = (sketch.width - left - gap * (across - 1)) / across
    most = _reach(rows)
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
        *level(share, x, x + panel.width, _share if panel.is_first else lambda _: ""),
        *ground(share, x, x + panel.width),
    ]
    if panel.is_first:
        parts.append(text("attempt", x - 8, y + 168, "end", "tick"))
        parts.append(text("n", x - 8, y + 185, "end", "tick"))
    for row in rows:
        outcome, attempt = _outcome(row), _attempt(row.attempt)
        middle = x + (min(max(row.attempt, 1), _LAST) - 0.5) * panel.width / _LAST
        low, high = (_within(share, end) for end in outcome.interval)
        told = f"{key.label}, attempt {attempt}: {outcome.told()}"
        point = (middle, share.at(outcome.share))
        parts.append(whisker(_paler(key, outcome), ((middle, low), (middle, high)), point, told))
        parts.append(text(attempt, middle, y + 168, "middle", "tick"))
        parts.append(text(compact(row.touches, 2), middle, y + 185, "middle", "tick"))
    return parts


def _draw_agents(rows: Sequence[AgentRow], sketch: Sketch) -> Drawing:
    left, room = (0.0, 0.0) if sketch.is_narrow else (190.0, 120.0)
    top, step = 30.0, 46.0 if sketch.is_narrow else 32.0
    share = axis(_reach(rows), left, sketch.width - room, 6)
    bottom = top + step * len(rows)
    parts = upright(share, top - 8, bottom, _share, top - 14)
    for place, row in enumerate(rows):
        y = top + place * step
        middle = y + (32 if sketch.is_narrow else 16)
        outcome, key = _outcome(row), agent_key(row.agent)
        low, high = (_within(share, end) for end in outcome.interval)
        told = f"{_who(row)}: {outcome.told()}"
        point = (share.at(outcome.share), middle)
        parts.append(whisker(_paler(key, outcome), ((low, middle), (high, middle)), point, told))
        baseline = y + 14 if sketch.is_narrow else middle + 4
        number = f"{percent(row.paid, row.touches)} · n {compact(row.touches)}"
        parts.append(text(number, sketch.width, baseline, "end"))
        at, anchor, space = (0.0, "start", 220.0) if sketch.is_narrow else (174.0, "end", 174.0)
        name = fitted(_named(row), space, 13)
        parts.append(text(name, at, baseline, anchor, "name", _named(row)))
    return Drawing(bottom + 4, parts)


def _named(row: AgentRow) -> str:
    return f"{channel_key(row.channel).label} · {agent_key(row.agent).label}"


def _paler(key: Key, outcome: _Outcome) -> Key:
    """Where touches are few, only an outline."""
    return evolve(key, kind=f"{key.kind} chart-few") if outcome.is_few else key
