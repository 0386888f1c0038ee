"""Formats: answers that are not JSON, as JSON. What arrived is kept in it, value by value.

A source declares them by media type: `Source(decoders={"text/csv": csv_rows()})`. From there on
such an answer is like any other: its items have paths, its rejects too, people in it are found and
erased, and it can be mapped again. Nothing is interpreted: each value is the text that arrived.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Decoder = Callable[[bytes], bytes]
"""From the bytes of an answer to JSON. It raises ValueError where it cannot be read."""

_BOM = b"\xef\xbb\xbf"

# Deeper than any document of a vendor, and far from what stops Python.
_DEEPEST = 100

_check = msgspec.json.Decoder(msgspec.Raw).decode


def json_lines(body: bytes) -> bytes:
    """Lines of JSON (`application/x-ndjson`) as one list; each line stays as it is.

    A last line that breaks off makes JSON that breaks off, so that it is asked for again.
    """
    lines = [line for line in body.removeprefix(_BOM).splitlines() if line.strip()]
    joined = b"[" + b",\n".join(lines)
    if lines and not body.endswith(b"\n"):
        try:
            _check(lines[-1])
        except (msgspec.DecodeError, RecursionError):
            return joined
    return joined + b"]"


def csv_rows(
    *, delimiter: str = ",", encoding: str = "utf-8", columns: tuple[str, ...] = ()
) -> Decoder:
    """What reads CSV (RFC 4180) as a list of objects, one for each row, with texts in it.

    An empty field is an empty text.

    Args:
        delimiter: What stands between two fields.
        encoding: How the vendor writes characters.
        columns: The names of the columns, where the first row does not have them.
    """

    def decoder(body: bytes) -> bytes:
        text = body.removeprefix(_BOM).decode(encoding)
        table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            rows = list(_rows(table, columns))
        except csv.Error as error:
            raise ValueError(f"line {table.line_num}: {error}") from None
        return msgspec.json.encode(rows)

    return decoder


def _rows(table: Any, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    names = list(columns)
    for row in table:
        if not row:
            continue  # an empty line
        if not names:
            names = row
            if len(set(names)) < len(names):
                raise ValueError("two columns have one name")
            continue
        if len(row) != len(names):
            raise ValueError(f"line {table.line_num}: {len(row)} fields in {len(names)} columns")
        yield dict(zip(names, row, strict=True))


def xml_tree(*, lists: tuple[str, ...] = ()) -> Decoder:
    """What reads XML as objects: of each element its attributes, its text, and what is inside.

    `<bill id="1"><total>12.50</total></bill>` is `{"bill": {"@id": "1", "total": "12.50"}}`. An
    element with nothing but text is that text; beside others the text is under `#text`. Names are
    without their namespace.

    Args:
        lists: Elements that are lists, however many there are: an element that comes once is
            an object otherwise, and one that comes more often a list.
    """

    def decoder(body: bytes) -> bytes:
        from xml.etree import ElementTree  # few vendors answer XML

        # Entities may stand for more than there is memory; no answer of an API needs them.
        if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
            raise ValueError("a document type, which may hide anything")
        try:
            root = ElementTree.fromstring(body)
        except ElementTree.ParseError as error:
            raise ValueError(f"line {error.position[0]}: not well-formed") from None
        return msgspec.json.encode({_name(root.tag): _element(root, frozenset(lists), 0)})

    return decoder


def _element(element: Element, lists: frozenset[str], depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("elements nested too deeply")
    found: dict[str, Any] = {f"@{_name(key)}": text for key, text in element.attrib.items()}
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
    return found | {"#text": text} if text.strip() else found


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]
