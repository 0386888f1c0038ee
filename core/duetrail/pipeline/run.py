"""One run: plan, read, map, commit, and say what it came to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
from msgspec import Struct

from duetrail.errors import (
    DuetrailError,
    Forbidden,
    Incomplete,
    PluginError,
    StoreError,
    Unauthorized,
    Unavailable,
)
from duetrail.pipeline.absence import listed
from duetrail.pipeline.account import Accounts, identify
from duetrail.pipeline.commit import Committer, Entry
from duetrail.pipeline.keeping import drop_pages
from duetrail.pipeline.mass_loss import withheld_of
from duetrail.pipeline.open_rejects import count_rejects
from duetrail.pipeline.outcome import Outcome
from duetrail.pipeline.plan import (
    FULL,
    WHOLE,
    feeders,
    filling,
    ready_for_keys,
    shards,
    without_key,
)
from duetrail.pipeline.pool import Limits, Pool
from duetrail.pipeline.read import Credentials, Reader, ReadResult, Task, resolve_secrets
from duetrail.pipeline.schedule import Schedule
from duetrail.pipeline.scope import Scope
from duetrail.pipeline.sightings import was_seen
from duetrail.pipeline.stops import GIVE_UP_AFTER, Stops
from duetrail.pipeline.summary import Halted, Interrupted, ResourceSummary, Summary
from duetrail.plugins import where_it_failed
from duetrail.secrets import redacted
from duetrail.signals import deferred, number_of
from duetrail.source import Connection, Resource
from duetrail.stores import Checkpoint, Store, moment
from duetrail.streams import BoundSources, Stream

WORKERS = 8
"""How many shards are read at once unless the user says otherwise."""

GROUP = Limits()
"""How many answers to keys share a transaction; a kill loses one group at most, asked again."""

# Less than a day, so that a sync that is cut off every night begins anew every night.
_RESUMED_FOR = timedelta(hours=20)


class Progress(Struct, frozen=True):
    """What an observer hears after each commit.

    Attributes:
        connection: The connection.
        resource: The resource.
        shards: Shards read to their end so far.
        items: Items received so far.
    """

    connection: str
    resource: str
    shards: int
    items: int


Observer = Callable[[Progress], None]


def sync(
    store: Store,
    connections: BoundSources,
    configured: Sequence[str],
    *,
    broken: Mapping[str, DuetrailError] | None = None,
    select: Sequence[str] = (),
    scope: Scope | None = None,
    workers: int = WORKERS,
    keep_pages: int | None = None,
    accept_account: bool = False,
    observer: Observer | None = None,
    at_end: Callable[[Store], int] = lambda store: 0,
) -> Summary:
    """Bring connections into the store.

    Args:
        store: Where to.
        connections: Which, by name, each with its plugin.
        configured: The names of all connections there are, since keys may come from others.
        broken: Connections that were asked for but cannot begin, and why.
        select: Names of resources or record tables; empty for everything.
        scope: How much is read; by default what is new.
        workers: How many shards are read at once.
        keep_pages: Days after which pages are dropped, 0 for those of this run, too; None for
            never.
        accept_account: Whether the user says that each connection is still the account that its
            stored data came from, although plugin, base URL, account or credential has changed.
        observer: Hears about progress.
        at_end: What is left to do when all is read, such as linking; how many links it changed.

    Raises:
        UsageError: Nothing was asked, because the question makes no sense.
        ConfigError: A connection leads to another account than its stored data is of.
        StoreError: The store cannot be written. Once anything was asked it is `Halted`, which has
            the summary so far; what was committed stays.
        Interrupted: The user stopped it; what was committed stays.
    """
    with begun(
        store,
        connections,
        configured,
        broken=broken,
        select=select,
        scope=scope,
        keep_pages=keep_pages,
        accept_account=accept_account,
        observer=observer,
        at_end=at_end,
    ) as one:
        one.read(workers)
    return one.summary


@contextmanager
def begun(
    store: Store,
    connections: BoundSources,
    configured: Sequence[str],
    *,
    broken: Mapping[str, DuetrailError] | None = None,
    select: Sequence[str] = (),
    scope: Scope | None = None,
    keep_pages: int | None = None,
    accept_account: bool = False,
    observer: Observer | None = None,
    at_end: Callable[[Store], int] = lambda store: 0,
) -> Iterator[Begun]:
    """A run that has begun, and ends with the block; arguments and errors are those of `sync`."""
    plan = feeders(connections, configured, select)
    for connection, _ in connections.values():
        resolve_secrets(connection)
    credentials = Credentials()
    broken = {**(broken or {}), **_without_credential(connections, credentials)}
    reader = Reader(credentials)
    read = {stream.connection.name for stream in plan}
    begun = [name for name in connections if name in read and name not in broken]
    accounts = identify(
        store, [connections[name][0] for name in begun], reader, accept=accept_account
    )
    broken |= accounts.failed
    scope = scope or Scope()
    scope = msgspec.structs.replace(scope, resumed=_resumable(store, scope))
    run = store.begin_run(moment(scope.now))
    summary = Summary(run, resumed_from=scope.resumed, state="interrupted")
    for name, error in broken.items():
        summary.add_broken(name, error)
    state = "interrupted"
    plugins = {name: plugin for name, (_, plugin) in connections.items()}
    committer = Committer(
        store,
        run,
        plugins,
        moment(scope.now),
        accepts=scope.accept_absences,
        drops_pages=keep_pages == 0,
    )
    work = _Work(store, committer, summary, credentials, scope, observer)
    try:
        with closing(reader):
            refused = _refused_accounts(accounts, connections, store, reader, scope.now)
        for name, error in refused.items():
            summary.add_broken(name, error)
        broken |= refused
        accounts.note(store, [name for name in begun if name not in broken])
        yield Begun(summary, _without(plan, broken), work)
        # A run whose end fails every night must not be resumed every night: it has read it all.
        state = "read"
        store.end_run(run, _now(), state, _told(summary, committer))
        summary.derived_links = at_end(store)
        with store.transaction():
            store.drop_superseded()
        if keep_pages is not None:
            before = scope.days_ago(keep_pages) if keep_pages else None
            summary.dropped_pages = drop_pages(store, connections, before)
        state = "ended"
    except KeyboardInterrupt as stop:
        summary.signal = number_of(stop)
        raise Interrupted(summary) from None
    except StoreError as error:
        summary.state = "halted"
        raise Halted(error, summary) from error
    finally:
        try:
            with deferred():  # a second signal must not lose the end
                credentials.stop()
                if state == "ended":
                    summary.state = state
                _end(store, connections, summary, state, committer)
        except KeyboardInterrupt:
            raise Interrupted(summary) from None


def _end(
    store: Store,
    connections: Iterable[str],
    summary: Summary,
    state: str,
    committer: Committer,
) -> None:
    """Note how a run ended; if the store cannot take it, the error still carries the summary."""
    try:
        summary.open_rejects = count_rejects(store, connections)
        store.end_run(summary.run, _now(), state, _told(summary, committer))
    except StoreError as error:
        if summary.state == "ended":
            summary.state = "halted"
            raise Halted(error, summary) from error


def _resumable(store: Store, scope: Scope) -> int | None:
    """The interrupted run to go on from; None where everything is asked again.

    Answers from long ago, or from a time when the clock was ahead, are too old to be relied on.
    """
    if scope.full:
        return None
    since = scope.days_ago(_RESUMED_FOR / timedelta(days=1))
    return _first_unfinished(store, moment(since), moment(scope.now))


def _first_unfinished(store: Store, since: str, until: str) -> int | None:
    """The first run, since the last whose reading ended, that was cut off in its reading.

    Args:
        store: Where runs are noted.
        since: The time before which it must not have begun.
        until: The time after which it must not have begun.
    """
    first = None
    for run in store.runs():
        if run.state in ("ended", "read"):
            break
        if run.state != "remapped" and since <= run.started_at <= until:
            first = run.run
    return first


def _told(summary: Summary, committer: Committer) -> str:
    """A summary as it is stored."""
    answer = msgspec.json.encode(redacted(summary.as_dict())).decode()
    return committer.suppression.json(answer)


def _without_credential(
    connections: BoundSources, credentials: Credentials
) -> dict[str, DuetrailError]:
    """Make every credential before any thread starts; the connections for which that fails."""
    failed: dict[str, DuetrailError] = {}
    for name, (connection, plugin) in connections.items():
        try:
            credentials.of(connection)
        except DuetrailError as error:
            failed[name] = error
        except Exception as error:
            failed[name] = PluginError(
                f"plugin {plugin.name!r} cannot make its authentication: {where_it_failed(error)}"
            )
    return failed


def _without(
    plan: Mapping[Stream, Sequence[Stream]], broken: Mapping[str, DuetrailError]
) -> dict[Stream, list[Stream]]:
    """The plan without what belongs to some connections."""
    return {
        stream: [feeder for feeder in found if feeder.connection.name not in broken]
        for stream, found in plan.items()
        if stream.connection.name not in broken
    }


def _refused_accounts(
    accounts: Accounts,
    connections: BoundSources,
    store: Store,
    reader: Reader,
    now: datetime,
) -> dict[str, DuetrailError]:
    """The connections whose new credential did not prove to be of the same account."""
    if not accounts.unproven:
        return {}
    from duetrail.pipeline.credential_check import refusal  # seldom needed

    tried = {name: refusal(connections[name], store, reader, now) for name in accounts.unproven}
    return {name: error for name, error in tried.items() if error is not None}


class _Work:
    """The work of one run. Everything here happens in the calling thread."""

    def __init__(
        self,
        store: Store,
        committer: Committer,
        summary: Summary,
        credentials: Credentials,
        scope: Scope,
        observer: Observer | None,
    ) -> None:
        self._store = store
        self._committer = committer
        self._summary = summary
        self._credentials = credentials
        self._scope = scope
        self._at = moment(scope.now)
        self._observer = observer
        self._stopped: set[str] = set()  # names of connections and streams
        self._limited: set[str] = set()  # names of streams that gave as much as was asked for
        self._partly: set[str] = set()  # names of streams that did not begin at the beginning
        self._stops = Stops()  # ahead of `_stopped`, which is for what was handled
        self._unread: Counter[str] = Counter()  # shards that are not read to their end, by stream
        self._entries: dict[str, ResourceSummary] = {}  # of streams that have begun
        self._finished: set[str] = set()  # names of streams
        self._ended: dict[str, set[str]] = defaultdict(
            set
        )  # listings' shards read whole, by stream

    def do(self, plan: Mapping[Stream, Sequence[Stream]], workers: int) -> None:
        """Read every shard of the plan, each stream after its feeders; none stops another."""
        schedule = Schedule(plan, workers, lambda stream: self.begin(plan, stream), self.finish)
        known = self._committer.known
        reader = Reader(self._credentials, self._is_not_asked, known=known, rows_only=True)
        pool: Pool[Task, ReadResult] = Pool(
            workers,
            partial(self._read, reader),
            reader.close,
            self._credentials.stop,
            lambda result: result.size,
            self._can_wait,
            GROUP,
        )
        try:
            with closing(pool.groups(schedule)) as groups:
                for group in groups:
                    self.take(group)
                    del group  # or its pages would be kept while others are waited for
        except (KeyboardInterrupt, StoreError):
            self.cut_off()
            raise

    def begin(self, plan: Iterable[Stream], stream: Stream) -> Iterator[Task]:
        """The tasks of a stream that may begin; summaries keep the order of the plan."""
        entry = ResourceSummary(stream.connection.name, stream.resource.name, feeds=stream.feeds)
        self._entries[stream.name] = entry
        order = {stream.name: place for place, stream in enumerate(plan)}
        self._summary.resources.append(entry)
        self._summary.resources.sort(key=lambda one: order.get(one.name, -1))
        return self._tasks(stream, entry)

    def cut_off(self) -> None:
        """Note of every stream that is not finished that the run ended before it."""
        for name, entry in self._entries.items():
            if name not in self._finished:
                entry.cut_off()

    def _tasks(self, stream: Stream, entry: ResourceSummary) -> Iterator[Task]:
        try:
            yield from self._tasks_of(stream, entry)
        except DuetrailError as error:
            entry.trouble("failed", WHOLE, error)

    def _tasks_of(self, stream: Stream, entry: ResourceSummary) -> Iterator[Task]:
        self._unread[stream.name] += 1  # for the shards that are still to be made
        if self._is_stopped(stream):  # its credentials were refused before it began
            return
        ready_for_keys(stream, self._store)
        entry.without_key = without_key(stream, self._store)
        if self._scope.since is not None and not stream.resource.since:
            entry.notice(
                f"read without --since: {stream.connection.source.title} has no date for it"
            )

        def left_out(key: str, why: str) -> None:
            entry.unknown_keys += why == "unknown"
            entry.settled_keys += why == "settled"
            if why == "settled":
                self._partly.add(stream.name)

        for shard in shards(stream, self._store, self._scope, left_out):
            if stream.name in self._limited:
                return
            if self._is_stopped(stream):
                entry.state = "failed"
                return
            if shard.cursor is not None or shard.since is not None:
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

    def take(self, group: Sequence[ReadResult]) -> None:
        """Commit results in one transaction, then note what they mean."""
        outcomes = self._committer.commit(*(self._to_commit(result) for result in group))
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
        if result.end == "done":
            if _is_from_the_beginning(task) and not result.is_bare:
                self._ended[task.stream.name].add(task.shard.name)
            entry.empty_keys += bool(result.is_empty and task.shard.key)
            if result.is_bare:  # it proves nothing
                self._partly.add(task.stream.name)
        if result.end:
            self._unread[task.stream.name] -= 1
        if result.end == "done":
            entry.shards += 1
        elif result.error is not None:
            self._note(result, result.error, entry)
        if self._scope.limit is not None and entry.items >= self._scope.limit:
            self._limit(task.stream, entry)
        if self._observer:
            self._observer(Progress(entry.connection, entry.resource, entry.shards, entry.items))

    def _checkpoint(self, result: ReadResult) -> Checkpoint | None:
        """How far the result's shard has come, if it says so."""
        # What was read from a date on leaves a gap before it.
        cursor = None if result.cursor is None or self._scope.since else result.cursor.value
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
            entry.trouble("unknown key", result.task.shard.name, error)
            return
        if self._is_stopped(stream) and entry.problems:  # the rest would say the same
            entry.problem_count += 1
            entry.state = "failed"
            return
        entry.trouble(result.end, result.task.shard.name, error)
        if isinstance(error, Unauthorized):
            self._stopped.add(stream.connection.name)
        elif isinstance(error, Forbidden):
            self._stopped.add(stream.name)
        if result.gives_up:
            self._stopped.add(stream.name)
            entry.trouble("failed", WHOLE, _gave_up())

    def _is_stopped(self, stream: Stream) -> bool:
        return bool({stream.name, stream.connection.name} & (self._stopped | self._limited))

    def refuse_unread(self, stream: Stream) -> None:
        """Note of a stream whose tasks are all done that it is incomplete, where one has no end."""
        entry = self._entries[stream.name]
        if self._unread[stream.name] and entry.state == "complete" and not self._is_stopped(stream):
            entry.trouble("incomplete", WHOLE, _unread())

    def finish(self, stream: Stream) -> None:
        """Draw the conclusions from a stream, of which every task has ended or none goes on."""
        connection, entry = stream.connection.name, self._entries[stream.name]
        if connection in self._stopped and not entry.problems and self._unread[stream.name]:
            entry.trouble("failed", WHOLE, _refused())
        try:
            self._conclude(stream, entry)
        except Incomplete as doubt:
            entry.trouble("incomplete", WHOLE, doubt)
        state = "done" if entry.state == "complete" else entry.state
        for record in stream.resource.yields:
            self._committer.commit((None, self._point(stream, filling(record.table), WHOLE, state)))
        self._finished.add(stream.name)

    def _doubtful(self, stream: Stream) -> list[str]:
        """The lists that may show by now what this one lacks, and were not read to their end."""
        connection = stream.connection
        return [
            other.name
            for other in connection.source.resources
            if other is not stream.resource
            and other.keys is None
            and connection.reads(other)
            and _listed_kinds(other) & _listed_kinds(stream.resource)
            and not self._is_complete(connection, other)
            and was_seen(self._store, connection.name, other.name)
        ]

    def _is_complete(self, connection: Connection, resource: Resource) -> bool:
        entry = self._entries.get(f"{connection.name}.{resource.name}")
        return entry is not None and entry.state == "complete"

    def _conclude(self, stream: Stream, entry: ResourceSummary) -> None:
        """Draw the conclusions from what was read, as far as it proves any."""
        since = self._scope.resumed or self._summary.run
        is_whole = entry.state == "complete" and stream.name not in self._partly
        is_keyed = stream.resource.keys is not None
        place = (stream.connection, stream.resource)
        shards = self._ended.pop(stream.name, ())
        doubtful = self._doubtful(stream) if is_whole and not is_keyed else []
        if doubtful:
            entry.notice(_may_stand_in(doubtful))
            # Where one failed, a full reading stays due; where it was not asked for, it can wait.
            is_whole = not any(f"{place[0].name}.{name}" in self._entries for name in doubtful)
        # An item that was set aside was shown all the same: then nothing is inferred from silence.
        if entry.rejected or doubtful or not (is_whole or is_keyed):
            entry.add(self._committer.close_rejects(*place, shards))
        elif is_keyed:
            entry.add(self._committer.end_keys(*place, since, whole=is_whole))
        else:
            entry.add(self._committer.end_listing(*place, since, shards))
        withheld = withheld_of(self._store, stream.connection.name, stream.resource.name)
        if withheld and stream.resource.proves_absence(stream.connection.options):
            entry.notice(_still_withheld(len(withheld)))
        elif is_whole and not is_keyed:
            self._committer.commit((None, self._point(stream, stream.resource.name, WHOLE, FULL)))


class Begun(Struct, frozen=True, eq=False):
    """A run that goes on.

    Attributes:
        summary: What it came to so far.
        plan: The streams it reads, each with those that feed it.
        work: Makes tasks of them, commits what is read, and draws the conclusions.
    """

    summary: Summary
    plan: Mapping[Stream, Sequence[Stream]]
    work: _Work

    def read(self, workers: int) -> None:
        """Read all of it, on this many threads."""
        self.work.do(self.plan, workers)


def _is_from_the_beginning(task: Task) -> bool:
    """Whether a shard of a listing was asked for everything."""
    return task.shard.key is None and task.shard.cursor is None and task.shard.since is None


def _still_withheld(count: int) -> str:
    return (
        f"{count:,} records were missing from an earlier reading; they are marked absent only if "
        "another complete reading misses them, too"
    )


def _listed_kinds(resource: Resource) -> set[type]:
    return {shape.record for shape in listed(resource)}


def _may_stand_in(lists: Sequence[str]) -> str:
    return (
        f"what is not listed any more is not marked absent: it may stand in {', '.join(lists)}, "
        "not read to its end"
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


def _now() -> str:
    return moment(datetime.now(UTC))
