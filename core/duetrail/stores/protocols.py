"""What a store offers besides writing: reading for people, rules, and where records were seen.

Parts of the protocol `duetrail.stores.base.Store`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from duetrail.model import Link, Ref
from duetrail.source import Period


class OldPage(NamedTuple):
    """A kept page that may be dropped.

    Attributes:
        number: Its number.
        connection: Whose answer it is.
        resource: Of which resource.
        is_noted: Whether what only it holds is noted already, by the last run.
    """

    number: int
    connection: str
    resource: str
    is_noted: bool


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

    def origin(self, ref: Ref) -> Ref | None:
        """The record that a derived record was read off; None where it is not derived."""

    def content(self) -> Iterator[tuple[Any, ...]]:
        """Everything a store says, line by line in an order that depends on nothing else.

        Each line is a table's name and the values of a row. First every kind of record and, after
        it, its children, then links and open rejects. Records that are absent are left out, with
        what belongs to them: links from them, and links to them that no vendor named.
        """

    def record_counts(self) -> list[tuple[str, str, int, int]]:
        """Connection, table, records that are present, and absent ones; by table, as the model."""

    def known_connections(self) -> set[str]:
        """The connections that left a checkpoint or a reject."""

    def unknown_words(self, connection: str, table: str, column: str) -> list[tuple[str, int]]:
        """A vendor's own words for which the model has none, in order, each with its count.

        Args:
            connection: Whose.
            table: A table of records or of their children.
            column: One with a word of the model, beside which `<column>_raw` holds the vendor's.
        """

    def page_numbers(self, connections: Collection[str] | None = None) -> list[int]:
        """The numbers of the kept pages of some connections, or of all, in order."""

    def cursors(self) -> dict[tuple[str, str, str], str]:
        """The cursor of each shard that has one, by connection, resource and shard, in order."""


class Sightings(Protocol):
    """Where records were seen."""

    def has_observations(self, connection: str, resource: str | None = None) -> bool:
        """Whether anything of a connection, or of one of its resources, was ever stored."""

    def observed_shapes(self, connection: str) -> set[tuple[str, str]]:
        """The (resource, shape) in which anything of a connection was ever stored."""

    def latest_keys(
        self, connection: str, resource: str, shapes: Sequence[str], most: int
    ) -> list[str]:
        """The keys whose answers showed something in these shapes last, newest first."""

    def count_present(
        self,
        connection: str,
        resource: str,
        shapes: Sequence[str],
        keys: Sequence[str] | None = None,
    ) -> int:
        """How many records a resource shows in these shapes.

        Args:
            connection: Whose.
            resource: The resource.
            shapes: The shapes that count.
            keys: Only what the answers to these keys show; None for all.
        """

    def pages_before(self, before: str | None) -> list[OldPage]:
        """The pages that may be dropped, in order: received before a time, and in no reject.

        A page that is dated later than the last run began, by a clock that was ahead, is at least
        as old as the runs after its own.

        Args:
            before: The time, as the store writes times; None for all pages.
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
