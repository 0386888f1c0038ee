"""Runs of a workspace: begun, planned, mapped again, and what a check finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from duetrail.config import days_of
from duetrail.config.extensions import Extension
from duetrail.errors import PluginError, StoreError, UsageError
from duetrail.model import BY_TABLE
from duetrail.pipeline import history
from duetrail.pipeline.account import refuse_moved
from duetrail.pipeline.observing import Hearing, Observers, observers_of
from duetrail.pipeline.plan import feeders, resolve_key_source, shards
from duetrail.pipeline.read import resolve_secrets
from duetrail.pipeline.run import Begun, Observer, begun, time_now
from duetrail.pipeline.scope import Scope
from duetrail.pipeline.summary import LinkChanges, Summary
from duetrail.secrets import redacted
from duetrail.stores import CountQuery, Store
from duetrail.stores.history import KeepsHistory
from duetrail.stores.shared import SharedStore
from duetrail.streams import BoundSources
from duetrail.workspace import Workspace, link_all

if TYPE_CHECKING:
    from duetrail.jobs import Job
    from duetrail.pipeline.checking import Finding


class RunOptions(Struct, frozen=True, kw_only=True):
    """What a run is asked to do.

    Attributes:
        names: The connections; all configured ones if empty.
        scope: How much is to be read.
        select: Names of resources or record tables; empty for everything.
        keep_pages: Days for which pages are kept, `all` or `none`; as configured if None.
        accept_account: Whether each connection is said to be the account it was.
        observer: Hears about progress.
    """

    names: Sequence[str]
    scope: Scope
    select: Sequence[str] = ()
    keep_pages: int | str | None = None
    accept_account: bool = False
    observer: Observer | None = None

    def days(self, project: Workspace) -> int | None:
        """Days for which pages are kept."""
        return days_of(project.config.keep_pages if self.keep_pages is None else self.keep_pages)


@contextmanager
def begun_run(project: Workspace, options: RunOptions) -> Iterator[Begun]:
    """A run that has begun; everybody who observes hears how it ended.

    Args:
        project: Configuration and store, which is made if there is none.
        options: What it is asked to do.

    Raises:
        UsageError, PluginError, StoreError, KeyboardInterrupt: See `duetrail.project.Project.sync`.
    """
    days = options.days(project)
    observers = _observers(project, options.observer)
    with observers.watching():
        ready, broken = project.sources(*options.names)
        store = project.open(create=True)
        observers.begun("sync", lambda: _previous_exit_code(store))
        with (
            store.exclusive(),
            followed(store),
            begun(
                store,
                ready,
                list(project.config.connections),
                broken=broken,
                select=options.select,
                scope=options.scope,
                keep_pages=days,
                accept_account=options.accept_account,
                observer=observers,
                at_end=lambda kept, run: link_all(kept, project.config, ready, run),
            ) as one,
        ):
            yield one
    observers.ended(one.summary)
    _note_warnings(store, one.summary)


@contextmanager
def followed(store: Store) -> Iterator[None]:
    """Let history follow a run that was cut off, before the next one changes what it found."""
    history.follow(store)
    yield


def read_shard(
    project: Workspace, options: RunOptions, *, shard: str, sync_id: str, workers: int
) -> Summary:
    """Read one shard of a sync; everybody who observes hears how it ended.

    Args:
        project: Configuration and store, which is made if there is none.
        options: What the sync is asked to do.
        shard: Which shard of how many, such as `2/5`.
        sync_id: What tells the sync from others; empty for nothing.
        workers: How much is read at once.

    Raises:
        UsageError, PluginError, StoreError, KeyboardInterrupt: See `duetrail.project.Project.sync`.
    """
    from duetrail.pipeline.joining import Order
    from duetrail.pipeline.partition import Partition
    from duetrail.pipeline.sharded import sync_shard

    partition = Partition.parsed(shard)
    if options.scope.limit is not None:
        raise UsageError("a sync in shards reads everything: a limit has no place in it")
    observers = _observers(project, options.observer)
    with observers.watching():
        ready, broken = project.sources(*options.names)
        order = Order(
            partition=partition,
            workers=workers,
            select=options.select,
            scope=options.scope,
            keep_pages=options.days(project),
            accept_account=options.accept_account,
            sync_id=sync_id,
            observer=observers,
            at_end=lambda kept, run: link_all(kept, project.config, ready, run),
        )
        configured = list(project.config.connections)
        store = _shared_store(project)
        observers.begun("sync", lambda: _previous_exit_code(store))
        summary = sync_shard(store, ready, configured, broken, order)
    observers.ended(summary)
    return summary


def _shared_store(project: Workspace) -> SharedStore:
    """The store, which several machines may write to.

    Raises:
        UsageError: They may not.
    """
    store = project.open(create=True)
    if not isinstance(store, SharedStore):
        raise UsageError(
            f"the store {store.url} is written by one process at a time, so a sync into it has no "
            "shards",
            hint="Use a PostgreSQL store (postgresql://HOST/DATABASE), or leave out --shard.",
        )
    return store


def _observers(project: Workspace, observer: Observer | None) -> Observers:
    """Whoever called, and the plugins that want to hear how a sync goes."""
    extensions = project.config.extensions()
    hooks = ("observe", "observe_run", "observe_details")
    return observers_of(observer, *(_hearing(extensions, name) for name in hooks))


def _hearing(extensions: Sequence[Extension], hook: str) -> dict[str, Hearing]:
    return {one.plugin.name: found for one in extensions if (found := one.hook(hook))}


def _previous_exit_code(store: Store) -> int | None:
    """The exit code of the last sync; None where there was none, or it was killed."""
    last = next((run for run in store.runs() if run.state != "remapped"), None)
    summary: dict[str, Any] = json.loads((last and last.summary) or "{}")
    return summary.get("exit_code")


def _note_warnings(store: Store, summary: Summary) -> None:
    """Add to a stored run what plugins could not do when it had ended already, for `status`."""
    if not summary.warnings:
        return
    with suppress(StoreError):  # they are told in any case
        run = next(one for one in store.runs() if one.run == summary.run)
        facts = {**json.loads(run.summary or "{}"), "warnings": redacted(summary.warnings)}
        store.end_run(run.run, run.ended_at or time_now(), run.state, json.dumps(facts))


def planned(
    project: Workspace, names: Sequence[str], select: Sequence[str], scope: Scope, keys: int
) -> Iterator[Job]:
    """The jobs that read connections, without a run; the store is opened only for stored keys.

    Args:
        project: Configuration and store.
        names: The connections; all configured ones if empty.
        select: Names of resources or record tables; empty for everything.
        scope: How much is to be read.
        keys: How many keys a job asks.

    Raises:
        UsageError, PluginError, FetchError: See `duetrail.project.Project.plan`.
    """
    from duetrail.jobs import jobs_of

    ready, _ = project.sources(*names)
    for stream in feeders(ready, list(project.config.connections), select):
        where = resolve_key_source(stream)
        is_stored = where is not None and where.connection is not None
        found = shards(stream, project.store if is_stored else None, scope)
        yield from jobs_of(project.config, stream, found, keys)


def mapped_again(
    project: Workspace,
    work: Callable[[BoundSources, Callable[[Store, int], LinkChanges]], Summary],
    names: Sequence[str],
) -> Summary:
    """What was kept, mapped again without a request.

    Args:
        project: Configuration and store.
        work: Does it: is given the bound sources, and what is left to do at the end.
        names: The connections; all configured ones if empty.

    Raises:
        ConfigError: A connection has another plugin than its data in the store.
        PluginError, StoreError, UsageError: As for a sync.
    """
    observers = Observers(None, {}, _hearing(project.config.extensions(), "observe_run"))
    with observers.watching():
        ready, broken = project.sources(*names)
        store = project.store
        observers.begun("remap", lambda: _previous_exit_code(store))
        for source in ready.values():
            refuse_moved(store, source.connection, place=False)
        with store.exclusive():
            summary = work(ready, lambda kept, run: link_all(kept, project.config, ready, run))
    for name, error in broken.items():
        summary.add_broken(name, error)
    observers.ended(summary)
    _note_warnings(store, summary)
    return summary


def history_sizes(store: Store) -> Mapping[str, int]:
    """How many records of each table history is built of, where it is built for the first time."""
    if not isinstance(store, KeepsHistory) or store.history_state() is not None:
        return {}
    return {table: sum(store.counts(CountQuery(table)).values()) for table in BY_TABLE}


def findings(project: Workspace, names: Sequence[str]) -> Iterator[Finding]:
    """What connections may read; keys are taken from the store, if there is one.

    Args:
        project: Configuration and store.
        names: The connections; all configured ones if empty.

    Raises:
        ConfigError, SecretError: See `duetrail.project.Project.check`.
    """
    store = project.store_if_any()
    for name in names or tuple(project.config.connections):
        yield from _findings(project, name, store)


def _findings(project: Workspace, name: str, store: Store | None) -> list[Finding]:
    from duetrail.pipeline.checking import Finding, check  # a sync does not need it

    try:
        source = project.source(name)
    except PluginError as error:
        return [Finding(name, "", "failed", error.message, error.hint)]
    resolve_secrets(source.connection)
    if store is not None:
        refuse_moved(store, source.connection)
    return list(check(source, store))
