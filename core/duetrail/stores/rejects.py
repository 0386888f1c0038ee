"""Open rejects in SQLite: items that were set aside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import attrs

from duetrail.stores.database import EACH, EACH_FOUR, Database, columns_of, json_list, marks
from duetrail.stores.situation import Changes, OpenReject
from duetrail.stores.values import RejectKey, StoredReject

_REJECT = columns_of(StoredReject)
_KEY = "connection, resource, shape, key"
_OPEN = f"{_KEY}, reason, json_path, within, item, run"


class OpenRejects(Database):
    """Rejects, each told from others by its connection, resource, shape and key."""

    def rejects(self, connection: str | None = None) -> list[StoredReject]:
        """Every open reject, in order."""
        found = self._read(
            f"SELECT {_REJECT} FROM rejects WHERE :connection IS NULL OR connection = :connection "
            f"ORDER BY {_KEY}",
            {"connection": connection},
        )
        return [StoredReject(*row) for row in found]

    def unseen_rejects(
        self, connection: str, resource: str, shards: Iterable[str], run: int
    ) -> list[RejectKey]:
        """The open rejects of some shards that no run since this one has met."""
        return self._read(
            f"SELECT {_KEY} FROM rejects "
            f"WHERE connection = ? AND resource = ? AND shard IN {EACH} AND run < ?",
            (connection, resource, json_list(shards), run),
        )

    def unanswered_rejects(self, connection: str, resource: str) -> list[RejectKey]:
        """The open rejects whose key was answered in a later run without them."""
        return self._read(
            f"SELECT {_KEY} FROM rejects WHERE connection = ? AND resource = ? "
            "AND EXISTS (SELECT 1 FROM checkpoints AS answered "
            "WHERE answered.connection = rejects.connection "
            "AND answered.resource = rejects.resource AND answered.shard = rejects.shard "
            "AND answered.state IN ('done', 'unknown') AND answered.run > rejects.run)",
            (connection, resource),
        )

    def shards_of_rejects(self, keys: Iterable[RejectKey]) -> set[str]:
        """The shards that open rejects came with."""
        found = self._read(
            f"SELECT DISTINCT shard FROM rejects WHERE ({_KEY}) IN {EACH_FOUR}",
            (json_list(keys),),
        )
        return {shard for (shard,) in found}

    def drop_rejects(self, keys: Iterable[RejectKey]) -> int:
        """Close rejects; how many were open."""
        return self._write(
            "DELETE FROM rejects WHERE connection = ? AND resource = ? AND shape = ? AND key = ?",
            keys,
        )

    def _open_rejects(
        self, seen: Collection[RejectKey], mapped: Mapping[tuple[str, str], Collection[str]]
    ) -> dict[RejectKey, OpenReject]:
        """What is known of rejects that are seen again, and of those of items that map now."""
        if not self._read("SELECT 1 FROM rejects LIMIT 1"):
            return {}
        found = self._read(
            f"SELECT {_OPEN} FROM rejects WHERE ({_KEY}) IN {EACH_FOUR}", (json_list(seen),)
        )
        for place, ids in mapped.items():
            found += self._read(
                f"SELECT {_OPEN} FROM rejects INDEXED BY rejects_by_item "
                f"WHERE connection = ? AND resource = ? AND item IN {EACH}",
                (*place, json_list(ids)),
            )
        return {
            (connection, resource, shape, key): OpenReject(
                reason, json_path, (shape, within, item), run
            )
            for connection, resource, shape, key, reason, json_path, within, item, run in found
        }

    def _put_rejects(self, changes: Changes) -> None:
        self.drop_rejects(changes.closed_rejects)
        self._db.executemany(
            f"INSERT OR REPLACE INTO rejects ({_REJECT}) VALUES ({marks(14)})",
            [attrs.astuple(reject) for reject in changes.rejects.values()],
        )
        self._db.executemany(
            "UPDATE rejects SET run = ? "
            "WHERE connection = ? AND resource = ? AND shape = ? AND key = ?",
            [(run, *key) for key, run in changes.seen_rejects.items()],
        )
