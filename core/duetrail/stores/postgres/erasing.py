"""Erasing people from a PostgreSQL store: rows are read, changed here, and written back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from duetrail.model import Ref
from duetrail.stores.packing import PACKED, changed_inside
from duetrail.stores.postgres.database import PostgresDatabase
from duetrail.stores.postgres.texts import jsonb_of
from duetrail.stores.records import Records
from duetrail.stores.removals import erased_id
from duetrail.stores.schema import TableSchema, engine_tables, record_tables, table_named
from duetrail.stores.schema.records import owner_of, record_table
from duetrail.stores.schema.statements import POSTGRESQL
from duetrail.stores.values import Change

_PORTION = 500
_HERE = "ctid = CAST(? AS tid)"
_THESE = "ctid = ANY(CAST(? AS tid[]))"


class PostgresErasing(PostgresDatabase, Records):
    """See `duetrail.stores.base.Store`. A row is found again by where it lies (`ctid`)."""

    def rewrite(
        self, table: str, changes: Mapping[str, Change], *, run: int = 0, dry_run: bool = False
    ) -> int:
        count = 0
        changed = self._rewritten(table, changes)
        while portion := list(islice(changed, _PORTION)):
            count += len(portion)
            if not dry_run:
                self._put_back(table, tuple(changes), portion, run)
        return count

    def _rewritten(self, table: str, changes: Mapping[str, Change]) -> Iterator[tuple[Any, ...]]:
        """The new values of each row that changes, and where it lies."""
        packed = [(table, column) in PACKED for column in changes]
        for place, *values in self._places(table, tuple(changes)):
            new = [
                old if old is None else changed_inside(old, change) if is_packed else change(old)
                for change, old, is_packed in zip(changes.values(), values, packed, strict=True)
            ]
            if new != values:
                yield (*new, place)

    def remove(
        self,
        table: str,
        columns: Sequence[str],
        matches: Callable[[str], bool],
        *,
        run: int = 0,
        dry_run: bool = False,
    ) -> int:
        gone = [
            place
            for place, *values in self._places(table, columns)
            if any(value is not None and matches(value) for value in values)
        ]
        if gone and not dry_run:
            self._note_removed(table, gone, matches, run)
            self._read(f"DELETE FROM {table} WHERE {_THESE}", (gone,))
        return len(gone)

    def compact(self, *, is_scrubbed: bool = False) -> None:
        """See `duetrail.stores.base.Store`; the server reuses space by itself."""
        for table in (*record_tables(), *engine_tables()) if is_scrubbed else ():
            self._read(f"VACUUM (FULL) {table.name}")

    def _places(self, table: str, columns: Sequence[str]) -> Iterator[Any]:
        """Where each row lies, and what it has in some columns."""
        return self._stream(f"SELECT CAST(ctid AS text), {', '.join(columns)} FROM {table}")

    def _put_back(self, table: str, columns: Sequence[str], rows: list[Any], run: int) -> None:
        schema = table_named(table)
        types = {part.name: POSTGRESQL.types[part.kind].split()[0] for part in schema.parts}
        values = ", ".join(f"{name} = CAST(? AS {types[name]})" for name in columns)
        update = f"UPDATE {table} SET {values} WHERE {_HERE}"
        record = record_table(table)
        refs = [] if record is None else self._records_at(record, rows)
        rows = [_as_kept(row, [types[name] for name in columns]) for row in rows]
        if not {*columns} & {*schema.primary_key}:
            self._write(update, rows)
        else:
            displace = _displace(schema, columns, types)
            keys = [columns.index(name) for name in schema.primary_key if name in columns]
            for row in rows:  # what becomes equal in a key is one row
                self._read(displace, (*(row[at] for at in keys), row[-1]))
                self._read(update, row)
        self._note_change(refs, run)  # what is kept of the past is without the person, too

    def _records_at(self, table: TableSchema, rows: Iterable[Sequence[Any]]) -> list[Ref]:
        """The records that some rows of a table, or of their children, belong to."""
        found = self._read(
            f"SELECT connection, {table.parent or 'id'} FROM {table.name} WHERE {_THESE}",
            ([row[-1] for row in rows],),
        )
        return [Ref(connection, owner_of(table), id) for connection, id in found]

    def _note_removed(
        self, table: str, places: Sequence[str], matches: Callable[[str], bool], run: int
    ) -> None:
        """Note a run where links go, and what a record that goes leaves."""
        schema = record_table(table)
        if table == "links":
            found = self._read(
                f"SELECT connection, record, id FROM links WHERE {_THESE}", ([*places],)
            )
            # A record that goes, too, leaves no past.
            self._note_change((Ref(*one) for one in found if not matches(one[2])), run)
        elif schema is not None and schema.parent is None:
            found = self._read(f"SELECT connection, id FROM {table} WHERE {_THESE}", ([*places],))
            self._write(
                "INSERT INTO removals (connection, record, id, run) VALUES (?, ?, ?, ?)",
                [(connection, table, erased_id(id), run) for connection, id in found],
            )


def _as_kept(row: Sequence[Any], types: Sequence[str]) -> tuple[Any, ...]:
    """A row with its JSON as it can be kept; where it lies stands behind its values."""
    kept = [
        jsonb_of(value) if type_ == "jsonb" and value is not None else value
        for value, type_ in zip(row, types, strict=False)
    ]
    return (*kept, row[-1])


def _displace(schema: TableSchema, columns: Sequence[str], types: Mapping[str, str]) -> str:
    """The statement that removes the row whose key another one is about to get."""
    same = " AND ".join(
        f"other.{name} = CAST(? AS {types[name]})"
        if name in columns
        else f"other.{name} = me.{name}"
        for name in schema.primary_key
    )
    return (
        f"DELETE FROM {schema.name} AS other USING {schema.name} AS me "
        f"WHERE {same} AND me.{_HERE} AND other.ctid <> me.ctid"
    )
