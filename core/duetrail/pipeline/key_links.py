"""Links by keys: which hold no more, because no answer to a key shows the touch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

from duetrail.model import Link, LinkKind, Ref
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.outcome import Outcome
from duetrail.pipeline.plan import key_of
from duetrail.plugins import Plugin
from duetrail.source import Connection, Resource
from duetrail.stores import (
    Changes,
    DerivationQuery,
    LinkQuery,
    Observation,
    ObservationQuery,
    StateChanges,
    Store,
    from_line,
)
from duetrail.streams import Stream


class KeyLinks(Struct, frozen=True, eq=False):
    """Takes away links by keys that hold no more.

    Args:
        store: Where they are.
        plugins: The plugin of each connection.
        run: The run that takes them away.
    """

    _store: Store
    _plugins: Mapping[str, Plugin]
    _run: int

    def drop_of_known(self, batches: Iterable[tuple[Batch, Outcome]]) -> None:
        """Take away links by keys that do not hold any more from touches that were recognised.

        An answer is as it was, and yet the key that once linked a touch in it to another invoice
        may not stand for that invoice any more. It is not mapped, so nothing else would notice.
        """
        answers = [(one, key, outcome) for one, outcome in batches if (key := one.shard.key)]
        invoices = {hash: key.invoices for batch, key, _ in answers for hash in batch.known}
        if not invoices:
            return
        touches: dict[bytes, set[Ref]] = {}
        for hash, link in self._store.keyed_links(invoices):
            touches.setdefault(hash, set()).add(link.touch)
        if not touches:  # as nearly always
            return
        for batch, _, outcome in answers:
            for hash in filter(touches.__contains__, batch.known):
                outcome.links += self.drop(batch.connection, touches[hash])

    def drop(self, connection: Connection, touches: Collection[Ref]) -> int:
        """Take away links by keys of which no answer shows the touch any more; how many."""
        gone = self.unshown(connection, touches)
        if gone:
            self._store.apply(Changes(self._run, dropped_links=set(gone)))
            # Should a key stand for the invoice again, its answer is to link again.
            self._store.put_sync_state(StateChanges(unrecognised=touches))
        return len(gone)

    def unshown(self, connection: Connection, touches: Collection[Ref]) -> list[Link]:
        """The links by keys of which no answer shows the touch any more.

        What is derived from a touch was shown where the touch was.
        """
        if not touches:
            return []
        origins = {ref: ref for ref in touches}
        for ref, follower in self._store.derivations(DerivationQuery(origins=touches)):
            origins[follower] = ref
        seen: dict[Ref, list[Observation]] = {}
        for one in self._store.observations(ObservationQuery(refs=touches)):
            seen.setdefault(one.ref, []).append(one)
        return [
            link
            for link in self._store.links(LinkQuery(touches=origins))
            if link.how is LinkKind.KEYED
            and not self._is_shown_for(connection, seen, origins[link.touch], link.invoice)
        ]

    def _is_shown_for(
        self,
        connection: Connection,
        seen: Mapping[Ref, Iterable[Observation]],
        touch: Ref,
        invoice: Ref,
    ) -> bool:
        """Whether the answer to some key that stands for an invoice shows a touch."""
        return any(
            invoice in self._invoices(connection, resource, one.within, touch)
            for one in seen.get(touch, ())
            for resource in connection.source.resources
            if not one.missing and resource.name == one.resource and resource.keys is not None
        )

    def _invoices(
        self, connection: Connection, resource: Resource, within: str, touch: Ref
    ) -> Iterable[Ref]:
        """The invoices that the key of a place stands for; none where it is the touch's own id."""
        stream = Stream(connection, self._plugins[connection.name], resource)
        key = key_of(stream, from_line(within.partition("\n")[0]), self._store)
        return key.invoices if key and touch not in key.rows else ()
