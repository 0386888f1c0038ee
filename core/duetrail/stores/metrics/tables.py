"""The tables that a metric reads, where it does not read them as they stand in the store.

In the query of a metric these stand before everything else, each under the name of a table: what
reads `invoices` then reads what invoices were on a past day, or those of some connections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from duetrail.stores.metrics.dialects import DIALECTS
from duetrail.stores.metrics.parameters import MetricParameters
from duetrail.stores.metrics.past import links_as_of, table_as_of
from duetrail.stores.schema.records import record_tables

_WORD = re.compile(r"\w+")


def tables_read(given: MetricParameters, sql: str, dialect: str) -> Iterator[tuple[str, str]]:
    """The tables that a query is to read otherwise, each with the query that stands for it.

    Links are those of all connections: two invoices may be the same by a third one.

    Args:
        given: The day in the past, and the connections.
        sql: The query.
        dialect: `sqlite` or `postgresql`.
    """
    words = set(_WORD.findall(sql))
    for table in record_tables() if given.as_of or given.connections else ():
        if table.name in words:
            if given.as_of is None:
                query = f"SELECT * FROM {DIALECTS[dialect].stored(table.name)}"
            else:
                query = table_as_of(table, words, given.as_of, dialect)
            yield table.name, query + _only(given.connections, given.as_of is not None)
    if given.as_of is not None and "links" in words:
        yield "links", links_as_of(given.as_of, dialect)


def _only(connections: tuple[str, ...], is_past: bool) -> str:
    """The condition that leaves the records of some connections; of all if none is given."""
    if not connections:
        return ""
    doubled = [name.replace("'", "''") for name in connections]
    names = ", ".join(f"'{name}'" for name in doubled)
    return f" {'AND h.' if is_past else 'WHERE '}connection IN ({names})"
