"""The conditions of a statement, put together from what a query asks for.

How a list of values is bound is a matter of the database (`duetrail.stores.dialect`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from duetrail.stores.dialect import Dialect


class Conditions:
    """Conditions that all hold, with the values that are bound by name.

    What a query does not ask for, which is None, is left out. So is its column: an index is used
    where the whole text of the statement shows that it can be.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.values: dict[str, Any] = {}
        self._every: list[str] = []

    def add(self, condition: str, **values: Any) -> None:
        """Add a condition with the values of its `:names`."""
        self._every.append(condition)
        self.values |= values

    def equal(self, **columns: Any) -> None:
        """Each of these columns holds its value."""
        for column, value in columns.items():
            if value is not None:
                self.add(f"{column} = :{column}", **{column: value})

    def among(
        self, name: str, values: Iterable[Any] | None, *columns: str, is_not: bool = False
    ) -> None:
        """A column, or several together, hold one of these values.

        Args:
            name: What the list is bound as.
            values: A value, or for several columns a tuple, each; None for any.
            columns: The columns, or expressions.
            is_not: Whether they hold none of the values.
        """
        if values is not None:
            within = "NOT IN" if is_not else "IN"
            self.add(f"({', '.join(columns)}) {within} {self._dialect.listed(name, len(columns))}")
            self.values[name] = self._dialect.bound(values)

    def __str__(self) -> str:
        """The WHERE of a statement; empty where everything is asked for."""
        return f"WHERE {' AND '.join(self._every)}" if self._every else ""
