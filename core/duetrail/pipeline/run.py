"""One run: plan, read, map, commit, and say what it came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from duetrail.errors import DuetrailError, StoreError
from duetrail.garbage import collected_seldom
from duetrail.pipeline.commit import Committer
from duetrail.pipeline.events import Observer, Progress
from duetrail.pipeline.keeping import drop_pages
from duetrail.pipeline.open_rejects import count_rejects
from duetrail.pipeline.scope import Scope
from duetrail.pipeline.starting import Start, without
from duetrail.pipeline.stopped import Halted, Interrupted, stops_told
from duetrail.pipeline.summary import LinkChanges, Summary
from duetrail.pipeline.work import Work
from duetrail.secrets import redacted
from duetrail.signals import deferred
from duetrail.stores import Store, moment
from duetrail.streams import BoundSources, Stream

__all__ = ["WORKERS", "Begun", "Observer", "Progress", "begun", "sync"]

WORKERS = 8
"""How many shards are read at once unless the user says otherwise."""

# Less than a day, so that a sync that is cut off every night begins anew every night.
RESUMED_FOR = timedelta(hours=20)
"""For how long a run that was cut off is gone on with."""


def sync(
    store: Store,
    connections: BoundSources,
    configured: Sequence[str],
    *,
    workers: int = WORKERS,
    **how: Any,
) -> Summary:
    """Bring connections into the store: a run from its beginning to its end.

    Args:
        store: Where to.
        connections: Which, by name, each with its plugin.
        configured: The names of all connections there are.
        workers: How many shards are read at once.
        **how: What else `begun` is given, which says what is raised, too.
    """
    with begun(store, connections, configured, **how) as one:
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
    at_end: Callable[[Store, int], LinkChanges] = lambda store, run: LinkChanges(),
) -> Iterator[Begun]:
    """A run that has begun, and ends with the block.

    Args:
        store: Where to.
        connections: Which, by name, each with its plugin.
        configured: The names of all connections there are, since keys may come from others.
        broken: Connections that were asked for but cannot begin, and why.
        select: Names of resources or record tables; empty for everything.
        scope: How much is read; by default what is new.
        keep_pages: Days after which pages are dropped, 0 for those of this run, too; None for
            never.
        accept_account: Whether the user says that each connection is still the account that its
            stored data came from, although plugin, base URL, account or credential has changed.
        observer: Hears about progress.
        at_end: What is left to do when all is read, such as linking; what that came to.

    Raises:
        UsageError: A selected name fits nothing, or keys feed each other in a circle; no request
            was sent.
        ConfigError: A connection leads to another account than its stored data is of.
        StoreError: The store cannot be written. Once anything was asked it is `Halted`, which has
            the summary so far; what was committed stays.
        Interrupted: The user stopped it; what was committed stays.
    """
    start = Start.of(
        store,
        connections,
        configured,
        broken=broken,
        select=select,
    )
    accounts = start.identified(store, connections, accept_account=accept_account)
    scope = scope or Scope()
    scope = msgspec.structs.replace(scope, resumed=resumable(store, scope))
    run = store.begin_run(moment(scope.now))
    summary = Summary(
        run,
        resumed_from=scope.resumed,
        state="interrupted",
        since=None if scope.since is None else moment(scope.since),
        until=None if scope.until is None else moment(scope.until),
    )
    for name, error in accounts.broken.items():
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
        since=scope.resumed,
    )
    work = Work(store, committer, summary, start.credentials, scope, observer)
    try:
        with stops_told(summary):
            refused = accounts.noted(store, connections, scope.now)
            for name, error in refused.items():
                summary.add_broken(name, error)
            yield Begun(summary, without(start.plan, {**accounts.broken, **refused}), work)
            # A run whose end fails every night must not be resumed every night: it has read it all.
            state = "read"
            store.end_run(run, time_now(), state, told(summary, committer))
            tidy_up(store, connections, summary, scope, keep_pages, at_end)
            state = "ended"
    finally:
        try:
            with deferred():  # a second signal must not lose the end
                start.credentials.stop()
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
        store.end_run(summary.run, time_now(), state, told(summary, committer))
    except StoreError as error:
        if summary.state == "ended":
            summary.state = "halted"
            raise Halted(error, summary) from error


def tidy_up(
    store: Store,
    connections: BoundSources,
    summary: Summary,
    scope: Scope,
    keep_pages: int | None,
    at_end: Callable[[Store, int], LinkChanges],
) -> None:
    """Do what is left when all is read, and note in the summary what it came to."""
    summary.add_links(at_end(store, summary.run))
    with store.transaction():
        store.drop_superseded()
    if keep_pages is not None:
        before = scope.days_ago(keep_pages) if keep_pages else None
        summary.dropped_pages = drop_pages(store, connections, before)


def resumable(store: Store, scope: Scope) -> int | None:
    """The interrupted run to go on from; None where everything is asked again.

    Answers from long ago, or from a time when the clock was ahead, are too old to be relied on.
    """
    if scope.full:
        return None
    since = scope.days_ago(RESUMED_FOR / timedelta(days=1))
    return _first_unfinished(store, moment(since), moment(scope.now))


def _first_unfinished(store: Store, since: str, until: str) -> int | None:
    """The first run, since the last whose reading ended, that was cut off in its reading.

    Args:
        store: Where runs are noted.
        since: The time before which it must not have begun.
        until: The time after which it must not have begun.
    """
    first = None
    # Newest first. Of several in a row that were cut off, what the first one read still counts.
    for run in store.runs():
        if run.state in ("ended", "read"):
            break
        if run.state != "remapped" and since <= run.started_at <= until:
            first = run.run
    return first


def told(summary: Summary, committer: Committer) -> str:
    """A summary as it is stored."""
    answer = msgspec.json.encode(redacted(summary.as_dict())).decode()
    return committer.suppression.json(answer)


def time_now() -> str:
    """The time now, as the store writes times."""
    return moment(datetime.now(UTC))


class Begun(Struct, frozen=True, eq=False):
    """A run that goes on.

    Attributes:
        summary: What it came to so far.
        plan: The streams it reads, each with those that feed it.
        work: Makes tasks of them, commits what is read, and draws the conclusions.
    """

    summary: Summary
    plan: Mapping[Stream, Sequence[Stream]]
    work: Work

    def read(self, workers: int) -> None:
        """Read all of it, on this many threads."""
        with collected_seldom():
            self.work.do(self.plan, workers)
