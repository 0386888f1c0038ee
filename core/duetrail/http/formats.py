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
    pass

Decoder = Callable[[bytes], bytes]
"""From the bytes of an answer to JSON. It raises ValueError where it cannot be read."""

_BOM = b"\xef\xbb\xbf"


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
        # A field may be the text of an email; `max_body` bounds it already.
        csv.field_size_limit(max(csv.field_size_limit(), len(text)))
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
