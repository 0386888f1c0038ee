"""The SQLite store: one file, readable by any SQL tool while a sync is running.

How the file is made and kept up to date is in `duetrail.stores.opening`.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import msgspec
from attrs import evolve

from duetrail.errors import StoreError
from duetrail.model import How, Link, Ref
from duetrail.stores.base import (
    Change,
    Checkpoint,
    Copy,
    Fingerprint,
    Known,
    StoredPage,
    StoredReject,
    Suppressed,
    as_line,
    from_line,
)
from duetrail.stores.files import FileIdentity, FileVersion, is_writable, size_of
from duetrail.stores.locks import is_locked
from duetrail.stores.opening import errors_of, open_database, open_to_read, real_file
from duetrail.stores.periods import SqlitePeriods
from duetrail.stores.reading import SqliteReading
from duetrail.stores.rows import Row, Table, Values, moment, table_of
from duetrail.stores.sightings import SqliteSightings

_COPY = "connection, record, id, resource, shape, within, version, hash, page, path, run, lost"
_CHECKPOINT = ", ".join(f.name for f in attrs.fields(Checkpoint))
_FINGERPRINT = ", ".join(f.name for f in attrs.fields(Fingerprint))
_REJECT = ", ".join(f.name for f in attrs.fields(StoredReject))
# A list of values of any length, bound as one JSON array.
_EACH = "(SELECT value FROM json_each(?))"
_EACH_PAIR = "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))"
_REJECT_KEY = "connection, resource, shape, key"
_EACH_KEY = (
    "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), "
    "json_extract(value, '$[2]'), json_extract(value, '$[3]') FROM json_each(?))"
)
# Rows that are in memory at once.
_PORTION = 500
# The key that a copy was asked with, read from the line that `as_line` made of it.
_KEY = (
    """CASE WHEN within LIKE '"%' AND json_valid(within) THEN json_extract(within, '$') """
    "ELSE within END"
)
# The last run that has seen a withheld record in its resource; NULL where it is lost there.
_LAST_SIGHT = (
    "(SELECT max(copies.run) FROM copies WHERE copies.connection = withheld.connection "
    "AND copies.record = withheld.record AND copies.id = withheld.id "
    "AND copies.resource = withheld.resource AND copies.lost = 0)"
)
_PACKED = {("pages", "body"), ("extras", "extras")}
# Seconds in which whoever only looks at the lock has let go of it.
_PATIENCE = 0.2
_LINK = "connection, record, id, invoice_connection, invoice_id, how, rule"


class SqliteStore(SqliteReading, SqlitePeriods, SqliteSightings):
    """A store in one SQLite file (see `duetrail.stores.base.Store`).

    Where it may not be written, and is not to be made, it is opened to be read.

    Args:
        path: The file; created where `create` is set.
        url: The URL it was named by, for messages.
        create: Whether to make the file where there is none.

    Raises:
        StoreError: The file is missing, is no database or another program's, was written by a
            newer Duetrail, cannot be written, or SQLite is too old.
    """

    def __init__(self, path: Path, url: str, *, create: bool) -> None:
        self.url = url
        self._path = path
        self._file = real_file(path)
        self._identity: FileIdentity | None = None
        self._version_read: FileVersion | None = None
        if not create and self._file.is_file() and not is_writable(self._file):
            with errors_of(path):
                if not size_of(Path(f"{self._file}-wal")):
                    self._version_read = FileVersion(path, self._file)
            self._db = open_to_read(path, self._file)
        else:
            self._db = open_database(path, create=create)
            self._identity = FileIdentity(path, self._file)
        self._interrupt: KeyboardInterrupt | None = None

    def close(self) -> None:
        """Release the file.

        Raises:
            StoreError: It was written by somebody while it could only be read.
        """
        self._db.close()
        if self._version_read is not None:
            with errors_of(self._path):
                self._version_read.check()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One sync at a time; the system lets go of the lock even of a process that was killed."""
        from filelock import FileLock, Timeout  # only a sync needs it

        file = Path(f"{self._file}.lock")
        lock = FileLock(file, timeout=_PATIENCE, mode=0o600)
        with errors_of(self._path):
            try:
                lock.acquire(poll_interval=0.02)
            except Timeout:
                raise StoreError(
                    f"another sync is writing to the store {self._path}{_holder(file)}",
                    hint="Wait for it to end, then run again; or give this one a --store of its "
                    "own.",
                ) from None
        try:
            with suppress(OSError):  # a courtesy to whoever is refused; not every system allows it
                file.write_text(f"process {os.getpid()}, since {moment(datetime.now(UTC))}")
            yield
        finally:
            lock.release()

    def is_held(self) -> bool:
        """Whether some sync holds the lock; where that cannot be seen, one might."""
        return is_locked(Path(f"{self._file}.lock"))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. A disk that is full or a file that is locked is a `StoreError`."""
        with errors_of(self._path):
            try:  # an interrupt may come at any place in here
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
                if self._identity is not None:
                    self._identity.check()
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:  # SQLite may have rolled back by itself: disk full
            self._db.execute("ROLLBACK")

    # --- records and their copies

    def rows(self, table: str, connection: str, ids: Iterable[str]) -> dict[str, Row]:
        """The rows of these ids that exist, by id."""
        where = f"connection = ? AND id IN {_EACH}"
        found = self._rows(table_of(table), where, (connection, _ids(ids)))
        return {row.id: row for row in found}

    def all_rows(self, table: str, *, present: bool = False) -> Iterator[Row]:
        """Every row of a record table, ordered by identity; with `present`, none that is absent."""
        found, last = table_of(table), ("", "")
        where = "(connection, id) > (?, ?)" + (" AND absent_since IS NULL" if present else "")
        while some := self._rows(found, where, last, limit=_PORTION):
            yield from some
            last = (some[-1].connection, some[-1].id)

    def put_rows(self, rows: Sequence[Row]) -> None:
        """Insert or replace records with their children."""
        for name, group in _by_table(rows).items():
            table = table_of(name)
            self._db.executemany(
                _upsert(table), [(row.connection, row.id, *row.values) for row in group]
            )
            for child in table.children.values():
                self._db.executemany(
                    f"DELETE FROM {child.name} WHERE connection = ? AND {child.parent} = ?",
                    [(row.connection, row.id) for row in group],
                )
                self._db.executemany(_insert_child(child), _child_rows(child, group))
            self._put_native(group)

    def drop_rows(self, refs: Iterable[Ref]) -> None:
        """Remove records with their children and links."""
        for ref in refs:
            table = table_of(ref.record)
            identity = (ref.connection, ref.id)
            self._db.execute(f"DELETE FROM {table.name} WHERE connection = ? AND id = ?", identity)
            for child in table.children.values():
                self._db.execute(
                    f"DELETE FROM {child.name} WHERE connection = ? AND {child.parent} = ?",
                    identity,
                )
            self._db.execute(
                "DELETE FROM links WHERE connection = ? AND record = ? AND id = ?", ref
            )

    def copies(
        self,
        connection: str,
        table: str,
        resource: str,
        shape: str,
        places: Iterable[tuple[str, str]],
    ) -> list[Known]:
        """What is known of the copies of these (id, within) pairs."""
        found = self._read(
            "SELECT id, within, version, hash, run, lost FROM copies "
            "WHERE connection = ? AND record = ? AND resource = ? AND shape = ? "
            "AND (id, within) IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') "
            "FROM json_each(?))",
            (connection, table, resource, shape, msgspec.json.encode(list(places)).decode()),
        )
        return [Known(*row) for row in found]

    def put_copies(self, copies: Iterable[Copy]) -> None:
        """Insert or replace copies."""
        self._db.executemany(
            f"INSERT OR REPLACE INTO copies ({_COPY}) VALUES ({_marks(12)})",
            [(*copy.ref, *attrs.astuple(copy, recurse=False)[1:]) for copy in copies],
        )

    def see_copies(self, copies: Iterable[Copy]) -> None:
        """Note for stored copies the run that saw them again."""
        self._db.executemany(
            "UPDATE copies SET run = ?, lost = 0 WHERE connection = ? AND record = ? AND id = ? "
            "AND resource = ? AND shape = ? AND within = ?",
            [(c.run, *c.ref, c.resource, c.shape, c.within) for c in copies],
        )

    def holds(self, copy: Copy) -> bool:
        """Whether a copy of this content stands in the same shape, in whatever place."""
        found = self._read(
            "SELECT 1 FROM copies WHERE connection = ? AND record = ? AND id = ? "
            "AND resource = ? AND shape = ? AND version = ? AND hash = ? AND lost = 0 LIMIT 1",
            (*copy.ref, copy.resource, copy.shape, copy.version, copy.hash),
        )
        return bool(found)

    def other_hash(self, copy: Copy) -> bytes | None:
        """The hash of some copy of the same record in another place; None if there is none."""
        found = self._read(
            "SELECT hash FROM copies WHERE connection = ? AND record = ? AND id = ? "
            "AND (resource, shape, within) <> (?, ?, ?) LIMIT 1",
            (*copy.ref, copy.resource, copy.shape, copy.within),
        )
        return found[0][0] if found else None

    def best_copy(self, ref: Ref, resource: str, shape: str) -> Copy | None:
        """The copy in a shape that counts; None if there is none."""
        found = self._read(
            "SELECT within, version, hash, page, path, run, lost FROM copies WHERE connection = ? "
            "AND record = ? AND id = ? AND resource = ? AND shape = ? "
            "ORDER BY lost = 0 DESC, version DESC, hash DESC LIMIT 1",
            (*ref, resource, shape),
        )
        return Copy(ref, resource, shape, *found[0]) if found else None

    def differing(self, refs: Iterable[Ref]) -> list[Ref]:
        """Those of some records of which copies differ."""
        sql = (
            "SELECT 1 FROM copies JOIN bodies ON bodies.hash = copies.hash "
            "WHERE connection = ? AND record = ? AND id = ? LIMIT 1"
        )
        return [ref for ref in refs if self._read(sql, ref)]

    def drop_stale(self, connection: str, resource: str, since: int) -> list[Ref]:
        """Forget differing copies that no run since has seen, if one in the same shape was."""
        dropped = self._read(
            "DELETE FROM copies WHERE connection = ?1 AND resource = ?2 AND run < ?3 "
            "AND hash IN (SELECT hash FROM bodies) AND EXISTS (SELECT 1 FROM copies AS seen "
            "WHERE seen.connection = copies.connection AND seen.record = copies.record "
            "AND seen.id = copies.id AND seen.resource = copies.resource "
            "AND seen.shape = copies.shape AND seen.run >= ?3) RETURNING record, id",
            (connection, resource, since),
        )
        return [Ref(connection, *found) for found in sorted(set(dropped))]

    def body(self, hash: bytes) -> str | None:
        """The content of copies that differ from others; None where it is not kept."""
        found = self._read("SELECT body FROM bodies WHERE hash = ?", (hash,))
        return found[0][0] if found else None

    def put_body(self, hash: bytes, body: str) -> None:
        """Keep the content of differing copies."""
        self._db.execute("INSERT OR IGNORE INTO bodies (hash, body) VALUES (?, ?)", (hash, body))

    # --- what is not there any more

    def lose_unlisted(
        self, connection: str, resource: str, shapes: Iterable[str], since: int, run: int
    ) -> list[Ref]:
        """Lose the copies in these shapes that no run since has met; their records."""
        lost = self._read(
            "UPDATE copies SET lost = ? WHERE connection = ? AND resource = ? "
            f"AND shape IN {_EACH} AND run < ? AND lost = 0 RETURNING record, id",
            (run, connection, resource, _ids(shapes), since),
        )
        return _refs(connection, lost)

    def lose_unanswered(
        self, connection: str, resource: str, shapes: Iterable[str], run: int
    ) -> list[Ref]:
        """Lose the copies whose key was answered in a later run without them."""
        lost = self._read(
            "UPDATE copies SET lost = ? WHERE connection = ? AND resource = ? "
            f"AND shape IN {_EACH} AND lost = 0 AND EXISTS (SELECT 1 FROM checkpoints AS answered "
            "WHERE answered.connection = copies.connection "
            f"AND answered.resource = copies.resource AND answered.shard = {_KEY} "
            "AND answered.state = 'done' AND answered.run > copies.run) "
            "RETURNING record, id",
            (run, connection, resource, _ids(shapes)),
        )
        return _refs(connection, lost)

    def lose_inner(
        self,
        connection: str,
        resource: str,
        shape: str,
        depth: int,
        places: Iterable[str],
        run: int,
    ) -> list[Ref]:
        """Lose the copies in a shape that stood in these places; their records."""
        lost = self._read(
            "UPDATE copies SET lost = ? WHERE connection = ? AND resource = ? AND shape = ? "
            f"AND lost = 0 AND {_line(depth)} IN {_EACH} RETURNING record, id",
            (run, connection, resource, shape, _ids(map(as_line, places))),
        )
        return _refs(connection, lost)

    def mark_absent(
        self, refs: Iterable[Ref], since: str, beside: Iterable[tuple[str, str]]
    ) -> list[Ref]:
        """Mark the records of which every copy is lost, with what is derived from them."""
        silent = msgspec.json.encode(list(beside)).decode()
        marked = [ref for ref in refs if self._is_lost(ref, silent) and self._mark(ref, since)]
        for ref in marked:
            for _, follower in self.derivations(ref.connection, ref.record, [ref.id]):
                self._mark(follower, since)
        return marked

    def mark_present(self, refs: Iterable[Ref]) -> int:
        """Take the mark from records that were met again, and from what is derived from them."""
        count = 0
        for (connection, table), ids in _by_place(refs).items():
            back = self._read(
                f"UPDATE {table} SET absent_since = NULL WHERE connection = ? "
                f"AND id IN {_EACH} AND absent_since IS NOT NULL RETURNING id",
                (connection, _ids(ids)),
            )
            count += len(back)
            if back:
                pairs = self.derivations(connection, table, [id for (id,) in back])
                self.mark_present(follower for _, follower in pairs)
        return count

    def _is_lost(self, ref: Ref, silent: str) -> bool:
        found = self._read(
            "SELECT min(lost) FROM copies WHERE connection = ? AND record = ? AND id = ? "
            "AND (resource, shape) NOT IN (SELECT json_extract(value, '$[0]'), "
            "json_extract(value, '$[1]') FROM json_each(?))",
            (*ref, silent),
        )
        return bool(found[0][0])

    def _mark(self, ref: Ref, since: str) -> bool:
        marked = self._read(
            f"UPDATE {table_of(ref.record).name} SET absent_since = ? "
            "WHERE connection = ? AND id = ? AND absent_since IS NULL RETURNING id",
            (since, ref.connection, ref.id),
        )
        return bool(marked)

    def derivations(self, connection: str, table: str, ids: Iterable[str]) -> list[tuple[Ref, Ref]]:
        """Each of these records with each record derived from it, in order."""
        found = self._read(
            "SELECT id, derived, derived_id FROM derivations "
            f"WHERE connection = ? AND record = ? AND id IN {_EACH} ORDER BY 1, 2, 3",
            (connection, table, _ids(ids)),
        )
        return [
            (Ref(connection, table, id), Ref(connection, derived, derived_id))
            for id, derived, derived_id in found
        ]

    def put_derived(self, ref: Ref, derived: Iterable[Ref]) -> None:
        """Note which records are derived from a record."""
        self._db.execute(
            "DELETE FROM derivations WHERE connection = ? AND record = ? AND id = ?", ref
        )
        self._db.executemany(
            "INSERT INTO derivations (connection, record, id, derived, derived_id) "
            "VALUES (?, ?, ?, ?, ?)",
            [(*ref, other.record, other.id) for other in derived],
        )

    def links(self, table: str, connection: str, ids: Iterable[str]) -> set[Link]:
        """Every link of these touches."""
        found = self._read(
            f"SELECT {_LINK} FROM links WHERE connection = ? AND record = ? AND id IN {_EACH}",
            (connection, table, _ids(ids)),
        )
        return {
            Link(Ref(*row[:3]), Ref(row[3], "invoices", row[4]), How(row[5]), row[6])
            for row in found
        }

    def put_links(self, links: Iterable[Link]) -> None:
        """Add links that are not there yet."""
        self._db.executemany(
            f"INSERT OR IGNORE INTO links ({_LINK}) VALUES ({_marks(7)})", map(_link_values, links)
        )

    def drop_links(self, links: Iterable[Link]) -> None:
        """Remove links."""
        self._db.executemany(
            "DELETE FROM links WHERE connection = ? AND record = ? AND id = ? "
            "AND invoice_connection = ? AND invoice_id = ? AND how = ? AND rule = ?",
            map(_link_values, links),
        )

    # --- what is not there any more, perhaps

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
        """Forget the withheld records that were met in a later run, or are lost by now."""
        self._db.execute(
            "DELETE FROM withheld WHERE connection = ? AND resource = ? "
            f"AND coalesce({_LAST_SIGHT}, run + 1) > run",
            (connection, resource),
        )

    def count_shown(
        self,
        connection: str,
        resource: str,
        shapes: Iterable[str],
        run: int,
        answered: int | None,
    ) -> dict[str, int]:
        """The records by table that a resource had shown until a run, those it loses included."""
        found = self._read(
            "SELECT record, count(DISTINCT id) FROM copies WHERE connection = ?1 "
            "AND resource = ?2 AND shape IN (SELECT value FROM json_each(?3)) "
            "AND lost IN (0, ?4) AND (?5 IS NULL OR EXISTS (SELECT 1 FROM checkpoints AS answered "
            "WHERE answered.connection = copies.connection "
            f"AND answered.resource = copies.resource AND answered.shard = {_KEY} "
            "AND answered.state = 'done' AND (answered.run >= ?5 OR answered.run > copies.run))) "
            "GROUP BY record",
            (connection, resource, _ids(shapes), run, answered),
        )
        return {record: int(count) for record, count in found}

    def shown(self, connection: str, resource: str, refs: Iterable[Ref]) -> set[Ref]:
        """Those of some records that a resource shows in some place."""
        found = self._read(
            "SELECT DISTINCT record, id FROM copies WHERE connection = ? AND resource = ? "
            f"AND lost = 0 AND (record, id) IN {_EACH_PAIR}",
            (connection, resource, _pairs(refs)),
        )
        return set(_refs(connection, found))

    def keys_of(self, connection: str, resource: str, refs: Iterable[Ref]) -> list[str]:
        """The keys whose answers showed these records."""
        # Of a place, the first line is the key.
        found = self._read(
            f"SELECT DISTINCT {_line(0)} FROM copies WHERE connection = ? AND resource = ? "
            f"AND lost = 0 AND (record, id) IN {_EACH_PAIR} ORDER BY 1",
            (connection, resource, _pairs(refs)),
        )
        return [from_line(line) for (line,) in found]

    # --- pages and rejects

    def put_page(self, page: StoredPage) -> int:
        """Keep a page, compressed; its number."""
        cursor = self._db.execute(
            "INSERT INTO pages "
            "(number, connection, resource, shard, run, url, status, received_at, body) "
            f"VALUES ((SELECT 1 + max({_last('pages', 'number')}, {_last('extras', 'page')})), "
            f"{_marks(8)})",
            attrs.astuple(evolve(page, body=zlib.compress(page.body, 1))),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def page(self, number: int) -> StoredPage:
        """A kept page.

        Raises:
            StoreError: It is no longer kept.
        """
        rows = self._read(
            "SELECT connection, resource, shard, run, url, status, received_at, body FROM pages "
            "WHERE number = ?",
            (number,),
        )
        if not rows:
            raise StoreError(f"page {number} is no longer kept")
        page = StoredPage(*rows[0])
        return evolve(page, body=zlib.decompress(page.body))

    def drop_superseded(self) -> None:
        """Forget pages and contents that no copy and no reject refers to any more."""
        self._db.execute(
            "DELETE FROM pages WHERE number NOT IN (SELECT page FROM copies) "
            "AND number NOT IN (SELECT page FROM rejects)"
        )
        self._db.execute("DELETE FROM bodies WHERE hash NOT IN (SELECT hash FROM copies)")
        self._db.execute("DELETE FROM extras WHERE page NOT IN (SELECT page FROM copies)")

    def put_extras(self, number: int, extras: str) -> None:
        """Note what of a page no field has a home for, as JSON, for when the page is dropped."""
        self._db.execute(
            "INSERT OR REPLACE INTO extras (page, extras) VALUES (?, ?)",
            (number, zlib.compress(extras.encode())),
        )

    def drop_page(self, number: int, extras: str | None = None) -> None:
        """Drop a page that copies refer to, and keep of it what no field had a home for, as JSON.

        No later page gets its number.
        """
        self._db.execute("DELETE FROM pages WHERE number = ?", (number,))
        if extras is not None:
            self.put_extras(number, extras)

    def extras(self, number: int) -> str | None:
        """What is kept of a page that was dropped, as JSON; None of any other."""
        found = self._read(
            "SELECT extras FROM extras WHERE page = ?1 "
            "AND NOT EXISTS (SELECT 1 FROM pages WHERE number = ?1)",
            (number,),
        )
        return zlib.decompress(found[0][0]).decode() if found else None

    def rejects(self, connection: str | None = None) -> list[StoredReject]:
        """Every open reject, in order."""
        found = self._read(
            f"SELECT {_REJECT} FROM rejects WHERE ?1 IS NULL OR connection = ?1 "
            "ORDER BY connection, resource, shape, key",
            (connection,),
        )
        return [StoredReject(*row) for row in found]

    def reject_reasons(
        self, keys: Iterable[tuple[str, str, str, str]]
    ) -> dict[tuple[str, str, str, str], tuple[str, str]]:
        """Of those of some rejects (connection, resource, shape, key) that are open what is wrong.

        Returns:
            The reason and the JSON path, by reject.
        """
        found = self._read(
            f"SELECT {_REJECT_KEY}, reason, json_path FROM rejects "
            f"WHERE ({_REJECT_KEY}) IN {_EACH_KEY}",
            (_json(keys),),
        )
        return {row[:4]: row[4:] for row in found}

    def mapped_rejects(
        self, connection: str, resource: str, spots: Iterable[tuple[str, str, str]], run: int
    ) -> list[tuple[str, str, str, str]]:
        """The open rejects of some items (shape, within, id) that no run since this one has met."""
        wanted = set(spots)
        found = self._read(
            f"SELECT {_REJECT_KEY}, within, item FROM rejects INDEXED BY rejects_by_item "
            f"WHERE connection = ? AND resource = ? AND item IN {_EACH} AND run < ?",
            (connection, resource, _ids({item for *_, item in wanted}), run),
        )
        return [row[:4] for row in found if (row[2], *row[4:]) in wanted]

    def unseen_rejects(
        self, connection: str, resource: str, shards: Iterable[str], run: int
    ) -> list[tuple[str, str, str, str]]:
        """The open rejects of some shards that no run since this one has met."""
        return self._read(
            f"SELECT {_REJECT_KEY} FROM rejects "
            f"WHERE connection = ? AND resource = ? AND shard IN {_EACH} AND run < ?",
            (connection, resource, _ids(shards), run),
        )

    def unanswered_rejects(self, connection: str, resource: str) -> list[tuple[str, str, str, str]]:
        """The open rejects whose key was answered in a later run without them."""
        return self._read(
            f"SELECT {_REJECT_KEY} FROM rejects WHERE connection = ? AND resource = ? "
            "AND EXISTS (SELECT 1 FROM checkpoints AS answered "
            "WHERE answered.connection = rejects.connection "
            "AND answered.resource = rejects.resource AND answered.shard = rejects.shard "
            "AND answered.state IN ('done', 'unknown') AND answered.run > rejects.run)",
            (connection, resource),
        )

    def shards_of_rejects(self, keys: Iterable[tuple[str, str, str, str]]) -> set[str]:
        """The shards that open rejects (connection, resource, shape, key) came with."""
        found = self._read(
            f"SELECT DISTINCT shard FROM rejects WHERE ({_REJECT_KEY}) IN {_EACH_KEY}",
            (_json(keys),),
        )
        return {shard for (shard,) in found}

    def see_rejects(self, keys: Iterable[tuple[str, str, str, str]], run: int) -> None:
        """Note for open rejects (connection, resource, shape, key) the run that saw them again."""
        self._db.executemany(
            "UPDATE rejects SET run = ? "
            "WHERE connection = ? AND resource = ? AND shape = ? AND key = ?",
            [(run, *key) for key in keys],
        )

    def put_rejects(self, rejects: Iterable[StoredReject]) -> None:
        """Insert or replace rejects."""
        self._db.executemany(
            f"INSERT OR REPLACE INTO rejects ({_REJECT}) VALUES ({_marks(14)})",
            [attrs.astuple(reject) for reject in rejects],
        )

    def drop_rejects(self, keys: Iterable[tuple[str, str, str, str]]) -> int:
        """Close rejects (connection, resource, shape, key); how many were open."""
        cursor = self._db.executemany(
            "DELETE FROM rejects WHERE connection = ? AND resource = ? AND shape = ? AND key = ?",
            keys,
        )
        return max(cursor.rowcount, 0)

    # --- runs and checkpoints

    def begin_run(self, now: str) -> int:
        """Open a run; its number."""
        with self.transaction():
            cursor = self._db.execute(
                "INSERT INTO runs (started_at, state) VALUES (?, 'running')", (now,)
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def end_run(self, run: int, now: str, state: str, summary: str) -> None:
        """Close a run with its outcome and summary as JSON."""
        with errors_of(self._path):
            self._roll_back()  # what several interrupts at once left open
        with self.transaction():
            self._db.execute(
                "UPDATE runs SET ended_at = ?, state = ?, summary = ? WHERE run = ?",
                (now, state, summary, run),
            )

    def runs(self, most: int) -> list[dict[str, Any]]:
        """The latest runs, newest first."""
        return list(self.select("SELECT * FROM runs ORDER BY run DESC LIMIT ?", (most,)))

    def first_unfinished_run(self, since: str = "", until: str = "9999") -> int | None:
        """The first run since the last whose reading ended that was cut off in its reading."""
        ((run,),) = self._read(
            "SELECT min(run) FROM runs WHERE state <> 'remapped' AND started_at BETWEEN ? AND ? "
            "AND run > (SELECT coalesce(max(run), 0) FROM runs WHERE state IN ('ended', 'read'))",
            (since, until),
        )
        return None if run is None else int(run)

    def put_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Note how far a shard has come; without a cursor it keeps an earlier one."""
        self._db.execute(
            f"INSERT INTO checkpoints ({_CHECKPOINT}) VALUES ({_marks(7)}) "
            "ON CONFLICT (connection, resource, shard) DO UPDATE SET run = excluded.run, "
            "at = excluded.at, state = excluded.state, "
            # A cursor that was noted while the clock was ahead must not get a right time by this.
            "cursor = coalesce(excluded.cursor, CASE WHEN at <= excluded.at THEN cursor END)",
            attrs.astuple(checkpoint),
        )

    def drop_checkpoints(
        self, connection: str, resource: str | None = None, shards: Iterable[str] = ()
    ) -> None:
        """Forget how far these shards of a resource had come; without one, all of a connection."""
        self._db.execute(
            "DELETE FROM checkpoints WHERE connection = ?1 "
            "AND (?2 IS NULL OR resource = ?2 AND shard IN (SELECT value FROM json_each(?3)))",
            (connection, resource, _ids(shards)),
        )

    def checkpoints(
        self, connection: str, resource: str, shards: Iterable[str]
    ) -> dict[str, Checkpoint]:
        """The checkpoints of these shards that exist, by the shard's name."""
        found = self._read(
            f"SELECT {_CHECKPOINT} FROM checkpoints "
            f"WHERE connection = ? AND resource = ? AND shard IN {_EACH}",
            (connection, resource, _ids(shards)),
        )
        return {row[2]: Checkpoint(*row) for row in found}

    def fingerprint(self, connection: str) -> Fingerprint | None:
        """The account that a connection's data comes from; None where that was never noted."""
        sql = f"SELECT {_FINGERPRINT} FROM fingerprints WHERE connection = ?"
        found = self._read(sql, (connection,))
        return Fingerprint(*found[0]) if found else None

    def put_fingerprint(self, fingerprint: Fingerprint) -> None:
        """Note the account that a connection's data comes from."""
        self._db.execute(
            f"INSERT OR REPLACE INTO fingerprints ({_FINGERPRINT}) VALUES ({_marks(6)})",
            attrs.astuple(fingerprint),
        )

    # --- erasing

    def suppressed(self) -> list[Suppressed]:
        """Whom to keep out."""
        found = self._read("SELECT kind, size, salt, hash FROM suppressed ORDER BY 1, 2, 4")
        return [Suppressed(*row) for row in found]

    def put_suppressed(self, forms: Iterable[Suppressed]) -> None:
        """Add to them."""
        self._db.executemany(
            "INSERT OR IGNORE INTO suppressed (kind, size, salt, hash) VALUES (?, ?, ?, ?)",
            [attrs.astuple(form) for form in forms],
        )

    def erasing(self) -> bool:
        """Whether an erasure was begun that did not come to its end."""
        return bool(self._read("SELECT pending FROM erasures"))

    def note_erasing(self, is_pending: bool) -> None:
        """Note that one begins, or that it came to its end."""
        self._read(
            "INSERT OR IGNORE INTO erasures (pending) VALUES (1)"
            if is_pending
            else "DELETE FROM erasures"
        )

    def rewrite(self, table: str, changes: Mapping[str, Change], *, dry_run: bool = False) -> int:
        """Change values of some columns throughout a table; in how many rows."""
        for column, change in changes.items():
            is_packed = (table, column) in _PACKED
            self._function(f"new_{column}", _repacked(change) if is_packed else change)
        differs = " OR ".join(f"new_{column}({column}) IS NOT {column}" for column in changes)
        if dry_run:
            return self._count(f"SELECT count(*) FROM {table} WHERE {differs}")
        values = ", ".join(f"{column} = new_{column}({column})" for column in changes)
        with errors_of(self._path), self._interruptible():
            # What becomes equal in a key is one row.
            done = self._db.execute(f"UPDATE OR REPLACE {table} SET {values} WHERE {differs}")
        return done.rowcount

    def remove(
        self,
        table: str,
        columns: Sequence[str],
        matches: Callable[[str], bool],
        *,
        dry_run: bool = False,
    ) -> int:
        """Remove the rows in which one of these columns matches; how many."""
        self._function("matches", matches)
        where = " OR ".join(f"matches({column})" for column in columns)
        if dry_run:
            return self._count(f"SELECT count(*) FROM {table} WHERE {where}")
        with errors_of(self._path), self._interruptible():
            return self._db.execute(f"DELETE FROM {table} WHERE {where}").rowcount

    def shrink(self) -> None:
        """Give space back where a tenth of the file or more is empty."""
        ((free,),) = self._read("PRAGMA freelist_count")
        ((pages,),) = self._read("PRAGMA page_count")
        if free * 10 >= pages:
            self._read("VACUUM")
            self._read("PRAGMA wal_checkpoint(TRUNCATE)")  # the last to close does it else

    def scrub(self) -> None:
        """Rewrite the file and empty its log, with zeros in what stays free."""
        self._read("PRAGMA secure_delete = ON")
        self._read("VACUUM")
        ((busy, _, _),) = self._read("PRAGMA wal_checkpoint(TRUNCATE)")
        if busy:
            raise StoreError(
                f"another program is reading the store {self._path}, so what was erased may still "
                "stand in its files",
                hint="Close that program and run the same command again.",
            )

    def _function(self, name: str, change: Callable[[Any], Any]) -> None:
        """Make a function of ours one of SQL's, NULL left alone."""

        def changed(value: Any) -> Any:
            try:
                return None if value is None else change(value)
            except KeyboardInterrupt as stop:
                self._interrupt = stop
                raise

        self._db.create_function(name, 1, changed, deterministic=True)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Raise the interrupt of a function of ours: SQLite only knows that the function failed."""
        try:
            yield
        except sqlite3.Error:
            stop, self._interrupt = self._interrupt, None
            if stop is not None:
                raise stop from None
            raise

    def _count(self, sql: str) -> int:
        with errors_of(self._path), self._interruptible():
            ((count,),) = self._db.execute(sql).fetchall()
        return int(count)

    # --- reading

    def keys(
        self,
        table: str,
        column: str,
        connection: str,
        after: str,
        most: int,
        *,
        present: bool = False,
    ) -> list[tuple[str, list[str]]]:
        """Distinct values of a column in order, after a value, each with the ids that hold it."""
        rows = f"FROM {table} WHERE connection = ?"
        rows += " AND absent_since IS NULL" if present else ""
        values = self._read(
            f"SELECT DISTINCT {column} {rows} AND {column} > ? ORDER BY {column} LIMIT ?",
            (connection, after, most),
        )
        if not values:
            return []
        found: dict[str, list[str]] = {value: [] for (value,) in values}
        # A range, not a list of values: that is what an index can answer.
        holders = self._read(
            f"SELECT {column}, id {rows} AND {column} BETWEEN ? AND ? ORDER BY {column}, id",
            (connection, values[0][0], values[-1][0]),
        )
        for value, id in holders:
            found[value].append(id)
        return list(found.items())

    def put_index(self, table: str, column: str) -> None:
        """Keep a column in order within each connection, for `keys`."""
        listed = (
            f"SELECT count(*) FROM pragma_index_list('{table}') AS known WHERE "
            + " AND ".join(
                f"(SELECT name FROM pragma_index_info(known.name) WHERE seqno = {at}) = ?"
                for at in range(2)
            )
        )
        ((count,),) = self._read(listed, ("connection", column))
        if not count:
            self._read(f"CREATE INDEX {table}_by_{column}_too ON {table} (connection, {column})")

    def count(self, table: str, connection: str | None = None, *, without: str = "") -> int:
        """Rows of a table; with `without`, those whose column of that name is empty."""
        empty = f" AND coalesce({without}, '') = ''" if without else ""
        sql = f"SELECT count(*) FROM {table} WHERE (?1 IS NULL OR connection = ?1){empty}"
        ((count,),) = self._read(sql, (connection,))
        return int(count)

    def select(self, sql: str, values: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
        """Rows of a query, for the trail; standard SQL with `?` for values."""
        with errors_of(self._path):
            cursor = self._db.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    # --- inside

    def _rows(
        self, table: Table, where: str, values: Sequence[Any], *, limit: int = -1
    ) -> list[Row]:
        columns = ", ".join(["connection", "id", *(c.name for c in table.columns)])
        found = self._read(
            f"SELECT {columns} FROM {table.name} WHERE {where} ORDER BY connection, id LIMIT ?",
            (*values, limit),
        )
        # One query for the children of all, not one for those of each.
        identities = msgspec.json.encode([row[:2] for row in found]).decode()
        children = {c.name: self._children(c, identities) for c in table.children.values()}
        native = self._native(table, identities)
        return [
            Row(
                table.name,
                row[0],
                row[1],
                row[2:],
                {name: tuple(of.get(row[:2], ())) for name, of in children.items()},
                tuple(native.get(row[:2], ())),
            )
            for row in found
        ]

    def _children(self, child: Table, identities: str) -> dict[tuple[str, str], list[Values]]:
        """The children of some records, by the record's identity."""
        columns = ", ".join(c.name for c in child.columns)
        found: dict[tuple[str, str], list[Values]] = {}
        for connection, id, *values in self._read(
            f"SELECT connection, {child.parent}, {columns} FROM {child.name} "
            f"WHERE (connection, {child.parent}) IN {_EACH_PAIR} ORDER BY 1, 2, position",
            (identities,),
        ):
            found.setdefault((connection, id), []).append(tuple(values))
        return found

    def _put_native(self, rows: list[Row]) -> None:
        self._db.executemany(
            "DELETE FROM links WHERE connection = ? AND record = ? AND id = ? AND how = 'native'",
            [row.ref for row in rows],
        )
        self.put_links(
            Link(row.ref, invoice, How.NATIVE) for row in rows for invoice in row.invoices
        )

    def _native(self, table: Table, identities: str) -> dict[tuple[str, str], list[Ref]]:
        """The invoices the vendor names for some records, by the record's identity."""
        found: dict[tuple[str, str], list[Ref]] = {}
        for connection, id, *invoice in self._read(
            "SELECT connection, id, invoice_connection, invoice_id FROM links "
            f"WHERE record = ? AND (connection, id) IN {_EACH_PAIR} AND how = 'native' "
            "ORDER BY 1, 2, 3, 4",
            (table.name, identities),
        ):
            found.setdefault((connection, id), []).append(Ref(invoice[0], "invoices", invoice[1]))
        return found


