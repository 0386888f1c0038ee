"""Conclusions: what streams prove once they are read: what is missing, what is rejected no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from duetrail.pipeline.absence import listed
from duetrail.pipeline.commit import Committer
from duetrail.pipeline.mass_loss import withheld_of
from duetrail.pipeline.sightings import was_seen
from duetrail.pipeline.summary import ResourceSummary
from duetrail.source import Connection, Resource
from duetrail.stores import RejectQuery, Store
from duetrail.streams import Stream


class Conclusions(Struct, frozen=True, eq=False):
    """Draws them, and has them committed.

    Args:
        store: What was stored of the streams, now and before.
        committer: Writes them.
        since: The first run whose sightings count: this one, or the one it goes on from.
        entries: The summaries of the streams that have begun, by their names.
    """

    _store: Store
    _committer: Committer
    _since: int
    _entries: Mapping[str, ResourceSummary]

    def draw(
        self,
        stream: Stream,
        entry: ResourceSummary,
        shards: Collection[str],
        *,
        is_whole: bool,
    ) -> bool:
        """Draw the conclusions from what was read of a stream, as far as it proves any.

        Args:
            stream: The stream.
            entry: Its summary, to which they are added.
            shards: The shards of a listing that were read from beginning to end.
            is_whole: Whether all of it was.

        Returns:
            Whether it is a list that was read in full.

        Raises:
            Incomplete: So much is missing that nothing is believed to be.
        """
        is_keyed = stream.resource.keys is not None
        place = (stream.connection, stream.resource)
        doubtful = self._doubtful(stream) if is_whole and not is_keyed else []
        if doubtful:
            entry.notice(_may_stand_in(doubtful))
            # Where one failed, a full reading stays due; where it was not asked for, it can wait.
            is_whole = not any(f"{place[0].name}.{name}" in self._entries for name in doubtful)
        # An item that was set aside was shown all the same: then nothing is inferred from silence.
        is_set_aside = entry.rejected or (is_keyed and self._was_set_aside(stream))
        if is_set_aside or doubtful or not (is_whole or is_keyed):
            entry.add(self._committer.close_rejects(*place, shards))
        elif is_keyed:
            entry.add(self._committer.end_keys(*place, self._since, whole=is_whole))
        else:
            entry.add(self._committer.end_listing(*place, self._since, shards))
        withheld = withheld_of(self._store, stream.connection.name, stream.resource.name)
        if withheld and stream.resource.proves_absence(stream.connection.options):
            entry.notice(_still_withheld(len(withheld)))
            return False
        return is_whole and not is_keyed

    def _was_set_aside(self, stream: Stream) -> bool:
        """Whether something was, in the answer to a key that was asked before the run was killed.

        A list is read once more, from its beginning, or nothing is concluded from it anyway.
        """
        asked = RejectQuery(stream.connection.name, stream.resource.name)
        return any(one.run >= self._since for one in self._store.rejects(asked))

    def _doubtful(self, stream: Stream) -> list[str]:
        """The lists that may show by now what this one lacks, and were not read to their end."""
        connection = stream.connection
        return [
            other.name
            for other in connection.source.resources
            if other is not stream.resource
            and other.keys is None
            and connection.reads(other)
            and _listed_kinds(other) & _listed_kinds(stream.resource)
            and not self._is_complete(connection, other)
            and was_seen(self._store, connection.name, other.name)
        ]

    def _is_complete(self, connection: Connection, resource: Resource) -> bool:
        entry = self._entries.get(f"{connection.name}.{resource.name}")
        return entry is not None and entry.state == "complete"


def _still_withheld(count: int) -> str:
    return (
        f"{count:,} records were missing from an earlier reading; they are marked absent only if "
        "another complete reading misses them, too"
    )


def _listed_kinds(resource: Resource) -> set[type]:
    return {shape.record for shape in listed(resource)}


def _may_stand_in(lists: Sequence[str]) -> str:
    return (
        f"what is not listed any more is not marked absent: it may stand in {', '.join(lists)}, "
        "not read to its end"
    )
