"""Several machines that write to one PostgreSQL store: their locks, and how far each has come.

Locks are advisory ones of a session, so the server lets go of those of a process that is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from duetrail.errors import StoreError
from duetrail.stores.postgres.database import PostgresDatabase
from duetrail.stores.postgres.rates import StoreBudgets
from duetrail.stores.shared import CLOSED
from duetrail.stores.sqlite_state import SyncStates
from duetrail.stores.sync_state import StateChanges

SYNC = "hashtext('duetrail: sync'), hashtext(current_schema())"
"""The number of the lock that a sync holds alone, and the shards of one together."""

_SHARD = "hashtext('duetrail: shard ' || current_schema()), CAST(? AS integer)"
_WORK = "hashtext('duetrail: at work ' || current_schema()), CAST(? AS integer)"
_CLOSING = "hashtext('duetrail: closing'), hashtext(current_schema())"
_AT_WORK = (
    "SELECT DISTINCT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND objsubid = 2 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND "
    "classid::bigint = hashtext('duetrail: at work ' || current_schema())::bigint & 4294967295"
)

# Beside the declared tables, as `duetrail_schema` is: no other kind of store has shards.
_TABLE = (
    "CREATE TABLE IF NOT EXISTS duetrail_shards "
    "(run bigint, shard integer, note text NOT NULL, PRIMARY KEY (run, shard))"
)
_EXISTS = "SELECT to_regclass(quote_ident(current_schema()) || '.duetrail_shards') IS NOT NULL"


class PostgresShards(PostgresDatabase, SyncStates):
    """See `duetrail.stores.shared.SharedStore`."""

    _shares = False
    _budgets: StoreBudgets | None = None

    @contextmanager
    def sharing(self, shard: int) -> Iterator[None]:
        if not self._read(f"SELECT pg_try_advisory_lock_shared({SYNC})")[0][0]:
            raise StoreError(
                f"another command is writing to the store {self._place.name}, and not in shards",
                hint="Wait for it to end, then run again.",
            )
        self._shares = True
        try:
            if not self._read(f"SELECT pg_try_advisory_lock({_SHARD})", (shard,))[0][0]:
                raise StoreError(
                    f"another process is at work as shard {shard} of a sync into the store "
                    f"{self._place.name}",
                    hint="Give each process a number of its own, or wait for that one to end.",
                )
            try:
                self._make_table()
                yield
            finally:
                self._release(f"SELECT pg_advisory_unlock({_WORK})", shard)
                self._release(f"SELECT pg_advisory_unlock({_SHARD})", shard)
        finally:
            self._shares = False
            self._release(f"SELECT pg_advisory_unlock_shared({SYNC})")

    def _reconnected(self) -> None:
        super()._reconnected()
        if self._shares:  # its locks ended with the former connection
            raise StoreError(
                f"the connection to the store {self._place.name} was lost",
                hint="Run this shard again: what it has committed is not asked again.",
            )

    def begin_work(self, shard: int) -> None:
        self._read(f"SELECT pg_advisory_lock({_WORK})", (shard,))

    @contextmanager
    def closing(self) -> Iterator[None]:
        self._read(f"SELECT pg_advisory_lock({_CLOSING})")
        try:
            yield
        finally:
            self._release(f"SELECT pg_advisory_unlock({_CLOSING})")

    def _release(self, sql: str, *values: int) -> None:
        """Let go of a lock; with a connection that is lost it is gone already."""
        if not self._db.closed:
            with suppress(StoreError):
                self._roll_back()
                self._read(sql, values)

    def shards_at_work(self) -> set[int]:
        return {int(shard) for (shard,) in self._read(_AT_WORK)}

    def shard_notes(self) -> Mapping[tuple[int, int], str]:
        if not self._read(_EXISTS)[0][0]:
            return {}
        rows = self._read("SELECT run, shard, note FROM duetrail_shards")
        return {(run, shard): note for run, shard, note in rows}

    def put_shard_note(self, run: int, shard: int, note: str) -> None:
        self._read(
            "INSERT INTO duetrail_shards (run, shard, note) VALUES (?, ?, ?) "
            "ON CONFLICT (run, shard) DO UPDATE SET note = excluded.note",
            (run, shard, note),
        )

    def drop_shard_notes(self, *, closed: tuple[int, str] | None = None) -> None:
        with self.transaction():
            self._read("DELETE FROM duetrail_shards")
            if closed is not None:
                self.put_shard_note(closed[0], CLOSED, closed[1])

    def settled_run(self) -> int:
        """See `duetrail.stores.base.Store`; shards of a run may come hours after its others."""
        settled = super().settled_run()
        # Only then: a run that was closed, or given up for a later one, before this has no part in
        # it any more.
        noted = {run for run, shard in self.shard_notes() if shard != CLOSED}
        last = next(self.runs(), None)
        return settled if last is None or last.run not in noted else min(settled, last.run - 1)

    def put_sync_state(self, changes: StateChanges) -> None:
        super().put_sync_state(changes)
        if changes.is_erasing and self._read(_EXISTS)[0][0]:
            self._read("DELETE FROM duetrail_shards")  # a problem may name whoever is erased

    @property
    def rate_budget(self) -> StoreBudgets:
        if self._budgets is None:
            self._budgets = StoreBudgets(self._place)
        return self._budgets

    def _close_budgets(self) -> None:
        if self._budgets is not None:
            self._budgets.close()

    def _make_table(self) -> None:
        if not self._read(_EXISTS)[0][0]:
            with self.transaction():  # two that make it at once would fail
                self._read(_TABLE)
