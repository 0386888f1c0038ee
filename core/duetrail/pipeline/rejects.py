"""Rejects of a run: which are new or changed, and which are no rejects any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve, frozen

from duetrail.pipeline.mapping import Batch, Rejected
from duetrail.plugins import Plugin
from duetrail.stores import Store, StoredReject

_Key = tuple[str, str, str, str]  # connection, resource, shape, key
_Shard = tuple[str, str, str]  # connection, resource, shard
_Spot = tuple[str, str, str, str, str | None]  # connection, resource, shape, within, item


@frozen
class _Known:
    """What must be remembered of an open reject; the item itself stays in the store."""

    reason: str
    json_path: str
    run: int
    shard: _Shard
    spot: _Spot


class Rejects:
    """The open rejects of a store, kept in step with it during a run.

    Args:
        store: Where they are.
        run: The number of the run.
        plugins: The plugin of each connection, whose version a reject names.
    """

    def __init__(self, store: Store, run: int, plugins: Mapping[str, Plugin]) -> None:
        self._store = store
        self._run = run
        self._plugins = plugins
        self._open: dict[_Key, _Known] = {}
        self._by_shard: dict[_Shard, set[_Key]] = {}
        self._by_spot: dict[_Spot, set[_Key]] = {}
        for reject in store.rejects():
            self._remember(reject)

    def news(self, batch: Batch) -> list[Rejected]:
        """The rejects of a page that are not stored just so."""
        return [rejected for rejected in batch.rejected if not self._is_known(batch, rejected)]

    def write(self, batch: Batch, news: list[Rejected], page: int) -> None:
        """Store a page's new rejects; note the others as seen again in this run."""
        stored = [self._stored(batch, rejected, page) for rejected in news]
        self._store.put_rejects(stored)
        for reject in stored:
            self._remember(reject)
        again = {_key(batch, rejected) for rejected in batch.rejected} & self._open.keys()
        self._store.see_rejects(again, self._run)
        for key in again:
            self._open[key] = evolve(self._open[key], run=self._run)

    def close_mapped(self, batch: Batch) -> int:
        """Close the rejects of items that map now and were not met as bad in this run; how many."""
        if not self._open:
            return 0
        place = (batch.connection.name, batch.resource.name)
        spots = {(*place, m.shape.name, m.within, m.item) for m in batch.mapped}
        keys = {key for spot in spots for key in self._by_spot.get(spot, ())}
        return self._close({key for key in keys if self._open[key].run < self._run})

    def close(self, keys: Iterable[_Key]) -> int:
        """Close these rejects, as far as they are open; how many were."""
        return self._close({key for key in keys if key in self._open})

    def unseen(self, connection: str, resource: str, shard: str) -> set[_Key]:
        """The rejects of a shard that this run has not met."""
        keys = self._by_shard.get((connection, resource, shard), set())
        return {key for key in keys if self._open[key].run < self._run}

    def unanswered(self, connection: str, resource: str) -> set[_Key]:
        """The rejects whose key was answered in a later run without them."""
        places = {k.shard for k in self._open.values() if k.shard[:2] == (connection, resource)}
        known = self._store.checkpoints(connection, resource, [shard for *_, shard in places])
        return {
            key
            for shard, last in known.items()
            if last.state in {"done", "unknown"}
            for key in self._by_shard[connection, resource, shard]
            if self._open[key].run < last.run
        }

    def shards_of(self, keys: Iterable[_Key]) -> set[str]:
        """The shards that open rejects came with."""
        return {self._open[key].shard[2] for key in keys}

    def _is_known(self, batch: Batch, rejected: Rejected) -> bool:
        before = self._open.get(_key(batch, rejected))
        if before is None:
            return False
        return (before.reason, before.json_path) == (rejected.reason, rejected.json_path)

    def _remember(self, reject: StoredReject) -> None:
        key = (reject.connection, reject.resource, reject.shape, reject.key)
        shard = (reject.connection, reject.resource, reject.shard)
        spot = (reject.connection, reject.resource, reject.shape, reject.within, reject.item)
        self._forget(key)
        self._open[key] = _Known(reject.reason, reject.json_path, reject.run, shard, spot)
        self._by_shard.setdefault(shard, set()).add(key)
        self._by_spot.setdefault(spot, set()).add(key)

    def _forget(self, key: _Key) -> None:
        if known := self._open.pop(key, None):
            self._by_shard[known.shard].discard(key)
            self._by_spot[known.spot].discard(key)

    def _close(self, keys: set[_Key]) -> int:
        for key in keys:
            self._forget(key)
        self._store.drop_rejects(keys)
        return len(keys)

    def _stored(self, batch: Batch, rejected: Rejected, page: int) -> StoredReject:
        plugin = self._plugins[batch.connection.name]
        return StoredReject(
            connection=batch.connection.name,
            resource=batch.resource.name,
            shape=rejected.shape.name,
            key=rejected.key,
            within=rejected.within,
            shard=batch.shard.name,
            item=rejected.item,
            path=rejected.path,
            json_path=rejected.json_path,
            reason=rejected.reason,
            plugin=f"{plugin.name} {plugin.version}",
            page=page,
            run=self._run,
            raw=rejected.raw.decode(),
        )


def _key(batch: Batch, rejected: Rejected) -> _Key:
    return (batch.connection.name, batch.resource.name, rejected.shape.name, rejected.key)
