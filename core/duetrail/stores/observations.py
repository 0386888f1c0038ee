"""Observations and documents in SQLite: one batched read, one batched write, and what is missing.

An observation of the page that its document stands on was seen when its document was; any other
was seen last in its own `run`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence

from duetrail.model import Link, Ref
from duetrail.stores.database import (
    EACH,
    EACH_PAIR,
    SEEN,
    blob,
    by_table,
    json_list,
    json_pairs,
    marks,
    portions,
)
from duetrail.stores.pages import Pages
from duetrail.stores.records import link_of
from duetrail.stores.runs import Runs
from duetrail.stores.situation import CONTENT, Changes, Observation
from duetrail.stores.sqlite_situation import OBSERVATION, SqliteSituations
from duetrail.stores.values import as_line, from_line

# The key that an observation was asked with, read from the line that `as_line` made of it.
_KEY = (
    """CASE WHEN o.within LIKE '"%' AND json_valid(o.within) """
    "THEN json_extract(o.within, '$') ELSE o.within END"
)


class Observations(SqliteSituations, Pages, Runs):
    """What was seen where: read and written in batches."""

    # --- one read, one write

    def known_documents(self, hashes: Sequence[bytes]) -> set[bytes]:
        """Those of some documents that stand in the store just so; may be asked by any thread."""
        found: set[bytes] = set()
        reader = self._reader()
        for part in portions(hashes):
            sql = f"SELECT hash FROM documents WHERE hash IN ({marks(len(part))})"
            found.update(hash for (hash,) in self._read(sql, part, db=reader))
        return found

    def _reader(self) -> sqlite3.Connection:
        """A connection that the calling thread may read by."""
        raise NotImplementedError

    def see_documents(self, hashes: Sequence[bytes], run: int) -> dict[bytes, int]:
        """Note the run that met documents just as they are stored.

        Returns:
            How many observations each of them shows, by hash; those that are not stored just so
            any more are left out.
        """
        found: dict[bytes, int] = {}
        for part in portions(hashes):
            found |= self._read(
                f"UPDATE documents SET run = ? WHERE hash IN ({marks(len(part))}) "
                "RETURNING hash, items",
                (run, *part),
            )
        return found

    def keyed_links(self, hashes: Sequence[bytes]) -> list[tuple[bytes, Link]]:
        """The links by keys of touches in some documents, each with its document's hash."""
        found: list[tuple[bytes, Link]] = []
        for part in portions(hashes):
            rows = self._read(
                "SELECT d.hash, l.connection, l.record, l.id, l.invoice_connection, "
                "l.invoice_id, l.how, l.rule FROM documents AS d "
                "JOIN observations AS o ON o.page = d.page AND o.document = d.document "
                "JOIN links AS l ON l.connection = o.connection AND l.record = o.record "
                f"AND l.id = o.id WHERE d.hash IN ({marks(len(part))}) AND l.how = 'keyed'",
                part,
            )
            found += [(hash, link_of(link)) for hash, *link in rows]
        return found

    def apply(self, changes: Changes) -> None:
        """Write what was decided; to be called within a transaction."""
        self._drop_rows(changes.removed)
        self._put_rows(changes.rows.values(), changes.known)
        self._unmark(changes.present)
        for origin, derived in changes.derived.items():
            self._put_derived(origin, derived)
        self._put_observations(changes)
        self._drop_links(changes.dropped_links)
        self._put_links(changes.links)
        self._put_pages(changes.pages)
        for number, extras in changes.extras.items():
            self._put_extras(number, extras)
        self._put_rejects(changes)
        self._put_checkpoints(changes.checkpoints)

    def observations(self, refs: Iterable[Ref]) -> dict[Ref, list[Observation]]:
        """All observations of each of these records; those without any are left out."""
        found: dict[Ref, list[Observation]] = {}
        for (connection, table), ids in by_table(refs).items():
            for row in self._read(
                f"SELECT {OBSERVATION} FROM observations "
                f"WHERE connection = ? AND record = ? AND id IN {EACH}",
                (connection, table, json_list(ids)),
            ):
                one = Observation(*row)
                found.setdefault(one.ref, []).append(one)
        return found

    def observed_on(self, page: int) -> list[Observation]:
        """The observations that stand on a page."""
        found = self._read(f"SELECT {OBSERVATION} FROM observations WHERE page = ?", (page,))
        return [Observation(*row) for row in found]

    def _put_observations(self, changes: Changes) -> None:
        self._db.executemany(
            "UPDATE observations SET run = ? WHERE page = ? AND document = ?",
            [(run, page, number) for number, (page, run) in changes.left.items()],
        )
        self._db.executemany(
            f"INSERT OR REPLACE INTO observations ({OBSERVATION}) VALUES ({marks(13)})",
            [(*one[:7], blob(one.hash), *one[8:]) for one in changes.observations.values()],
        )
        self._db.executemany(
            "INSERT INTO documents (document, hash, page, run, items) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (document) DO UPDATE SET hash = excluded.hash, page = excluded.page, "
            "run = excluded.run, items = excluded.items",
            [(one[0], one.hash and blob(one.hash), *one[2:]) for one in changes.documents.values()],
        )
        if changes.variants:
            self._db.executemany(
                "INSERT OR IGNORE INTO variants (hash, content) VALUES (?, ?)",
                changes.variants.items(),
            )

    # --- what is not there any more

    def differing(self, refs: Iterable[Ref]) -> list[Ref]:
        """Those of some records of which observations differ, in their order."""
        wanted = list(dict.fromkeys(refs))
        found: set[Ref] = set()
        for (connection, table), ids in by_table(wanted).items():
            rows = self._read(
                "SELECT DISTINCT id FROM observations WHERE connection = ? AND record = ? "
                f"AND id IN {EACH} AND hash IN (SELECT hash FROM variants)",
                (connection, table, json_list(ids)),
            )
            found.update(Ref(connection, table, id) for (id,) in rows)
        return [ref for ref in wanted if ref in found]

    def drop_stale(self, connection: str, resource: str, since: int) -> list[Ref]:
        """Forget differing observations that no run since has seen, if one in their shape was.

        Returns:
            The records they were observations of.
        """
        dropped = self._read(
            "DELETE FROM observations AS o WHERE connection = :connection "
            "AND resource = :resource AND hash IN (SELECT hash FROM variants) "
            f"AND {SEEN} < :since AND EXISTS ("
            "SELECT 1 FROM observations AS other LEFT JOIN documents AS d "
            "ON d.document = other.document AND d.page = other.page "
            "WHERE other.connection = o.connection AND other.record = o.record "
            "AND other.id = o.id AND other.resource = o.resource AND other.shape = o.shape "
            "AND coalesce(d.run, other.run) >= :since) RETURNING record, id, document",
            {"connection": connection, "resource": resource, "since": since},
        )
        self._forget(document for *_, document in dropped)
        return _refs(connection, [(record, id) for record, id, _ in dropped])

    def lose_unlisted(
        self, connection: str, resource: str, shapes: Iterable[str], since: int, run: int
    ) -> list[Ref]:
        """Mark what stands in these shapes and no run since has met as missing; its records."""
        # A listing that was resumed is one reading over several runs: what an earlier one of them
        # saw was seen.
        return self._lose(
            connection,
            f"resource = ? AND shape IN {EACH} AND {SEEN} < ?",
            (resource, json_list(shapes), since),
            run,
        )

    def lose_unanswered(
        self, connection: str, resource: str, shapes: Iterable[str], run: int
    ) -> list[Ref]:
        """Mark what a later answer to its key did not show as missing; its records."""
        # Only a key that was answered ("done") proves something, and only of what was seen under
        # that key before; a key that failed, or was not asked, says nothing.
        return self._lose(
            connection,
            f"resource = ? AND shape IN {EACH} AND EXISTS (SELECT 1 FROM checkpoints AS answered "
            "WHERE answered.connection = o.connection AND answered.resource = o.resource "
            f"AND answered.shard = {_KEY} AND answered.state = 'done' "
            f"AND answered.run > {SEEN})",
            (resource, json_list(shapes)),
            run,
        )

    def lose_inner(
        self,
        connection: str,
        resource: str,
        shape: str,
        depth: int,
        places: Iterable[str],
        run: int,
    ) -> list[Ref]:
        """Mark what stood in these places as missing; its records.

        Args:
            connection: Whose.
            resource: The resource.
            shape: The shape.
            depth: Which line of `within` names the place: 0 the first.
            places: A key, or the ids of the items around.
            run: The run that proved it.
        """
        return self._lose(
            connection,
            f"resource = ? AND shape = ? AND {_line(depth)} IN {EACH}",
            (resource, shape, json_list(map(as_line, places))),
            run,
        )

    def _lose(
        self, connection: str, where: str, values: Sequence[str | int], run: int
    ) -> list[Ref]:
        found = self._read(
            "UPDATE observations AS o SET missing = ? WHERE connection = ? AND missing = 0 "
            f"AND {where} RETURNING record, id, document",
            (run, connection, *values),
        )
        self._forget(document for *_, document in found)
        return _refs(connection, [(record, id) for record, id, _ in found])

    def mark_absent(
        self, refs: Iterable[Ref], since: str, beside: Iterable[tuple[str, str]]
    ) -> list[Ref]:
        """Mark the records of which every observation is missing, with what is derived from them.

        Args:
            refs: Records of which an observation is missing.
            since: The time to mark them with.
            beside: (resource, shape) that have no say: details of the record itself.

        Returns:
            The records that were marked now, without derived ones.
        """
        silent = json_list(beside)
        gone: list[Ref] = []
        for (connection, table), ids in by_table(refs).items():
            # min(missing) is 0 as long as one place shows the record: 0 stands for "not missing",
            # else it is the run that missed it.
            found = self._read(
                "SELECT id FROM observations WHERE connection = ? AND record = ? "
                f"AND id IN {EACH} AND (resource, shape) NOT IN {EACH_PAIR} "
                "GROUP BY id HAVING min(missing) > 0",
                (connection, table, json_list(ids), silent),
            )
            gone += [Ref(connection, table, id) for (id,) in found]
        marked = self._mark(gone, since)
        derived = self._derived(marked).values()
        self._mark((ref for found in derived for ref in found), since)
        return marked

    def count_shown(
        self,
        connection: str,
        resource: str,
        shapes: Iterable[str],
        run: int,
        answered: int | None,
    ) -> dict[str, int]:
        """The records by table that a resource had shown until a run, those it loses included.

        Args:
            connection: Whose.
            resource: The resource.
            shapes: The shapes that count.
            run: The run.
            answered: Of a keyed resource: only what stands under keys that were answered in this
                run or later, or after what stands there; None for all.
        """
        found = self._read(
            "SELECT record, count(DISTINCT id) FROM observations AS o "
            "WHERE connection = :connection AND resource = :resource "
            "AND shape IN (SELECT value FROM json_each(:shapes)) "
            "AND missing IN (0, :run) AND (:answered IS NULL OR EXISTS ("
            "SELECT 1 FROM checkpoints AS answered WHERE answered.connection = o.connection "
            f"AND answered.resource = o.resource AND answered.shard = {_KEY} "
            "AND answered.state = 'done' "
            f"AND (answered.run >= :answered OR answered.run > {SEEN}))) GROUP BY record",
            {
                "connection": connection,
                "resource": resource,
                "shapes": json_list(shapes),
                "run": run,
                "answered": answered,
            },
        )
        return {record: int(count) for record, count in found}

    def shown(self, connection: str, resource: str, refs: Iterable[Ref]) -> set[Ref]:
        """Those of some records that a resource shows in some place."""
        found = self._read(
            "SELECT DISTINCT record, id FROM observations WHERE connection = ? AND resource = ? "
            f"AND missing = 0 AND (record, id) IN {EACH_PAIR}",
            (connection, resource, json_pairs(refs)),
        )
        return set(_refs(connection, found))

    def keys_of(self, connection: str, resource: str, refs: Iterable[Ref]) -> list[str]:
        """The keys whose answers showed these records."""
        # Of a place, the first line is the key.
        found = self._read(
            f"SELECT DISTINCT {_line(0)} FROM observations AS o "
            "WHERE connection = ? AND resource = ? AND missing = 0 "
            f"AND (record, id) IN {EACH_PAIR} ORDER BY 1",
            (connection, resource, json_pairs(refs)),
        )
        return [from_line(line) for (line,) in found]

    # --- what is perhaps not there any more

    def withheld(self, connection: str, resource: str) -> list[Ref]:
        """The records whose absence the next reading of a resource has to confirm."""
        found = self._read(
            "SELECT record, id FROM withheld WHERE connection = ? AND resource = ?",
            (connection, resource),
        )
        return _refs(connection, found)

    def withhold(self, connection: str, resource: str, refs: Iterable[Ref], run: int) -> None:
        """Note records that the reading of a run did not show, without marking them."""
        self._db.executemany(
            "INSERT OR REPLACE INTO withheld (connection, resource, record, id, run) "
            "VALUES (?, ?, ?, ?, ?)",
            [(connection, resource, ref.record, ref.id, run) for ref in refs],
        )

    def is_withheld_met(self, connection: str, resource: str) -> bool:
        """Whether a later run has met a withheld record in this resource."""
        found = self._read(
            "SELECT 1 FROM withheld WHERE connection = ? AND resource = ? "
            f"AND {_LAST_SIGHT} > run LIMIT 1",
            (connection, resource),
        )
        return bool(found)

    def release_withheld(self, connection: str, resource: str) -> None:
        """Forget the withheld records that were met in a later run, or are missing by now."""
        self._db.execute(
            "DELETE FROM withheld WHERE connection = ? AND resource = ? "
            f"AND coalesce({_LAST_SIGHT}, run + 1) > run",
            (connection, resource),
        )

    def _forget_documents(self, refs: Collection[Ref] | None) -> None:
        """Have documents that show some records mapped when they are seen next; None for all."""
        if refs is None:
            self._db.execute(f"UPDATE documents SET hash = substr(hash, 1, {CONTENT})")
        elif refs:
            found = self.observations(refs).values()
            self._forget(one.document for shown in found for one in shown)

    def _forget(self, documents: Iterable[int]) -> None:
        """A document of which something is not as it shows it is mapped when it is seen again."""
        self._read(
            f"UPDATE documents SET hash = substr(hash, 1, {CONTENT}) WHERE document IN {EACH}",
            (json_list(set(documents)),),
        )

    def drop_superseded(self) -> None:
        """Forget pages, contents and documents that nothing refers to any more."""
        self._db.execute(
            "DELETE FROM pages WHERE number NOT IN (SELECT page FROM observations) "
            "AND number NOT IN (SELECT page FROM rejects)"
        )
        self._db.execute("DELETE FROM variants WHERE hash NOT IN (SELECT hash FROM observations)")
        self._db.execute("DELETE FROM extras WHERE page NOT IN (SELECT page FROM observations)")
        self._db.execute(
            "DELETE FROM documents WHERE document NOT IN (SELECT document FROM observations)"
        )


# The last run that has seen a withheld record in its resource; NULL where it is missing there.
_LAST_SIGHT = (
    f"(SELECT max({SEEN}) FROM observations AS o WHERE o.connection = withheld.connection "
    "AND o.record = withheld.record AND o.id = withheld.id "
    "AND o.resource = withheld.resource AND o.missing = 0)"
)


def _refs(connection: str, found: Iterable[tuple[str, str]]) -> list[Ref]:
    return [Ref(connection, record, id) for record, id in sorted(set(found))]


def _line(number: int) -> str:
    """SQL for a line of `within`, the first being 0."""
    rest = "o.within"
    for _ in range(number):
        rest = f"substr({rest}, instr({rest}, char(10)) + 1)"
    return f"substr({rest}, 1, instr({rest} || char(10), char(10)) - 1)"
