"""Rejects of a run: which are new or changed, and which are no rejects any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from duetrail.pipeline.mapping import Batch, Rejected
from duetrail.plugins import Plugin
from duetrail.stores import Store, StoredReject

_Key = tuple[str, str, str, str]  # connection, resource, shape, key


class Rejects:
    """The open rejects of a store during a run; they stay there, and are asked for page by page.

    Args:
        store: Where they are.
        run: The number of the run.
        plugins: The plugin of each connection, whose version a reject names.
    """

    def __init__(self, store: Store, run: int, plugins: Mapping[str, Plugin]) -> None:
        self._store = store
        self._run = run
        self._plugins = plugins

    def news(self, batch: Batch) -> list[Rejected]:
        """The rejects of a page that are not stored just so."""
        if not batch.rejected:
            return []
        known = self._store.reject_reasons({_key(batch, one) for one in batch.rejected})
        return [
            one
            for one in batch.rejected
            if known.get(_key(batch, one)) != (one.reason, one.json_path)
        ]

    def write(self, batch: Batch, news: list[Rejected], page: int) -> None:
        """Store a page's new rejects; note the others as seen again in this run."""
        self._store.put_rejects([self._stored(batch, rejected, page) for rejected in news])
        self._store.see_rejects({_key(batch, one) for one in batch.rejected}, self._run)

    def close_mapped(self, batch: Batch) -> int:
        """Close the rejects of items that map now and were not met as bad in this run; how many."""
        place = (batch.connection.name, batch.resource.name)
        spots = [(m.shape.name, m.within, m.item) for m in batch.mapped]
        return self.close(self._store.mapped_rejects(*place, spots, self._run))

    def close(self, keys: Iterable[_Key]) -> int:
        """Close these rejects, as far as they are open; how many were."""
        return self._store.drop_rejects(keys)

    def unseen(self, connection: str, resource: str, shards: Iterable[str]) -> list[_Key]:
        """The rejects of some shards that this run has not met."""
        return self._store.unseen_rejects(connection, resource, shards, self._run)

    def unanswered(self, connection: str, resource: str) -> list[_Key]:
        """The rejects whose key was answered in a later run without them."""
        return self._store.unanswered_rejects(connection, resource)

    def shards_of(self, keys: Iterable[_Key]) -> set[str]:
        """The shards that open rejects came with."""
        return self._store.shards_of_rejects(keys)

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
