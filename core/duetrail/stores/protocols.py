"""What a store offers besides writing: reading for people, and rules over stored records.

Parts of the protocol `duetrail.stores.base.Store`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from duetrail.model import Link, Ref
from duetrail.source import Period


class Reading(Protocol):
    """Questions of the trail and of commands that only read."""

    def find_invoices(self, name: str, exact: Ref) -> list[Ref]:
        """The invoices that somebody may mean by a name, sorted.

        Args:
            name: A number, an id at a vendor, or an ERP id.
            exact: The invoice that is meant if the name is `connection:id`.

        Returns:
            The stored invoices. Where there are none, those that links name, as some vendors have
            no invoices of their own.
        """

    def links_to(self, invoices: Iterable[Ref]) -> list[Link]:
        """Every link to these invoices, of touches and of invoices that are the same.

        Ordered by `Link.how`, descending, and then by the touch.
        """

    def derived_links(self, table: str) -> set[Link]:
        """Every link of records of a table that a rule made."""

    def absent_since(self, refs: Iterable[Ref]) -> dict[Ref, datetime | None]:
        """Since when some records are absent; None for one that is not.

        A record that is not stored is left out.
        """

    def ids_by_value(
        self,
        table: str,
        column: str,
        connection: str,
        values: Iterable[str] | None = None,
        *,
        present: bool = False,
    ) -> Iterator[tuple[str, list[str]]]:
        """Values of a text column in order, each with the sorted ids of the records that hold it.

        Args:
            table: A record table.
            column: One of its columns, or `id`.
            connection: Whose records.
            values: Only these values; None for all but the empty text.
            present: Whether to leave out records that are absent.
        """


class Rules(Protocol):
    """Links of touches to the invoice in whose period they fall."""

    def link_periods(self, connection: str, rules: Sequence[Period]) -> int:
        """Bring derived links of touches to invoices in step with rules; how many changed."""

    def miscounted(self, connection: str, rule: Period) -> Iterator[tuple[str, int, int]]:
        """The invoices whose number of linked touches is not the number their vendor counts.

        Too few are no mistake where the period began before the first touch that is stored: its
        first touches may never have been read.

        Returns:
            Their ids in order, each with the vendor's number and the number of links.
        """
