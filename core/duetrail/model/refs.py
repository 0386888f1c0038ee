"""References as people write them: `CONNECTION:TABLE:ID`."""

from __future__ import annotations

from duetrail.errors import UsageError
from duetrail.model.records import BY_TABLE
from duetrail.model.values import Ref


def parse_ref(text: str) -> Ref:
    """The record that `CONNECTION:TABLE:ID` names, whether or not it is stored.

    Args:
        text: Such as `stuut:invoices:inv_1`; an id may hold colons of its own.

    Raises:
        UsageError: There is no such kind of record.
    """
    connection, _, rest = text.partition(":")
    table, _, id = rest.partition(":")
    if table not in BY_TABLE:
        raise UsageError(
            f"{text!r} names no record: there is no table {table!r}",
            hint="Write CONNECTION:TABLE:ID, such as stuut:invoices:inv_1. "
            f"There are {', '.join(BY_TABLE)}.",
        )
    return Ref(connection, table, id)
