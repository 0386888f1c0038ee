"""Elements of SVG and HTML, built as a tree: what a vendor wrote can only ever become text."""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

from markupsafe import Markup

from duetrail_report.charts.lettering import clean

Attribute = str | int | float | None
"""The value of an attribute; None leaves it out."""


def el(tag: str, *children: Element | str, **attributes: Attribute) -> Element:
    """An element.

    Args:
        tag: Its name.
        children: What is in it; a text is escaped, and cleaned of characters that XML forbids.
        attributes: Its attributes: `class_` is `class`, `text_anchor` is `text-anchor`. Numbers
            are rounded to hundredths.
    """
    node = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            node.set(name.rstrip("_").replace("_", "-"), _written(value))
    for child in children:
        if isinstance(child, Element):
            node.append(child)
        elif len(node):
            node[-1].tail = (node[-1].tail or "") + clean(child)
        else:
            node.text = (node.text or "") + clean(child)
    return node


def text(
    words: str, x: float, y: float, anchor: str = "start", kind: str = "label", full: str = ""
) -> Element:
    """A line of text.

    Args:
        words: The text.
        x: Where it starts, ends or has its middle, by `anchor`.
        y: Its baseline.
        anchor: `start`, `middle` or `end`.
        kind: The end of its class: `label`, `name`, `tick`, `strong`.
        full: The whole text, where `words` is cut; shown by a pointer that rests on it.
    """
    more = [el("title", full)] if full and full != words else []
    return el("text", *more, words, x=x, y=y, text_anchor=anchor, class_=f"chart-{kind}")


def to_markup(node: Element) -> Markup:
    """An element as markup that is good as HTML and as XML."""
    return Markup(tostring(node, encoding="unicode", short_empty_elements=False))


def _written(value: str | int | float) -> str:
    if isinstance(value, float):
        rounded = f"{value:.2f}".rstrip("0").rstrip(".")
        return "0" if rounded == "-0" else rounded
    return clean(value) if isinstance(value, str) else str(value)
