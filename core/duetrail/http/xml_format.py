"""XML as JSON; see `duetrail.http.formats`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from duetrail.http.formats import Decoder

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


# Deeper than any document of a vendor, and far from what stops Python.
_DEEPEST = 100


def xml_tree(*, lists: tuple[str, ...] = ()) -> Decoder:
    """What reads XML as objects: of each element its attributes, its text, and what is inside.

    `<bill id="1"><total>12.50</total></bill>` is `{"bill": {"@id": "1", "total": "12.50"}}`. An
    element with nothing but text is that text; beside others the text is under `#text`, in one
    piece whatever stands between its parts. Names are without their namespace; of two attributes
    that are called the same then, the one without counts.

    Args:
        lists: Elements that are lists, however many there are: an element that comes once is
            an object otherwise, and one that comes more often a list.
    """

    def decoder(body: bytes) -> bytes:
        from xml.etree import ElementTree  # few vendors answer XML

        class Tree(ElementTree.TreeBuilder):
            def doctype(self, *declared: str | None) -> None:
                # Its entities may stand for more than there is memory; no answer of an API needs
                # one. The parser tells it from a text that looks like one, in any encoding.
                raise ValueError("a document type, which may hide anything")

        try:
            root = ElementTree.fromstring(body, ElementTree.XMLParser(target=Tree()))
        except ElementTree.ParseError as error:
            raise ValueError(f"line {error.position[0]}: not well-formed") from None
        return msgspec.json.encode({_name(root.tag): _element(root, frozenset(lists), 0)})

    return decoder


def _element(element: Element, lists: frozenset[str], depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("elements nested too deeply")
    found: dict[str, Any] = {}
    for key, value in element.attrib.items():
        name = f"@{_name(key)}"
        if name not in found or key == _name(key):  # the element's own, not xsi:type
            found[name] = value
    for child in element:
        name, value = _name(child.tag), _element(child, lists, depth + 1)
        if name not in found:
            found[name] = [value] if name in lists else value
        elif name in lists or isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    text = element.text or ""
    if not found:
        return text
    text = "".join([text, *(child.tail for child in element if child.tail and child.tail.strip())])
    return found | {"#text": text} if text.strip() else found


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]
