"""A chart: a figure with caption, legend, SVG in two layouts, and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from xml.etree.ElementTree import Element

from attrs import field, frozen

from duetrail_report.charts.figures import DASH, exact
from duetrail_report.charts.marks import Key, patterns, swatch
from duetrail_report.charts.svg import el, to_markup

WIDE = 760
"""The width of the layout for a desk and for paper, in pixels."""

NARROW = 343
"""The width of the layout for a telephone, in pixels."""

Cell = str | int | Decimal | None
"""What stands in a table: a text, a number with all its digits, or nothing."""


@frozen
class Drawing:
    """What is drawn in a layout.

    Attributes:
        height: How high it is, in pixels.
        parts: The elements, each drawn over those before it.
    """

    height: float
    parts: Sequence[Element]


@frozen
class Sketch:
    """What a chart is drawn with, for one layout.

    Attributes:
        width: How wide it is, in pixels.
        id: The beginning of the ids in it; patterns are found by it.
    """

    width: float
    id: str

    @property
    def is_narrow(self) -> bool:
        """Whether it is the layout for a telephone."""
        return self.width < WIDE


@frozen(kw_only=True)
class Chart:
    """A chart; in a template that escapes, it stands for its whole figure.

    Attributes:
        id: The beginning of every HTML id in it.
        title: What it shows.
        subtitle: In which unit, of what, from when to when.
        summary: What it shows, in words, for people who do not see it.
        draw: Draws it in a layout; None where there is nothing to draw.
        columns: The heads of the table.
        rows: Its rows.
        heads: How many columns name a row; the others are numbers.
        legend: What the colours and patterns mean.
        notes: What one has to know to read it.
        empty: What is said where there is nothing to draw.
        currency: The currency of its amounts.
    """

    id: str
    title: str
    subtitle: str = ""
    summary: str
    draw: Callable[[Sketch], Drawing] | None
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()
    heads: int = 1
    legend: tuple[Key, ...] = ()
    notes: tuple[str, ...] = ()
    empty: str = field(default="There is nothing to show.")
    currency: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return self.draw is None

    @property
    def name(self) -> str:
        """The title with the currency, to tell charts of several apart."""
        return f"{self.title}, {self.currency}" if self.currency else self.title

    def __html__(self) -> str:
        """The figure as markup, for templates that escape."""
        return to_markup(self.figure())

    def figure(self) -> Element:
        """The whole figure."""
        caption = el("figcaption", el("span", self.title, class_="chart-title"))
        if self.subtitle:
            caption.append(el("span", self.subtitle, class_="chart-subtitle"))
        figure = el("figure", caption, class_="chart", id=self.id)
        if self.draw is None:
            figure.append(el("p", self.empty, class_="chart-empty"))
            return figure
        if self.legend:
            figure.append(_legend(self.legend, self.id))
        for name, width in (("wide", WIDE), ("narrow", NARROW)):
            figure.append(self._svg(self.draw, name, width))
        figure.extend(el("p", note, class_="chart-note") for note in self.notes)
        more = el("summary", "The same numbers as a table")
        numbers = table(self.name, self.columns, self.rows, self.heads)
        figure.append(el("details", more, el("div", numbers, class_="chart-scroll")))
        return figure

    def _svg(self, draw: Callable[[Sketch], Drawing], name: str, width: int) -> Element:
        """The drawing in a layout, with its name and description."""
        id = f"{self.id}-{name}"
        drawing = draw(Sketch(width, id))
        return el(
            "svg",
            el("title", self.name, id=f"{id}-title"),
            el("desc", self.summary, id=f"{id}-desc"),
            patterns(id),
            *drawing.parts,
            class_=f"chart-{name}",
            viewBox=f"0 0 {width} {drawing.height:.0f}",
            width=width,
            height=round(drawing.height),
            role="img",
            aria_labelledby=f"{id}-title {id}-desc",
        )


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], heads: int = 1
) -> Element:
    """A table of numbers.

    Args:
        caption: What it shows.
        columns: The heads of its columns.
        rows: Its rows.
        heads: How many columns name a row.
    """
    head = el("tr", *(el("th", name, scope="col") for name in columns))
    body = el("tbody")
    for row in rows:
        names = [el("th", _cell(cell), scope="row", dir="auto") for cell in row[:heads]]
        body.append(el("tr", *names, *(el("td", _cell(cell)) for cell in row[heads:])))
    return el(
        "table", el("caption", caption), el("thead", head), body, class_=f"chart-table-{heads}"
    )


def empty_chart(id: str, title: str, sentence: str, currency: str | None = None) -> Chart:
    """A chart of nothing, that says so."""
    return Chart(
        id=id,
        title=title,
        summary=sentence,
        draw=None,
        columns=(),
        empty=sentence,
        currency=currency,
    )


def _cell(value: Cell) -> str:
    if value is None:
        return DASH
    return value if isinstance(value, str) else exact(value)


def _legend(keys: Iterable[Key], id: str) -> Element:
    items = [el("li", swatch(key, id), el("span", key.label)) for key in keys]
    for item, key in zip(items, keys, strict=True):
        if key.figure:
            item.append(el("span", key.figure, class_="chart-figure"))
    return el("ul", *items, class_="chart-legend")
