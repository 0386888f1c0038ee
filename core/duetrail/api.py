"""Duetrail from Python: `duetrail.sync(...)` into a store, `duetrail.read(...)` without one.

Each function opens a `duetrail.project.Project`, calls its method of the same name, and closes it;
what the arguments mean, and what is raised, is told there. Besides, each takes:

- `config`: The configuration or its path; see `duetrail.config.read_config`.
- `store`: A store URL instead of the configured one, relative to the working directory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from duetrail.model import Record
from duetrail.pipeline import run
from duetrail.pipeline.open_rejects import find_rejects
from duetrail.pipeline.records import OnReject
from duetrail.pipeline.summary import Summary
from duetrail.project import Project
from duetrail.stores import StoredReject
from duetrail.workspace import ConfigLike, open_configured

if TYPE_CHECKING:
    from duetrail.exports import Exported
    from duetrail.pipeline.change_feed import ChangeFeed, RecordChange
    from duetrail.pipeline.drift import Drift
    from duetrail.pipeline.explain import Explanation
    from duetrail.privacy.erasure import Erasure

__all__ = [
    "ConfigLike",
    "changes",
    "drift",
    "drop_rejects",
    "erase",
    "explain",
    "export",
    "extra_of",
    "find_rejects",
    "open_configured",
    "read",
    "remap",
    "replay",
    "sync",
]


def sync(
    *connections: str,
    config: ConfigLike = None,
    store: str | None = None,
    select: Sequence[str] = (),
    full: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
    workers: int = run.WORKERS,
    keep_pages: int | str | None = None,
    accept_account: bool = False,
    accept_absences: bool = False,
    shard: str | None = None,
    sync_id: str = "",
    observer: run.Observer | None = None,
    now: datetime | None = None,
) -> Summary:
    """Bring connections into the store, as `duetrail.project.Project.sync`."""
    with Project(config, store) as project:
        return project.sync(
            *connections,
            select=select,
            full=full,
            since=since,
            until=until,
            limit=limit,
            workers=workers,
            keep_pages=keep_pages,
            accept_account=accept_account,
            accept_absences=accept_absences,
            shard=shard,
            sync_id=sync_id,
            observer=observer,
            now=now,
        )


def read(
    connection: str,
    name: str,
    *,
    config: ConfigLike = None,
    store: str | None = None,
    keys: Iterable[str] | None = None,
    on_reject: OnReject | None = None,
) -> Iterator[Record]:
    """Iterate over records straight from a vendor, as `duetrail.project.Project.read`."""
    with Project(config, store) as project:
        yield from project.read(connection, name, keys=keys, on_reject=on_reject)


def changes(
    since: int = 0,
    *,
    config: ConfigLike = None,
    store: str | None = None,
    tables: Sequence[str] = (),
    connections: Sequence[str] = (),
) -> ChangeFeed:
    """What changed after a run, as `duetrail.project.Project.changes`; read while it is used."""
    from duetrail.pipeline.change_feed import ChangeFeed

    project = Project(config, store)
    try:
        feed = project.changes(since, tables=tables, connections=connections)
    except BaseException:
        project.close()
        raise

    def until_closed() -> Iterator[RecordChange]:
        with project:
            yield from feed

    return ChangeFeed(feed.since, feed.cursor, until_closed())


def export(
    target: str,
    since: int = 0,
    *,
    config: ConfigLike = None,
    store: str | None = None,
    tables: Sequence[str] = (),
    connections: Sequence[str] = (),
    observer: run.Observer | None = None,
) -> Exported:
    """Write the tables to files, or to a DuckDB file, as `duetrail.project.Project.export`."""
    with Project(config, store) as project:
        return project.export(
            target, since, tables=tables, connections=connections, observer=observer
        )


def remap(
    *connections: str,
    config: ConfigLike = None,
    store: str | None = None,
    observer: run.Observer | None = None,
    now: datetime | None = None,
) -> Summary:
    """Map the kept pages again, without a request, as `duetrail.project.Project.remap`."""
    with Project(config, store) as project:
        return project.remap(*connections, observer=observer, now=now)


def replay(
    *numbers: str,
    config: ConfigLike = None,
    store: str | None = None,
    observer: run.Observer | None = None,
    now: datetime | None = None,
) -> Summary:
    """Map rejects again, without a request, as `duetrail.project.Project.replay`."""
    with Project(config, store) as project:
        return project.replay(*numbers, observer=observer, now=now)


def drop_rejects(
    *numbers: str, config: ConfigLike = None, store: str | None = None
) -> list[StoredReject]:
    """Let go of rejects for good, as `duetrail.project.Project.drop_rejects`."""
    with Project(config, store) as project:
        return project.drop_rejects(*numbers)


def erase(
    *contacts: str,
    config: ConfigLike = None,
    store: str | None = None,
    dry_run: bool = False,
    observer: run.Observer | None = None,
) -> Erasure:
    """Strike people out of everything stored, as `duetrail.project.Project.erase`."""
    with Project(config, store) as project:
        return project.erase(*contacts, dry_run=dry_run, observer=observer)


def extra_of(record: str, *, config: ConfigLike = None, store: str | None = None) -> dict[str, Any]:
    """What a vendor sent beyond a record's fields, as `duetrail.project.Project.extra_of`."""
    with Project(config, store) as project:
        return project.extra_of(record)


def explain(
    record: str, field: str, *, config: ConfigLike = None, store: str | None = None
) -> Explanation:
    """Where a value came from, as `duetrail.project.Project.explain`."""
    with Project(config, store) as project:
        return project.explain(record, field)


def drift(*connections: str, config: ConfigLike = None, store: str | None = None) -> list[Drift]:
    """Where what is sent is not what was declared, as `duetrail.project.Project.drift`."""
    with Project(config, store) as project:
        return project.drift(*connections)
