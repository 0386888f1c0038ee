"""dlt: a source whose resources are the record tables of one connection.

    import dlt
    from duetrail.engines.dlt import source

    pipeline = dlt.pipeline("duetrail", destination="duckdb", dataset_name="receivables")
    pipeline.run(source("stuut", config="duetrail.toml"))

Each resource has its keys, its types and the disposition `merge`. Children and links are nested
tables. Bookmarks stand in the state of the pipeline, so that only changes are loaded after the
first time. Needs the extra `dlt`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from duetrail.engines.bookmarks import bookmark_of
from duetrail.engines.replication import Replication, TableChange, refuse_other_store, tables_of
from duetrail.engines.row_schemas import IDENTITY, TABLES, columns_of_child
from duetrail.errors import FetchError, UsageError, did_you_mean
from duetrail.json_tree import map_texts
from duetrail.project import Project
from duetrail.stores.codecs import to_json
from duetrail.stores.logical import LINKS
from duetrail.stores.schema.tables import ColumnSchema, Kind, TableSchema
from duetrail.workspace import ConfigLike

if TYPE_CHECKING:
    from dlt.extract import DltSource

DELETED = "duetrail_deleted"
"""The column by which dlt removes rows that were deleted; it is true in no row that stays."""

# What DuckDB and PostgreSQL both keep exactly.
_PRECISION, _SCALE = 38, 18
_MOST = Decimal(10) ** (_PRECISION - _SCALE)

_HINTS: Mapping[Kind, Mapping[str, Any]] = {
    Kind.TEXT: {"data_type": "text"},
    Kind.ENUM: {"data_type": "text"},
    Kind.NUMBER: {"data_type": "decimal", "precision": _PRECISION, "scale": _SCALE},
    Kind.TIME: {"data_type": "timestamp", "timezone": True, "precision": 6},
    Kind.DAY: {"data_type": "date"},
    Kind.FLAG: {"data_type": "bool"},
    Kind.WHOLE: {"data_type": "bigint"},
    Kind.LIST: {"data_type": "json"},
    Kind.ADDRESS: {"data_type": "json"},
    Kind.JSON: {"data_type": "text"},  # dlt would make floats of the numbers in it
}


def source(
    connection: str,
    *,
    config: ConfigLike = None,
    store: str | None = None,
    tables: Sequence[str] = (),
    sync: bool = True,
) -> DltSource:
    """A dlt source: the records of a connection, after the first time only what has changed.

    Args:
        connection: The name of a configured connection.
        config: The configuration or its path; see `duetrail.config.read_config`.
        store: A store URL instead of the configured one, relative to the working directory.
        tables: Only these record tables; all that the connection can fill if empty.
        sync: Whether the connection is synced first, when the source is read.

    Raises:
        UsageError: dlt is not installed, or there is no such table.
        ConfigError, PluginError: There is no such connection, or it cannot begin.
    """
    dlt = _dlt()
    reading = _Reading(connection, config, store, sync)
    with Project(config, store) as project:
        known = tables_of(project, connection)
    for name in tables:
        if name not in known:
            raise UsageError(
                f"connection {connection!r} has no table {name!r}",
                hint=did_you_mean(name, known, f"It has {', '.join(known)}."),
            )
    chosen = [name for name in known if not tables or name in tables]

    def resources() -> list[Any]:
        return [_resource(dlt, reading, name) for name in chosen]

    made: DltSource = dlt.source(resources, name=f"duetrail_{connection}", max_table_nesting=1)()
    return made


def _dlt() -> Any:
    try:
        import dlt
    except ImportError:
        raise UsageError(
            "duetrail.engines.dlt needs dlt, which is not installed",
            hint="pip install 'duetrail[dlt]'",
        ) from None
    return dlt


class _Reading:
    """One reading of a source: the connection is synced once, whichever resource comes first."""

    def __init__(
        self, connection: str, config: ConfigLike, store: str | None, is_synced: bool
    ) -> None:
        self.connection = connection
        self._project = (config, store)
        self._wants_sync = is_synced

    def changes(self, table: str, state: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The rows to load of a table; the state of its resource is moved on at the end."""
        bookmark = bookmark_of(table, state.get("bookmark"), self.connection)
        with Project(*self._project) as project:
            refuse_other_store(project, {table: bookmark} if bookmark else {})
            _ = self._synced
            feed = Replication(project, self.connection).changed(table, bookmark)
            for change in feed:
                yield _row(change)
            state["bookmark"] = feed.end.as_dict()

    @cached_property
    def _synced(self) -> None:
        if not self._wants_sync:
            return
        with Project(*self._project) as project:
            summary = project.sync(self.connection)
        if summary.exit_code in (0, 3):
            return
        problems = [
            f"{one.name}: {problem.message}"
            for one in summary.resources
            for problem in one.problems
        ]
        raise FetchError(
            f"the sync failed: {'; '.join(problems)}",
            hint="What was read is stored: `source(..., sync=False)` loads it.",
        )


def _resource(dlt: Any, reading: _Reading, table: str) -> Any:
    own, *children = TABLES[table]
    of_child = {child.name: child for child in children}
    columns = {column.name: _hints(column) for column in own.parts}
    columns[DELETED] = {"data_type": "bool", "hard_delete": True}

    def rows() -> Iterator[dict[str, Any]]:
        yield from reading.changes(table, dlt.current.resource_state())

    return dlt.resource(
        rows,
        name=table,
        primary_key=list(IDENTITY),
        write_disposition="merge",
        columns=columns,
        nested_hints={
            field: {"columns": _child_hints(of_child[name])} for field, name in own.children.items()
        },
    )


def _hints(column: ColumnSchema) -> dict[str, Any]:
    told = {"name": column.name, "nullable": column.nullable, "description": column.help}
    return {**told, **_HINTS[column.kind]}


def _child_hints(child: TableSchema) -> dict[str, dict[str, Any]]:
    return {column.name: _hints(column) for column in columns_of_child(child)}


# --- values --------------------------------------------------------------------------------------


def _row(change: TableChange) -> dict[str, Any]:
    """A row as dlt loads it."""
    if change.row is None:
        return {"connection": change.connection, "id": change.id, DELETED: True}
    own, *children = TABLES[change.table]
    of_child = {child.name: child for child in children}
    where = f"{change.table} {change.connection}:{change.id}"
    row = _values(where, own.parts, change.row)
    for name, child in own.children.items():
        columns = columns_of_child(of_child[child])
        row[name] = [_values(f"{where} {name}", columns, one) for one in change.row[name]]
    return {**row, LINKS: [dict(link) for link in change.row[LINKS]], DELETED: False}


def _values(where: str, columns: Sequence[ColumnSchema], row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        column.name: _value(f"{where} {column.name}", column.kind, row[column.name])
        for column in columns
    }


def _value(where: str, kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    if kind is Kind.NUMBER:
        _refuse_wide(where, value)
    elif kind is Kind.JSON:
        return to_json(value).decode()  # its numbers digit by digit
    return map_texts(value, _without_nul)


def _without_nul(text: str) -> str:
    """A text that every destination takes: dlt drops U+0000, and PostgreSQL refuses it in JSON."""
    return text.replace("\0", "\ufffd") if "\0" in text else text


def _refuse_wide(where: str, number: Decimal) -> None:
    """Refuse a number that a destination would round."""
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > _SCALE or abs(number) >= _MOST:
        raise UsageError(
            f"{where}: a number is too long for a decimal of {_PRECISION} digits, {_SCALE} of them "
            "behind the point, and is not rounded",
            hint="Leave out its table with `tables=`.",
        )
