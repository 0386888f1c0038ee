"""Rejects of a run: which are new or changed, and which are no rejects any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve

from duetrail.pipeline.mapping import Batch, Rejected
from duetrail.plugins import Plugin
from duetrail.stores import Store, StoredReject

_Key = tuple[str, str, str, str]  # connection, resource, shape, key
_Shard = tuple[str, str, str]  # connection, resource, shard
_Spot = tuple[str, str, str, str, str | None]  # connection, resource, shape, within, item


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
        self._open: dict[_Key, StoredReject] = {}
        self._by_shard: dict[_Shard, set[_Key]] = {}
        self._by_spot: dict[_Spot, set[_Key]] = {}
        for reject in store.rejects():
            self._remember(reject)

    def news(self, batch: Batch) -> list[Rejected]:
        """The rejects of a page that are not stored just so."""
        return [rejected for rejected in batch.rejected if not self._is_known(batch, rejected)]

    def write(self, batch: Batch, news: list[Rejected], page: int) -> None:
        """Store a page's rejects: new ones whole, known ones as seen again in this run."""
        written = []
        for rejected in batch.rejected:
            if any(rejected is new for new in news):
                written.append(self._stored(batch, rejected, page))
            else:
                written.append(evolve(self._open[_key(batch, rejected)], run=self._run))
        for reject in written:
            self._remember(reject)
        self._store.put_rejects(written)

    def close_mapped(self, batch: Batch) -> int:
        """Close the rejects of items that map now and were not met as bad in this run; how many."""
        if not self._open:
            return 0
        place = (batch.connection.name, batch.resource.name)
        spots = {(*place, m.shape.name, m.within, m.item) for m in batch.mapped}
        keys = {key for spot in spots for key in self._by_spot.get(spot, ())}
        return self._close({key for key in keys if self._open[key].run < self._run})

    def close_unseen(self, connection: str, resource: str, shard: str) -> int:
        """Close the rejects of a shard that was read to its end without meeting them; how many."""
        keys = self._by_shard.get((connection, resource, shard), set())
        return self._close({key for key in keys if self._open[key].run < self._run})

    def _is_known(self, batch: Batch, rejected: Rejected) -> bool:
        before = self._open.get(_key(batch, rejected))
        if before is None:
            return False
        return (before.reason, before.json_path) == (rejected.reason, rejected.json_path)

    def _remember(self, reject: StoredReject) -> None:
        key = _key_of(reject)
        self._forget(key)
        self._open[key] = reject
        self._by_shard.setdefault(_shard(reject), set()).add(key)
        self._by_spot.setdefault(_spot(reject), set()).add(key)

    def _forget(self, key: _Key) -> StoredReject | None:
        reject = self._open.pop(key, None)
        if reject is not None:
            self._by_shard[_shard(reject)].discard(key)
            self._by_spot[_spot(reject)].discard(key)
        return reject

    def _close(self, keys: Iterable[_Key]) -> int:
        closed = [reject for key in keys if (reject := self._forget(key)) is not None]
        self._store.drop_rejects(closed)
        return len(closed)

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


def _key_of(reject: StoredReject) -> _Key:
    return (reject.connection, reject.resource, reject.shape, reject.key)


def _shard(reject: StoredReject) -> _Shard:
    return (reject.connection, reject.resource, reject.shard)


def _spot(reject: StoredReject) -> _Spot:
    return (reject.connection, reject.resource, reject.shape, reject.within, reject.item)
