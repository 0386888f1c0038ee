"""CSV: every text in quotes, nothing at all for NULL, and no text that a spreadsheet would run.

A text that begins like a formula gets an apostrophe in front, and so does one that begins with an
apostrophe: whoever reads the file back takes one away from each text that has one.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO

from duetrail.exports.folders import Folder
from duetrail.exports.tables import Chunk, Values
from duetrail.stores.schema import Kind, TableSchema

# What spreadsheets take for the beginning of a formula, in the scripts that they accept.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'")

# Kinds whose values are written by us: numbers, times, days.
_PLAIN = (Kind.NUMBER, Kind.WHOLE, Kind.TIME, Kind.DAY)


class CsvFiles(Folder):
    """A file `TABLE.csv` for each table, UTF-8, with a line of headings (RFC 4180)."""

    suffix = ".csv"

    def open(self, file: Path, table: TableSchema) -> IO[str]:
        """The file of a table, with its headings."""
        opened = file.open("w", encoding="utf-8", newline="")
        opened.write(",".join(part.name for part in table.parts) + "\r\n")
        return opened

    def put(self, file: IO[str], chunk: Chunk) -> None:
        """Write a line for each row."""
        kinds = [part.kind for part in chunk.table.parts]
        file.writelines(_line(row, kinds) for row in chunk.rows)


def inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(row: Values, kinds: list[Kind]) -> str:
    return ",".join(map(_cell, row, kinds)) + "\r\n"


def _cell(value: object, kind: Kind) -> str:
    if value is None:
        return ""
    if kind is Kind.FLAG:
        return "true" if value else "false"
    if kind in _PLAIN:
        return str(value)
    text = inert(str(value)).replace('"', '""')
    return f'"{text}"'
