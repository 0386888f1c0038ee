"""Rejects of a run: which are new or changed, and which are no rejects any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve

from duetrail.plugins import Plugin
from duetrail.stores import Store, StoredReject
from duetrail.sync.mapping import Batch, Rejected

_Key = tuple[str, str, str, str]  # connection, resource, shape, the item's key
_Place = tuple[str, str, str]  # connection, resource, shard


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
        self._places: dict[_Place, set[_Key]] = {}
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
        """Close the rejects of items that map now; how many."""
        if not self._open:
            return 0
        place = (batch.connection.name, batch.resource.name)
        keys = {(*place, mapped.shape.name, mapped.item) for mapped in batch.mapped}
        return self._close(key for key in keys if key in self._open)

    def close_unseen(self, connection: str, resource: str, shard: str) -> int:
        """Close the rejects of a shard that was read to its end without meeting them; how many."""
        keys = self._places.get((connection, resource, shard), set())
        return self._close([key for key in keys if self._open[key].run < self._run])

    def _is_known(self, batch: Batch, rejected: Rejected) -> bool:
        before = self._open.get(_key(batch, rejected))
        if before is None:
            return False
        now = (rejected.reason, rejected.json_path, rejected.raw.decode())
        return (before.reason, before.json_path, before.raw) == now

    def _remember(self, reject: StoredReject) -> None:
        key = (reject.connection, reject.resource, reject.shape, reject.key)
        if before := self._open.get(key):
            self._places[_place(before)].discard(key)
        self._open[key] = reject
        self._places.setdefault(_place(reject), set()).add(key)

    def _close(self, keys: Iterable[_Key]) -> int:
        closed = [self._open.pop(key) for key in list(keys)]
        for reject in closed:
            key = (reject.connection, reject.resource, reject.shape, reject.key)
            self._places[_place(reject)].discard(key)
        self._store.drop_rejects(closed)
        return len(closed)

    def _stored(self, batch: Batch, rejected: Rejected, page: int) -> StoredReject:
        plugin = self._plugins[batch.connection.name]
        return StoredReject(
            connection=batch.connection.name,
            resource=batch.resource.name,
            shape=rejected.shape.name,
            key=rejected.key,
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


def _place(reject: StoredReject) -> _Place:
    return (reject.connection, reject.resource, reject.shard)
