"""Duetrail from Python: `duetrail.sync(...)` into a store, `duetrail.read(...)` without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from attrs import evolve

from duetrail.config import Config, SameInvoice, days_of, read_config
from duetrail.errors import BadItem, DuetrailError, PluginError, StoreError, UsageError
from duetrail.model import BY_TABLE, Record, Ref
from duetrail.pipeline import keeping, run
from duetrail.pipeline import remap as again
from duetrail.pipeline.account import refuse_moved
from duetrail.pipeline.drift import Drift
from duetrail.pipeline.drift import drift as differences
from duetrail.pipeline.explain import Explanation
from duetrail.pipeline.explain import explain as explanation
from duetrail.pipeline.mapping import Batch, Rejected
from duetrail.pipeline.observing import Observers
from duetrail.pipeline.plan import Node, Scope, feeding
from duetrail.pipeline.plan import shards as shards_of
from duetrail.pipeline.read import Credentials, Reader, Task
from duetrail.pipeline.summary import Halted, Interrupted, Summary
from duetrail.plugins import Plugin
from duetrail.privacy import erasure
from duetrail.privacy.erasure import Erasure
from duetrail.source import Connection, Key, Page, Shard
from duetrail.stores import Store, StoredReject, open_store
from duetrail.trail import link_periods, link_same_invoices

ConfigLike = Config | str | Path | None
Connections = Mapping[str, tuple[Connection, Plugin]]


def sync(
    *connections: str,
    config: ConfigLike = None,
    store: str | None = None,
    select: Sequence[str] = (),
    full: bool = False,
    since: datetime | None = None,
    limit: int | None = None,
    workers: int = run.WORKERS,
    keep_pages: int | str | None = None,
    accept_account: bool = False,
    accept_absences: bool = False,
    observer: run.Observer | None = None,
    now: datetime | None = None,
) -> Summary:
    """Bring connections into the store.

    Args:
        *connections: Their names; all configured ones if none is given.
        config: The configuration or its path; see `duetrail.config.read_config`.
        store: A store URL instead of the configured one, relative to the working directory.
        select: Names of resources or record tables; empty for everything. Only who is named here or
            in `include` of its connection reads an optional resource.
        full: Whether to read everything, whatever was read before.
        since: Aware; what happened before is not asked for, where a vendor can be asked so.
        limit: Items of each resource after which it stops; pages are kept whole.
        workers: How many shards are read at once.
        keep_pages: Days for which answers are kept once their records are written, `all` or
            `none`; as configured if None.
        accept_account: Whether the user says that each connection is still the account that its
            stored data came from, although plugin, base URL, account or credential has changed.
        accept_absences: Whether to mark as absent what a complete reading misses, however much.
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
    scope = evolve(_scope(full, since, limit, now), accept_absences=accept_absences)
    settings = _config(config)
    days = days_of(settings.keep_pages if keep_pages is None else keep_pages)
    wanted, broken = _connections(settings, connections or tuple(settings.connections))
    hearing = {e.plugin.name: hook for e in settings.extensions() if (hook := e.hook("observe"))}
    observers = Observers(observer, hearing)
    target = open_configured(settings, store, create=True)
    try:
        with target.alone():
            summary = run.sync(
                target,
                wanted,
                list(settings.connections),
                broken=broken,
                select=select,
                scope=scope,
                workers=workers,
                keep_pages=days,
                accept_account=accept_account,
                observer=observers.progress,
                at_end=lambda kept: link_all(kept, settings, wanted),
            )
    except (Halted, Interrupted) as stop:
        observers.ended(stop.summary)
        raise
    finally:
        target.close()
    observers.ended(summary)
    return summary


def remap(
    *connections: str,
    config: ConfigLike = None,
    store: str | None = None,
    now: datetime | None = None,
) -> Summary:
    """Map the kept pages again, without a request: after a plugin was mended or made better.

    Args:
        *connections: Their names; all configured ones if none is given.
        config: The configuration or its path; see `duetrail.config.read_config`.
        store: A store URL instead of the configured one, relative to the working directory.
        now: Aware; when this begins, if not now.

    Raises:
        UsageError, PluginError, StoreError: As for `sync`.
    """

    def work(kept: Store, wanted: Connections, at_end: Callable[[Store], int]) -> Summary:
        return again.remap(kept, wanted, now or datetime.now(UTC), at_end)

    return _again(work, connections, config, store)


