"""Folders: one file a table, written beside what stands there and put in its place at the end.

A full export is `DIR/invoices.parquet` and so on. What changed since run 41 is a folder of its own,
`DIR/since-41`, which also has `removals`. `export.json`, the manifest, says what was exported.

A folder never shows files of two exports as one. When all files are written, one rename of their
folder decides that the export is whole. Then the manifest of the former export is removed, each
file is put in its place, and the new manifest comes last: a folder without one is incomplete. What
a process that was killed has left to be put in place, the next export puts there first.
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
"""The file that says what an export holds.

`since`, `cursor`, the `rows` of each table, and `export`, which differs from export to export.
"""

_NEW = ".export-"
# Of files that are whole; the others have eight letters of `tempfile` there.
_WHOLE = ".export-whole"


class Folder:
    """One file a table, in a folder; see `duetrail.exports.writers.Writer`.

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
            _put_in_place(self._path)
            self._new = Path(tempfile.mkdtemp(prefix=_NEW, dir=self._path))
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
        """Put every file in its place, the manifest last."""
        export = self._new.name.removeprefix(_NEW)
        facts = {"export": export, "since": self._since, "cursor": cursor, "rows": rows}
        with _errors_of(self._path):
            for file in self._files.values():
                file.close()
            (self._new / MANIFEST).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
            for name in (*map(self._name, self._files), MANIFEST, ""):
                _sync(self._new / name)
            os.rename(self._new, self._path / _WHOLE)
        with _errors_of(self._path, "the next export puts the new files in place."):
            _sync(self._path)
            _put_in_place(self._path)

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


def _put_in_place(path: Path) -> None:
    """Put the files of a whole export in their places; there is none where none is left to be."""
    whole = path / _WHOLE
    if not whole.is_dir():
        return
    # Where it is gone from there, all files are in their places, and the new one may be, too.
    if (whole / MANIFEST).exists():
        (path / MANIFEST).unlink(missing_ok=True)
        _sync(path)
        for file in whole.iterdir():
            if file.name != MANIFEST:
                os.replace(file, path / file.name)
        _sync(path)
        os.replace(whole / MANIFEST, path / MANIFEST)
    whole.rmdir()
    _sync(path)


def _sync(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_AS_IT_WAS = "what stood there is as it was."


@contextmanager
def _errors_of(path: Path, then: str = _AS_IT_WAS) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the export to {path} failed: {error.strerror or error}",
            hint=f"Check that there is space and that you may write there; {then}",
        ) from error
