"""Merging, or deduplication: the record that all its observations make, in whatever order.

One object may be seen in several places: an email inside three invoices, a customer inside each
of its invoices, a call in a list and in detail. Each place keeps its newest observation. The record
is folded from these by their precedence, and what was derived from the first of them is derived
from the record.

As long as all observations of a record agree, the record itself is what they say, and only hashes
are kept. Where they differ, each differing content is kept once, by its hash (a variant).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from duetrail.model import Ref
from duetrail.pipeline.fold import fold
from duetrail.pipeline.precedence import ranked
from duetrail.source import Connection
from duetrail.stores import Changes, Observation, Row, Situation
from duetrail.stores.canonical import canonical
from duetrail.stores.variants import content_of, rows_of


class Merger:
    """Merges records within a situation, and notes what changes.

    Args:
        situation: What is known; it is carried forward.
        changes: Where changes are noted.
    """

    def __init__(self, situation: Situation, changes: Changes) -> None:
        self._situation = situation
        self._changes = changes

    def merge(
        self,
        connection: Connection,
        ref: Ref,
        new: Observation,
        rows: Sequence[Row],
        *,
        is_first: bool,
    ) -> tuple[Row, ...] | None:
        """The rows of a record after an observation that is new or changed was noted.

        Args:
            connection: Whose.
            ref: The record.
            new: The observation.
            rows: What was made of it.
            is_first: Whether nothing was seen in this place before.

        Returns:
            The record and what is derived from it; None where another place says the very same.
        """
        # The usual case of a first sync: there is nothing to merge with, and nothing to read.
        if self._situation.is_only(ref):
            return tuple(rows)
        # A customer inside its hundredth invoice says what it said in the other ninety-nine. What
        # all others say is what the record says, unless some of them differed until now.
        others = self._situation.observed(ref, but=new.place)
        is_agreed = all(one.hash == new.hash for one in others)
        if is_agreed and new.hash not in self._situation.variants:
            return None
        # Only where nothing stood here before: else the record may have been folded from that.
        if is_first and self._stands_elsewhere(ref, new):
            return None
        if is_agreed:
            return tuple(rows)
        # From here on they differ. What the others say is still in the record as it is stored, and
        # has to be kept before that is written over.
        for one in others:
            self._keep(one.hash, self.content(one))
        self._keep(new.hash, rows)
        return self._folded(connection, ref)

    def remerge(self, connection: Connection, ref: Ref) -> tuple[Row, ...] | None:
        """The rows of a record after observations of it were forgotten, missing or found again.

        Returns:
            None where all observations agree, or its plugin does not show such records any more.
        """
        observed = self._situation.observed(ref)
        # Without a variant all of them say what the record says already.
        if not any(one.hash in self._situation.variants for one in observed):
            return None
        return self._folded(connection, ref)

    def rehash(self, before: Observation | None, hash: bytes, rows: Sequence[Row]) -> None:
        """Keep a differing content under a new hash, where the old one was made in another way."""
        if before is not None and before.hash in self._situation.variants:
            self._keep(hash, rows)

    def matches(self, one: Observation, rows: Sequence[Row]) -> bool:
        """Whether a stored observation says just what these rows say."""
        known, now = (
            sorted(map(canonical, said), key=_order) for said in (self.content(one), rows)
        )
        return known == now

    def _stands_elsewhere(self, ref: Ref, new: Observation) -> bool:
        """Whether another place of the same shape says the same, so that nothing changes."""
        here = self._situation.observations[ref].values()
        others = self._situation.others.get(ref, ())
        return any(_is_equal(one, new) for one in chain(here, others) if one is not new)

    def _folded(self, connection: Connection, ref: Ref) -> tuple[Row, ...] | None:
        best = ranked(connection, ref, self._situation.observed(ref))
        known = [(one.shape, self.content(one.observation)) for one in best]
        if not known:
            return None
        main = fold((shape, rows[0]) for shape, rows in known)
        # Derived records are not folded field by field: two reasons for a callout do not make one.
        return (main, *known[0][1][1:])

    def content(self, one: Observation) -> tuple[Row, ...]:
        """What an observation says: its variant, or else the record as it is."""
        body = self._situation.variants.get(one.hash)
        return self._stored(one.ref) if body is None else rows_of(body)

    def _keep(self, hash: bytes, rows: Iterable[Row]) -> None:
        if hash not in self._situation.variants:
            self._situation.variants[hash] = self._changes.variants[hash] = content_of(rows)

    def _stored(self, ref: Ref) -> tuple[Row, ...]:
        """The record as it is, with what is derived from it."""
        derived = sorted(self._situation.derived.get(ref, ()))
        found = (self._situation.rows.get(one) for one in (ref, *derived))
        return tuple(row for row in found if row is not None)


def _is_equal(one: Observation, new: Observation) -> bool:
    return (
        not one.missing
        and (one.resource, one.shape) == (new.resource, new.shape)
        and (one.version, one.hash) == (new.version, new.hash)
    )


def _order(row: Row) -> Ref:
    return row.ref
