"""What every store offers: its life, and the three groups of `duetrail.stores.protocols`.

A store knows tables, rows and transactions; it reads and writes in batches. What an observation is
worth, which record comes out of it and when a checkpoint may move is decided above, in
`duetrail.pipeline`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from duetrail.stores.protocols import People, Records, Syncs


@runtime_checkable
class Store(Records, Syncs, People, Protocol):
    """Where records, links, rejects, pages and checkpoints live.

    Used by one thread, but for `known_documents`. Iterators read on while they are used: what is
    written meanwhile may be in them or not.
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
