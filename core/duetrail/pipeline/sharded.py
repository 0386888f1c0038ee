"""One shard of a sync: several processes, on one machine or many, read one run into one store.

All shards share the number of the run, so that it makes no difference which of them read what. The
plan is read in stages: first what needs nothing else, then what that gave keys to, and so on. A
shard reads its part of a stage, notes it, and waits until the stage is closed. Whoever is the last
to read its part of a stage closes it for all: it draws the conclusions (absence, mass loss, proofs
of completeness); with the last stage it links and ends the run.

Shards that are not there are waited for only so long. Then the others read with the keys that are
stored by now; whoever closes that stage asks the keys that were missing then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from graphlib import TopologicalSorter
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from duetrail.errors import DuetrailError, Incomplete, StoreError
from duetrail.pipeline.commit import Committer
from duetrail.pipeline.mass_loss import withheld_of
from duetrail.pipeline.open_rejects import count_rejects
from duetrail.pipeline.partition import WHOLE_WORK, Partition
from duetrail.pipeline.plan import WHOLE, has_key_source
from duetrail.pipeline.run import RESUMED_FOR, resumable, tidy_up, time_now, told
from duetrail.pipeline.scope import Scope
from duetrail.pipeline.shard_notes import Notes, RunNote, ShardNote, encoded
from duetrail.pipeline.starting import Start
from duetrail.pipeline.stream_report import StreamReport, together
from duetrail.pipeline.summary import (
    Halted,
    Interrupted,
    ResourceSummary,
    ShardSummary,
    Summary,
)
from duetrail.pipeline.work import Observer, Work
from duetrail.signals import deferred, number_of
from duetrail.stores import Store, moment
from duetrail.stores.shared import WHOLE_RUN, SharedStore
from duetrail.streams import BoundSources, Stream

PATIENCE = 60.0
"""Seconds for which a shard waits for others that are not at work: their machines may start."""

_POLL = 0.25

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
    at_end: Callable[[Store, int], int] = lambda store, run: 0
    wait: Wait = time.sleep


def sync_shard(
    store: SharedStore,
    connections: BoundSources,
    configured: Sequence[str],
    broken: Mapping[str, DuetrailError],
    order: Order,
) -> Summary:
    """Read one shard of a sync, and close the whole if it is the last one.

    Args:
        store: Where to.
        connections: Which, by name, each with its plugin.
        configured: The names of all connections there are.
        broken: Connections that were asked for but cannot begin, and why.
        order: What to do.

    Raises:
        StoreError: An ordinary sync, the same shard, or a shard of another sync is at work.
        DuetrailError, KeyboardInterrupt: See `duetrail.pipeline.run.begun`.
    """
    with store.sharing(order.partition.index):
        with store.closing():  # one at a time: whose account it is, and which run is gone on with
            start = Start.of(
                store,
                connections,
                configured,
                broken=broken,
                select=order.select,
                accept_account=order.accept_account,
            )
            joined = _Joined.of(store, start, order)
            if joined.closed is not None:
                return _closed_before(joined, order)
            store.begin_work(order.partition.index)
            refused = start.refused(connections, store, joined.scope.now)
        start = replace(start, broken={**start.broken, **refused})
        one = _Shard(store, connections, start, order, joined)
        with one.ending():
            one.read()
    return one.summary


class _Joined(Struct, frozen=True):
    """The run that a shard is part of.

    Attributes:
        run: Its number.
        scope: How much is read, by the time when the run began.
        closed: What is noted of it, where it is closed already.
    """

    run: int
    scope: Scope
    closed: RunNote | None = None

    @classmethod
    def of(cls, store: SharedStore, start: Start, order: Order) -> _Joined:
        """Go on with the sync in shards that is open, or begin one.

        Raises:
            StoreError: Shards of another sync are at work.
        """
        notes, scope = Notes.of(store), order.scope
        asked, sync_id = _asked(start, order), _digest(order.sync_id)
        if order.sync_id and notes.closed is not None and notes.closed.sync_id == sync_id:
            return cls(notes.run, scope, notes.closed)
        others = store.shards_at_work() - {order.partition.index}
        last = next(store.runs(), None)
        whole = notes.whole
        if whole is not None and last is not None and last.run == notes.run:
            is_recent = moment(scope.now - RESUMED_FOR) <= whole.started_at <= moment(scope.now)
            is_same = (whole.of, whole.asked, whole.sync_id) == (order.partition.of, asked, sync_id)
            if is_same and (others or is_recent):
                now = datetime.fromisoformat(whole.started_at)
                return cls(notes.run, replace(scope, now=now, resumed=whole.since))
        if others:
            raise _other_sync(store, others, whole, order)
        store.drop_shard_notes()
        resumed = resumable(store, scope)
        run = store.begin_run(moment(scope.now))
        whole = RunNote(
            of=order.partition.of,
            asked=asked,
            sync_id=sync_id,
            started_at=moment(scope.now),
            since=resumed or run,
        )
        store.put_shard_note(run, WHOLE_RUN, encoded(whole))
        return cls(run, replace(scope, resumed=whole.since))


def _asked(start: Start, order: Order) -> str:
    """What all shards of a sync have in common."""
    scope = order.scope
    return _digest(
        [
            [stream.name for stream in start.plan],
            sorted(start.broken.keys() - {stream.connection.name for stream in start.plan}),
            [scope.full, scope.since, scope.accept_absences, order.keep_pages],
        ]
    )


def _digest(value: Any) -> str:
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


def _closed_before(joined: _Joined, order: Order) -> Summary:
    """The summary of a shard of a sync that is closed: it asks nothing."""
    assert joined.closed is not None
    part = order.partition
    shard = ShardSummary(part.index, part.of, [], earlier_exit_code=joined.closed.exit_code)
    return Summary(joined.run, shard=shard)


class _Shard:
    """Reads one shard."""

    def __init__(
        self,
        store: SharedStore,
        connections: BoundSources,
        start: Start,
        order: Order,
        joined: _Joined,
    ) -> None:
        self._store = store
        self._connections = connections
        self._start = start
        self._order = order
        self._run = joined.run
        self._scope = joined.scope
        self._me = order.partition.index
        self._note = Notes.of(store).shards.get(self._me, ShardNote())
        self._patience = PATIENCE
        self._is_again = self._note.stage == len(self._stages) and not self._retry_failed()
        self.summary = Summary(
            self._run,
            [self._note.streams[name].entry for name in self._note.streams],
            resumed_from=self._resumed_from(),
            state="interrupted",
            shard=ShardSummary(self._me, order.partition.of, []),
        )
        for name, error in start.broken.items():
            self.summary.add_broken(name, error)
        self._work = self._new_work(self.summary, order.partition, order.observer)
        self._put_note()

    def _resumed_from(self) -> int | None:
        """The run that is gone on with: an earlier one, or this one where its shard was cut off."""
        if self._scope.resumed != self._run:
            return self._scope.resumed
        return self._run if self._me in Notes.of(self._store).shards else None

    @cached_property
    def _stages(self) -> list[list[Stream]]:
        """The streams in stages: those of each need nothing but what the ones before it gave."""
        sorter = TopologicalSorter(self._start.plan)
        sorter.prepare()
        stages = []
        while sorter.is_active():
            ready = sorter.get_ready()
            stages.append(sorted(ready, key=[*self._start.plan].index))
            sorter.done(*ready)
        return stages

    def _retry_failed(self) -> bool:
        """Go back to the first stage in which something failed, if it is still open."""
        whole = Notes.of(self._store).whole
        for stage in range(whole.closed if whole else 0, len(self._stages)):
            reports = (self._note.streams[stream.name] for stream in self._stages[stage])
            if any(report.entry.state == "failed" for report in reports):
                for stream in (one for some in self._stages[stage:] for one in some):
                    del self._note.streams[stream.name]
                self._note.stage = stage
                return True
        return False

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Whatever ends the shard, its summary says how."""
        summary = self.summary
        try:
            yield
            summary.state = "ended"
        except KeyboardInterrupt as stop:
            summary.signal = number_of(stop)
            raise Interrupted(summary) from None
        except StoreError as error:
            summary.state = "halted"
            raise Halted(error, summary) from error
        finally:
            with deferred():
                self._start.credentials.stop()

    def read(self) -> None:
        """Read what is left of this shard, and close what can be closed."""
        shard = self.summary.shard
        assert shard is not None
        while self._note.stage < len(self._stages):
            self._wait_for(self._note.stage - 1)
            self._read_stage(self._note.stage)
            self._close_stages()
        self.summary.open_rejects = count_rejects(self._store, self._connections)
        if self._is_again:
            self._close_stages()  # whoever was about to may have been killed
            shard.earlier_exit_code = self._note.exit_code
        shard.open = self._open_shards()

    def _open_shards(self) -> list[int]:
        notes = Notes.of(self._store)
        if notes.run != self._run or notes.whole is None:
            return []
        return [one for one in self._numbers if self._stage_of(notes, one) < len(self._stages)]

    @property
    def _numbers(self) -> range:
        return range(1, self._order.partition.of + 1)

    def _stage_of(self, notes: Notes, shard: int) -> int:
        return notes.shards[shard].stage if shard in notes.shards else 0

    # --- reading

    def _wait_for(self, stage: int) -> None:
        """Wait until a stage is closed, as long as those who have to read it are there, or come."""
        while stage >= 0 and self._closed() <= stage:
            at_work = self._store.shards_at_work()  # before the notes: who is gone notes no more
            notes = Notes.of(self._store)
            behind = {one for one in self._numbers if self._stage_of(notes, one) <= stage}
            if not behind:
                self._close_stages()
                continue
            if behind - at_work:
                if self._patience <= 0:
                    return
                self._patience -= _POLL
            self._order.wait(_POLL)

    def _closed(self) -> int:
        """How many stages are closed."""
        notes = Notes.of(self._store)
        return notes.whole.closed if notes.whole else len(self._stages)

    def _read_stage(self, stage: int) -> None:
        is_early = self._closed() < stage
        plan: dict[Stream, list[Stream]] = {}
        for stream in self._stages[stage]:
            if (error := self._start.broken.get(stream.connection.name)) is not None:
                self._report(stream, _failed(stream, error))
            elif is_early and not has_key_source(stream, self._store):
                entry = ResourceSummary(stream.connection.name, stream.resource.name)
                self._report(stream, StreamReport(entry, is_early=True))
            else:
                plan[stream] = []
        if plan:
            self._work.do(
                plan,
                self._order.workers,
                lambda stream: self._report(stream, self._work.report(stream), is_early=is_early),
            )
        self._note.stage = stage + 1
        self.summary.state = "ended"
        self._note.exit_code = self.summary.exit_code
        self.summary.state = "interrupted"
        self._put_note()

    def _report(self, stream: Stream, report: StreamReport, *, is_early: bool = False) -> None:
        report.is_early |= is_early
        self._note.streams[stream.name] = report

    def _put_note(self) -> None:
        struck = self._work.struck
        self._store.put_shard_note(self._run, self._me, encoded(self._note, struck))

    # --- closing

    def _close_stages(self) -> None:
        """Close every stage that all shards have read."""
        with self._store.closing():
            while True:
                notes = Notes.of(self._store)
                if notes.run != self._run or notes.whole is None:
                    return
                stage = notes.whole.closed
                if any(self._stage_of(notes, one) <= stage for one in self._numbers):
                    return
                self._close(stage, notes.whole, notes.shards)

    def _close(self, stage: int, whole: RunNote, shards: Mapping[int, ShardNote]) -> None:
        """Draw the conclusions from a stage."""
        summary = Summary(self._run)
        work = self._new_work(summary, WHOLE_WORK)
        for stream in (one for some in self._stages[:stage] for one in some):
            work.adopt(stream, whole.streams[stream.name])
        read = {
            stream: [shard.streams[stream.name] for shard in shards.values()]
            for stream in self._stages[stage]
        }
        late = [stream for stream, some in read.items() if any(one.is_early for one in some)]
        for stream, report in self._read_late(late).items():
            read[stream].append(report)
        for stream, some in read.items():
            work.adopt(stream, together(some))
        for stream in read:
            self._conclude(work, stream)
            whole.streams[stream.name] = StreamReport(work.entry(stream))
        whole.closed = stage + 1
        if whole.closed == len(self._stages):
            self._end(whole)
        else:
            note = encoded(whole, self._work.struck)
            self._store.put_shard_note(self._run, WHOLE_RUN, note)

    def _read_late(self, streams: Sequence[Stream]) -> dict[Stream, StreamReport]:
        """Ask the keys that were not there yet when their shards asked theirs."""
        found: dict[Stream, StreamReport] = {}
        plan: dict[Stream, list[Stream]] = {
            one: [] for one in streams if one.connection.name not in self._start.broken
        }
        work = self._new_work(Summary(self._run), WHOLE_WORK, self._order.observer)
        work.counts_left_out = False

        def report(stream: Stream) -> None:
            found[stream] = work.report(stream)

        if plan:
            work.do(plan, self._order.workers, report)
        return found

    def _conclude(self, work: Work, stream: Stream) -> None:
        withheld = withheld_of(self._store, stream.connection.name, stream.resource.name)
        if any(one.run == self._run for one in withheld):
            # Whoever closed this before was killed then. Concluded again, it would confirm itself.
            work.entry(stream).trouble("incomplete", WHOLE, _withheld(len(withheld)))
        else:
            work.finish(stream)

    def _end(self, whole: RunNote) -> None:
        """End the run."""
        resumed = None if whole.since == self._run else whole.since
        names = [stream.name for stream in self._start.plan]
        entries = [whole.streams[name].entry for name in names]
        summary = Summary(self._run, entries, resumed_from=resumed, state="interrupted")
        planned = {stream.connection.name for stream in self._start.plan}
        for name, error in self._start.broken.items():
            if name not in planned:
                summary.add_broken(name, error)
        committer = self._new_committer()
        self._store.end_run(self._run, time_now(), "read", told(summary, committer))
        order = self._order
        tidy_up(
            self._store, self._connections, summary, self._scope, order.keep_pages, order.at_end
        )
        summary.open_rejects = count_rejects(self._store, self._connections)
        summary.state = "ended"
        self._store.end_run(self._run, time_now(), "ended", told(summary, committer))
        done = replace(whole, streams={}, exit_code=summary.exit_code)
        self._store.drop_shard_notes(closed=(self._run, encoded(done)))
        assert self.summary.shard is not None
        self.summary.shard.whole = summary

    def _new_work(
        self, summary: Summary, partition: Partition, observer: Observer | None = None
    ) -> Work:
        return Work(
            self._store,
            self._new_committer(),
            summary,
            self._start.credentials,
            self._scope,
            observer,
            partition,
        )

    def _new_committer(self) -> Committer:
        plugins = {name: plugin for name, (_, plugin) in self._connections.items()}
        return Committer(
            self._store,
            self._run,
            plugins,
            moment(self._scope.now),
            accepts=self._scope.accept_absences,
            drops_pages=self._order.keep_pages == 0,
        )


def _failed(stream: Stream, error: DuetrailError) -> StreamReport:
    entry = ResourceSummary(stream.connection.name, stream.resource.name, feeds=stream.feeds)
    entry.trouble("failed", WHOLE, error)
    return StreamReport(entry)


def _withheld(count: int) -> Incomplete:
    return Incomplete(
        f"{count:,} records are missing from a reading that says it is complete; none of them was "
        "marked absent",
        hint="The next complete reading decides.",
    )
