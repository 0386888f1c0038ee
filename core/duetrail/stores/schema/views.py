"""The views: every absent record, and every touch in one form. The same SQL for every store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from duetrail.stores.schema.records import ABSENT_SINCE
from duetrail.stores.schema.tables import TableSchema

_TOUCH_COLUMNS = ("direction", "status", "status_raw", "outcome", "customer_id", "callout_id")

# When a touch happened: the first of these fields that is filled.
_TIMES = {
    "calls": ("started_at", "created_at"),
    "callouts": ("scheduled_at", "created_at"),
    "emails": ("sent_at", "planned_at", "created_at"),
}

# What a touch has under another name, or nowhere as it is.
_INSTEAD = {
    "callouts": {"outcome": "kind", "callout_id": "id"},
    "emails": {
        "outcome": "CASE WHEN bounced THEN 'bounced' WHEN clicked_at IS NOT NULL THEN 'clicked' "
        "WHEN opened_at IS NOT NULL THEN 'opened' END"
    },
}


def views(tables: Sequence[TableSchema]) -> Mapping[str, str]:
    """The query of each view by its name.

    Args:
        tables: Those of records.
    """
    parents = [table for table in tables if ABSENT_SINCE in table.columns]
    touches = [table for table in parents if table.name in _TIMES]
    return {
        "absent": _union(_absent(table) for table in parents),
        "touches": _union(_touch(table) for table in touches),
    }


def _absent(table: TableSchema) -> str:
    return (
        f"SELECT connection, '{table.name}' AS record, id, absent_since FROM {table.name} "
        "WHERE absent_since IS NOT NULL"
    )


def _touch(table: TableSchema) -> str:
    times = _TIMES[table.name]
    cases = " ".join(f"WHEN {time} IS NOT NULL THEN '{time}'" for time in times)
    rest = ", ".join(_column(table, name) for name in _TOUCH_COLUMNS)
    return (
        f"SELECT connection, '{table.name}' AS record, id, "
        f"coalesce({', '.join(times)}) AS at, CASE {cases} END AS at_field, {rest} "
        f"FROM {table.name}"
    )


def _column(table: TableSchema, name: str) -> str:
    instead = _INSTEAD.get(table.name, {}).get(name)
    if instead is not None:
        return f"{instead} AS {name}"
    has_it = any(column.name == name for column in table.columns)
    return name if has_it else f"NULL AS {name}"


def _union(queries: Iterator[str]) -> str:
    return "\nUNION ALL\n".join(queries)
