"""JSON lines: a record a line, numbers as text, so that no reader makes floats of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from duetrail.exports.folders import Folder
from duetrail.exports.tables import Chunk
from duetrail.stores.schema import ColumnSchema, Kind, TableSchema

_encode = msgspec.json.encode
_JSON = (Kind.LIST, Kind.ADDRESS, Kind.JSON)


class JsonLines(Folder):
    """A file `TABLE.jsonl` for each table."""

    suffix = ".jsonl"

    def open(self, file: Path, table: TableSchema) -> BinaryIO:
        """The file of a table."""
        return file.open("wb")

    def put(self, file: BinaryIO, chunk: Chunk) -> None:
        """Write a line for each row."""
        file.writelines(_encode(one) + b"\n" for one in objects(chunk))


class Stdout:
    """Lines `{"table": …, "row": {…}}` on stdout, and `{"cursor": …}` as the last one.

    Args:
        write_line: Writes one line there.
    """

    def __init__(self, write_line: Callable[[str], object]) -> None:
        self._write_line = write_line

    def write(self, chunk: Chunk) -> None:
        """Print some rows of a table."""
        for one in objects(chunk):
            self._print({"table": chunk.table.name, "row": one})

    def finish(self, cursor: int, rows: dict[str, int]) -> None:
        """Print the cursor: who reads it knows that it has everything."""
        self._print({"cursor": cursor})

    def abort(self) -> None:
        """What was printed cannot be taken back; it has no cursor."""

    def _print(self, value: Any) -> None:
        self._write_line(_encode(value).decode())


def objects(chunk: Chunk) -> list[dict[str, Any]]:
    """Rows as mappings: numbers and times as text, flags, lists and addresses as in JSON."""
    names = [part.name for part in chunk.table.parts]
    changes = [(part.name, change) for part in chunk.table.parts if (change := _change(part))]
    found = [dict(zip(names, row, strict=True)) for row in chunk.rows]
    for one in found:
        for name, change in changes:
            if one[name] is not None:
                one[name] = change(one[name])
    return found


def _change(column: ColumnSchema) -> Callable[[Any], Any] | None:
    """What makes of a stored value what stands in JSON; None where that is the same."""
    if column.kind is Kind.FLAG:
        return bool
    return _raw if column.kind in _JSON else None


def _raw(text: str) -> Any:
    return msgspec.Raw(text.encode())
