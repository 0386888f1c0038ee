"""The logical schema: each table and column declared once, for every store.

Record tables are read off the record classes, so that a new field is a new column; the engine's
own tables are declared in `duetrail.stores.schema.engine`. Schemas for others to use are in
`duetrail.stores.schema.json_schema` and `duetrail.stores.schema.arrow`.
"""

from duetrail.stores.schema.engine import engine_tables
from duetrail.stores.schema.records import record_tables
from duetrail.stores.schema.sqlite import (
    complete,
    missing,
    missing_columns,
    missing_tables,
    undeclared_columns,
)
from duetrail.stores.schema.statements import ddl, table_named
from duetrail.stores.schema.tables import ColumnSchema, Index, Kind, TableSchema

__all__ = [
    "ColumnSchema",
    "Index",
    "Kind",
    "TableSchema",
    "complete",
    "ddl",
    "engine_tables",
    "missing",
    "missing_columns",
    "missing_tables",
    "record_tables",
    "table_named",
    "undeclared_columns",
]
