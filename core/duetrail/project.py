"""A project: a configuration and its store, opened when they are needed, and all that can be done.

    with Project("duetrail.toml") as project:
        summary = project.sync("stuut")
        print(project.timeline("INV-1042"))

The commands of `duetrail` and the functions of `duetrail.api` are thin layers over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from duetrail.errors import UsageError
from duetrail.model import BY_TABLE, Record
from duetrail.pipeline import remap as again
from duetrail.pipeline.open_rejects import find_rejects
from duetrail.pipeline.plan import KEYS
from duetrail.pipeline.records import OnReject, read_records
from duetrail.pipeline.run import WORKERS, Observer
from duetrail.pipeline.scope import scope_of
from duetrail.pipeline.summary import LinkChanges, Summary
from duetrail.queries import Queries
from duetrail.runs import (
    RunOptions,
    begun_run,
    findings,
    history_sizes,
    mapped_again,
    planned,
    read_shard,
)
from duetrail.stores import Changes, Store, StoredReject
from duetrail.streams import BoundSources
from duetrail.workspace import link_by_user

if TYPE_CHECKING:  # what a sync does not need is imported by what needs it
    from duetrail.http.consent import Consent, Prompt
    from duetrail.jobs import Job, Run
    from duetrail.pipeline.checking import Finding
    from duetrail.pipeline.forecast import Forecast
    from duetrail.pipeline.history import BuiltHistory
    from duetrail.privacy.erasure import Erasure


class Project(Queries):
    """A configuration and its store, and all that can be done with them.

    A context manager: leaving it closes the store.

    Args:
        config: The configuration or its path; see `duetrail.config.read_config`.
        store: A store URL instead of the configured one, relative to the working directory.
    """

    # --- reading ---------------------------------------------------------------------------------

    def sync(
        self,
        *connections: str,
        select: Sequence[str] = (),
        full: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        workers: int = WORKERS,
        keep_pages: int | str | None = None,
        accept_account: bool = False,
        accept_absences: bool = False,
        shard: str | None = None,
        sync_id: str = "",
        observer: Observer | None = None,
        now: datetime | None = None,
    ) -> Summary:
        """Bring connections into the store, which is made if there is none.

        Args:
            *connections: Their names; all configured ones if none is given.
            select: Names of resources or record tables; empty for everything. Only who is named
                here or in `include` of its connection reads an optional resource.
            full: Whether to read everything, whatever was read before.
            since: Aware; what happened before is not asked for, where a vendor can be asked so.
            until: Aware; what happened from then on, likewise.
            limit: Items of each resource after which it stops; pages are kept whole.
            workers: How many shards are read at once.
            keep_pages: Days for which answers are kept once their records are written, `all` or
                `none`; as configured if None.
            accept_account: Whether the user says that each connection is still the account that
                its stored data came from, although plugin, base URL, account or credential has
                changed.
            accept_absences: Whether to mark as absent what a complete reading misses, however much.
            shard: Read only one of several parts, such as `2/5`, while other processes read the
                others into the same store, which several machines have to be able to write to.
            sync_id: With `shard`, what tells this sync from the one before and the next.
            observer: Hears about progress.
            now: Aware; when the run begins, if not now.

        Returns:
            What the run came to. Failures of single connections, resources and keys are in there;
            they do not raise.

        Raises:
            UsageError: The call or the configuration asks for something impossible.
            PluginError: A plugin that is needed is missing or broken.
            StoreError: The store cannot be used. In the middle of a run it is
                `duetrail.pipeline.Halted`, which has the summary so far.
            KeyboardInterrupt: As `duetrail.pipeline.Interrupted`, which has the summary so far.
        """
        scope = scope_of(full, since, limit, now, until)
        options = RunOptions(
            names=connections,
            scope=replace(scope, accept_absences=accept_absences),
            select=select,
            keep_pages=keep_pages,
            accept_account=accept_account,
            observer=observer,
        )
        if shard is not None:
            return read_shard(self, options, shard=shard, sync_id=sync_id, workers=workers)
        if sync_id:
            raise UsageError("a sync has an id only where it is read in shards")
        with begun_run(self, options) as one:
            one.read(workers)
        return one.summary

    def forecast(
        self,
        *connections: str,
        select: Sequence[str] = (),
        full: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
        now: datetime | None = None,
    ) -> list[Forecast]:
        """What a sync would ask, and how many requests that takes; nobody is asked.

        Args:
            *connections: Their names; all configured ones if none is given.
            select: Names of resources or record tables; empty for everything.
            full: As for `sync`.
            since: As for `sync`.
            until: As for `sync`.
            now: Aware; when the sync would begin, if not now.

        Raises:
            UsageError, PluginError, StoreError: As for `sync`.
        """
        from duetrail.pipeline.forecast import forecast

        scope = scope_of(full, since, None, now, until)
        ready, _ = self.sources(*connections)
        store = self.store_if_any()
        return list(forecast(ready, list(self.config.connections), select, store, scope))

    def backfill(
        self,
        *connections: str,
        since: datetime,
        until: datetime,
        step: str,
        select: Sequence[str] = (),
        workers: int = WORKERS,
        observer: Observer | None = None,
        now: datetime | None = None,
    ) -> Iterator[Summary]:
        """Read a stretch of time window by window, each as a sync of its own, the oldest first.

        Read is what can be asked from a time on and up to one. Called again after it was
        interrupted, or after some of it failed, it leaves out what was read already; once all was
        read, it begins anew.

        Args:
            *connections: Their names; all configured ones if none is given.
            since: Aware; when the first window begins.
            until: Aware; when the last one ends, excluded.
            step: `day`, `week`, `month` or `year`: the windows end where these do, in UTC.
            select: Names of resources or record tables; empty for everything that can be asked so.
            workers: How much is read at once.
            observer: Hears about progress.
            now: Aware; when it begins, if not now.

        Yields:
            The summary of each window that is read.

        Raises:
            UsageError: Nothing can be asked so; and as for `sync`.
        """
        from duetrail.pipeline.backfill import left, windows

        scope_of(False, since, None, now, until)
        ready, _ = self.sources(*connections)
        runs = (store := self.store_if_any()) and store.runs()
        for window, streams in left(ready, select, windows(since, until, step), runs or ()):
            names = dict.fromkeys(stream.connection.name for stream in streams)
            yield self.sync(
                *names,
                select=[stream.name for stream in streams],
                since=window[0],
                until=window[1],
                workers=workers,
                observer=observer,
                now=now,
            )

    @contextmanager
    def run(
        self,
        *connections: str,
        select: Sequence[str] = (),
        full: bool = False,
        since: datetime | None = None,
        keep_pages: int | str | None = None,
        accept_account: bool = False,
        accept_absences: bool = False,
        observer: Observer | None = None,
        now: datetime | None = None,
    ) -> Iterator[Run]:
        """A sync whose jobs are read wherever one likes: other processes, other machines.

        The run begins with the block and ends with it; what an exception leaves unread is read by
        the next run. See `duetrail.jobs`. Arguments and errors are those of `sync`.
        """
        from duetrail.jobs import Run

        scope = replace(scope_of(full, since, None, now), accept_absences=accept_absences)
        options = RunOptions(
            names=connections,
            scope=scope,
            select=select,
            keep_pages=keep_pages,
            accept_account=accept_account,
            observer=observer,
        )
        with begun_run(self, options) as one:
            made = Run(self.config, one)
            try:
                yield made
            finally:
                made.close()

    def plan(
        self,
        *connections: str,
        select: Sequence[str] = (),
        since: datetime | None = None,
        keys: int = KEYS,
    ) -> list[Job]:
        """The jobs that read connections whole, for whoever does not commit what they give.

        The store is opened only for keys that are stored. To bring what is read into the store,
        use `run`, which plans what is new.

        Args:
            *connections: Their names; all configured ones if none is given.
            select: Names of resources or record tables; empty for everything.
            since: Aware; what happened before is not asked for, where a vendor can be asked so.
            keys: How many keys a job asks.

        Raises:
            UsageError, PluginError: As for `sync`.
            FetchError: Nothing that could give a resource its keys was ever read.
        """
        scope = replace(scope_of(False, since, None, None), full=True)
        return list(planned(self, connections, select, scope, keys))

    def read(
        self,
        connection: str,
        name: str,
        *,
        keys: Iterable[str] | None = None,
        on_reject: OnReject | None = None,
    ) -> Iterator[Record]:
        """Iterate over records straight from a vendor; nothing is written.

        Args:
            connection: The name of a configured connection.
            name: A record table (`invoices`, `calls`), read from the resource of this name or else
                from all that yield it; or a resource of another name, for all that it yields.
            keys: The keys to ask with, instead of the configured ones; then only what is asked per
                key is read. The store is opened only for keys that are stored.
            on_reject: Is given each item that cannot be mapped; without it, such an item raises.

        Yields:
            Typed records in the vendor's order, with what has no home in `extra`. What is shown
            again just so, where pages overlap, comes once.

        Raises:
            BadItem: An item cannot be mapped and `on_reject` is not given.
            FetchError: A request failed.
            UsageError: There is no such connection, resource or table.
        """
        yield from read_records(self.source(connection), name, self.open, keys, on_reject)

    def check(self, *connections: str) -> list[Finding]:
        """What connections may read, by one page of each resource; nothing is written.

        Args:
            *connections: Their names; all configured ones if none is given.

        Raises:
            ConfigError: A connection is not there, is wrong, or leads to another account.
            SecretError: A reference resolves to nothing.
        """
        return list(findings(self, connections))

    def authorize(
        self, connection: str, prompt: Prompt, *, by_device: bool = False, port: int | None = None
    ) -> Consent:
        """Have somebody agree to what a connection reads (OAuth2), and keep the tokens.

        Args:
            connection: The name of a configured connection.
            prompt: How somebody is asked.
            by_device: Whether on another device, although there might be a browser here.
            port: The port of this machine the browser is sent back to; None for the declared one.

        Raises:
            UsageError: There is no such connection, or nothing to agree to.
            FetchError: Nobody agreed, or the vendor's token host gave no tokens.
            SecretError: The tokens cannot be written.
        """
        from duetrail.http.consent import authorize

        source = self.source(connection)
        return authorize(source.connection, prompt, by_device=by_device, port=port)

    # --- mapping again ---------------------------------------------------------------------------

    def remap(
        self, *connections: str, observer: Observer | None = None, now: datetime | None = None
    ) -> Summary:
        """Map the kept pages again, without a request: after a plugin was mended or made better.

        Args:
            *connections: Their names; all configured ones if none is given.
            observer: Hears about progress, as `CountedProgress` of pages; what it raises is logged.
            now: Aware; when this begins, if not now.

        Raises:
            UsageError, PluginError, StoreError: As for `sync`.
        """

        def work(ready: BoundSources, at_end: Callable[[Store, int], LinkChanges]) -> Summary:
            return again.remap(self.store, ready, now or datetime.now(UTC), at_end, observer)

        return mapped_again(self, work, connections)

    def replay(
        self, *numbers: str, observer: Observer | None = None, now: datetime | None = None
    ) -> Summary:
        """Map rejects again, without a request; what maps now is a reject no more.

        Args:
            *numbers: Their numbers, or enough of the first digits; all open rejects if none is
                given.
            observer: As for `remap`; hears of pages with such rejects.
            now: Aware; when this begins, if not now.

        Raises:
            UsageError: No reject has such a number, or several have.
            PluginError, StoreError: As for `sync`.
        """

        def work(ready: BoundSources, at_end: Callable[[Store, int], LinkChanges]) -> Summary:
            found = find_rejects(self.store, numbers) if numbers else self.store.rejects()
            chosen = (reject for reject in found if reject.connection in ready)
            begun = now or datetime.now(UTC)
            return again.replay(self.store, ready, chosen, begun, at_end, observer)

        return mapped_again(self, work, ())

    # --- rejects ---------------------------------------------------------------------------------

    def drop_rejects(self, *numbers: str) -> list[StoredReject]:
        """Let go of rejects for good; the vendor may still send their items again.

        Args:
            *numbers: Their numbers, or enough of the first digits.

        Raises:
            UsageError: No reject has such a number, or several have.
        """
        store = self.bare_store
        with store.exclusive(), store.transaction():
            found = find_rejects(store, numbers)
            store.apply(Changes(closed_rejects={reject.identity for reject in found}))
            return found

    # --- history ---------------------------------------------------------------------------------

    def build_history(
        self, *, observer: Observer | None = None, now: datetime | None = None
    ) -> BuiltHistory:
        """Put together what records were since the first sync; from then on each sync adds to it.

        Args:
            observer: Hears about progress, as `CountedProgress` of tables; what it raises is
                logged.
            now: Aware; when this is, if not now.

        Raises:
            StoreError: There is no store, it cannot be used, or it keeps no history.
        """
        from duetrail.pipeline import history
        from duetrail.pipeline.steps import Steps

        store = self.bare_store
        with store.exclusive(), Steps(observer, len(BY_TABLE)) as steps:
            tell = steps.in_order(BY_TABLE, history_sizes(store) if observer else {})
            return history.build(store, now or datetime.now(UTC), tell)

    def drop_history(self) -> None:
        """Forget what records were: history begins anew with what is stored.

        Raises:
            StoreError: There is no store, it cannot be used, or it keeps no history.
        """
        from duetrail.pipeline import history

        store = self.bare_store
        with store.exclusive():
            history.drop(store)

    # --- people ----------------------------------------------------------------------------------

    def erase(
        self, *contacts: str, dry_run: bool = False, observer: Observer | None = None
    ) -> Erasure:
        """Strike people out of everything stored, and keep them out of every later sync.

        Where the store's URL was given no configuration is read.

        Args:
            *contacts: Email addresses, telephone numbers, full names.
            dry_run: Whether only to count.
            observer: Hears about progress, as `CountedProgress` of tables, the values that were
                looked at as items; what it raises is logged.

        Raises:
            UsageError: A contact is none of these.
            StoreError: There is no store, or it cannot be used; or another program reads it, so
                that what was erased may still stand in its files: to erase again does the rest.
        """
        from duetrail.pipeline.steps import Steps
        from duetrail.privacy import erasure

        config = self.config if self._url is None else None

        def link(kept: Store, run: int) -> None:
            if config:  # what was linked by what was struck out is linked no more
                link_by_user(kept, config, run)

        store = self.bare_store
        with store.exclusive(), Steps(observer, erasure.count_steps(dry_run)) as steps:
            return erasure.erase(store, contacts, dry_run=dry_run, at_end=link, watch=steps.table)
