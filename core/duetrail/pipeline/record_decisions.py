"""Decide on rows: which are written, which are removed, and which are not absent any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from duetrail.model import Ref
from duetrail.pipeline.outcome import Outcome
from duetrail.stores import Changes, Row, Situation
from duetrail.stores.canonical import is_equal

_NOTHING: frozenset[Ref] = frozenset()


class RecordDecider:
    """Decides on rows within a situation, and notes what changes.

    Args:
        situation: What is known; it is carried forward.
        changes: Where changes are noted.
    """

    def __init__(self, situation: Situation, changes: Changes) -> None:
        self._situation = situation
        self._changes = changes

    def put(self, ref: Ref, rows: Sequence[Row], outcome: Outcome) -> None:
        """Write a record and what is derived from it, as far as they differ."""
        self._put_row(ref, rows[0], outcome)
        before = self._situation.derived.get(ref, _NOTHING)
        if before or len(rows) > 1:
            derived = {row.ref: row for row in rows[1:]}
            now = frozenset(derived)
            if before != now:
                self._situation.derived[ref] = self._changes.derived[ref] = now
                for gone in before - now:
                    outcome.records[gone.record] += 1
                    self._remove(gone)
            for other, row in derived.items():
                self._put_row(other, row, outcome)

    def present(self, refs: Iterable[Ref]) -> int:
        """Take the mark from records that were met again, and from what is derived from them.

        Returns:
            How many records that were met had it.
        """
        count = 0
        if not self._situation.absent:
            return count
        for ref in refs:
            if ref in self._situation.absent:
                self._situation.absent.discard(ref)
                self._changes.present.add(ref)
                count += 1
                self.present(self._situation.derived.get(ref, ()))
        return count

    def _put_row(self, ref: Ref, row: Row, outcome: Outcome) -> None:
        stored = self._situation.rows.get(ref)
        if stored is None:
            outcome.links += len(row.invoices)
        elif is_equal(stored, row):
            return
        else:
            outcome.links += len({*stored.invoices} ^ {*row.invoices})
            for table, children in stored.children.items():
                if children and not row.children.get(table):
                    outcome.emptied[table] += 1
            if ref not in self._changes.rows:
                self._changes.known.add(ref)
                self._note_past(ref)
        outcome.records[row.table] += 1
        if ref in self._changes.removed:
            # Its row is still there, with the mark that it may have had; that goes with the row.
            self._changes.removed.discard(ref)
            self._changes.known.add(ref)
            if ref in self._situation.absent:
                self._situation.absent.discard(ref)
                self._changes.present.add(ref)
        self._situation.rows[ref] = self._changes.rows[ref] = row

    def _note_past(self, ref: Ref) -> None:
        """Note what a record was before anything was decided of it, where its row is known."""
        if ref in self._situation.rows and ref not in self._changes.rows:
            links = self._situation.links.get(ref, set()) - self._changes.links
            self._changes.past.setdefault(ref, (self._situation.rows[ref], links))

    def _remove(self, ref: Ref) -> None:
        self._note_past(ref)
        self._changes.rows.pop(ref, None)
        self._changes.removed.add(ref)
        self._situation.rows.pop(ref, None)
        self._situation.links.pop(ref, None)
        self._changes.links = {link for link in self._changes.links if link.touch != ref}