def replay(
    *numbers: str,
    config: ConfigLike = None,
    store: str | None = None,
    now: datetime | None = None,
) -> Summary:
    """Map rejects again, without a request; what maps now is a reject no more.

    Args:
        *numbers: Their numbers, or enough of the first digits; all open rejects if none is given.
        config: The configuration or its path; see `duetrail.config.read_config`.
        store: A store URL instead of the configured one, relative to the working directory.
        now: Aware; when this begins, if not now.

    Raises:
        UsageError: No reject has such a number, or several have.
        PluginError, StoreError: As for `sync`.
    """

    def work(kept: Store, wanted: Connections, at_end: Callable[[Store], int]) -> Summary:
        chosen = [r for r in find_rejects(kept, numbers) if r.connection in wanted]
        return again.replay(kept, wanted, chosen, now or datetime.now(UTC), at_end)

    return _again(work, (), config, store)


def drop_rejects(
    *numbers: str, config: ConfigLike = None, store: str | None = None
) -> list[StoredReject]:
    """Let go of rejects for good; the vendor may still send their items again.

    Args:
        *numbers: Their numbers, or enough of the first digits.
        config: The configuration or its path; see `duetrail.config.read_config`.
        store: A store URL instead of the configured one, relative to the working directory.

    Raises:
        UsageError: No reject has such a number, or several have.
        StoreError: The store cannot be used.
    """
    target = open_store(store) if store is not None else open_configured(_config(config), None)
    try:
        with target.alone(), target.transaction():
            found = find_rejects(target, numbers) if numbers else []
            target.drop_rejects((r.connection, r.resource, r.shape, r.key) for r in found)
            return found
    finally:
        target.close()


def erase(
    *contacts: str,
    config: ConfigLike = None,
    store: str | None = None,
    dry_run: bool = False,
) -> Erasure:
    """Strike people out of everything stored, and keep them out of every later sync.

    Args:
        *contacts: Email addresses, telephone numbers, full names.
        config: The configuration or its path; see `duetrail.config.read_config`.
        store: A store URL instead of the configured one, relative to the working directory; then
            no configuration is read.
        dry_run: Whether only to count.

    Raises:
        UsageError: A contact is none of these.
        StoreError: There is no store, or it cannot be used; or another program reads it, so that
            what was erased may still stand in its files: to erase again does the rest.
    """
    rules: Sequence[SameInvoice] = ()
    if store is None:
        config = _config(config)
        rules = config.same_invoice
    target = open_store(store) if store is not None else open_configured(_config(config), None)

    def link(kept: Store) -> None:
        if rules:  # two invoices that were one by what was struck out are that no more
            link_same_invoices(kept, rules)

    try:
        with target.alone():
            return erasure.erase(target, contacts, dry_run=dry_run, at_end=link)
    finally:
        target.close()


def extra_of(record: str, *, config: ConfigLike = None, store: str | None = None) -> dict[str, Any]:
    """What a vendor sent of a stored record beyond its fields, whether or not its page is kept.

    Args:
        record: `CONNECTION:TABLE:ID`, such as `stuut:invoices:inv_1`.
        config: The configuration or its path; see `duetrail.config.read_config`.
        store: A store URL instead of the configured one, relative to the working directory.

    Raises:
        UsageError: There is no such connection or kind of record.
        StoreError: The store cannot be used.
    """
    connection, _, rest = record.partition(":")
    table, _, id = rest.partition(":")
    if table not in BY_TABLE:
        raise UsageError(
            f"{record!r} names no record", hint="Write CONNECTION:TABLE:ID, stuut:invoices:inv_1."
        )
    settings = _config(config)
    opened, plugin = settings.connection(connection)
    target = open_configured(settings, store)
    try:
        return keeping.extra_of(target, opened, plugin, Ref(connection, table, id))
    finally:
        target.close()


def find_rejects(store: Store, numbers: Sequence[str]) -> list[StoredReject]:
    """The open rejects of these numbers, or of enough of their first digits; all without any.

    Raises:
        UsageError: No reject has such a number, or several have.
    """
    every = store.rejects()
    return [_one(every, number) for number in numbers] if numbers else every


