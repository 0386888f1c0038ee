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

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from msgspec.structs import replace

from duetrail.errors import DuetrailError, Incomplete
from duetrail.garbage import collected_seldom
from duetrail.pipeline.commit import Committer
from duetrail.pipeline.events import Observer
from duetrail.pipeline.joining import (
    JoinedRun,
    Order,
    begun,
    digest_of,
    joined,
    stages_of,
)
from duetrail.pipeline.mass_loss import withheld_of
from duetrail.pipeline.open_rejects import count_rejects
from duetrail.pipeline.partition import WHOLE_WORK, Partition
from duetrail.pipeline.plan import WHOLE, has_key_source
from duetrail.pipeline.run import tidy_up, time_now, told
from duetrail.pipeline.shard_notes import Notes, RunNote, ShardNote, encoded
from duetrail.pipeline.starting import Start
from duetrail.pipeline.stopped import stops_told
from duetrail.pipeline.stream_report import StreamReport, together
from duetrail.pipeline.summary import ResourceSummary, ShardSummary, Summary
from duetrail.pipeline.work import Work
from duetrail.signals import deferred
from duetrail.stores import moment
from duetrail.stores.shared import WHOLE_RUN, SharedStore
from duetrail.streams import BoundSources, Stream

PATIENCE = 60.0
"""Seconds for which a shard waits for others that are not at work: their machines may start."""

_POLL = 0.25


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
    start = Start.of(store, connections, configured, broken=broken, select=order.select)
    part = order.partition
    with store.sharing(part.index):
        with store.closing():  # one at a time: whose account it is, and which run is gone on with
            notes = Notes.of(store)
            if order.sync_id and notes.closed and notes.closed.sync_id == digest_of(order.sync_id):
                shard = ShardSummary(
                    part.index, part.of, [], earlier_exit_code=notes.closed.exit_code
                )
                return Summary(notes.run, shard=shard)
            run = joined(store, notes, start, order)
            is_again = run is not None and run.is_read(stages_of(start.plan))
            if not is_again:
                accounts = start.identified(store, connections, accept_account=order.accept_account)
            run = run or begun(store, start, order)
            store.begin_work(part.index)
            if not is_again:
                refused = accounts.noted(store, connections, run.scope.now)
                start = replace(start, broken={**accounts.broken, **refused})
            # Its note says what it reads again, before anybody else can close that.
            one = _Shard(store, connections, start, order, run)
        with one.ending():
            one.read()
    return one.summary


class _Shard:
    """Reads one shard."""

    def __init__(
        self,
        store: SharedStore,
        connections: BoundSources,
        start: Start,
        order: Order,
        run: JoinedRun,
    ) -> None:
        self._store = store
        self._connections = connections
        self._start = start
        self._order = order
        self._run = run.run
        self._scope = run.scope
        self._me = order.partition.index
        self._patience = PATIENCE
        self._stages = stages_of(start.plan)
        self._note = run.mine or ShardNote()
        stage = run.stage(self._stages)
        self._is_again = run.is_read(self._stages)
        for stream in (one for some in self._stages[stage:] for one in some):
            self._note.streams.pop(stream.name, None)
        self._note.stage = stage
        resumed = None if run.mine is None else run.run
        self.summary = Summary(
            self._run,
            [report.entry for report in self._note.streams.values()],
            resumed_from=resumed if run.whole.since == run.run else run.whole.since,
            state="interrupted",
            shard=ShardSummary(self._me, order.partition.of, []),
        )
        for name, error in start.broken.items():
            self.summary.add_broken(name, error)
        part = f"{order.partition} "
        self._work = self._new_work(self.summary, order.partition, order.observer, part)
        self._put_note()

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Whatever ends the shard, its summary says how."""
        try:
            with stops_told(self.summary):
                yield
            self.summary.state = "ended"
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
            with collected_seldom():
                self._work.do(
                    plan,
                    self._order.workers,
                    lambda stream: self._report(stream, self._work.report(stream), early=is_early),
                )
        self._note.stage = stage + 1
        self.summary.state = "ended"
        self._note.exit_code = self.summary.exit_code
        self.summary.state = "interrupted"
        self._put_note()

    def _report(self, stream: Stream, report: StreamReport, *, early: bool = False) -> None:
        report.is_early |= early
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
        work = self._new_work(Summary(self._run), WHOLE_WORK, self._order.observer, "late ")
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
            work.entry(stream).add_problem("incomplete", WHOLE, _withheld(len(withheld)))
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
        self,
        summary: Summary,
        partition: Partition,
        observer: Observer | None = None,
        part: str = "",
    ) -> Work:
        return Work(
            self._store,
            self._new_committer(part),
            summary,
            self._start.credentials,
            self._scope,
            observer,
            partition,
        )

    def _new_committer(self, part: str = "") -> Committer:
        plugins = {name: plugin for name, (_, plugin) in self._connections.items()}
        return Committer(
            self._store,
            self._run,
            plugins,
            moment(self._scope.now),
            accepts=self._scope.accept_absences,
            drops_pages=self._order.keep_pages == 0,
            since=self._scope.resumed,
            part=part,
        )


def _failed(stream: Stream, error: DuetrailError) -> StreamReport:
    entry = ResourceSummary(stream.connection.name, stream.resource.name, feeds=stream.feeds)
    entry.add_problem("failed", WHOLE, error)
    return StreamReport(entry)


def _withheld(count: int) -> Incomplete:
    return Incomplete(
        f"{count:,} records are missing from a reading that says it is complete; none of them was "
        "marked absent",
        hint="The next complete reading decides.",
    )
