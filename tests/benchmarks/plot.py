"""Small plots as SVG: lines over a logarithmic axis, readable on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from attrs import frozen

_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 150, 40, 50
# The last line, which is ours, has the last colour.
_COLOURS = ("#888888", "#1f77b4", "#d62728")

Points = Sequence[tuple[float, float]]


def lines(title: str, across: str, series: Mapping[str, Points]) -> str:
    """A plot with both axes logarithmic.

    Args:
        title: What is shown, with its unit.
        across: What stands on the axis below.
        series: The points of each line by its name, at most three; all above zero.
    """
    points = [point for line in series.values() for point in line]
    x, y = _places(points), _decades(points)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#777777">',
        f'<text x="{_LEFT}" y="20" font-size="14">{escape(title)}</text>',
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 10}" text-anchor="middle">'
        f"{escape(across)}</text>",
        *_grid(x, y),
    ]
    for (name, line), colour in zip(series.items(), _COLOURS[-len(series) :], strict=True):
        parts += _line(name, line, x, y, colour)
    return "\n".join([*parts, "</svg>\n"])


@frozen
class _Axis:
    """A logarithmic axis.

    Attributes:
        ticks: The values with a rule of their own, from the lowest to the highest.
    """

    ticks: Sequence[float]

    def share(self, value: float) -> float:
        """From 0 at the beginning to 1 at the end."""
        low, high = self.ticks[0], self.ticks[-1]
        return log10(value / low) / log10(high / low)


def _places(points: Points) -> _Axis:
    """An axis of just the values that were measured."""
    values = sorted({one for one, _ in points})
    return _Axis(values if len(values) > 1 else [values[0], 10 * values[0]])


def _decades(points: Points) -> _Axis:
    """An axis of the powers of ten around the values, and what is between where they are few."""
    values = [two for _, two in points]
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    high = max(high, low + 1)
    steps = (1, 2, 5) if high - low < 3 else (1,)
    ticks = [step * 10.0**power for power in range(low, high) for step in steps]
    return _Axis([*ticks, 10.0**high])


def _grid(x: _Axis, y: _Axis) -> list[str]:
    found = []
    for tick in x.ticks:
        at = _x(x, tick)
        found.append(_rule(at, _TOP, at, _HEIGHT - _BOTTOM))
        found.append(_text(at, _HEIGHT - _BOTTOM + 16, _short(tick), "middle"))
    for tick in y.ticks:
        at = _y(y, tick)
        found.append(_rule(_LEFT, at, _WIDTH - _RIGHT, at))
        found.append(_text(_LEFT - 6, at + 4, _short(tick), "end"))
    return found


def _line(name: str, line: Points, x: _Axis, y: _Axis, colour: str) -> list[str]:
    places = [(_x(x, one), _y(y, two)) for one, two in line]
    path = " ".join(f"{one:.1f},{two:.1f}" for one, two in places)
    found = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
    found += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in places]
    across, down = places[-1]
    found.append(f'<g fill="{colour}">{_text(across + 8, down + 4, name, "start")}</g>')
    return found


def _x(axis: _Axis, value: float) -> float:
    return _LEFT + axis.share(value) * (_WIDTH - _LEFT - _RIGHT)


def _y(axis: _Axis, value: float) -> float:
    return _HEIGHT - _BOTTOM - axis.share(value) * (_HEIGHT - _TOP - _BOTTOM)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        'stroke="#777777" stroke-opacity="0.25"/>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _short(value: float) -> str:
    """1 k for 1000, 1 M for a million."""
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"
