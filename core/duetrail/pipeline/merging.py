"""Merging: the record that all sights of it make, in whatever order they came.

One object may be seen in several places: an email inside three invoices, a customer inside each
of its invoices, a call in a list and in detail. Each place keeps its newest copy. The record is
folded from these by their precedence, and what was derived from the first of them is derived from
the record.

As long as all copies of a record agree, the record itself is what they say, and only hashes are
kept. Where they differ, each differing content is kept once, by its hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from attrs import frozen

from duetrail.model import Ref
from duetrail.model.records import BY_TABLE
from duetrail.pipeline.fold import fold
from duetrail.pipeline.mapping import Mapped
from duetrail.pipeline.precedence import ranked
from duetrail.source import Connection
from duetrail.stores import Copy, Row, Store


@frozen
class Merged:
    """What a copy did to its record.

    Attributes:
        rows: The record and what is derived from it, to be written where they differ.
        gone: Derived records the object no longer gives rise to.
    """

    rows: tuple[Row, ...]
    gone: tuple[Ref, ...]


class Merger:
    """Takes copies into a store.

    Args:
        store: Where copies and records are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(
        self, connection: Connection, mapped: Mapped, copy: Copy, *, first: bool
    ) -> Merged | None:
        """Keep a copy that is new or changed.

        Args:
            connection: Whose.
            mapped: The item.
            copy: The same as a copy, on its page.
            first: Whether nothing was seen in this place before.

        Returns:
            The record it makes; None where another place has shown the very same.
        """
        other = self._store.other_hash(copy)
        is_known = first and other is not None and self._store.holds(copy)
        self._store.put_copies([copy])
        if is_known:
            return None
        if other is None:
            return self._merged(connection, copy.ref, mapped.rows)
        if self._store.body(other) is None:  # all others agree, and the record says the same
            if other == copy.hash:
                return None
            self._store.put_body(other, body_of(self._stored_rows(copy.ref)))
        self._store.put_body(copy.hash, body_of(mapped.rows))
        return self._merged(connection, copy.ref, self._folded(connection, copy.ref))

    def again(self, connection: Connection, ref: Ref) -> Merged:
        """The record its differing copies make, after some were forgotten, lost or found again."""
        return self._merged(connection, ref, self._folded(connection, ref))

    def says(self, ref: Ref, hash: bytes, rows: Sequence[Row]) -> bool:
        """Whether the stored copies of this hash say just what these rows say."""
        body = self._store.body(hash)
        known = self._stored_rows(ref) if body is None else rows_of(body)
        return sorted(known, key=_order) == sorted(rows, key=_order)

    def _folded(self, connection: Connection, ref: Ref) -> tuple[Row, ...]:
        best = ranked(self._store, connection, ref)
        known = [(one.shape, self._rows(one.copy.hash)) for one in best]
        main = fold((shape, rows[0]) for shape, rows in known)
        return (main, *known[0][1][1:])

    def _rows(self, hash: bytes) -> tuple[Row, ...]:
        body = self._store.body(hash)
        assert body is not None, "every differing content is kept"
        return rows_of(body)

    def _stored_rows(self, ref: Ref) -> tuple[Row, ...]:
        """The record as it stands, with what is derived from it."""
        refs = [ref, *self._derived(ref)]
        found = (self._store.rows(r.record, r.connection, [r.id]).get(r.id) for r in refs)
        return tuple(row for row in found if row is not None)

    def _derived(self, ref: Ref) -> list[Ref]:
        pairs = self._store.derivations(ref.connection, ref.record, [ref.id])
        return [follower for _, follower in pairs]

    def _merged(self, connection: Connection, ref: Ref, rows: Sequence[Row]) -> Merged:
        shapes = connection.source.shapes_of(BY_TABLE[ref.record])
        if not any(shape.derives for _, shape in shapes):
            return Merged(tuple(rows), ())
        before = set(self._derived(ref))
        now = {row.ref for row in rows[1:]}
        if before != now:
            self._store.put_derived(ref, now)
        return Merged(tuple(rows), tuple(before - now))


def _order(row: Row) -> Ref:
    return row.ref


def body_of(rows: Iterable[Row]) -> str:
    """Rows as the content of a copy is kept."""
    return msgspec.json.encode([(row.ref, row.body().decode()) for row in rows]).decode()


def rows_of(body: str) -> tuple[Row, ...]:
    """The rows back from a kept content."""
    return tuple(Row.from_body(Ref(*ref), row) for ref, row in msgspec.json.decode(body))
