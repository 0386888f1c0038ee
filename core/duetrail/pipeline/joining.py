"""Joining: which run a shard of a sync is part of, one that is open or one that begins with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from graphlib import TopologicalSorter
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from duetrail.errors import StoreError
from duetrail.pipeline.events import Observer
from duetrail.pipeline.partition import Partition
from duetrail.pipeline.run import RESUMED_FOR, resumable
from duetrail.pipeline.scope import Scope
from duetrail.pipeline.shard_notes import Notes, RunNote, ShardNote, encoded
from duetrail.pipeline.starting import Start
from duetrail.pipeline.summary import LinkChanges
from duetrail.stores import Store, moment
from duetrail.stores.shared import WHOLE_RUN, SharedStore
from duetrail.streams import Stream

Wait = Callable[[float], object]


class Order(Struct, frozen=True, kw_only=True):
    """What a shard is told to do; see `duetrail.pipeline.run.begun` for what is not said here.

    Attributes:
        partition: Which part of the work is its own.
        workers: How many shards of lists, or keys, are read at once.
        select: Names of resources or record tables; empty for everything.
        scope: How much is read.
        keep_pages: Days after which pages are dropped.
        accept_account: Whether each connection is said to be the account it was.
        sync_id: What tells this sync from the one before and the next; empty for nothing.
        observer: Hears about progress.
        at_end: What is left to do when all is read.
        wait: Sleeps for so many seconds.
    """

    partition: Partition
    workers: int
    select: Sequence[str] = ()
    scope: Scope
    keep_pages: int | None = None
    accept_account: bool = False
    sync_id: str = ""
    observer: Observer | None = None
    at_end: Callable[[Store, int], LinkChanges] = lambda store, run: LinkChanges()
    wait: Wait = time.sleep


class JoinedRun(Struct, frozen=True):
    """The run that a shard is part of.

    Attributes:
        run: Its number.
        whole: What is noted of it.
        mine: What is noted of the shard; None where it begins now.
        scope: How much is read, by the time when the run began.
    """

    run: int
    whole: RunNote
    mine: ShardNote | None
    scope: Scope

    def is_read(self, stages: Sequence[Sequence[Stream]]) -> bool:
        """Whether nothing is left to be read of the shard."""
        return self.mine is not None and self.stage(stages) == len(stages)

    def stage(self, stages: Sequence[Sequence[Stream]]) -> int:
        """From which stage on the shard is to be read.

        Where all was read, that is the first in which something failed, if it is still open.
        """
        if self.mine is None or self.mine.stage < len(stages):
            return self.mine.stage if self.mine else 0
        for at in range(self.whole.closed, len(stages)):
            entries = [self.mine.streams[stream.name].entry for stream in stages[at]]
            if any(entry.state == "failed" for entry in entries):
                return at
        return len(stages)


def joined(store: SharedStore, notes: Notes, start: Start, order: Order) -> JoinedRun | None:
    """The sync in shards that is open, to go on with; None where one is to be begun.

    Raises:
        StoreError: Shards of another sync are at work.
    """
    others = store.shards_at_work()
    last = next(store.runs(), None)
    whole, scope = notes.whole, order.scope
    if whole is not None and last is not None and last.run == notes.run:
        is_recent = moment(scope.now - RESUMED_FOR) <= whole.started_at <= moment(scope.now)
        wanted = (order.partition.of, _asked(start, order), digest_of(order.sync_id))
        if (whole.of, whole.asked, whole.sync_id) == wanted and (others or is_recent):
            now = datetime.fromisoformat(whole.started_at)
            scope = replace(scope, now=now, resumed=whole.since)
            return JoinedRun(notes.run, whole, notes.shards.get(order.partition.index), scope)
    if others:
        raise _other_sync(store, others, whole, order)
    return None


def begun(store: SharedStore, start: Start, order: Order) -> JoinedRun:
    """Begin a sync in shards; what was left of an earlier one is gone on with by it."""
    scope = order.scope
    store.drop_shard_notes()
    resumed = resumable(store, scope)
    run = store.begin_run(moment(scope.now))
    whole = RunNote(
        of=order.partition.of,
        asked=_asked(start, order),
        sync_id=digest_of(order.sync_id),
        started_at=moment(scope.now),
        since=resumed or run,
    )
    store.put_shard_note(run, WHOLE_RUN, encoded(whole))
    return JoinedRun(run, whole, None, replace(scope, resumed=whole.since))


def stages_of(plan: Mapping[Stream, Sequence[Stream]]) -> list[list[Stream]]:
    """The streams in stages: those of each need nothing but what the ones before it gave."""
    sorter = TopologicalSorter(plan)
    sorter.prepare()
    order = [*plan]
    stages = []
    while sorter.is_active():
        ready = sorter.get_ready()
        stages.append(sorted(ready, key=order.index))
        sorter.done(*ready)
    return stages


def _asked(start: Start, order: Order) -> str:
    """What all shards of a sync have in common."""
    scope = order.scope
    return digest_of(
        [
            [stream.name for stream in start.plan],
            sorted(start.broken.keys() - {stream.connection.name for stream in start.plan}),
            [scope.full, scope.since, scope.until, scope.accept_absences, order.keep_pages],
        ]
    )


def digest_of(value: Any) -> str:
    """A short hash of a value, for what is only compared."""
    return blake2b(msgspec.json.encode(value), digest_size=16).hexdigest()


def _other_sync(
    store: SharedStore, others: set[int], whole: RunNote | None, order: Order
) -> StoreError:
    names = ", ".join(map(str, sorted(others)))
    if whole is not None and whole.of != order.partition.of:
        return StoreError(
            f"a sync in {whole.of} shards goes on in the store {store.url}, and this one is to "
            f"have {order.partition.of} (at work: {names})",
            hint=f"Wait for it to end, or run this one as a shard of {whole.of}.",
        )
    return StoreError(
        f"another sync in shards goes on in the store {store.url} (at work: {names}): it reads "
        "other streams than this one, or in another way",
        hint="Give all shards of a sync the same configuration, arguments, plugins and --sync-id.",
    )
