"""Opening a SQLite file: created private, checked to be ours, brought up to the latest schema.

Migrations are the scripts of `duetrail.stores.migrations`, counted by `PRAGMA user_version`.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from duetrail.errors import NoStore, StoreError
from duetrail.stores.files import is_readable, size_of
from duetrail.stores.schema import complete, missing_columns, missing_tables, undeclared_columns

# STRICT tables
_OLDEST = (3, 37, 0)
_WAIT_SECONDS = 30.0
_BETWEEN = 0.02

# Pages of the file, 16 MB, after which the log is brought into it. Many of them, since each commit
# writes to the same pages of indexes: they are brought over once and not four times.
_LOG_PAGES = 4_000

# How often the disk is waited for: with a write-ahead log this is enough for a store to stay whole
# when the machine loses power.
_SYNCHRONOUS = "NORMAL"

# Marks a database as ours: "DUET" in ASCII.
_APPLICATION = 0x44554554

_FACTS = (
    "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema) "
    "FROM pragma_user_version, pragma_application_id"
)


def open_database(path: Path, *, create: bool) -> sqlite3.Connection:
    """A connection to a store's file, at the latest schema, in write-ahead mode.

    Args:
        path: The file; readable by its owner only when it is made here.
        create: Whether to make the file where there is none.

    Raises:
        StoreError: The file is missing, is no database or another program's, was written by a
            newer Duetrail, cannot be written, or SQLite is too old.
    """
    if sqlite3.sqlite_version_info < _OLDEST:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} is too old for the store",
            hint="Use a Python that comes with SQLite 3.37 or newer.",
        )
    with errors_of(path):
        if not create and not path.exists():
            raise NoStore(
                f"there is no store at {path}",
                hint="Run `duetrail sync` first, or check --store.",
            )
        _create_private(path)
        # What SQLite sorts outside memory stays where the store is: private, and writable where
        # nothing else may be.
        os.environ.setdefault("SQLITE_TMPDIR", str(path.resolve().parent))
        db = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
    try:
        with errors_of(path):
            scripts = _scripts()
            _version(db, path, len(scripts))  # nothing is changed in a file that is not ours
            db.execute(f"PRAGMA synchronous = {_SYNCHRONOUS}")
            _write_ahead(db)
            _migrate(db, path, scripts)
            db.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    except BaseException:
        db.close()
        raise
    return db


def open_to_read(path: Path, file: Path) -> sqlite3.Connection:
    """A connection to a store that may only be read, and in whose folder nothing is made.

    Args:
        path: The file as the user names it.
        file: Its real name.

    Raises:
        StoreError: It cannot be read so, is no store, or its schema is not the latest.
    """
    log, index = Path(f"{file}-wal"), Path(f"{file}-shm")
    with errors_of(path):
        has_log = size_of(log) > 0
    if not is_readable(file):
        raise StoreError(
            f"the store {path} may not be read by this user",
            hint="Run as its owner, or have the owner let you read it, with what is beside it.",
        )
    if has_log and not (is_readable(log) and is_readable(index)):
        raise StoreError(
            f"the store {path} was not closed, and may not be written, so that what stands in "
            f"{log.name} cannot be seen",
            hint="Let somebody who may write there run `duetrail status`; or copy the store with "
            "all that is beside it, and read the copy.",
        )
    # Without a log nothing of it is to be seen, and the lock that keeps it away cannot be made.
    how = "mode=ro" if has_log else "mode=ro&immutable=1"
    with errors_of(path):
        uri = f"{file.as_uri()}?{how}"
        db = sqlite3.connect(uri, uri=True, timeout=_WAIT_SECONDS, isolation_level=None)
    try:
        with errors_of(path):
            db.execute("PRAGMA temp_store = MEMORY")
            known = len(_scripts())
            if (version := _version(db, path, known)) < known or missing_columns(db):
                raise StoreError(
                    f"the store {path} was written by an older Duetrail (schema {version}, this "
                    f"one reads {known}) and may not be written",
                    hint="Let somebody who may write there run `duetrail status`: it brings the "
                    "store up to date.",
                )
    except BaseException:
        db.close()
        raise
    return db


def real_file(path: Path) -> Path:
    """The one name of a store's file, whatever links lead to it: its lock and its log go by that.

    Raises:
        StoreError: It has several names of its own, or the links to it lead nowhere.
    """
    with errors_of(path):
        try:
            file = path.resolve()
            names = file.stat().st_nlink if file.is_file() else 1
            is_odd = file.exists() and not file.is_file()
        except (RuntimeError, ValueError) as error:  # links in a circle, no name of a file
            raise StoreError(
                f"the store {path} cannot be used: {error}", hint="Name its file itself."
            ) from None
    if is_odd:  # a folder, a device, a pipe
        raise StoreError(
            f"the store {path} cannot be used: it is no ordinary file",
            hint="Give another place with --store or [store] url.",
        )
    if names > 1:
        raise StoreError(
            f"the store {path} has {names} names (hard links), and each would have a log and a "
            "lock of its own",
            hint="Make a copy under a name of its own, with `cp`, and use that; or remove the "
            "other name.",
        )
    return file


@contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into a `StoreError` that says what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise explained(error, path) from error


def explained(error: Exception, path: Path) -> StoreError:
    """An error of SQLite or of the file system, with what to do."""
    text = str(error)
    if "not a database" in text:
        hint = "It is some other file: give another place with --store or [store] url."
    elif "malformed" in text or "disk image" in text:
        hint = "The file is damaged: put a copy in its place, or move it away and sync again."
    elif "locked" in text:
        hint = "Another process is writing to it: wait for it to end, then run again."
    elif "full" in text:
        hint = "Free some space, then run again; everything committed so far is kept."
    elif "I/O error" in text or "too large" in text.lower():
        hint = (
            "The system refused to write or read: look at the disk, its quota, and the limit of a "
            "file's size (ulimit -f), then run again; everything committed so far is kept."
        )
    else:
        hint = "Check that the folder exists and that you may write there."
    return StoreError(f"the store {path} cannot be used: {text}", hint=hint)


def _create_private(path: Path) -> None:
    """Make the file, for its owner only; SQLite gives the files beside it the same mode.

    In a folder others can write to, a file may have been put there to be filled: an empty one is
    taken into possession or refused.
    """
    try:
        os.close(os.open(path.resolve(), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        if path.stat().st_size == 0:
            path.chmod(0o600)  # refused by the system where the file is somebody else's


def _write_ahead(db: sqlite3.Connection) -> None:
    """Switch to a write-ahead log, so that others can read while a sync writes.

    SQLite does not wait for other processes here, whatever the time-out, so this does.
    """
    patience = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > patience:
                raise
        time.sleep(_BETWEEN)


def latest_schema() -> int:
    """The number of the latest schema, the same for every store: how many migrations there are."""
    return len(_scripts())


def _scripts() -> list[str]:
    """The migrations, in order."""
    folder = files("duetrail.stores").joinpath("migrations")
    parts = sorted(folder.iterdir(), key=lambda part: part.name)
    return [part.read_text(encoding="utf-8") for part in parts]


def _migrate(db: sqlite3.Connection, path: Path, scripts: list[str]) -> None:
    """Bring the schema up to date, under the lock that a second process waits for.

    A fresh file is made as it is declared; an older one goes through the migrations it has not
    had, and gets what it lacks then.
    """
    if _version(db, path, len(scripts)) == len(scripts):
        _refuse_newer(db, path)
        _refuse_damaged(db, path)
        complete(db)
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        version = _version(db, path, len(scripts))
        for script in scripts[version:] if version else ():
            for statement in _statements(script):
                db.execute(statement)
        if version:
            _refuse_damaged(db, path)
        complete(db)
        db.execute(f"PRAGMA application_id = {_APPLICATION}")
        db.execute(f"PRAGMA user_version = {len(scripts)}")
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _refuse_damaged(db: sqlite3.Connection, path: Path) -> None:
    """A table that was lost must not come back empty, as if nothing had ever been in it."""
    if tables := missing_tables(db):
        raise StoreError(
            f"the store {path} cannot be used: it has lost its tables {', '.join(tables)}",
            hint="Put a copy in its place, or move it away and sync again.",
        )


def _refuse_newer(db: sqlite3.Connection, path: Path) -> None:
    """A new field is a new column and no migration: a row with one is not for us to write."""
    if columns := undeclared_columns(db):
        raise StoreError(
            f"the store {path} was written by a newer Duetrail (it has {', '.join(columns)})",
            hint="Upgrade: pip install --upgrade duetrail.",
        )


def _version(db: sqlite3.Connection, path: Path, known: int) -> int:
    """How many migrations a file has had; read at one moment, since others may be making it."""
    version, application, tables = db.execute(_FACTS).fetchone()
    if application != _APPLICATION and (tables or version):
        raise StoreError(
            f"the database {path} belongs to another program",
            hint="Give another place with --store or [store] url.",
        )
    if version > known:
        raise StoreError(
            f"the store {path} was written by a newer Duetrail (schema {version}, this one knows "
            f"{known})",
            hint="Upgrade: pip install --upgrade duetrail.",
        )
    return int(version)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, which unlike the whole can run inside a transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
