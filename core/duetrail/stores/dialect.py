"""SQL that each database says in its own way; all other SQL of the stores is standard.

The parts that stores share ask their `Dialect` for these few words. PostgreSQL's is in
`duetrail.stores.postgres.dialect`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol


class Dialect(Protocol):
    """What one kind of database says in its own way.

    A list of values of any length is bound as one JSON array (`bound`).

    Attributes:
        each: The texts of a list that is bound in order.
        each_number: The whole numbers of one.
        each_pair: The pairs of texts of one.
        by_item: A hint, behind the table `rejects`, to look them up by item.
        key: The key that an observation `o` was asked with, read from the line that `as_line` made
            of it.
    """

    each: str
    each_number: str
    each_pair: str
    by_item: str
    key: str

    def bound(self, values: Iterable[Any]) -> str:
        """A list as it is bound."""

    def listed(self, name: str, width: int = 1) -> str:
        """The rows of a list that is bound by name, each of so many columns."""

    def line(self, number: int) -> str:
        """A line of the `within` of an observation `o`, the first being 0."""

    def among(self, hashes: Sequence[bytes]) -> Iterator[tuple[str, Sequence[Any]]]:
        """What stands behind a column that holds one of some hashes, and what is bound for it.

        Several where a statement takes only so many.
        """
