"""The work of a run: what is read next, what its results mean, and when a stream is finished."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial

import msgspec

from duetrail.errors import (
    DuetrailError,
    Forbidden,
    Incomplete,
    StoreError,
    Unauthorized,
    Unavailable,
)
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.child_lists import missing_lists
from duetrail.pipeline.commit import Committer, Entry, Unseen
from duetrail.pipeline.conclusions import Conclusions
from duetrail.pipeline.events import DetailObserver, Observer, Progress, ResourceState
from duetrail.pipeline.inner_lists import inner_shapes, missing_inside
from duetrail.pipeline.outcome import Outcome
from duetrail.pipeline.partition import WHOLE_WORK, Partition
from duetrail.pipeline.plan import (
    FULL,
    WHOLE,
    backfill_checkpoint,
    ready_for_keys,
    shards,
    without_key,
)
from duetrail.pipeline.pool import Limits, Pool
from duetrail.pipeline.read import Credentials, Reader, ReadResult, Task
from duetrail.pipeline.recognition import Recognition
from duetrail.pipeline.schedule import Schedule
from duetrail.pipeline.scope import Scope
from duetrail.pipeline.stops import GIVE_UP_AFTER, Stops
from duetrail.pipeline.stream_report import StreamReport
from duetrail.pipeline.summary import ResourceSummary, Summary
from duetrail.pipeline.too_long import too_long_key
from duetrail.stores import Checkpoint, Store, moment
from duetrail.streams import Stream

GROUP = Limits()
"""How many answers to keys share a transaction; a kill loses one group at most, asked again."""


# What yields no page says nothing of what is gone: the user is told, and its author.
_NO_PAGE = (
    "its reading gave no page, which proves nothing: nothing that is not listed any more is marked "
    "absent"
)


class Work:
    """The work of one run. Everything here happens in the calling thread.

    Attributes:
        counts_left_out: Whether keys that need not be asked are counted in the summaries.
    """

    def __init__(
        self,
        store: Store,
        committer: Committer,
        summary: Summary,
        credentials: Credentials,
        scope: Scope,
        observer: Observer | None,
        partition: Partition = WHOLE_WORK,
    ) -> None:
        self._store = store
        self._partition = partition
        self._committer = committer
        self._summary = summary
        self._credentials = credentials
        self._scope = scope
        self._at = moment(scope.now)
        self._observer = observer
        self._detail = observer.detail if isinstance(observer, DetailObserver) else None
        self.counts_left_out = True
        self._stopped: set[str] = set()  # names of connections and streams
        self._limited: set[str] = set()  # names of streams that gave as much as was asked for
        self._partly: set[str] = set()  # names of streams that did not begin at the beginning
        self._stops = Stops()  # ahead of `_stopped`, which is for what was handled
        self._pages: Counter[str] = Counter()  # that were received, by stream
        # By stream, as of a batch: whether what should stand inside objects stands anywhere.
        self._inner_lists: dict[str, dict[str, bool]] = defaultdict(dict)
        self._unread: Counter[str] = Counter()  # shards that are not read to their end, by stream
        self._entries: dict[str, ResourceSummary] = {}  # of streams that have begun
        self._finished: set[str] = set()  # names of streams
        # Shards of listings that were read whole, by stream.
        self._ended: dict[str, set[str]] = defaultdict(set)
        since = scope.resumed or summary.run
        self._conclusions = Conclusions(store, committer, since, self._entries)

    def do(
        self,
        plan: Mapping[Stream, Sequence[Stream]],
        workers: int,
        finish: Callable[[Stream], None] | None = None,
    ) -> None:
        """Read every shard of the plan, each stream after its feeders; none stops another.

        Args:
            plan: The streams, each with those that feed it.
            workers: On how many threads.
            finish: Is told when all of a stream was read; by default conclusions are drawn.
        """
        schedule = Schedule(
            plan, workers, lambda stream: self.begin(plan, stream), finish or self.finish
        )
        recognition = Recognition(self._committer.known)
        reader = Reader(
            self._credentials,
            self._is_not_asked,
            known=recognition.of,
            rows_only=True,
            told=self._detail,
        )
        pool: Pool[Task, ReadResult] = Pool(
            workers,
            partial(self._read, reader),
            reader.close,
            self._credentials.stop,
            lambda result: result.size,
            self._can_wait,
            lambda result: bool(result.end),
            GROUP,
        )
        try:
            with closing(pool.groups(schedule)) as groups:
                for group in groups:
                    self._take(group, recognition, reader)
                    del group  # or its pages would be kept while others are waited for
        except (KeyboardInterrupt, StoreError):
            self.mark_interrupted()
            raise

    def begin(self, plan: Iterable[Stream], stream: Stream) -> Iterator[Task]:
        """The tasks of a stream that may begin; summaries keep the order of the plan."""
        entry = ResourceSummary(stream.connection.name, stream.resource.name, feeds=stream.feeds)
        self._entries[stream.name] = entry
        order = {stream.name: place for place, stream in enumerate(plan)}
        self._summary.resources.append(entry)
        self._summary.resources.sort(key=lambda one: order.get(one.name, -1))
        self._tell_state(entry, "begun", of=len(order))
        return self._tasks(stream, entry)

    def mark_interrupted(self) -> None:
        """Note of every stream that is not finished that the run ended before it."""
        for name, entry in self._entries.items():
            if name not in self._finished:
                entry.mark_interrupted()

    def _tasks(self, stream: Stream, entry: ResourceSummary) -> Iterator[Task]:
        try:
            yield from self._tasks_of(stream, entry)
        except DuetrailError as error:
            entry.add_problem("failed", WHOLE, error)

    def _tasks_of(self, stream: Stream, entry: ResourceSummary) -> Iterator[Task]:
        self._unread[stream.name] += 1  # for the shards that are still to be made
        if self._is_stopped(stream):  # its credentials were refused before it began
            return
        ready_for_keys(stream, self._store)
        entry.without_key = without_key(stream, self._store)
        for option, given, declared in (
            ("--since", self._scope.since, stream.resource.since),
            ("--until", self._scope.until, stream.resource.until),
        ):
            if given is not None and not declared:
                title = stream.connection.source.title
                entry.notice(f"read without {option}: {title} has no date for it")

        def left_out(key: str, why: str) -> None:
            if self.counts_left_out:
                entry.unknown_keys += why == "unknown"
                entry.settled_keys += why == "settled"
            if why == "settled":
                self._partly.add(stream.name)

        for shard in shards(stream, self._store, self._scope, left_out, partition=self._partition):
            if stream.name in self._limited:
                return
            if self._is_stopped(stream):
                entry.state = "failed"
                return
            if (problem := too_long_key(shard.name, self._store)) is not None:
                entry.add_problem("incomplete", shard.name, problem)
                continue
            if shard.cursor is not None or shard.since is not None or shard.until is not None:
                self._partly.add(stream.name)
            self._unread[stream.name] += 1
            yield Task(stream, shard)
        self._unread[stream.name] -= 1

    def _read(self, reader: Reader, task: Task) -> Iterator[ReadResult]:
        """What a task brings; in a worker."""
        return self._stops.observed(reader.read(task))

    def _is_not_asked(self, stream: Stream) -> bool:
        return stream in self._stops or stream.name in self._limited

    def _can_wait(self, result: ReadResult) -> bool:
        """Whether a result may wait for others, to share their transaction: an answer to a key.

        Pages of lists are large enough. A failure may mean that no more is to be asked, and so may
        any answer where only so many items are wanted.
        """
        is_answer = result.task.shard.key is not None and result.end in {"", "done", "unknown"}
        return is_answer and self._scope.limit is None

    def _take(self, group: Sequence[ReadResult], recognition: Recognition, reader: Reader) -> None:
        """Commit results, of which those that are not known after all are mapped first."""
        if recognition.may_trust:
            with suppress(Unseen):
                self.take(group, is_checked=False)
                return
        self.take(recognition.checked(group, reader))

    def take(self, group: Sequence[ReadResult], *, is_checked: bool = True) -> None:
        """Commit results in one transaction, then note what they mean.

        Raises:
            Unseen: Nothing was committed; see `Committer.commit`.
        """
        entries = [self._to_commit(result) for result in group]
        outcomes = self._committer.commit(*entries, is_checked=is_checked)
        for result, outcome in zip(group, outcomes, strict=True):
            self._add(result, outcome, self._entries[result.task.stream.name])

    def _to_commit(self, result: ReadResult) -> Entry:
        if self._is_beyond(result):
            return None, None
        return result.batch, self._checkpoint(result)

    def _is_beyond(self, result: ReadResult) -> bool:
        """Whether it was read ahead of the limit."""
        return result.task.stream.name in self._limited

    def _add(self, result: ReadResult, outcome: Outcome, entry: ResourceSummary) -> None:
        task = result.task
        entry.requests += result.requests
        if self._is_beyond(result):
            return
        for notice in result.notices:
            entry.notice(notice.text)
        entry.add(outcome)
        self._note_inner(task.stream, result.batch)
        if result.end == "done":
            if _is_from_the_beginning(task) and not result.is_bare:
                self._ended[task.stream.name].add(task.shard.name)
            entry.empty_keys += bool(result.is_empty and task.shard.key)
            if result.is_bare:  # it proves nothing
                self._partly.add(task.stream.name)
                if _is_from_the_beginning(task) and self._can_lose(task.stream):
                    entry.notice(_NO_PAGE)
        if result.end:
            self._unread[task.stream.name] -= 1
        if result.end == "done":
            entry.shards += 1
        elif result.error is not None:
            self._note(result, result.error, entry)
        if self._scope.limit is not None and entry.items >= self._scope.limit:
            self._limit(task.stream, entry)
        if self._observer:
            self._pages[task.stream.name] += result.batch is not None
            counts = (entry.shards, entry.items, self._pages[task.stream.name], entry.requests)
            self._observer(Progress(entry.connection, entry.resource, *counts))

    def _tell_state(self, entry: ResourceSummary, state: str, of: int = 0) -> None:
        if self._detail is not None:
            self._detail(ResourceState(entry.connection, entry.resource, state, of))

    def _can_lose(self, stream: Stream) -> bool:
        """Whether a reading of a stream would have marked what it does not show."""
        return stream.resource.proves_absence(stream.connection.options)

    def _checkpoint(self, result: ReadResult) -> Checkpoint | None:
        """How far the result's shard has come, if it says so."""
        # What was read of a stretch of time leaves a gap before or behind it.
        cursor = None if result.cursor is None or self._scope.is_window else result.cursor.value
        if not result.end and cursor is None:
            return None
        encoded = None if cursor is None else msgspec.json.encode(cursor).decode()
        stream, shard = result.task.stream, result.task.shard
        # Without a page nothing was answered that could be missing something.
        state = "begun" if result.end == "done" and result.is_bare else result.end or "begun"
        return self._point(stream, stream.resource.name, shard.name, state, encoded)

    def _point(
        self, stream: Stream, resource: str, shard: str, state: str, cursor: str | None = None
    ) -> Checkpoint:
        return Checkpoint(
            stream.connection.name, resource, shard, self._summary.run, self._at, state, cursor
        )

    def _limit(self, stream: Stream, entry: ResourceSummary) -> None:
        self._limited.add(stream.name)
        if entry.state == "complete":
            entry.state = "limited"

    def _note(self, result: ReadResult, error: DuetrailError, entry: ResourceSummary) -> None:
        stream = result.task.stream
        if result.end == "unknown":
            entry.unknown_keys += 1
            entry.add_problem("unknown key", result.task.shard.name, error)
            return
        if self._is_stopped(stream) and entry.problems:  # the rest would say the same
            entry.problem_count += 1
            entry.state = "failed"
            return
        entry.add_problem(result.end, result.task.shard.name, error)
        if isinstance(error, Unauthorized):
            self._stopped.add(stream.connection.name)
        elif isinstance(error, Forbidden):
            self._stopped.add(stream.name)
        if result.gives_up:
            self._stopped.add(stream.name)
            entry.add_problem("failed", WHOLE, _gave_up())

    def _is_stopped(self, stream: Stream) -> bool:
        names = self._stopped
        is_stopped = bool(names) and (stream.name in names or stream.connection.name in names)
        return is_stopped or stream.name in self._limited

    def refuse_unread(self, stream: Stream) -> None:
        """Note of a stream whose tasks are all done that it is incomplete, where one has no end."""
        entry = self._entries[stream.name]
        if self._unread[stream.name] and entry.state == "complete" and not self._is_stopped(stream):
            entry.add_problem("incomplete", WHOLE, _unread())

    def finish(self, stream: Stream) -> None:
        """Draw the conclusions from a stream, of which every task has ended or none goes on."""
        entry = self._entries[stream.name]
        self._note_refused(stream, entry)
        self._note_contradicted(stream, entry)
        self._tell_inner(stream, entry)
        self._conclude(stream, entry)
        self._finished.add(stream.name)
        self._tell_state(entry, entry.state)
        state = "done" if entry.state == "complete" else entry.state
        for record in stream.resource.yields:
            self._committer.commit(
                (None, self._point(stream, backfill_checkpoint(record.table), WHOLE, state))
            )

    def report(self, stream: Stream) -> StreamReport:
        """What the reading of a stream came to, in place of the conclusions from it."""
        entry = self._entries[stream.name]
        self._note_refused(stream, entry)
        self._note_contradicted(stream, entry)
        self._finished.add(stream.name)
        self._tell_state(entry, entry.state)
        return StreamReport(
            entry,
            sorted(self._ended.pop(stream.name, ())),
            is_partly=stream.name in self._partly,
            new=self._committer.arrivals(stream.connection, stream.resource),
            inner_lists=self._inner_lists.pop(stream.name, {}),
        )

    def entry(self, stream: Stream) -> ResourceSummary:
        """The summary of a stream that has begun, or was adopted."""
        return self._entries[stream.name]

    def struck(self, text: str) -> str:
        """JSON without the people who are to be kept out of the store."""
        return self._committer.suppression.json(text)

    def adopt(self, stream: Stream, report: StreamReport) -> None:
        """Take a stream as read, so that it can be finished, or that others can ask about it."""
        self._entries[stream.name] = report.entry
        self._summary.resources.append(report.entry)
        self._ended[stream.name] = set(report.ended)
        if report.is_partly:
            self._partly.add(stream.name)
        self._committer.note_arrivals(stream.connection, stream.resource, report.new)
        self._inner_lists[stream.name] = dict(report.inner_lists)

    def _note_refused(self, stream: Stream, entry: ResourceSummary) -> None:
        is_refused = stream.connection.name in self._stopped and self._unread[stream.name]
        if is_refused and not entry.problems:
            entry.add_problem("failed", WHOLE, _refused())

    def _note_contradicted(self, stream: Stream, entry: ResourceSummary) -> None:
        found = self._committer.contradicted(stream.connection, stream.resource)
        for shape, count in found.items():
            entry.notice(_contradicted(shape, count))

    def _note_inner(self, stream: Stream, batch: Batch | None) -> None:
        """Note whether what should stand inside objects does; what is known may hold anything."""
        if batch is None or not (batch.known or batch.inner_lists):
            return
        lists = self._inner_lists[stream.name]
        for name, is_there in batch.inner_lists.items():
            lists[name] = lists.get(name, False) or is_there
        if batch.known:
            lists.update(dict.fromkeys(inner_shapes(stream.resource), True))

    def _tell_inner(self, stream: Stream, entry: ResourceSummary) -> None:
        lists = self._inner_lists.pop(stream.name, {})
        is_partly = stream.name in self._partly
        for text in missing_lists(stream.resource, lists, entry, is_partly=is_partly):
            entry.notice(text)
        if is_partly:
            return
        is_empty = entry.state == "complete" and not entry.items
        for text in missing_inside(stream.resource, lists, "reading", is_empty=is_empty):
            entry.notice(text)

    def _conclude(self, stream: Stream, entry: ResourceSummary) -> None:
        shards = self._ended.pop(stream.name, ())
        is_whole = entry.state == "complete" and stream.name not in self._partly
        try:
            is_full = self._conclusions.draw(stream, entry, shards, is_whole=is_whole)
        except Incomplete as doubt:
            entry.add_problem("incomplete", WHOLE, doubt)
        else:
            if is_full:
                point = self._point(stream, stream.resource.name, WHOLE, FULL)
                self._committer.commit((None, point))


def _is_from_the_beginning(task: Task) -> bool:
    """Whether a shard of a listing was asked for everything."""
    shard = task.shard
    parts = (shard.key, shard.cursor, shard.since, shard.until)
    return all(part is None for part in parts)


def _contradicted(shape: str, count: int) -> str:
    times = "once" if count == 1 else f"{count:,} times"
    return (
        f"{times} an id of {shape!r} came with another content than elsewhere in this reading, and "
        "no version says which is newer: each id is one record. If these are several objects, the "
        "plugin has to make the id of more keys"
    )


def _refused() -> Unauthorized:
    return Unauthorized("it was not read: the credentials of its connection are refused")


def _unread() -> Incomplete:
    return Incomplete(
        "not all of it was read: the end of some shard was never told",
        hint="Commit every result of every job, or run again.",
    )


def _gave_up() -> Unavailable:
    return Unavailable(
        f"given up after {GIVE_UP_AFTER} keys in a row without an answer; the rest was not asked",
        hint="The next run asks for all of them.",
    )
