"""Erasing people from a SQLite store: rewriting whole tables, and the file."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import starmap
from typing import Any

from duetrail.errors import StoreError
from duetrail.model import Ref
from duetrail.stores.database import SqliteDatabase
from duetrail.stores.opening import errors_of
from duetrail.stores.packing import PACKED, changed_inside
from duetrail.stores.records import Records
from duetrail.stores.removals import erased_id
from duetrail.stores.schema.records import owner_of, record_table
from duetrail.stores.values import Change


class Erasing(SqliteDatabase, Records):
    """See `duetrail.stores.base.Store`."""

    def rewrite(
        self, table: str, changes: Mapping[str, Change], *, run: int = 0, dry_run: bool = False
    ) -> int:
        for column, change in changes.items():
            if (table, column) in PACKED:
                change = partial(changed_inside, change=change)
            self._function(f"new_{column}", change)
        differs = " OR ".join(f"new_{column}({column}) IS NOT {column}" for column in changes)
        if dry_run:
            return self._count(f"SELECT count(*) FROM {table} WHERE {differs}")
        values = ", ".join(f"{column} = new_{column}({column})" for column in changes)
        # What becomes equal in a key is one row.
        update = f"UPDATE OR REPLACE {table} SET {values} WHERE {differs}"
        schema = record_table(table)
        with errors_of(self._path), _interruptible():
            if schema is None:
                return self._db.execute(update).rowcount
            found = self._db.execute(f"{update} RETURNING connection, {schema.parent or 'id'}")
            refs = [Ref(connection, owner_of(schema), id) for connection, id in found]
        self._note_change(refs, run)
        return len(refs)

    def remove(
        self,
        table: str,
        columns: Sequence[str],
        matches: Callable[[str], bool],
        *,
        run: int = 0,
        dry_run: bool = False,
    ) -> int:
        self._function("matches", matches)
        where = " OR ".join(f"matches({column})" for column in columns)
        if dry_run:
            return self._count(f"SELECT count(*) FROM {table} WHERE {where}")
        schema = record_table(table)
        delete = f"DELETE FROM {table} WHERE {where}"
        with errors_of(self._path), _interruptible():
            if table != "links":
                if schema is not None and schema.parent is None:
                    self._note_removals(table, where, run)
                return self._db.execute(delete).rowcount
            found = self._db.execute(f"{delete} RETURNING connection, record, id")
            refs = list(starmap(Ref, found))
        # A record that goes, too, leaves no past.
        self._note_change((ref for ref in refs if not matches(ref.id)), run)
        return len(refs)

    def _note_removals(self, table: str, where: str, run: int) -> None:
        self._function("erased_id", erased_id)
        self._db.execute(
            "INSERT INTO removals (connection, record, id, run) "
            f"SELECT connection, ?, erased_id(id), ? FROM {table} WHERE {where}",
            (table, run),
        )

    def compact(self, *, is_scrubbed: bool = False) -> None:
        if is_scrubbed:
            self._read("PRAGMA secure_delete = ON")  # zeros in what stays free
        else:
            ((free,),) = self._read("PRAGMA freelist_count")
            ((pages,),) = self._read("PRAGMA page_count")
            if free * 10 < pages:
                return
        self._read("VACUUM")
        # Without being asked, the last to close empties the log.
        ((busy, _, _),) = self._read("PRAGMA wal_checkpoint(TRUNCATE)")
        if busy and is_scrubbed:
            raise StoreError(
                f"another program is reading the store {self._path}, so what was erased may still "
                "stand in its files",
                hint="Close that program and run the same command again.",
            )

    def _function(self, name: str, change: Callable[[Any], Any]) -> None:
        """Make a function of ours one of SQL's, NULL left alone."""

        def changed(value: Any) -> Any:
            return None if value is None else change(value)

        self._db.create_function(name, 1, changed, deterministic=True)

    def _count(self, sql: str) -> int:
        with errors_of(self._path), _interruptible():
            ((count,),) = self._db.execute(sql).fetchall()
        return int(count)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Raise an interrupt that came in a function of ours: SQLite only knows that it failed."""
    stops: list[BaseException] = []
    hook = sys.unraisablehook

    def note(lost: sys.UnraisableHookArgs) -> None:
        if isinstance(lost.exc_value, KeyboardInterrupt):
            stops.append(lost.exc_value)
        else:
            hook(lost)

    # So the module tells what a function raised, wherever in it, and does not only drop it.
    sqlite3.enable_callback_tracebacks(True)
    sys.unraisablehook = note
    try:
        yield
    except sqlite3.Error:
        if not stops:
            raise
    finally:
        sys.unraisablehook = hook
        sqlite3.enable_callback_tracebacks(False)
    if stops:
        raise stops[0]
