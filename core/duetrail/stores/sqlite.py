"""The SQLite store: one file, readable by any SQL tool while a sync is running.

How the file is made and kept up to date is in `duetrail.stores.opening`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from duetrail.errors import StoreError
from duetrail.stores.database import Values
from duetrail.stores.erasing import Erasing
from duetrail.stores.files import FileIdentity, FileVersion, is_writable, size_of
from duetrail.stores.locks import is_locked, take_lock
from duetrail.stores.opening import errors_of, open_database, open_to_read, real_file
from duetrail.stores.periods import Periods
from duetrail.stores.queries import RecordQuery
from duetrail.stores.reading import Reading
from duetrail.stores.rows import Row, moment
from duetrail.stores.sqlite_situation import SqliteSituations
from duetrail.stores.sqlite_state import SyncStates

# Seconds in which whoever only looks at the lock has let go of it.
_PATIENCE = 0.2


class SqliteStore(Erasing, SqliteSituations, SyncStates, Reading, Periods):
    """A store in one SQLite file (see `duetrail.stores.base.Store`).

    Where it may not be written, and is not to be made, it is opened to be read.

    Args:
        path: The file; created where `create` is set.
        url: The URL it was named by, for messages.
        create: Whether to make the file where there is none.

    Raises:
        StoreError: The file is missing, is no database or another program's, was written by a
            newer Duetrail, cannot be written, or SQLite is too old.
    """

    keeps_spelling = True
    sql_dialect = "sqlite"

    def __init__(self, path: Path, url: str, *, create: bool) -> None:
        self.url = url
        self._path = path
        self._file = real_file(path)
        self._identity: FileIdentity | None = None
        self._version_read: FileVersion | None = None
        if not create and self._file.is_file() and not is_writable(self._file):
            with errors_of(path):
                if not size_of(Path(f"{self._file}-wal")):
                    self._version_read = FileVersion(path, self._file)
            self._db = open_to_read(path, self._file)
        else:
            self._db = open_database(path, create=create)
            self._identity = FileIdentity(path, self._file)
        self._owner = threading.get_ident()
        # For all other threads, one at a time: each of its own would take 2 MiB to keep the same
        # parts of the file.
        self._aside: sqlite3.Connection | None = None
        self._asking = threading.Lock()

    def close(self) -> None:
        """Release the file.

        Raises:
            StoreError: It was written by somebody while it could only be read.
        """
        if self._aside is not None:
            self._aside.close()
        self._db.close()
        if self._version_read is not None:
            with errors_of(self._path):
                self._version_read.check()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """One command that writes at a time; the system frees the lock even if it is killed."""
        file = Path(f"{self._file}.lock")
        with errors_of(self._path):
            try:
                release = take_lock(file, _PATIENCE)
            except TimeoutError:
                raise StoreError(
                    f"another command is writing to the store {self._path}{_holder(file)}",
                    hint="Wait for it to end, then run again; or give this one a --store of its "
                    "own.",
                ) from None
        try:
            with suppress(OSError):  # a courtesy to whoever is refused; not every system allows it
                file.write_text(f"process {os.getpid()}, since {moment(datetime.now(UTC))}")
            yield
        finally:
            release()

    def is_held(self) -> bool:
        """Whether some sync holds the lock; where that cannot be seen, one might."""
        return is_locked(Path(f"{self._file}.lock"))

    def _read_aside(self, sql: str, values: Values = ()) -> list[Any]:
        if threading.get_ident() == self._owner:
            return self._fetch(self._db, sql, values)
        with self._asking:
            if self._aside is None:
                with errors_of(self._path):
                    self._aside = sqlite3.connect(
                        f"{self._file.as_uri()}?mode=ro", uri=True, check_same_thread=False
                    )
            return self._fetch(self._aside, sql, values)

    def all_rows(self, table: str, *, present: bool = False) -> Iterator[Row]:
        """The former name of `records`; it works for one more minor version."""
        warnings.warn(
            "store.all_rows(table) is store.records(RecordQuery(table))",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.records(RecordQuery(table, is_present=present))

    def select(self, sql: str, values: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
        """Rows of a query in SQLite's SQL, for tests; not a part of `Store`."""
        with errors_of(self._path):
            cursor = self._db.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)


def _holder(lock: Path) -> str:
    """Who holds a lock, as far as the holder wrote it down."""
    with suppress(OSError, UnicodeDecodeError):
        if text := lock.read_text(encoding="ascii"):
            return f" ({text})"
    return ""
