"""Runs and checkpoints in SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import starmap
from operator import attrgetter

import attrs

from duetrail.stores.conditions import Conditions
from duetrail.stores.database import Database, columns_of
from duetrail.stores.dialect import Dialect
from duetrail.stores.queries import EVERY_CHECKPOINT, CheckpointQuery
from duetrail.stores.sqlite_dialect import marks
from duetrail.stores.values import Checkpoint, StoredRun

_CHECKPOINT = columns_of(Checkpoint)
_RUN = columns_of(StoredRun)
_checkpoint_values = attrgetter(*(one.name for one in attrs.fields(Checkpoint)))


class Runs(Database):
    """See `duetrail.stores.base.Store`."""

    def begin_run(self, now: str) -> int:
        with self.transaction():
            ((run,),) = self._read(
                "INSERT INTO runs (started_at, state) VALUES (:now, 'running') RETURNING run",
                {"now": now},
            )
        return int(run)

    def end_run(self, run: int, now: str, state: str, summary: str) -> None:
        self._roll_back()  # what several interrupts at once left open
        with self.transaction():
            self._read(
                "UPDATE runs SET ended_at = :now, state = :state, summary = :summary "
                "WHERE run = :run",
                {"run": run, "now": now, "state": state, "summary": summary},
            )

    def settled_run(self) -> int:
        last = next(self.runs(), None)
        if last is None:
            return 0
        # One run at a time: those before the last are over, whatever they say of themselves. And
        # only now is the lock looked at: a run that was there before it was free is over.
        is_over = last.ended_at is not None and last.state != "read"
        return last.run if is_over or not self.is_held() else last.run - 1

    def is_held(self) -> bool:
        """Whether some sync holds the lock; where that cannot be seen, one might."""
        raise NotImplementedError

    def runs(self) -> Iterator[StoredRun]:
        found = self._stream(f"SELECT {_RUN} FROM runs ORDER BY run DESC")
        return starmap(StoredRun, found)

    def checkpoints(self, query: CheckpointQuery = EVERY_CHECKPOINT) -> Iterator[Checkpoint]:
        where = _those(query, self.dialect)
        sql = f"SELECT {_CHECKPOINT} FROM checkpoints {where} ORDER BY connection, resource, shard"
        return starmap(Checkpoint, self._stream(sql, where.values))

    def _drop_checkpoints(self, query: CheckpointQuery) -> None:
        where = _those(query, self.dialect)
        self._read(f"DELETE FROM checkpoints {where}", where.values)

    def _put_checkpoints(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Note how far shards have come; without a cursor each keeps an earlier one."""
        self._write(
            f"INSERT INTO checkpoints ({_CHECKPOINT}) VALUES ({marks(7)}) "
            "ON CONFLICT (connection, resource, shard) DO UPDATE SET run = excluded.run, "
            "at = excluded.at, state = excluded.state, "
            # A cursor that was noted while the clock was ahead must not get a right time by this.
            "cursor = coalesce(excluded.cursor, CASE WHEN at <= excluded.at THEN cursor END)",
            map(_checkpoint_values, checkpoints),
        )


def _those(query: CheckpointQuery, dialect: Dialect) -> Conditions:
    where = Conditions(dialect)
    where.equal(connection=query.connection, resource=query.resource)
    where.among("shards", query.shards, "shard")
    return where
