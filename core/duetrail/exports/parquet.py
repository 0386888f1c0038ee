"""Parquet: a file a table, compressed by Zstandard, in row groups of bounded size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from duetrail.exports.arrow import batch_of, schema_of
from duetrail.exports.folders import Folder
from duetrail.exports.tables import Chunk
from duetrail.stores.schema import TableSchema

# A row group is written when it has so many rows, or bytes in memory.
_ROWS = 50_000
_BYTES = 32 * 2**20


class ParquetFiles(Folder):
    """A file `TABLE.parquet` for each table."""

    suffix = ".parquet"

    def open(self, file: Path, table: TableSchema) -> RowGroups:
        """The file of a table."""
        return RowGroups(file, table)

    def put(self, file: RowGroups, chunk: Chunk) -> None:
        """Add rows."""
        file.add(batch_of(chunk))


class RowGroups:
    """A Parquet file that is written in row groups.

    Args:
        file: Where.
        table: Of which table.
    """

    def __init__(self, file: Path, table: TableSchema) -> None:
        self._writer = pq.ParquetWriter(file, schema_of(table.name), compression="zstd")
        self._batches: list[Any] = []
        self._rows = self._bytes = 0

    def add(self, batch: Any) -> None:
        """Add rows."""
        self._batches.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= _ROWS or self._bytes >= _BYTES:
            self._flush()

    def close(self) -> None:
        """Write what is left."""
        if self._writer.is_open:
            self._flush()
            self._writer.close()

    def _flush(self) -> None:
        if self._batches:
            self._writer.write_table(pa.Table.from_batches(self._batches))
        self._batches, self._rows, self._bytes = [], 0, 0
