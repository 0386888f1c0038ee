"""What every store offers: its life, records, what is noted of syncs, and reading for people.

A store knows tables, rows and transactions; it reads and writes in batches. What an observation is
worth, which record comes out of it and when a checkpoint may move is decided above, in
`duetrail.pipeline`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from duetrail.model import Link, Ref
from duetrail.source import Period
from duetrail.stores.queries import (
    EVERY_CHECKPOINT,
    EVERY_PAGE,
    EVERY_REJECT,
    CheckpointQuery,
    CountQuery,
    DerivationQuery,
    LinkQuery,
    Loss,
    ObservationQuery,
    PageQuery,
    RecordQuery,
    RejectQuery,
    RemovalQuery,
    ValueQuery,
)
from duetrail.stores.removals import Removal
from duetrail.stores.rows import Row
from duetrail.stores.situation import Changes, Observation, Question, Situation
from duetrail.stores.sync_state import StateChanges, SyncState
from duetrail.stores.values import (
    Change,
    Checkpoint,
    KeptPage,
    StoredPage,
    StoredReject,
    StoredRun,
)


@runtime_checkable
class Store(Protocol):
    """Where records, links, rejects, pages and checkpoints live.

    Used by one thread, but for `known_documents`. Iterators read on while they are used: what is
    written meanwhile may be in them or not. A method that writes is called within a transaction,
    but where it says that it has its own.

    Attributes:
        url: The URL it was opened by.
        keeps_spelling: Whether JSON is given back letter by letter, and not only by value.
    """

    url: str
    keeps_spelling: bool

    def close(self) -> None:
        """Release the store."""

    def exclusive(self) -> AbstractContextManager[None]:
        """One sync at a time: a second one, in whatever process, is refused while this is held.

        Raises:
            StoreError: Another sync holds it.
        """

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: what is written inside is durable after it, or never was."""

    # --- records: the write path

    def known_documents(self, hashes: Sequence[bytes]) -> set[bytes]:
        """Those of some documents that stand in the store just so; may be asked by any thread."""

    def see_documents(self, hashes: Sequence[bytes], run: int) -> dict[bytes, int]:
        """Note the run that met documents just as they are stored.

        Returns:
            How many observations each of them shows, by hash; those that are not stored just so
            any more are left out.
        """

    def keyed_links(self, invoices: Mapping[bytes, Collection[Ref]]) -> list[tuple[bytes, Link]]:
        """The links by keys of touches in some documents to other invoices than these.

        Args:
            invoices: By the hash of each document, the invoices whose links are not asked for.

        Returns:
            The links, each with its document's hash.
        """

    def situation(self, question: Question) -> Situation:
        """What the store knows of some records, rejects and numbers."""

    def apply(self, changes: Changes) -> None:
        """Write what was decided: upserts, and removals.

        `Changes.run` is noted in each record that is written, is present again, or has a link come
        or go; a record that is removed leaves a removal with it.
        """

    def mark_missing(self, loss: Loss) -> list[Ref]:
        """Mark observations as missing, or forget them; their records, sorted.

        The documents they stand in are mapped when they are seen next.
        """

    def mark_absent(
        self, refs: Iterable[Ref], since: str, beside: Iterable[tuple[str, str]], run: int
    ) -> list[Ref]:
        """Mark the records of which every observation is missing, with what is derived from them.

        Args:
            refs: Records of which an observation is missing.
            since: The time to mark them with.
            beside: (resource, shape) that have no say: details of the record itself.
            run: The run that marks them.

        Returns:
            The records that were marked now, without derived ones.
        """

    def replace_links(
        self,
        table: str | None,
        links: Iterable[Link],
        run: int,
        rules: Collection[str] | None = None,
    ) -> int:
        """Make these the derived links of all records of a table; how many were added or removed.

        Args:
            table: A record table; None for those of all touches.
            links: Any number of links, in any order; they are not kept in memory.
            run: The run that does it: it is noted in each record of which a link comes or goes.
            rules: Links of these rules are replaced, those of others stay; None for all.
        """

    def link_periods(
        self, connection: str, rules: Sequence[Period], run: int, others: Collection[str] = ()
    ) -> int:
        """Bring derived links of touches to invoices in step with rules; how many changed.

        A touch falls into an invoice's period if both are of one customer of one connection. What
        is derived from such a touch is linked just as the touch is. The run is noted in each touch
        of which a link comes or goes. Links of other rules go, unless `others` names them.
        """

    # --- records: reading

    def records(self, query: RecordQuery) -> Iterator[Row]:
        """Records, ordered by connection and id."""

    def removals(self, query: RemovalQuery) -> Iterator[Removal]:
        """Records that were removed and are not back, ordered by connection and id."""

    def values(self, query: ValueQuery) -> Iterator[tuple[str, list[Ref]]]:
        """Values in order, each with the records that hold it, sorted."""

    def counts(self, query: CountQuery | ObservationQuery) -> dict[str | None, int]:
        """How many rows hold each value, in order; of observations, how many records a table."""

    def links(self, query: LinkQuery) -> Iterator[Link]:
        """Links, ordered by touch, invoice, `Link.how` and rule."""

    def derivations(self, query: DerivationQuery) -> Iterator[tuple[Ref, Ref]]:
        """Records and what was read off them, pair by pair, in order."""

    def observations(self, query: ObservationQuery) -> Iterator[Observation]:
        """Observations; `run` is the last run that saw one, whichever row says so."""

    # --- what is noted of syncs

    def begin_run(self, now: str) -> int:
        """Open a run, in a transaction of its own; its number."""

    def end_run(self, run: int, now: str, state: str, summary: str) -> None:
        """Close a run, in a transaction of its own.

        A transaction that an interrupt left open is rolled back first.

        Args:
            run: Its number.
            now: When it ended, as the store writes times.
            state: Its outcome (see `StoredRun.state`).
            summary: What it came to, as JSON.
        """

    def settled_run(self) -> int:
        """The last run such that neither it nor an earlier one can write any more; 0 for none.

        A run can write until it has ended, or its process is known to be dead. Whatever such a run
        has written is seen by whoever reads after this call.
        """

    def runs(self) -> Iterator[StoredRun]:
        """Every run, newest first."""

    def checkpoints(self, query: CheckpointQuery = EVERY_CHECKPOINT) -> Iterator[Checkpoint]:
        """Checkpoints, ordered by connection, resource and shard."""

    def rejects(self, query: RejectQuery = EVERY_REJECT) -> Iterator[StoredReject]:
        """Open rejects, ordered by connection, resource, shape and key."""

    def pages(self, query: PageQuery = EVERY_PAGE) -> Iterator[KeptPage]:
        """Kept pages, in the order of their numbers."""

    def page(self, number: int) -> StoredPage:
        """A kept page.

        Raises:
            StoreError: It is no longer kept.
        """

    def extras(self, number: int) -> str | None:
        """What no field has a home for, as JSON, of a page that was dropped; None of any other."""

    def sync_state(self) -> SyncState:
        """What else is noted."""

    def put_sync_state(self, changes: StateChanges) -> None:
        """Change what is noted."""

    def drop_superseded(self) -> None:
        """Forget pages, contents and documents that nothing refers to any more."""

    # --- reading for people, and erasing them

    def miscounted(self, connection: str, rule: Period) -> Iterator[tuple[str, int, int]]:
        """The invoices whose number of linked touches is not the number their vendor counts.

        Too few are no mistake where the period began before the first touch that is stored: its
        first touches may never have been read.

        Returns:
            Their ids in order, each with the vendor's number and the number of links.
        """

    def rewrite(
        self, table: str, changes: Mapping[str, Change], *, run: int = 0, dry_run: bool = False
    ) -> int:
        """Change values of some columns throughout a table; in how many rows.

        What is kept compressed is given, and taken, as it was before. The run is noted in each
        record that is changed, or of which a child is. With `dry_run` it only counts.
        """

    def remove(
        self,
        table: str,
        columns: Sequence[str],
        matches: Callable[[str], bool],
        *,
        run: int = 0,
        dry_run: bool = False,
    ) -> int:
        """Remove the rows in which one of these columns matches; how many.

        The run is noted in each record of which a link goes. A record leaves a removal with it,
        and a hash in place of its id (`duetrail.stores.removals.erased_id`).
        """

    def compact(self, *, is_scrubbed: bool = False) -> None:
        """Give space back where much of the store is empty; outside of any transaction.

        Args:
            is_scrubbed: Whether to rewrite the files however full they are, so that nothing that
                was removed or changed is left in them.

        Raises:
            StoreError: Somebody reads the store, so that its files cannot be rewritten.
        """
