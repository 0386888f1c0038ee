"""Runs, checkpoints and fingerprints of accounts in SQLite."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

import attrs

from duetrail.stores.database import EACH, Database, columns_of, json_list, marks
from duetrail.stores.values import Checkpoint, Fingerprint

_CHECKPOINT = columns_of(Checkpoint)
_FINGERPRINT = columns_of(Fingerprint)
_checkpoint_values = attrgetter(*(one.name for one in attrs.fields(Checkpoint)))


class Runs(Database):
    """How far each sync has come."""

    def first_unfinished_run(self, since: str = "", until: str = "9999") -> int | None:
        """The first run since the last whose reading ended that was cut off in its reading.

        Args:
            since: The time before which it must not have begun, as the store writes times.
            until: The time after which it must not have begun.
        """
        ((run,),) = self._read(
            "SELECT min(run) FROM runs WHERE state <> 'remapped' AND started_at BETWEEN ? AND ? "
            "AND run > (SELECT coalesce(max(run), 0) FROM runs WHERE state IN ('ended', 'read'))",
            (since, until),
        )
        return None if run is None else int(run)

    def drop_checkpoints(
        self, connection: str, resource: str | None = None, shards: Iterable[str] = ()
    ) -> None:
        """Forget how far these shards of a resource had come; without one, all of a connection."""
        self._db.execute(
            "DELETE FROM checkpoints WHERE connection = :connection AND (:resource IS NULL "
            "OR resource = :resource AND shard IN (SELECT value FROM json_each(:shards)))",
            {"connection": connection, "resource": resource, "shards": json_list(shards)},
        )

    def checkpoints(
        self, connection: str, resource: str, shards: Iterable[str]
    ) -> dict[str, Checkpoint]:
        """The checkpoints of these shards that exist, by the shard's name."""
        found = self._read(
            f"SELECT {_CHECKPOINT} FROM checkpoints "
            f"WHERE connection = ? AND resource = ? AND shard IN {EACH}",
            (connection, resource, json_list(shards)),
        )
        return {row[2]: Checkpoint(*row) for row in found}

    def fingerprint(self, connection: str) -> Fingerprint | None:
        """The account that a connection's data comes from; None where it was never noted."""
        sql = f"SELECT {_FINGERPRINT} FROM fingerprints WHERE connection = ?"
        found = self._read(sql, (connection,))
        return Fingerprint(*found[0]) if found else None

    def put_fingerprint(self, fingerprint: Fingerprint) -> None:
        """Note the account that a connection's data comes from."""
        self._db.execute(
            f"INSERT OR REPLACE INTO fingerprints ({_FINGERPRINT}) VALUES ({marks(6)})",
            attrs.astuple(fingerprint),
        )

    def _put_checkpoints(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Note how far shards have come; without a cursor each keeps an earlier one."""
        self._db.executemany(
            f"INSERT INTO checkpoints ({_CHECKPOINT}) VALUES ({marks(7)}) "
            "ON CONFLICT (connection, resource, shard) DO UPDATE SET run = excluded.run, "
            "at = excluded.at, state = excluded.state, "
            # A cursor that was noted while the clock was ahead must not get a right time by this.
            "cursor = coalesce(excluded.cursor, CASE WHEN at <= excluded.at THEN cursor END)",
            map(_checkpoint_values, checkpoints),
        )
