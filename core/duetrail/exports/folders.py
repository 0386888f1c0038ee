"""Folders: one file a table, written beside what stands there and put in its place at the end.

A full export is `DIR/invoices.parquet` and so on. What changed since run 41 is a folder of its own,
`DIR/since-41`, which also has `removals`. `export.json` says what was exported, and is written
last.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from duetrail.errors import StoreError
from duetrail.exports.tables import REMOVALS, Chunk, TableSet, schema
from duetrail.stores.schema import TableSchema

MANIFEST = "export.json"
"""The file that says what an export holds: `since`, `cursor`, and the `rows` of each table."""


class Folder:
    """One file a table, in a folder; see `duetrail.exports.targets.Writer`.

    Args:
        path: The folder; made if there is none.
        tables: Which tables.
        since: The run after which changes are exported; 0 for everything.

    Raises:
        StoreError: It cannot be written.
    """

    suffix = ""

    def __init__(self, path: Path, tables: TableSet, since: int) -> None:
        self._since = since
        self._path = path / f"since-{since}" if since else path
        self._files: dict[str, Any] = {}
        with _errors_of(self._path):
            self._path.mkdir(parents=True, exist_ok=True)
            self._new = Path(tempfile.mkdtemp(prefix=".export-", dir=self._path))
        try:
            with _errors_of(self._path):
                removals = (schema(REMOVALS),) if since else ()
                for table in (*tables.schemas, *removals):
                    file = self._new / self._name(table.name)
                    file.touch(0o600)  # for its owner only, as the store is
                    self._files[table.name] = self.open(file, table)
        except BaseException:
            self.abort()
            raise

    def open(self, file: Path, table: TableSchema) -> Any:
        """What the rows of a table are written to; it has `close`."""
        raise NotImplementedError

    def put(self, file: Any, chunk: Chunk) -> None:
        """Write rows to what `open` gave."""
        raise NotImplementedError

    def write(self, chunk: Chunk) -> None:
        """Take some rows of a table."""
        with _errors_of(self._path):
            self.put(self._files[chunk.table.name], chunk)

    def finish(self, cursor: int, rows: dict[str, int]) -> None:
        """Put every file in its place, the manifest last.

        Each file is the old or the new one, never a part of it.
        """
        facts = {"since": self._since, "cursor": cursor, "rows": rows}
        with _errors_of(self._path):
            for file in self._files.values():
                file.close()
            (self._new / MANIFEST).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
            names = [*map(self._name, self._files), MANIFEST]
            for name in names:
                _sync(self._new / name)
            for name in names:
                os.replace(self._new / name, self._path / name)
            self._new.rmdir()
            _sync(self._path)

    def abort(self) -> None:
        """Remove what was written."""
        for file in self._files.values():
            try:
                file.close()
            except Exception:  # why it is aborted is raised already
                continue
        shutil.rmtree(self._new, ignore_errors=True)

    def _name(self, table: str) -> str:
        return f"{table}{self.suffix}"


def _sync(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the export to {path} failed: {error.strerror or error}",
            hint="Check that there is space and that you may write there; what stood there is as "
            "it was.",
        ) from error
