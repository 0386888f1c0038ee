"""What a store offers besides writing: reading for people, rules, and where records were seen.

Parts of the protocol `duetrail.stores.base.Store`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from duetrail.model import Link, Ref
from duetrail.source import Period
from duetrail.stores.queries import (
    CountQuery,
    DerivationQuery,
    LinkQuery,
    ObservationQuery,
    RecordQuery,
    ValueQuery,
)
from duetrail.stores.rows import Row


class Reading(Protocol):
    """Questions of the trail and of commands that only read."""

    def records(self, query: RecordQuery) -> Iterator[Row]:
        """Records, ordered by connection and id."""

    def values(self, query: ValueQuery) -> Iterator[tuple[str, list[Ref]]]:
        """Values in order, each with the records that hold it, sorted."""

    def counts(self, query: CountQuery | ObservationQuery) -> dict[str | None, int]:
        """How many rows hold each value, in order; of observations, how many records a table."""

    def links(self, query: LinkQuery) -> Iterator[Link]:
        """Links, ordered by `Link.how`, descending, and then by the touch."""

    def derivations(self, query: DerivationQuery) -> Iterator[tuple[Ref, Ref]]:
        """Records and what was read off them, pair by pair, in order."""

    def content(self) -> Iterator[tuple[Any, ...]]:
        """Everything a store says, line by line in an order that depends on nothing else.

        Each line is a table's name and the values of a row. First every kind of record and, after
        it, its children, then links and open rejects. Records that are absent are left out, with
        what belongs to them: links from them, and links to them that no vendor named.
        """


class Rules(Protocol):
    """Links made by rules: between invoices that are the same, and of touches by periods."""

    def replace_links(self, table: str, links: Iterable[Link]) -> int:
        """Make these the derived links of all records of a table; how many were added or removed.

        Args:
            table: A record table.
            links: Any number of links, in any order; they are not kept in memory.
        """

    def link_periods(self, connection: str, rules: Sequence[Period]) -> int:
        """Bring derived links of touches to invoices in step with rules; how many changed."""

    def miscounted(self, connection: str, rule: Period) -> Iterator[tuple[str, int, int]]:
        """The invoices whose number of linked touches is not the number their vendor counts.

        Too few are no mistake where the period began before the first touch that is stored: its
        first touches may never have been read.

        Returns:
            Their ids in order, each with the vendor's number and the number of links.
        """
