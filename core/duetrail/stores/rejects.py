"""Open rejects in SQLite: items that were set aside."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import starmap

import attrs

from duetrail.stores.database import Database, columns_of
from duetrail.stores.queries import EVERY_REJECT, RejectQuery
from duetrail.stores.schema.statements import upsert
from duetrail.stores.situation import Changes, OpenReject
from duetrail.stores.values import RejectKey, StoredReject

_REJECT = columns_of(StoredReject)
_KEY = "connection, resource, shape, key"
_ANSWERED = (
    "EXISTS (SELECT 1 FROM checkpoints AS answered "
    "WHERE answered.connection = rejects.connection "
    "AND answered.resource = rejects.resource AND answered.shard = rejects.shard "
    "AND answered.state IN ('done', 'unknown') AND answered.run > rejects.run)"
)
_OPEN = f"{_KEY}, reason, json_path, within, item, run"


class OpenRejects(Database):
    """See `duetrail.stores.base.Store`."""

    def rejects(self, query: RejectQuery = EVERY_REJECT) -> Iterator[StoredReject]:
        where = self._where()
        where.equal(connection=query.connection, resource=query.resource)
        where.among("shards", query.shards, "shard")
        where.among("keys", query.keys, "connection", "resource", "shape", "key")
        if query.unseen_since is not None:
            where.add("run < :since", since=query.unseen_since)
        if query.is_answered:
            where.add(_ANSWERED)
        sql = f"SELECT {_REJECT} FROM rejects {where} ORDER BY {_KEY}"
        return starmap(StoredReject, self._stream(sql, where.values))

    def _open_rejects(
        self, seen: Collection[RejectKey], mapped: Mapping[tuple[str, str], Collection[str]]
    ) -> dict[RejectKey, OpenReject]:
        """What is known of rejects that are seen again, and of those of items that map now."""
        if not self._read("SELECT 1 FROM rejects LIMIT 1"):
            return {}
        where = self._where()
        where.among("seen", seen, "connection", "resource", "shape", "key")
        found = self._read(f"SELECT {_OPEN} FROM rejects {where}", where.values)
        for place, ids in mapped.items():
            found += self._read(
                f"SELECT {_OPEN} FROM rejects {self.dialect.by_item} "
                f"WHERE connection = ? AND resource = ? AND item IN {self.dialect.each}",
                (*place, self.dialect.bound(ids)),
            )
        return {
            (connection, resource, shape, key): OpenReject(
                reason, json_path, (shape, within, item), run
            )
            for connection, resource, shape, key, reason, json_path, within, item, run in found
        }

    def _put_rejects(self, changes: Changes) -> None:
        self._write(
            "DELETE FROM rejects WHERE connection = ? AND resource = ? AND shape = ? AND key = ?",
            changes.closed_rejects,
        )
        self._write(
            upsert("rejects", _REJECT),
            [attrs.astuple(reject) for reject in changes.rejects.values()],
        )
        self._write(
            "UPDATE rejects SET run = ? "
            "WHERE connection = ? AND resource = ? AND shape = ? AND key = ?",
            [(run, *key) for key, run in changes.seen_rejects.items()],
        )
