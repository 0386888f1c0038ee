"""Sudden mass loss: much that is missing at once is not marked before a second reading agrees.

A vendor that answers 200 with no rows, or with half of them, looks like one whose records are gone.
So where a listing suddenly misses a large share of its live records, none of them is marked: they
are withheld, the user is told, and the next complete reading decides. If it misses them all again,
they are gone; if it shows one of them, it is judged by itself.

What a listing has shown is counted by table. Of a keyed resource it is what the keys that were
answered had shown, all of them together: one key of many that loses its items is no mass loss.
What is new does not count, so that is noted in the store: a run that goes on from a killed one
judges as that one would have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from duetrail.model import Ref
from duetrail.pipeline.absence import listed
from duetrail.pipeline.plan import arrivals_checkpoint
from duetrail.source import Connection, Resource
from duetrail.stores import (
    Checkpoint,
    CheckpointQuery,
    ObservationQuery,
    StateChanges,
    Store,
    Withheld,
    from_line,
)


class Missing(Struct, frozen=True):
    """Live records of one table that a reading did not show.

    Attributes:
        table: The table.
        lost: How many were missing.
        live: How many there were.
    """

    table: str
    lost: int
    live: int

    def __str__(self) -> str:
        return f"{self.lost:,} of {self.live:,} live {self.table}"


class MassLoss(Exception):
    """A reading that is not believed; the transaction it would have been written in rolls back.

    Args:
        refs: The records it would have marked absent.
        sudden: The tables with too many of them.
    """

    def __init__(self, refs: Sequence[Ref], sudden: Sequence[Missing]) -> None:
        super().__init__(" and ".join(map(str, sudden)))
        self.refs = refs


class MassLossCheck:
    """Judges what readings miss, and notes what is not marked yet (withheld).

    Args:
        store: Where observations are.
        run: The number of the run.
        at: When it began, as the store writes times.
        accepts: Whether the user has said to believe every complete reading of this run.
        since: The run in which the reading began.
        part: What tells this process from others that read the same, where there are any.
    """

    def __init__(
        self, store: Store, run: int, at: str, *, accepts: bool, since: int, part: str
    ) -> None:
        self._store = store
        self._run = run
        self._at = at
        self._accepts = accepts
        self._since = since
        self._part = part
        self._new: dict[tuple[str, str], Counter[str]] = {}

    def note_new(
        self, connection: Connection, resource: Resource, counts: Mapping[str, int]
    ) -> list[Checkpoint]:
        """Count items that were not in their places before: they are no part of what was live.

        Returns:
            How many there are by now, to be stored with them.
        """
        new = self.arrivals(connection, resource)
        new.update(counts)
        place = (connection.name, arrivals_checkpoint(resource.name))
        return [
            Checkpoint(*place, self._part + shape, self._run, self._at, str(new[shape]))
            for shape in counts
        ]

    def arrivals(self, connection: Connection, resource: Resource) -> Counter[str]:
        """What was counted of a resource, by shape, also before the run was killed."""
        place = (connection.name, resource.name)
        if place not in self._new:
            names = {self._part + shape.name: shape.name for shape in resource.shapes}
            asked = CheckpointQuery(place[0], arrivals_checkpoint(place[1]), names)
            noted = [one for one in self._store.checkpoints(asked) if one.run >= self._since]
            self._new[place] = Counter({names[one.shard]: int(one.state) for one in noted})
        return self._new[place]

    def check(
        self,
        connection: Connection,
        resource: Resource,
        refs: Sequence[Ref],
        answered: int | None = None,
    ) -> None:
        """Believe a reading, whose absences have just been marked, or refuse to.

        Args:
            connection: Whose.
            resource: Which was read.
            refs: The records that this reading would have had to show.
            answered: Of a keyed resource, the run from which on a key counts as answered.

        Raises:
            MassLoss: It is not to be believed; all that was written because of it must go.
        """
        place = (connection.name, resource.name)
        if not self._accepts and (sudden := self._sudden(connection, resource, refs, answered)):
            raise MassLoss(refs, sudden)
        self._release(place)

    def withhold(self, connection: Connection, resource: Resource, refs: Sequence[Ref]) -> None:
        """Remember what would have been marked, so that the next reading can confirm it.

        Keys whose answers did not show it count as not answered, so that they are asked again.
        """
        place = (connection.name, resource.name)
        self._release(place)
        withheld = [Withheld(*place, ref.record, ref.id, self._run) for ref in refs]
        dropped = []
        if resource.keys is not None:
            dropped = [CheckpointQuery(*place, self._keys_of(resource, refs))]
        changes = StateChanges(withheld=withheld, dropped_checkpoints=dropped)
        self._store.put_sync_state(changes)

    def _keys_of(self, resource: Resource, refs: Sequence[Ref]) -> set[str]:
        """The keys whose answers showed these records: of a place, the first line is the key."""
        asked = ObservationQuery(refs=refs, resource=resource.name, is_present=True)
        lines = {one.within.partition("\n")[0] for one in self._store.observations(asked)}
        return set(map(from_line, lines))

    def _sudden(
        self,
        connection: Connection,
        resource: Resource,
        refs: Sequence[Ref],
        answered: int | None,
    ) -> list[Missing]:
        lost = Counter(ref.record for ref in refs)
        if not any(count >= connection.mass_loss_least for count in lost.values()):
            return []  # the usual case, without counting anything
        # The absences are marked already, in this transaction: what was live before must not seem
        # smaller for that, nor larger for what this reading brought.
        live = self._live(connection, resource, lost.keys(), answered)
        found = [Missing(table, count, max(live[table], count)) for table, count in lost.items()]
        known = self._confirmed(connection, resource, refs)
        return [
            missing
            for missing in sorted(found, key=lambda one: one.table)
            if _is_sudden(
                connection, missing.lost - known[missing.table], missing.live - known[missing.table]
            )
        ]

    def _live(
        self,
        connection: Connection,
        resource: Resource,
        tables: Collection[str],
        answered: int | None,
    ) -> Counter[str]:
        """How many records were live before this reading, by table."""
        shapes = listed(resource)
        # What no list shows by itself stood inside objects that became no record.
        inside = set(tables).difference(shape.record.table for shape in shapes)
        shapes += [shape for shape in resource.shapes if shape.record.table in inside]
        asked = ObservationQuery(
            connection=connection.name,
            resource=resource.name,
            shapes=[shape.name for shape in shapes],
            is_present=True,
            missing_in=self._run,
            answered_since=answered,
        )
        live = Counter({str(table): count for table, count in self._store.counts(asked).items()})
        new = self.arrivals(connection, resource)
        for shape in shapes:
            live[shape.record.table] -= new[shape.name]
        return live

    def _confirmed(
        self, connection: Connection, resource: Resource, refs: Sequence[Ref]
    ) -> Counter[str]:
        """How many were missing in the reading before, too, by table; none where it disagrees."""
        withheld = withheld_of(self._store, connection.name, resource.name)
        seen = self._seen(withheld)
        # One that is back shows that the reading before was wrong, and then it confirms nothing.
        if any(seen.get(one.ref, 0) > one.run for one in withheld):
            return Counter()
        return Counter(ref.record for ref in set(refs) & {one.ref for one in withheld})

    def _release(self, place: tuple[str, str]) -> None:
        """Forget the withheld records that were met in a later run, or are missing by now."""
        withheld = withheld_of(self._store, *place)
        seen = self._seen(withheld)
        released = [one for one in withheld if one.ref not in seen or seen[one.ref] > one.run]
        if released:
            self._store.put_sync_state(StateChanges(released=released))

    def _seen(self, withheld: Sequence[Withheld]) -> dict[Ref, int]:
        """The last run that saw each withheld record in its resource, if it is not missing."""
        seen: dict[Ref, int] = {}
        if not withheld:
            return seen
        refs = [one.ref for one in withheld]
        asked = ObservationQuery(refs=refs, resource=withheld[0].resource, is_present=True)
        for one in self._store.observations(asked):
            seen[one.ref] = max(seen.get(one.ref, 0), one.run)
        return seen


def withheld_of(store: Store, connection: str, resource: str) -> list[Withheld]:
    """The records whose absence the next reading of a resource has to confirm."""
    every = store.sync_state().withheld
    return [one for one in every if (one.connection, one.resource) == (connection, resource)]


def _is_sudden(connection: Connection, lost: int, live: int) -> bool:
    if lost < connection.mass_loss_least:
        return False
    from fractions import Fraction  # hardly any run comes here

    # Of a decimal such as 0.1 the tenth is meant, and of 1 / 3 the third.
    return lost >= Fraction(connection.mass_loss_share).limit_denominator(10**6) * live
