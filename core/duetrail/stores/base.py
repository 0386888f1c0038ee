"""What every store offers the sync, the trail and the commands.

A store knows tables, rows and transactions; it reads and writes in batches. What an observation is
worth, which record comes out of it and when a checkpoint may move is decided above, in
`duetrail.pipeline`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from duetrail.model import Ref
from duetrail.stores.protocols import Reading, Rules
from duetrail.stores.queries import (
    EVERY_CHECKPOINT,
    EVERY_PAGE,
    EVERY_REJECT,
    CheckpointQuery,
    Loss,
    ObservationQuery,
    PageQuery,
    RejectQuery,
)
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
class Store(Reading, Rules, Protocol):
    """Where records, links, rejects, pages and checkpoints live.

    Used by one thread, but for `known_documents`.
    """

    url: str

    def close(self) -> None:
        """Release the store."""

    def alone(self) -> AbstractContextManager[None]:
        """One sync at a time: a second one, in whatever process, is refused while this is held.

        Raises:
            StoreError: Another sync holds it.
        """

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: what is written inside is durable after it, or never was."""

    # the write path

    def known_documents(self, hashes: Sequence[bytes]) -> set[bytes]:
        """Those of some documents that stand in the store just so; may be asked by any thread."""

    def see_documents(self, hashes: Sequence[bytes], run: int) -> dict[bytes, int]:
        """Note the run that met documents just as they are stored.

        Returns:
            How many observations each of them shows, by hash; those that are not stored just so
            any more are left out.
        """

    def linked_otherwise(self, hashes: Sequence[bytes], invoices: Iterable[Ref]) -> set[Ref]:
        """The touches in some documents that a key links to other invoices than these."""

    def situation(self, question: Question) -> Situation:
        """What the store knows of some records, rejects and numbers."""

    def apply(self, changes: Changes) -> None:
        """Write what was decided; to be called within a transaction."""

    def drop_superseded(self) -> None:
        """Forget pages, contents and documents that nothing refers to any more."""

    # records

    def observations(self, query: ObservationQuery) -> Iterator[Observation]:
        """Observations; `run` is the last run that saw one, whichever row says so."""

    def lose(self, loss: Loss) -> list[Ref]:
        """Mark observations as missing; their records, sorted.

        The documents they stand in are mapped when they are seen next.
        """

    def drop_stale(self, connection: str, resource: str, since: int) -> list[Ref]:
        """Forget differing observations that no run since has seen, if one in their shape was.

        Returns:
            The records they were observations of.
        """

    def mark_absent(
        self, refs: Iterable[Ref], since: str, beside: Iterable[tuple[str, str]]
    ) -> list[Ref]:
        """Mark the records of which every observation is missing, with what is derived from them.

        Args:
            refs: Records of which an observation is missing.
            since: The time to mark them with.
            beside: (resource, shape) that have no say: details of the record itself.

        Returns:
            The records that were marked now, without derived ones.
        """

    # pages and rejects

    def pages(self, query: PageQuery = EVERY_PAGE) -> Iterator[KeptPage]:
        """Kept pages, in the order of their numbers."""

    def page(self, number: int) -> StoredPage:
        """A kept page.

        Raises:
            StoreError: It is no longer kept.
        """

    def extras(self, number: int) -> str | None:
        """What no field has a home for, as JSON, of a page that was dropped; None of any other."""

    def rejects(self, query: RejectQuery = EVERY_REJECT) -> Iterator[StoredReject]:
        """Open rejects, ordered by connection, resource, shape and key."""

    # runs and checkpoints

    def begin_run(self, now: str) -> int:
        """Open a run; its number."""

    def end_run(self, run: int, now: str, state: str, summary: str) -> None:
        """Close a run with its outcome (see `StoredRun.state`) and its summary as JSON.

        A transaction that an interrupt left open is rolled back first.
        """

    def runs(self) -> Iterator[StoredRun]:
        """Every run, newest first."""

    def checkpoints(self, query: CheckpointQuery = EVERY_CHECKPOINT) -> Iterator[Checkpoint]:
        """Checkpoints, ordered by connection, resource and shard."""

    def sync_state(self) -> SyncState:
        """What is noted of syncs beside what they brought."""

    def put_sync_state(self, changes: StateChanges) -> None:
        """Change it; to be called within a transaction."""

    # erasing

    def rewrite(self, table: str, changes: Mapping[str, Change], *, dry_run: bool = False) -> int:
        """Change values of some columns throughout a table; in how many rows.

        What is kept compressed is given, and taken, as it was before. With `dry_run` it only
        counts.
        """

    def remove(
        self,
        table: str,
        columns: Sequence[str],
        matches: Callable[[str], bool],
        *,
        dry_run: bool = False,
    ) -> int:
        """Remove the rows in which one of these columns matches; how many."""

    def compact(self, *, is_scrubbed: bool = False) -> None:
        """Give space back where much of the store is empty.

        Args:
            is_scrubbed: Whether to rewrite the files however full they are, so that nothing that
                was removed or changed is left in them.

        Raises:
            StoreError: Somebody reads the store, so that its files cannot be rewritten.
        """