def explain(
    record: str, field: str, *, config: ConfigLike = None, store: str | None = None
) -> Explanation:
    """Where a value came from: page, request, JSON path, plugin.

    Args:
        record: `CONNECTION:TABLE:ID`, such as `stuut:invoices:inv_1`.
        field: A field of the record, such as `amount_due`.
        config: The configuration or its path; see `duetrail.config.read_config`.
        store: A store URL instead of the configured one, relative to the working directory.

    Raises:
        UsageError: There is no such record or field.
        StoreError: The page it came from is no longer kept, or the store cannot be used.
    """
    connection, _, rest = record.partition(":")
    table, _, id = rest.partition(":")
    settings = _config(config)
    wanted = {connection: settings.connection(connection)}
    target = open_configured(settings, store)
    try:
        return explanation(target, wanted, Ref(connection, table, id), field)
    finally:
        target.close()


def drift(*connections: str, config: ConfigLike = None, store: str | None = None) -> list[Drift]:
    """Where what vendors send is no longer what their plugins declare.

    Args:
        *connections: Their names; all configured ones if none is given.
        config: The configuration or its path; see `duetrail.config.read_config`.
        store: A store URL instead of the configured one, relative to the working directory.

    Raises:
        UsageError, PluginError, StoreError: As for `sync`.
    """
    settings = _config(config)
    wanted, _ = _connections(settings, connections or tuple(settings.connections))
    target = open_configured(settings, store)
    try:
        return list(differences(target, wanted))
    finally:
        target.close()


def _one(every: Sequence[StoredReject], number: str) -> StoredReject:
    # Every number begins with the empty text, which names none of them.
    found = [reject for reject in every if number and reject.number.startswith(number)]
    if len(found) != 1:
        raise UsageError(
            f"{'no reject has' if not found else 'several rejects have'} the number {number!r}",
            hint="`duetrail rejects list` shows the numbers.",
        )
    return found[0]


def _again(
    work: Callable[[Store, Connections, Callable[[Store], int]], Summary],
    names: Sequence[str],
    config: ConfigLike,
    store: str | None,
) -> Summary:
    settings = _config(config)
    wanted, broken = _connections(settings, names or tuple(settings.connections))
    target = open_configured(settings, store)
    try:
        for opened, _ in wanted.values():
            refuse_moved(target, opened, place=False)
        with target.alone():
            summary = work(target, wanted, lambda kept: link_all(kept, settings, wanted))
    finally:
        target.close()
    for name, error in broken.items():
        summary.add_broken(name, error)
    return summary


def read(
    connection: str,
    name: str,
    *,
    config: ConfigLike = None,
    store: str | None = None,
    keys: Iterable[str] | None = None,
    on_reject: Callable[[Rejected], None] | None = None,
) -> Iterator[Record]:
    """Iterate over records straight from a vendor; nothing is written.

    Args:
        connection: The name of a configured connection.
        name: A record table (`invoices`, `calls`), read from the resource of this name or else from
            all that yield it; or a resource of another name, for all that it yields.
        config: The configuration or its path; see `duetrail.config.read_config`.
        store: The store stored keys come from, instead of the configured one.
        keys: The keys to ask with, instead of the configured ones; then only what is asked per
            key is read.
        on_reject: Is given each item that cannot be mapped; without it, such an item raises.

    Yields:
        Typed records in the vendor's order, with what has no home in `extra`. What is shown again
        just so, where pages overlap, comes once.

    Raises:
        BadItem: An item cannot be mapped and `on_reject` is not given.
        FetchError: A request failed.
        UsageError: There is no such connection, resource or table.
    """
    settings = _config(config)
    opened, plugin = settings.connection(connection)
    every = [Node(opened, plugin, resource) for resource in opened.source.resources]
    usual = [node for node in every if opened.reads(node.resource)]
    nodes = (
        [node for node in usual if node.resource.name == name]
        or [node for node in usual if name in _tables(node)]
        or [node for node in every if node.resource.name == name]
    )
    if keys is not None:
        nodes = [node for node in nodes if node.resource.keys is not None]
    if not nodes:
        known = sorted({t for n in every for t in (n.resource.name, *_tables(n))})
        raise UsageError(
            f"{opened.source.title} has no {name!r}", hint=f"It has {', '.join(known)}."
        )
    reader = Reader(Credentials())
    try:
        for node in nodes:
            met: set[bytes] = set()
            for shard in _shards(node, settings, store, keys):
                task = Task(node, shard)
                for found in reader.found(task):
                    if isinstance(found, Page):
                        yield from _records(reader.map(task, found), name, met, on_reject)
    finally:
        reader.close()


