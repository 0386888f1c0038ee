"""Upserts in PostgreSQL: one COPY, and few statements whatever the page's size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs
from attrs import evolve

from duetrail.errors import StoreError
from duetrail.model import Link, LinkKind, Ref
from duetrail.stores.database import columns_of
from duetrail.stores.history import State
from duetrail.stores.observations import Observations
from duetrail.stores.packing import pack
from duetrail.stores.pages import page_rows
from duetrail.stores.postgres.columns import column_out, kinds, types
from duetrail.stores.postgres.connecting import errors_of
from duetrail.stores.postgres.database import PostgresDatabase
from duetrail.stores.postgres.staging import Staging, casts, create_staged, replacing
from duetrail.stores.postgres.texts import jsonb_of
from duetrail.stores.records import LINK, child_rows, link_values
from duetrail.stores.rows import Row, Table, Values, table_of
from duetrail.stores.schema.records import CHANGED_RUN
from duetrail.stores.schema.tables import Kind
from duetrail.stores.sightings import OBSERVATION
from duetrail.stores.situation import Changes, StoredDocument
from duetrail.stores.values import Checkpoint, StoredPage, StoredReject

# Rows after which the temporary table is emptied.
_MOST_STAGED = 20_000

_REF = "t.connection = s.c1 AND t.id = s.c2"
_DOCUMENT = "document, hash, page, run, items"
_POINT = columns_of(Checkpoint)
_PAGE = columns_of(StoredPage)

assert len(_DOCUMENT.split(", ")) == len(StoredDocument._fields)


class PostgresWriting(PostgresDatabase, Observations):
    """Writes changes in batches."""

    _staged: int | None = None

    def _prepare_writing(self) -> None:
        if self._staged is None:
            self._db.execute(create_staged())
            self._staged = 0
        elif self._staged > _MOST_STAGED:
            self._db.execute("TRUNCATE staged")
            self._staged = 0

    def _reconnected(self) -> None:
        self._staged = None
        super()._reconnected()

    def apply(self, changes: Changes) -> None:
        if not self._is_in_transaction():
            with self.transaction():
                self.apply(changes)
            return
        staging = Staging()
        states, ends = self._replaced(changes)
        _stage_states(staging, states)
        _stage_ends(staging, ends)
        _stage_gone(staging, changes)
        _stage_rows(staging, changes)
        _stage_sightings(staging, changes)
        _stage_rejects(staging, changes)
        points = _newest(changes.checkpoints)
        staging.merge("checkpoints", _POINT, map(_point_values, points), _KEEPING_CURSOR)
        self._merge(staging)
        self._insert_pages(changes.pages)
        self._put_all_extras(changes.extras)

    def put_states(self, states: Sequence[State]) -> None:
        """See `duetrail.stores.history.KeepsHistory`."""
        self._prepare_writing()  # many of them may come in one transaction
        staging = Staging()
        _stage_states(staging, states)
        self._merge(staging)

    def _merge(self, staging: Staging) -> None:
        if not staging.width:
            return
        columns = ", ".join(f"c{at}" for at in range(staging.width))
        self._staged = (self._staged or 0) + staging.count
        try:
            self._copy(f"COPY staged (kind, {columns}) FROM STDIN", staging.rows())
        except UnicodeEncodeError as error:
            raise StoreError(
                f"the store {self._place.name} cannot keep a text that is no Unicode: it has half "
                f"a character after {error.object[max(0, error.start - 20) : error.start]!r}",
                hint="Nothing of its page was written; the plugin's mapping has to mend it.",
            ) from None
        with errors_of(self._place):
            self._db.execute(staging.statements())

    def _insert_pages(self, pages: Mapping[int, StoredPage]) -> None:
        self._insert_all(f"INSERT INTO pages (number, {_PAGE})", page_rows(pages))

    def _put_all_extras(self, extras: Mapping[int, str]) -> None:
        rows = [(number, pack(text.encode())) for number, text in extras.items()]
        more = f" ON CONFLICT {replacing(['page'], ['extras'])}"
        self._insert_all("INSERT INTO extras (page, extras)", rows, more)

    def _insert_all(self, insert: str, rows: list[Values], more: str = "") -> None:
        """Insert rows by one statement; those of a page are few."""
        if rows:
            marks = ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
            self._read(f"{insert} VALUES {marks}{more}", [one for row in rows for one in row])


def _stage_states(staging: Staging, states: Iterable[State]) -> None:
    """States of records, which end those before them."""
    rows = ((*one.ref, one.valid_from, one.run, jsonb_of(one.content)) for one in states)
    kind = staging.put(rows)
    if kind is not None:
        staging.first(_SAME_MOMENT.format(kind))
        staging.first(_ENDED.format(kind))
        staging.first(_ADDED.format(kind))


def _stage_ends(staging: Staging, ends: Iterable[tuple[Ref, str]]) -> None:
    """The last states of records that go, once those are there."""
    kind = staging.put((*ref, at) for ref, at in ends)
    if kind is not None:
        staging.then(_GONE.format(kind))


def _stage_gone(staging: Staging, changes: Changes) -> None:
    """Records, links and marks that go."""
    removed = staging.put((ref.record, ref.connection, ref.id) for ref in changes.removed)
    for name in sorted({ref.record for ref in changes.removed}):
        gone = f"USING staged AS s WHERE s.kind = {removed} AND s.c0 = '{name}' AND "
        staging.first(f"DELETE FROM {name} AS t {gone} {_REF}")
        staging.first(
            "INSERT INTO removals (connection, record, id, run) "
            f"SELECT t.connection, s.c0, t.id, {changes.run:d} FROM {name} AS t "
            f"JOIN staged AS s ON {_REF} WHERE s.kind = {removed} AND s.c0 = '{name}' "
            f"ON CONFLICT {replacing(('connection', 'record', 'id'), ['run'])}"
        )
        for child in table_of(name).children.values():
            staging.first(f"DELETE FROM {child.name} AS t {gone} {_of_parent(child)}")
    if removed is not None:
        staging.first(
            "DELETE FROM links AS t USING staged AS s "
            f"WHERE s.kind = {removed} AND t.record = s.c0 AND {_REF}"
        )
    present = staging.put((ref.record, ref.connection, ref.id) for ref in changes.present)
    for name in sorted({ref.record for ref in changes.present}):
        staging.first(
            f"UPDATE {name} AS t SET absent_since = NULL, {CHANGED_RUN.name} = {changes.run:d} "
            "FROM staged AS s "
            f"WHERE s.kind = {present} AND s.c0 = '{name}' AND {_REF}"
        )
    _stage_relinked(staging, changes)
    dropped = staging.put(map(link_values, changes.dropped_links))
    if dropped is not None:
        same = _same(LINK.split(", "))
        staging.first(f"DELETE FROM links AS t USING staged AS s WHERE s.kind = {dropped} {same}")


def _stage_relinked(staging: Staging, changes: Changes) -> None:
    """The run is noted where links come or go, unless it is noted there anyway."""
    touches = changes.relinked
    kind = staging.put((ref.record, ref.connection, ref.id) for ref in touches)
    for name in sorted({ref.record for ref in touches}):
        staging.first(
            f"UPDATE {name} AS t SET {CHANGED_RUN.name} = {changes.run:d} FROM staged AS s "
            f"WHERE s.kind = {kind} AND s.c0 = '{name}' AND {_REF}"
        )


def _stage_rows(staging: Staging, changes: Changes) -> None:
    """Records with their children, the links their vendors name, and what is derived."""
    groups: dict[str, list[Row]] = {}
    for row in changes.rows.values():
        groups.setdefault(row.table, []).append(row)
    _stage_known(staging, [ref for ref in changes.known if ref in changes.rows])
    for name, group in groups.items():
        table = table_of(name)
        key = tuple(column.name for column in table.identity)
        noted = (CHANGED_RUN.name, f"CAST({changes.run:d} AS bigint)")
        update = replacing(key, [*(column.name for column in table.columns), noted[0]])
        rows = [(row.connection, row.id, *row.values) for row in group]
        _stage_table(staging, table, rows, update, noted)
        for child in table.children.values():
            _stage_table(staging, child, child_rows(child, group), "DO NOTHING")
    native = (
        Link(row.ref, to, LinkKind.NATIVE) for row in changes.rows.values() for to in row.invoices
    )
    links = {*map(link_values, changes.links), *map(link_values, native)}
    staging.merge("links", LINK, links, "DO NOTHING")
    origins = staging.put(changes.derived)
    if origins is not None:
        same = _same(("connection", "record", "id"))
        staging.first(
            f"DELETE FROM derivations AS t USING staged AS s WHERE s.kind = {origins} {same}"
        )
    read_off = (
        (*origin, other.record, other.id)
        for origin, derived in changes.derived.items()
        for other in derived
    )
    columns = "connection, record, id, derived, derived_id"
    staging.merge("derivations", columns, read_off, "DO NOTHING")


def _stage_known(staging: Staging, known: Iterable[Ref]) -> None:
    """The children and native links that records had before go."""
    known = list(known)
    kind = staging.put((ref.record, ref.connection, ref.id) for ref in known)
    if kind is None:
        return
    for name in sorted({ref.record for ref in known}):
        for child in table_of(name).children.values():
            staging.first(
                f"DELETE FROM {child.name} AS t USING staged AS s WHERE s.kind = {kind} "
                f"AND s.c0 = '{name}' AND {_of_parent(child)}"
            )
    staging.first(
        f"DELETE FROM links AS t USING staged AS s WHERE s.kind = {kind} AND t.record = s.c0 "
        f"AND {_REF} AND t.how = 'native'"
    )


def _stage_table(
    staging: Staging, table: Table, rows: list[Values], more: str, *noted: tuple[str, str]
) -> None:
    """Merge rows of a record table or of children; columns that are NULL in all are left out.

    Args:
        staging: Where they are staged.
        table: The table.
        rows: The values of its columns.
        more: What is done on a conflict.
        noted: Further columns, each with what it holds in all rows.
    """
    if not rows:
        return
    names = [column.name for column in (*table.identity, *table.columns)]
    all_kinds = (*(Kind.TEXT for _ in table.identity), *kinds(table))
    empty = (None,) * len(rows)
    columns = zip(names, types(table), all_kinds, zip(*rows, strict=True), strict=True)
    filled = [one for one in columns if one[3] != empty]
    kind = staging.put_columns([column_out(kind, values) for *_, kind, values in filled])
    into = ", ".join([*(name for name, *_ in filled), *(name for name, _ in noted)])
    values = ", ".join([casts([type_ for _, type_, *_ in filled]), *(value for _, value in noted)])
    staging.then(
        f"INSERT INTO {table.name} ({into}) SELECT {values} FROM staged WHERE kind = {kind} "
        f"ON CONFLICT {more}"
    )


def _stage_sightings(staging: Staging, changes: Changes) -> None:
    """Observations, documents, and what differing observations say."""
    left = staging.put((page, number, run) for number, (page, run) in changes.left.items())
    if left is not None:
        staging.first(
            "UPDATE observations AS t SET run = CAST(s.c2 AS bigint) FROM staged AS s "
            f"WHERE s.kind = {left} AND t.page = CAST(s.c0 AS bigint) "
            "AND t.document = CAST(s.c1 AS bigint)"
        )
    rehashed = staging.put((*ref, old, new) for (ref, old), new in changes.rehashed.items())
    if rehashed is not None:
        same = _same(("connection", "record", "id"))
        staging.first(
            "UPDATE observations AS t SET hash = CAST(s.c4 AS bytea) FROM staged AS s "
            f"WHERE s.kind = {rehashed} {same} AND t.hash = CAST(s.c3 AS bytea)"
        )
    staging.merge("observations", OBSERVATION, changes.observations.values(), "")
    staging.merge("documents", _DOCUMENT, changes.documents.values(), "")
    staging.merge("variants", "hash, content", changes.variants.items(), "DO NOTHING")


def _stage_rejects(staging: Staging, changes: Changes) -> None:
    """Rejects that are open, met again, or none any more."""
    key = _same(("connection", "resource", "shape", "key"))
    closed = staging.put(changes.closed_rejects)
    if closed is not None:
        staging.first(f"DELETE FROM rejects AS t USING staged AS s WHERE s.kind = {closed} {key}")
    seen = staging.put((*one, run) for one, run in changes.seen_rejects.items())
    if seen is not None:
        staging.first(
            "UPDATE rejects AS t SET run = CAST(s.c4 AS bigint) FROM staged AS s "
            f"WHERE s.kind = {seen} {key}"
        )
    staging.merge(
        "rejects", columns_of(StoredReject), map(attrs.astuple, changes.rejects.values()), ""
    )


# A cursor that was noted while the clock was ahead must not get a right time by this.
_KEEPING_CURSOR = (
    "(connection, resource, shard) DO UPDATE SET run = excluded.run, at = excluded.at, "
    "state = excluded.state, cursor = coalesce(excluded.cursor, "
    "CASE WHEN checkpoints.at <= excluded.at THEN checkpoints.cursor END)"
)


_STATE = (
    "t.connection = s.c0 AND t.record = s.c1 AND t.id = s.c2 AND t.valid_to IS NULL "
    "AND t.valid_from {} CAST(s.c3 AS timestamptz)"
)
_OTHER = "t.content <> CAST(s.c5 AS jsonb)"
# The three of `duetrail.stores.history`, each of which sees what was there before all of them.
_SAME_MOMENT = (
    "UPDATE history AS t SET run = CAST(s.c4 AS bigint), content = CAST(s.c5 AS jsonb) "
    f"FROM staged AS s WHERE s.kind = {{}} AND {_STATE.format('=')}"
)
_ENDED = (
    "UPDATE history AS t SET valid_to = CAST(s.c3 AS timestamptz) "
    f"FROM staged AS s WHERE s.kind = {{}} AND {_STATE.format('<')} AND {_OTHER}"
)
_GONE = (
    "UPDATE history AS t SET valid_to = CAST(s.c3 AS timestamptz) FROM staged AS s "
    "WHERE s.kind = {} AND t.connection = s.c0 AND t.record = s.c1 AND t.id = s.c2 "
    "AND t.valid_to IS NULL"
)
_ADDED = (
    "INSERT INTO history (connection, record, id, valid_from, run, content) "
    f"SELECT {casts(['text', 'text', 'text', 'timestamptz', 'bigint', 'jsonb'])} "
    "FROM staged AS s WHERE kind = {} AND NOT EXISTS (SELECT 1 FROM history AS t "
    "WHERE t.connection = s.c0 AND t.record = s.c1 AND t.id = s.c2 AND t.valid_to IS NULL "
    f"AND NOT (t.valid_from < CAST(s.c3 AS timestamptz) AND {_OTHER})) "
    "ON CONFLICT (connection, record, id, valid_from) DO UPDATE "
    "SET valid_to = NULL, run = excluded.run, content = excluded.content"
)


def _newest(points: Iterable[Checkpoint]) -> Iterable[Checkpoint]:
    """One checkpoint a shard, as if each had been noted after the one before."""
    newest: dict[tuple[str, str, str], Checkpoint] = {}
    for point in points:
        place = (point.connection, point.resource, point.shard)
        before = newest.get(place)
        if before is not None and point.cursor is None and before.at <= point.at:
            point = evolve(point, cursor=before.cursor)
        newest[place] = point
    return newest.values()


def _point_values(point: Checkpoint) -> Values:
    cursor = None if point.cursor is None else jsonb_of(point.cursor)
    return attrs.astuple(evolve(point, cursor=cursor))


def _of_parent(child: Table) -> str:
    return f"t.connection = s.c1 AND t.{child.parent} = s.c2"


def _same(names: Iterable[str]) -> str:
    """Conditions that a row of a table `t` has the key that is staged."""
    return "".join(f" AND t.{name} = s.c{at}" for at, name in enumerate(names))
