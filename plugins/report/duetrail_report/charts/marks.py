"""What charts are drawn of: bars, lines, dots with whiskers, and their patterns."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from xml.etree.ElementTree import Element

from attrs import frozen

from duetrail_report.charts.scale import Axis
from duetrail_report.charts.svg import Attribute, el, text

_HATCHED = "hatch"
_DOTTED = "dots"
_LINED = "lines"
_THIN = 4


Write = Callable[[Decimal], str]
"""Writes a number of an axis."""


Point = tuple[float, float]
"""A place in a drawing: x and y, in pixels."""


@frozen
class Key:
    """How a kind of thing is drawn.

    Attributes:
        kind: The end of its CSS class, which gives the colour.
        label: What it is.
        pattern: `hatch`, `dots`, `lines` or none: drawn over the colour, which not all can tell.
        shape: `bar`, `dot`, `diamond` or `line`.
        figure: Its number, for a legend that shows one.
    """

    kind: str
    label: str
    pattern: str = ""
    shape: str = "bar"
    figure: str = ""


def patterns(id: str) -> Element:
    """The patterns of a drawing; each drawing has its own, since a hidden one lends none."""
    hatch = el("path", d="M-1 1L1 -1M0 6L6 0M5 7L7 5", class_="chart-pattern")
    dots = el("circle", cx=3, cy=3, r=1.1, class_="chart-pattern-dot")
    lines = el("path", d="M0 1.5H6M0 4.5H6", class_="chart-pattern")
    square: dict[str, Attribute] = {"width": 6, "height": 6, "patternUnits": "userSpaceOnUse"}
    return el(
        "defs",
        el("pattern", hatch, id=f"{id}-{_HATCHED}", **square),
        el("pattern", dots, id=f"{id}-{_DOTTED}", **square),
        el("pattern", lines, id=f"{id}-{_LINED}", **square),
    )


def bar(
    key: Key, id: str, x: float, y: float, width: float, height: float, title: str = ""
) -> Element:
    """A rectangle in the colour and pattern of its kind; never thinner than a pixel.

    Args:
        key: Its kind.
        id: The drawing that it is in.
        x: Its left side.
        y: Its upper side.
        width: How wide it is; one below 0 goes to the left.
        height: How high it is; one below 0 goes upwards.
        title: What a pointer that rests on it shows.
    """
    box: dict[str, Attribute] = {
        "x": min(x, x + width),
        "y": min(y, y + height),
        "width": max(abs(width), 1),
        "height": max(abs(height), 1),
    }
    # A rim parts it from its neighbours; a thin one would be nothing but rim.
    kind = "chart-bar" if min(abs(width), abs(height)) < _THIN else "chart-bar chart-rimmed"
    group = el("g", class_="chart-mark")
    if title:
        group.append(el("title", title))
    group.append(el("rect", class_=f"{kind} chart-{key.kind}", **box))
    if key.pattern:
        group.append(el("rect", fill=f"url(#{id}-{key.pattern})", **box))
    return group


def whisker(key: Key, ends: tuple[Point, Point], middle: Point, title: str) -> Element:
    """A dot, or another shape, on a line between the ends of its interval."""
    (x1, y1), (x2, y2) = ends
    line = el("line", x1=x1, y1=y1, x2=x2, y2=y2, class_="chart-whisker")
    return el("g", el("title", title), line, _shape(key, *middle), class_="chart-mark")


def _shape(key: Key, x: float, y: float, size: float = 5) -> Element:
    kind = f"chart-point chart-{key.kind}"
    if key.shape == "diamond":
        r = size * 1.2
        outline = f"M{x:.2f} {y - r:.2f}l{r} {r}l{-r} {r}l{-r} {-r}z"
        return el("path", d=outline, class_=kind)
    return el("circle", cx=x, cy=y, r=size, class_=kind)


def swatch(key: Key, id: str) -> Element:
    """The sample of a legend.

    Args:
        key: What it is a sample of.
        id: The beginning of the ids of its own patterns.
    """
    sample = el(
        "svg", viewBox="0 0 14 14", width=14, height=14, class_="chart-swatch", aria_hidden="true"
    )
    own = f"{id}-{key.kind}"
    if key.pattern:
        sample.append(patterns(own))
    if key.shape == "line":
        sample.append(el("line", x1=0, y1=7, x2=14, y2=7, class_=f"chart-line chart-{key.kind}"))
    elif key.shape == "bar":
        sample.append(bar(key, own, 1, 1, 12, 12))
    else:
        sample.append(_shape(key, 7, 7))
    return sample


def upright(axis: Axis, top: float, bottom: float, write: Write, label_y: float) -> list[Element]:
    """The grid of an axis that runs to the right: a line and a label at each tick.

    Args:
        axis: The axis.
        top: Where its lines begin.
        bottom: Where they end.
        write: Writes a tick.
        label_y: The baseline of the labels.
    """
    parts = []
    for tick, x in axis.places:
        parts.append(_grid_line(x, top, x, bottom, is_zero=not tick))
        parts.append(text(write(tick), x, label_y, _anchor(x, axis), "tick"))
    return parts


def level(axis: Axis, left: float, right: float, write: Write) -> list[Element]:
    """The grid of an axis that runs upwards or down: a line, and a label before it, at each tick.

    The line of zero is left to `ground`, which is drawn over the bars.

    Args:
        axis: The axis.
        left: Where its lines begin.
        right: Where they end.
        write: Writes a tick.
    """
    parts = []
    for tick, y in axis.places:
        if tick:
            parts.append(_grid_line(left, y, right, y, is_zero=False))
        parts.append(text(write(tick), left - 8, y + 4, "end", "tick"))
    return parts


def ground(axis: Axis, left: float, right: float) -> list[Element]:
    """The line of zero of an axis that runs upwards or down."""
    y = axis.at(0)
    return [_grid_line(left, y, right, y, is_zero=True)]


def _grid_line(x1: float, y1: float, x2: float, y2: float, *, is_zero: bool) -> Element:
    return el("line", x1=x1, y1=y1, x2=x2, y2=y2, class_="chart-zero" if is_zero else "chart-grid")


def _anchor(x: float, axis: Axis) -> str:
    """The last label ends at its line, so that it stays inside of the drawing."""
    return "end" if x == axis.end else "start" if x == axis.start else "middle"
