"""Writers: what writes an export to its target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Protocol

from duetrail.errors import UsageError
from duetrail.exports.tables import Chunk, TableSet
from duetrail.exports.targets import Target


class Writer(Protocol):
    """Writes one export. Nothing of it is to be seen before `finish`."""

    def write(self, chunk: Chunk) -> None:
        """Take some rows of a table."""

    def finish(self, cursor: int, rows: dict[str, int]) -> None:
        """Make everything visible at once.

        Args:
            cursor: What the next export asks from.
            rows: How many rows of each table were written.
        """

    def abort(self) -> None:
        """Leave everything as it was."""


def writer(
    target: Target,
    tables: TableSet,
    since: int,
    connections: Sequence[str],
    write_line: Callable[[str], object],
) -> Writer:
    """What writes to a target.

    Args:
        target: Where to.
        tables: Which tables.
        since: The run after which changes are exported; 0 for everything.
        connections: Of which connections; of all if empty.
        write_line: Writes a line to stdout.

    Raises:
        UsageError: A library that it needs is not installed, or the target cannot take this.
        StoreError: It cannot be written.
    """
    if target.kind == "jsonl":
        from duetrail.exports.json_lines import JsonLines, Stdout

        if target.is_stdout:
            return Stdout(write_line)
        return JsonLines(target.path, tables, since)
    if target.kind == "csv":
        from duetrail.exports.csv_files import CsvFiles

        return CsvFiles(target.path, tables, since)
    needed("pyarrow", target.kind)
    if target.kind == "parquet":
        from duetrail.exports.parquet import ParquetFiles

        return ParquetFiles(target.path, tables, since)
    needed("duckdb", target.kind)
    from duetrail.exports.duckdb import DuckDBFile

    return DuckDBFile(target.path, tables, since, connections)


def needed(library: str, kind: str) -> Any:
    """A library of the extra `export`.

    Raises:
        UsageError: It is not installed.
    """
    try:
        return import_module(library)
    except ImportError:
        raise UsageError(
            f"an export to {kind} needs {library}, which is not installed",
            hint="Install it: pip install 'duetrail[export]'.",
        ) from None
