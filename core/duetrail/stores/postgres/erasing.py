"""Erasing people from a PostgreSQL store: rows are read, changed here, and written back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from duetrail.stores.packing import pack, unpack
from duetrail.stores.postgres.connecting import errors_of
from duetrail.stores.postgres.database import PostgresDatabase
from duetrail.stores.postgres.texts import jsonb_of
from duetrail.stores.schema import TableSchema, engine_tables, record_tables
from duetrail.stores.schema.statements import POSTGRESQL
from duetrail.stores.values import Change

_PACKED = {("pages", "body"), ("extras", "extras")}
_PORTION = 500


class PostgresErasing(PostgresDatabase):
    """See `duetrail.stores.base.Store`."""

    def rewrite(self, table: str, changes: Mapping[str, Change], *, dry_run: bool = False) -> int:
        """See `duetrail.stores.base.Store`."""
        packed = [(table, column) in _PACKED for column in changes]
        count, portion = 0, []
        for place, *values in self._places(table, tuple(changes)):
            new = [
                old if old is None else _changed(change, old, is_packed)
                for change, old, is_packed in zip(changes.values(), values, packed, strict=True)
            ]
            if new != values:
                count += 1
                portion.append((*new, place))
            if len(portion) == _PORTION:
                self._put_back(table, tuple(changes), portion, dry_run)
                portion = []
        self._put_back(table, tuple(changes), portion, dry_run)
        return count

    def remove(
        self,
        table: str,
        columns: Sequence[str],
        matches: Callable[[str], bool],
        *,
        dry_run: bool = False,
    ) -> int:
        """See `duetrail.stores.base.Store`."""
        gone = [
            (place,)
            for place, *values in self._places(table, columns)
            if any(value is not None and matches(value) for value in values)
        ]
        if not dry_run:
            self._write(f"DELETE FROM {table} WHERE ctid = CAST(? AS tid)", gone)
        return len(gone)

    def compact(self, *, is_scrubbed: bool = False) -> None:
        """See `duetrail.stores.base.Store`; the server gives space back to itself all the time."""
        for table in (*record_tables(), *engine_tables()):
            if is_scrubbed:
                self._read(f"VACUUM (FULL) {table.name}")

    def _places(self, table: str, columns: Sequence[str]) -> Iterator[Any]:
        """Where each row lies, and what it has in some columns."""
        return self._stream(f"SELECT CAST(ctid AS text), {', '.join(columns)} FROM {table}")

    def _put_back(self, table: str, columns: Sequence[str], rows: list[Any], dry_run: bool) -> None:
        if dry_run or not rows:
            return
        schema = _schema(table)
        types = {part.name: POSTGRESQL.types[part.kind].split()[0] for part in schema.parts}
        is_json = [types[name] == "jsonb" for name in columns]
        rows = [
            tuple(
                jsonb_of(value) if json and value is not None else value
                for value, json in zip(row, (*is_json, False), strict=True)
            )
            for row in rows
        ]
        values = ", ".join(f"{name} = CAST(? AS {types[name]})" for name in columns)
        with errors_of(self._place):
            if any(name in schema.primary_key for name in columns):
                self._write(*_displace(schema, columns, types, rows))
            self._write(f"UPDATE {table} SET {values} WHERE ctid = CAST(? AS tid)", rows)


def _changed(change: Change, value: Any, is_packed: bool) -> Any:
    """What becomes of a value; a compressed body that stays has the very same bytes."""
    if not is_packed:
        return change(value)
    body = unpack(value)
    new = change(body)
    return value if new == body else pack(new)


def _displace(
    schema: TableSchema, columns: Sequence[str], types: Mapping[str, str], rows: list[Any]
) -> tuple[str, list[Any]]:
    """The statement, and its values, that removes rows whose key another is about to get."""
    at = {name: place for place, name in enumerate(columns)}
    keys = [
        f"{name} = CAST(? AS {types[name]})" if name in at else f"{name} = me.{name}"
        for name in schema.primary_key
    ]
    same = " AND ".join(f"other.{key}" for key in keys)
    sql = (
        f"DELETE FROM {schema.name} AS other USING {schema.name} AS me "
        f"WHERE {same} AND me.ctid = CAST(? AS tid) AND other.ctid <> me.ctid"
    )
    given = [name for name in schema.primary_key if name in at]
    return sql, [(*(row[at[name]] for name in given), row[-1]) for row in rows]


def _schema(table: str) -> TableSchema:
    (schema,) = (one for one in (*record_tables(), *engine_tables()) if one.name == table)
    return schema