def _holder(lock: Path) -> str:
    """Who holds a lock, as far as the holder wrote it down."""
    with suppress(OSError, UnicodeDecodeError):
        if text := lock.read_text(encoding="ascii"):
            return f" ({text})"
    return ""


# --- SQL made from the model ---------------------------------------------------------------------


@cache
def _upsert(table: Table) -> str:
    names = [column.name for column in (*table.identity, *table.columns)]
    changes = ", ".join(f"{c.name} = excluded.{c.name}" for c in table.columns)
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({_marks(len(names))}) "
        f"ON CONFLICT (connection, id) DO UPDATE SET {changes}"
    )


@cache
def _insert_child(table: Table) -> str:
    names = [column.name for column in (*table.identity, *table.columns)]
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({_marks(len(names))})"


def _child_rows(child: Table, rows: Iterable[Row]) -> Iterator[Values]:
    for row in rows:
        for position, values in enumerate(row.children.get(child.name, ())):
            yield (row.connection, row.id, position, *values)


def _by_table(rows: Iterable[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.table, []).append(row)
    return groups


def _by_place(refs: Iterable[Ref]) -> dict[tuple[str, str], list[str]]:
    """The ids of some records by connection and table."""
    groups: dict[tuple[str, str], list[str]] = {}
    for ref in refs:
        groups.setdefault((ref.connection, table_of(ref.record).name), []).append(ref.id)
    return groups


def _pairs(refs: Iterable[Ref]) -> str:
    return msgspec.json.encode([(ref.record, ref.id) for ref in refs]).decode()


def _refs(connection: str, found: Iterable[tuple[str, str]]) -> list[Ref]:
    return [Ref(connection, record, id) for record, id in sorted(set(found))]


def _line(number: int) -> str:
    """SQL for a line of `within`, the first being 0."""
    rest = "within"
    for _ in range(number):
        rest = f"substr({rest}, instr({rest}, char(10)) + 1)"
    return f"substr({rest}, 1, instr({rest} || char(10), char(10)) - 1)"


def _link_values(link: Link) -> Values:
    return (*link.touch, link.invoice.connection, link.invoice.id, link.how.value, link.rule)


def _repacked(change: Change) -> Change:
    """What becomes of a compressed body; the very same bytes where nothing does."""

    def repack(packed: bytes) -> bytes:
        body = zlib.decompress(packed)
        changed = change(body)
        return packed if changed == body else zlib.compress(changed, 1)

    return repack


def _last(table: str, column: str) -> str:
    """SQL for the greatest number in a table."""
    return f"(SELECT coalesce(max({column}), 0) FROM {table})"


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _ids(ids: Iterable[str]) -> str:
    return _json(ids)


def _json(values: Iterable[Any]) -> str:
    return msgspec.json.encode(list(values)).decode()
