"""The tables of some connections only, under their own names.

In the query of a metric these stand before everything else, each under the name of a table: what
reads `invoices` then reads the invoices of these connections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from duetrail.stores.schema.records import record_tables

_WORD = re.compile(r"\w+")


def tables_of(connections: Sequence[str], sql: str, dialect: str) -> Iterator[tuple[str, str]]:
    """The tables that a query reads, each with the query of its rows of some connections.

    Links are not among them: what they lead to is left out already.

    Args:
        connections: Their names.
        sql: The query.
        dialect: `sqlite` or `postgresql`.
    """
    words = set(_WORD.findall(sql))
    # In SQLite a view by the name of a table would read itself.
    schema = "main." if dialect == "sqlite" else ""
    for table in record_tables():
        if table.name in words:
            columns = [one.name for one in table.parts if one.name in words]
            told = ", ".join(dict.fromkeys(["connection", *table.primary_key, *columns]))
            yield (
                table.name,
                f"SELECT {told} FROM {schema}{table.name}\nWHERE {is_chosen(connections)}",
            )


def is_chosen(connections: Sequence[str], column: str = "connection") -> str:
    """A condition: a row is one of these connections; all are if there is none."""
    if not connections:
        return "1 = 1"
    listed = ", ".join("'" + one.replace("'", "''") + "'" for one in connections)
    return f"{column} IN ({listed})"
