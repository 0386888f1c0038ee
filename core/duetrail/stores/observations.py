"""Observations and documents in SQLite: one batched read, one batched write, and what is missing.

An observation of the page that its document stands on was seen when its document was; any other
was seen last in its own `run`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from duetrail.model import Link, Ref
from duetrail.stores.database import SEEN, by_table
from duetrail.stores.pages import Pages
from duetrail.stores.queries import Loss, ObservationQuery
from duetrail.stores.records import Records, link_of
from duetrail.stores.rejects import OpenRejects
from duetrail.stores.schema.statements import insert_new
from duetrail.stores.sightings import DIFFERING, OBSERVATION, Sightings, answered
from duetrail.stores.situation import CONTENT, Changes
from duetrail.stores.sqlite_dialect import blob, marks
from duetrail.stores.values import as_line

# The object has left this place and stands in another of the same shape, changed: what it was in
# the old one must not decide what it is now. Where the other stands on its document's page, it was
# seen when the document was.
_REPLACED = (
    f"{DIFFERING} AND EXISTS ("
    "SELECT 1 FROM observations AS other LEFT JOIN documents AS d "
    "ON d.document = other.document AND d.page = other.page "
    "WHERE other.connection = o.connection AND other.record = o.record "
    "AND other.id = o.id AND other.resource = o.resource AND other.shape = o.shape "
    "AND coalesce(d.run, other.run) >= :since)"
)


class Observations(Records, OpenRejects, Sightings, Pages):
    """What was seen where: read and written in batches."""

    # --- one read, one write

    def known_documents(self, hashes: Sequence[bytes]) -> set[bytes]:
        found: set[bytes] = set()
        for among, part in self.dialect.among(hashes):
            rows = self._read_aside(f"SELECT hash FROM documents WHERE hash {among}", part)
            found.update([hash for (hash,) in rows])
        return found

    def see_documents(self, hashes: Sequence[bytes], run: int) -> dict[bytes, int]:
        found: dict[bytes, int] = {}
        # One row a document stands for everything inside it, so that a page with nothing new costs
        # one statement, and not one for each observation.
        for among, part in self.dialect.among(hashes):
            found |= self._read(
                f"UPDATE documents SET run = ? WHERE hash {among} RETURNING hash, items",
                (run, *part),
            )
        return found

    def keyed_links(self, invoices: Mapping[bytes, Collection[Ref]]) -> list[tuple[bytes, Link]]:
        found: list[tuple[bytes, Link]] = []
        for among, part in self.dialect.among(list(invoices)):
            rows = self._read(
                "SELECT d.hash, l.connection, l.record, l.id, l.invoice_connection, "
                "l.invoice_id, l.how, l.rule FROM documents AS d "
                "JOIN observations AS o ON o.page = d.page AND o.document = d.document "
                "JOIN links AS l ON l.connection = o.connection AND l.record = o.record "
                f"AND l.id = o.id WHERE d.hash {among} AND l.how = 'keyed'",
                part,
            )
            found += [
                (hash, link_of(link))
                for hash, *link in rows  # nearly all of them to the invoices that are given
                if (link[3], "invoices", link[4]) not in invoices[hash]
            ]
        return found

    def apply(self, changes: Changes) -> None:
        states, ends = self._replaced(changes)
        self.put_states(states)
        self.end_states(ends)
        self._drop_rows(changes.removed, changes.run)
        self._put_rows(changes.rows.values(), changes.known, changes.run)
        self._unmark(changes.present, changes.run)
        for origin, derived in changes.derived.items():
            self._put_derived(origin, derived)
        self._put_observations(changes)
        self._drop_links(changes.dropped_links)
        self._put_links(changes.links)
        # A record whose links changed is news, too, for whoever asks what changed since a run.
        self._note_run(changes.relinked, changes.run)
        self._put_pages(changes.pages)
        for number, extras in changes.extras.items():
            self._put_extras(number, extras)
        self._put_rejects(changes)
        self._put_checkpoints(changes.checkpoints)

    def _put_observations(self, changes: Changes) -> None:
        # What stays behind on an old page of its document must keep the run that saw it there: the
        # document's own row is about to tell of its new page.
        self._write(
            "UPDATE observations SET run = ? WHERE page = ? AND document = ?",
            [(run, page, number) for number, (page, run) in changes.left.items()],
        )
        if changes.rehashed:
            self._write(
                "UPDATE observations SET hash = ? "
                "WHERE connection = ? AND record = ? AND id = ? AND hash = ?",
                [(blob(new), *ref, blob(old)) for (ref, old), new in changes.rehashed.items()],
            )
        self._write(
            f"INSERT OR REPLACE INTO observations ({OBSERVATION}) VALUES ({marks(13)})",
            [(*one[:7], blob(one.hash), *one[8:]) for one in changes.observations.values()],
        )
        self._write(
            "INSERT INTO documents (document, hash, page, run, items) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (document) DO UPDATE SET hash = excluded.hash, page = excluded.page, "
            "run = excluded.run, items = excluded.items",
            [(one[0], one.hash and blob(one.hash), *one[2:]) for one in changes.documents.values()],
        )
        if changes.variants:
            self._write(insert_new("variants", "hash, content"), changes.variants.items())

    # --- what is not there any more

    def mark_missing(self, loss: Loss) -> list[Ref]:
        # In most stores nothing has ever differed, and each observation would be looked at for it.
        if loss.is_replaced and not self._read("SELECT 1 FROM variants LIMIT 1"):
            return []
        where = self._where()
        where.equal(connection=loss.connection, resource=loss.resource)
        where.among("shapes", loss.shapes, "shape")
        if loss.unseen_since is not None:
            # A listing that was resumed is one reading over several runs: what an earlier one of
            # them saw was seen.
            where.add(f"{SEEN} < :since", since=loss.unseen_since)
        where.add(_REPLACED if loss.is_replaced else "missing = 0")
        if loss.is_unanswered:
            # Only a key that was answered proves something, and only of what was seen under that
            # key before; a key that failed, or was not asked, says nothing.
            where.add(answered(self.dialect, f"answered.run > {SEEN}"))
        if loss.places is not None:
            where.among("places", map(as_line, loss.places), self.dialect.line(loss.depth))
        verb = "UPDATE observations AS o SET missing = :run"
        # What is replaced is forgotten, not only marked: it must have no say in the record.
        if loss.is_replaced:
            verb = "DELETE FROM observations AS o"
        found = self._read(
            f"{verb} {where} RETURNING record, id, document", {"run": loss.run, **where.values}
        )
        self._forget(document for *_, document in found)
        return _refs(loss.connection, [(record, id) for record, id, _ in found])

    def mark_absent(
        self, refs: Iterable[Ref], since: str, beside: Iterable[tuple[str, str]], run: int
    ) -> list[Ref]:
        silent = self.dialect.bound(beside)
        gone: list[Ref] = []
        for (connection, table), ids in by_table(refs).items():
            # min(missing) is 0 as long as one place shows the record: 0 stands for "not missing",
            # else it is the run that missed it.
            found = self._read(
                "SELECT id FROM observations WHERE connection = ? AND record = ? "
                f"AND id IN {self.dialect.each} "
                f"AND (resource, shape) NOT IN {self.dialect.each_pair} "
                "GROUP BY id HAVING min(missing) > 0",
                (connection, table, self.dialect.bound(ids), silent),
            )
            gone += [Ref(connection, table, id) for (id,) in found]
        marked = self._mark(gone, since, run)
        # Nothing observes a derived record; it goes with what it was derived from.
        derived = self._derived(marked).values()
        self._mark((ref for found in derived for ref in found), since, run)
        return marked

    def _forget_documents(self, refs: Collection[Ref] | None) -> None:
        """Have documents that show some records mapped when they are seen next; None for all."""
        if refs is None:
            self._read(f"UPDATE documents SET hash = substr(hash, 1, {CONTENT})")
        elif refs:
            found = self.observations(ObservationQuery(refs=refs))
            self._forget(one.document for one in found)

    def _forget(self, documents: Iterable[int]) -> None:
        """A document of which something is not as it shows it is mapped when it is seen again."""
        self._read(
            f"UPDATE documents SET hash = substr(hash, 1, {CONTENT}) "
            f"WHERE document IN {self.dialect.each_number}",
            (self.dialect.bound(set(documents)),),
        )

    def drop_superseded(self) -> None:
        # An observation refers to its page, its content and its document; a reject to its page.
        # What neither refers to cannot be asked for any more.
        self._read(
            "DELETE FROM pages WHERE number NOT IN (SELECT page FROM observations) "
            "AND number NOT IN (SELECT page FROM rejects)"
        )
        self._read("DELETE FROM variants WHERE hash NOT IN (SELECT hash FROM observations)")
        self._read("DELETE FROM extras WHERE page NOT IN (SELECT page FROM observations)")
        self._read(
            "DELETE FROM documents WHERE document NOT IN (SELECT document FROM observations)"
        )


def _refs(connection: str, found: Iterable[tuple[str, str]]) -> list[Ref]:
    return [Ref(connection, record, id) for record, id in sorted(set(found))]