def _records(
    batch: Batch, name: str, met: set[bytes], on_reject: Callable[[Rejected], None] | None
) -> Iterator[Record]:
    for rejected in batch.rejected:
        if rejected.key.encode() not in met:
            met.add(rejected.key.encode())
            _refuse(rejected, on_reject)
    for mapped in batch.mapped:
        place = "\n".join((mapped.shape.name, mapped.item, mapped.within)).encode()
        sight = blake2b(place, key=mapped.hash, digest_size=16).digest()
        if sight in met:
            continue
        met.add(sight)
        for record in mapped.with_extra():
            if name == record.table or name not in BY_TABLE:
                yield record


def open_configured(config: Config, store: str | None, *, create: bool = False) -> Store:
    """The store at a URL given by the user, else the configured one.

    An erasure that was cut off is finished first.

    Raises:
        ConfigError: The URL is none.
        StoreError: The store cannot be used.
    """
    if store is not None:
        opened = open_store(store, create=create)
    else:
        opened = open_store(config.store, folder=config.folder, create=create)
    with suppress(StoreError):  # `erase` itself reports it
        if opened.erasing():
            with opened.alone():
                erasure.finish(opened, lambda kept: link_same_invoices(kept, config.same_invoice))
    return opened


def link_all(
    store: Store, config: Config, connections: Mapping[str, tuple[Connection, Plugin]]
) -> int:
    """Bring every derived link in step with its rule; how many were added or removed."""
    changed = link_same_invoices(store, config.same_invoice)
    return changed + sum(link_periods(store, opened) for opened, _ in connections.values())


def _scope(full: bool, since: datetime | None, limit: int | None, now: datetime | None) -> Scope:
    if full and since is not None:
        raise UsageError("to read everything, and only from a date on, exclude each other")
    if limit is not None and limit < 1:
        raise UsageError("a limit is at least 1 item")
    for name, moment in (("since", since), ("now", now)):
        if moment is not None and moment.tzinfo is None:
            raise UsageError(f"`{name}` must be a time with a zone")
    now = now or datetime.now(UTC)
    if since is not None and since > now:
        raise UsageError(
            f"nothing can have happened since {since.isoformat()}, a time in the future",
            hint=f"Give one before {now.isoformat(timespec='seconds')}, the time of this machine.",
        )
    return Scope(full=full, since=since, limit=limit, now=now)


def _config(config: ConfigLike) -> Config:
    return config if isinstance(config, Config) else read_config(config)


def _connections(
    config: Config, names: Sequence[str]
) -> tuple[dict[str, tuple[Connection, Plugin]], dict[str, DuetrailError]]:
    """The connections that can begin, and why the others cannot: one broken plugin stops itself."""
    if not names:
        raise UsageError(
            f"{config.path} has no connections", hint="Add a table [connections.NAME]."
        )
    ready: dict[str, tuple[Connection, Plugin]] = {}
    broken: dict[str, DuetrailError] = {}
    for name in names:
        try:
            ready[name] = config.connection(name)
        except PluginError as error:
            broken[name] = error
    if not ready:
        raise next(iter(broken.values()))
    return ready, broken


def _tables(node: Node) -> list[str]:
    return [record.table for record in node.resource.yields]


def _shards(
    node: Node, config: Config, store: str | None, keys: Iterable[str] | None
) -> Iterator[Shard]:
    if node.resource.keys is None:
        yield from node.plugin.plan(node.resource, node.connection)
    elif keys is not None:
        yield from (Shard(node.resource.name, key, Key(key)) for key in keys)
    else:
        where = feeding(node)
        assert where is not None
        kept = open_configured(config, store) if where.connection else None
        try:
            yield from shards_of(node, kept)
        finally:
            if kept is not None:
                kept.close()


def _refuse(rejected: Rejected, on_reject: Callable[[Rejected], None] | None) -> None:
    if on_reject is None:
        raise BadItem(rejected.reason, path=f"{rejected.path}{rejected.json_path[1:]}")
    on_reject(rejected)
