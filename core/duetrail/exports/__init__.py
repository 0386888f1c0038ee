"""Exports: a store's tables as files for other programs, or as tables of a DuckDB file.

The columns are those of `duetrail.stores.schema`. Rows go through in batches, so memory does not
grow with their number. Parquet and DuckDB need the extra `export`; it is imported when they are.
"""

from duetrail.exports.run import Exported, export
from duetrail.exports.targets import FORMS, Target

__all__ = ["FORMS", "Exported", "Target", "export"]
