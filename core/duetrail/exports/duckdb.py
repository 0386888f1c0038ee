"""DuckDB: tables in a file, all of them in one transaction; other tables in it stay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from attrs import Factory, define

from duetrail.exports.arrow import batch_of, schema_of
from duetrail.exports.tables import REMOVALS, Chunk, TableSet, schema
from duetrail.model import Ref
from duetrail.stores.duckdb_copy import DuckDBCopy

# Rows are handed over when there are so many, or bytes of them.
_ROWS = 50_000
_BYTES = 32 * 2**20


class DuckDBFile:
    """The tables in a DuckDB file; see `duetrail.exports.writers.Writer`.

    A full export replaces tables. What changed since a run is brought into them: afterwards the
    file holds what a full export would.

    Args:
        path: The file; made if there is none.
        tables: Which tables.
        since: The run after which changes are exported; 0 for everything.
        connections: Of which connections; of all if empty.

    Raises:
        UsageError: It cannot take just these changes.
        StoreError: It cannot be written, is used by another program.
    """

    def __init__(
        self, path: Path, tables: TableSet, since: int, connections: Sequence[str]
    ) -> None:
        self._schemas = tables.schemas
        self._connections = connections
        self._waiting: dict[str, _Waiting] = {}
        self._rows = self._bytes = 0
        self._copy = DuckDBCopy(path)
        try:
            if since:
                self._copy.check(since, self._schemas, connections)
            else:
                for table in self._schemas:
                    self._copy.create(table, schema_of(table.name).empty_table())
        except BaseException:
            self.abort()
            raise

    def write(self, chunk: Chunk) -> None:
        """Take some rows of a table."""
        batch = batch_of(chunk)
        if chunk.table.name == REMOVALS:
            removals = pa.Table.from_batches([batch])
            for table in self._schemas:
                self._copy.remove(table, removals)
            return
        waiting = self._waiting.setdefault(chunk.table.name, _Waiting())
        waiting.batches.append(batch)
        waiting.owners += chunk.owners
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= _ROWS or self._bytes >= _BYTES:
            self._flush()

    def finish(self, cursor: int, rows: dict[str, int]) -> None:
        """Commit."""
        self._flush()
        self._copy.commit(cursor, [table.name for table in self._schemas], self._connections)

    def abort(self) -> None:
        """Roll back."""
        self._copy.close()

    def _flush(self) -> None:
        for name, waiting in self._waiting.items():
            if waiting.owners:
                owners = zip(*waiting.owners, strict=True)
                columns = dict(zip(("connection", "record", "id"), owners, strict=True))
                self._copy.forget(schema(name), pa.table(columns))
            self._copy.add(name, pa.Table.from_batches(waiting.batches))
        self._waiting, self._rows, self._bytes = {}, 0, 0


@define
class _Waiting:
    """Rows of a table that were not handed over yet, and the records that they are all rows of."""

    batches: list[Any] = Factory(list)
    owners: list[Ref] = Factory(list)
