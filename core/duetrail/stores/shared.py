"""What a store offers beyond `Store` where several machines write to it at once.

A sync in shards is several processes with one run, each with a part of the work. The store keeps
them apart by locks that end with their process, and notes how far each has come.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from duetrail.http.budget import MakesBudget
from duetrail.stores.base import Store

WHOLE_RUN = 0
CLOSED = -1


@runtime_checkable
class SharedStore(Store, Protocol):
    """A store that processes on several machines may write to at the same time."""

    def sharing(self, shard: int) -> AbstractContextManager[None]:
        """Be one shard of a sync: beside other shards, and never beside an ordinary sync.

        Args:
            shard: The number of the shard.

        Raises:
            StoreError: A process with this number, or an ordinary sync, is at work.
        """

    def begin_work(self, shard: int) -> None:
        """Have others see that a shard is at work, until `sharing` is left."""

    def closing(self) -> AbstractContextManager[None]:
        """Wait until nobody else holds this, then hold it: for what one shard does for all."""

    def shards_at_work(self) -> set[int]:
        """The numbers of the shards whose processes have begun their work, and are alive."""

    def shard_notes(self) -> Mapping[tuple[int, int], str]:
        """What was noted, as JSON, by run and shard.

        In place of a shard stands `WHOLE_RUN` for the whole of a run that is open, and `CLOSED` for
        one that is not.
        """

    def put_shard_note(self, run: int, shard: int, note: str) -> None:
        """Note how far a shard, or the whole, has come, in a transaction of its own."""

    def drop_shard_notes(self, *, closed: tuple[int, str] | None = None) -> None:
        """Forget all notes, so that no shard goes on with an earlier run.

        Args:
            closed: A run that was closed just now, with what is noted of it.
        """

    @property
    def rate_budget(self) -> MakesBudget:
        """Makes the rate budget of a credential that all who use this store share."""
