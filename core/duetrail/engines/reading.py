"""What engines share that read vendors in workers of their own: plan, read, merge.

The plan is made in one place. Each of its jobs is read wherever the engine likes and gives what was
*seen*: every item in every place where it stood. One record may be seen by several jobs, so what
was seen of it is brought together by the engine, and merged here by the rule that a store has, too.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from socket import gethostname
from typing import Any, TypedDict

from attrs import evolve, field, frozen
from msgspec.structs import replace

from duetrail.config import Config, read_config
from duetrail.engines.tables import Origin, known_table, mapping_of
from duetrail.errors import (
    BadItem,
    ConfigError,
    DuetrailError,
    Forbidden,
    PluginError,
    SecretError,
    Unauthorized,
    UsageError,
    did_you_mean,
)
from duetrail.http.slots import Slots
from duetrail.jobs import Job, JobResult, jobs_of, read
from duetrail.model import Link, Ref
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.fold import fold
from duetrail.pipeline.plan import KEYS, resolve_key_source, shards
from duetrail.pipeline.precedence import ranked
from duetrail.pipeline.read import ReadResult
from duetrail.pipeline.scope import Scope, scope_of
from duetrail.project import Project
from duetrail.source import Connection, Key, Shard
from duetrail.stores import Observation, Row
from duetrail.stores.rows import is_touch
from duetrail.streams import BoundSource, Stream

_log = logging.getLogger(__name__)


class ReadingOptions(TypedDict, total=False):
    """How records are read, whichever engine reads them.

    Attributes:
        config: The configuration or its path; see `duetrail.config.read_config`.
        resource: The one resource to read from; by default all that show such records.
        since: Aware; what happened before is not asked for, where a vendor can be asked so.
        rejects: `fail` where an item that cannot be mapped ends the reading, `skip` where it is
            left out.
        failures: The same of a key that gives no answer after all retries; that it is left out is
            logged. A credential that is refused, or a vendor that answers to no key, always ends
            the reading.
    """

    config: Config | str | Path | None
    resource: str
    since: datetime | None
    rejects: str
    failures: str


def _config(given: Config | str | Path | None) -> Config:
    return given if isinstance(given, Config) else read_config(given)


def _keys(given: Iterable[str | Key] | None) -> tuple[Key, ...] | None:
    if given is None:
        return None
    return tuple(key if isinstance(key, Key) else Key(key) for key in given)


@frozen(kw_only=True)
class Request:
    """What an engine is asked for: the records of some tables, from one connection.

    Attributes:
        connection: The connection.
        tables: The record tables; what shows several of them is read once.
        keys: The keys to ask with, instead of the configured ones.
        config: The configuration; secrets in it are references.
        resource: As in `ReadingOptions`, and so the following; empty for all resources.
        since: Aware.
        rejects: `fail` or `skip`.
        failures: `fail` or `skip`.
    """

    connection: str
    tables: tuple[str, ...]
    keys: tuple[Key, ...] | None = field(default=None, converter=_keys)
    config: Config = field(default=None, converter=_config)
    resource: str = ""
    since: datetime | None = None
    rejects: str = "fail"
    failures: str = "fail"


@frozen
class Seen:
    """An item as it was seen in one place, with what was made of it; it is pickled.

    Attributes:
        observation: Which record, where, in which version. No number in it means anything.
        rows: The record, and what is derived from it.
        links: Why they belong to invoices, but for what the vendor itself names.
        origin: Where it came from.
    """

    observation: Observation
    rows: tuple[Row, ...]
    links: frozenset[Link]
    origin: Origin

    @property
    def ref(self) -> Ref:
        """The record."""
        return self.observation.ref

    @property
    def tables(self) -> set[str]:
        """The tables of what was made of it."""
        return {row.table for row in self.rows}


# --- plan -----------------------------------------------------------------------------------------


def plan(asked: Request, keys: int = KEYS) -> list[Job]:
    """The jobs that read what is asked for; only where keys are stored is the store opened.

    Args:
        asked: What is asked for.
        keys: How many keys a job asks.

    Raises:
        UsageError: There is no such connection, table or resource.
        PluginError: The plugin is not installed here or does not load.
        FetchError: Nothing that could give a resource its keys was ever read.
    """
    for name in ("rejects", "failures"):
        if (word := getattr(asked, name)) not in ("fail", "skip"):
            raise UsageError(f"{name}: {word!r} is neither fail nor skip")
    scope = replace(scope_of(False, asked.since, None, None), full=True)
    with Project(asked.config) as project:
        source = project.source(asked.connection)
        return [
            job
            for stream in streams(source, asked)
            for job in jobs_of(
                asked.config, stream, _shards(project, stream, asked.keys, scope), keys
            )
        ]


def jobs_of_keys(asked: Request, keys: Iterable[Key]) -> Iterator[Job]:
    """The jobs that ask for what is asked for with some keys.

    Raises:
        UsageError: Nothing is asked for by key.
    """
    source = asked.config.connection(asked.connection)
    keyed = streams(source, evolve(asked, keys=()))
    waiting = iter(keys)
    while some := tuple(islice(waiting, KEYS)):
        for stream in keyed:
            name = stream.resource.name
            shards_of_keys = tuple(Shard(name, key.value, key) for key in some)
            yield Job(asked.config, asked.connection, name, shards_of_keys)


def streams(source: BoundSource, asked: Request) -> list[Stream]:
    """The streams that show what is asked for.

    Raises:
        UsageError: There are none for one of the tables.
    """
    found: dict[str, Stream] = {}
    for table in asked.tables:
        found |= {stream.name: stream for stream in _streams(source, asked, table)}
    return list(found.values())


def _streams(source: BoundSource, asked: Request, table: str) -> list[Stream]:
    known_table(table)
    every = [one for one in source.streams() if table in one.tables]
    if asked.resource:
        found = [one for one in every if one.resource.name == asked.resource]
    else:
        found = [one for one in every if source.connection.reads(one.resource)]
    if asked.keys is not None:
        found = [one for one in found if one.resource.keys is not None]
    if not found:
        names = [one.resource.name for one in every]
        what = f"resource {asked.resource!r} with {table}" if asked.resource else table
        asked_with = " that is asked by keys" if asked.keys is not None else ""
        raise UsageError(
            f"connection {source.name!r} has no {what}{asked_with}",
            hint=did_you_mean(asked.resource, names, f"Its tables: {', '.join(_tables(source))}."),
        )
    return found


def _tables(source: BoundSource) -> list[str]:
    return sorted({table for one in source.streams() for table in one.tables})


def _shards(
    project: Project, stream: Stream, keys: Sequence[Key] | None, scope: Scope
) -> Iterator[Shard]:
    if keys is not None and stream.resource.keys is not None:
        return (Shard(stream.resource.name, key.value, key, now=scope.now) for key in keys)
    where = resolve_key_source(stream)
    is_stored = where is not None and where.connection is not None
    return shards(stream, project.store if is_stored else None, scope)


# --- the rate limit -------------------------------------------------------------------------------


def divided(jobs: Sequence[Job], readers: int) -> list[Job]:
    """Jobs of which so many, read at once, together keep to the rate limit of their credential.

    Args:
        jobs: Jobs of one configuration.
        readers: How many processes read at once, at most.
    """
    if not jobs:
        return []
    config = with_part_of_limit(jobs[0].config, jobs[0].connection, readers)
    return [evolve(job, config=config) for job in jobs]


def with_part_of_limit(config: Config, connection: str, readers: int) -> Config:
    """A configuration for one of so many processes: each gets its part of the rate limit.

    Processes on several machines share no rate budget.
    """
    rate = config.connection(connection).connection.requests_per_second
    if rate is None or readers <= 1:
        return config
    settings = {**config.connections[connection], "requests_per_second": rate / readers}
    return evolve(config, connections={**config.connections, connection: settings})


def own_budget(owner: object, requests_per_second: float | None) -> Slots:
    """The rate budget of this process alone, for its part of the limit."""
    return Slots(requests_per_second)


# --- read -----------------------------------------------------------------------------------------


def seen(job: Job, asked: Request) -> Iterator[Seen]:
    """Read a job, here and now: what its pages show of the tables asked for.

    A key that the vendor does not know shows nothing.

    Raises:
        BadItem: An item cannot be mapped, and rejects are to fail.
        SecretError, PluginError: A reference does not resolve, or a plugin is missing, here.
        DuetrailError: A shard was not read to its end.
    """
    for result in results(job, asked):
        yield from seen_of(result, asked)


def results(job: Job, asked: Request) -> Iterator[JobResult]:
    """What reading a job gives; an error that ends a shard is raised."""
    try:
        for result in read(job, budget=own_budget, rows_only=True):
            if result.batch is not None and result.batch.rejected and asked.rejects == "fail":
                _refuse(result.batch)
            yield result
            if result.error is not None and result.end != "unknown":
                _note_failure(result.result, result.error, asked)
    except (SecretError, PluginError, ConfigError) as error:
        # Where several machines read it is of use to know which one it was.
        error.hint = f"{error.hint} This was on {gethostname()}.".strip()
        raise


def _note_failure(result: ReadResult, error: DuetrailError, asked: Request) -> None:
    """Raise an error that ended a shard, unless its key may be left out."""
    is_final = isinstance(error, Unauthorized | Forbidden) or result.gives_up
    if asked.failures == "fail" or result.task.shard.key is None or is_final:
        raise error
    _log.warning("%s: a key is left out: %s", result.task.stream.name, error.message)


def seen_of(result: JobResult, asked: Request) -> Iterator[Seen]:
    """What a page shows of the tables asked for."""
    if result.batch is not None:
        plugin = result.result.task.stream.plugin
        yield from _seen(result.batch, asked.tables, f"{plugin.name} {plugin.version}")


def _refuse(batch: Batch) -> None:
    one = batch.rejected[0]
    raise BadItem(
        f"{batch.connection.name}.{batch.resource.name}: {one.reason}",
        path=f"{one.path}{one.json_path[1:]}",
    )


def _seen(batch: Batch, tables: Collection[str], plugin: str) -> Iterator[Seen]:
    resource = batch.resource.name
    for one in batch.mapped:
        if not any(row.table in tables for row in one.rows):
            continue
        ref = one.rows[0].ref
        observation = Observation(
            *ref, resource, one.shape.name, one.within, one.version, one.hash, 0, 0, one.path, 0
        )
        origin = Origin(plugin, resource, batch.page.url, one.path)
        yield Seen(observation, one.rows, frozenset(one.links), origin)


# --- merge ----------------------------------------------------------------------------------------


def newest(found: Iterable[Seen]) -> Iterator[Seen]:
    """Of what was seen as much as can matter: of each record the best in each shape.

    What was seen of a record elsewhere may still win; links of all places are kept.
    """
    best: dict[tuple[Ref, str, str], Seen] = {}
    for one in found:
        key = (one.ref, one.observation.resource, one.observation.shape)
        other = best.get(key)
        best[key] = one if other is None else _better(other, one)
    return iter(best.values())


def _better(one: Seen, other: Seen) -> Seen:
    """The one that counts, with the links of both."""
    return evolve(max(one, other, key=_worth), links=one.links | other.links)


def _worth(one: Seen) -> tuple[str, bytes, str, str]:
    """The greatest version counts, then the greater hash; where it stood says nothing else."""
    return (one.observation.version, one.observation.hash, one.origin.page, one.origin.path)


def merged(asked: Request, table: str, found: Iterable[Seen]) -> Iterator[dict[str, Any]]:
    """The rows of a table, each record once.

    Args:
        asked: What was asked for.
        table: The table.
        found: All that was seen of these records, in any order.
    """
    connection = asked.config.connection(asked.connection).connection
    by_ref: dict[Ref, list[Seen]] = {}
    for one in newest(found):
        by_ref.setdefault(one.ref, []).append(one)
    for ref, sights in by_ref.items():
        yield from _record(connection, ref, sights, table)


def _record(
    connection: Connection, ref: Ref, sights: Sequence[Seen], table: str
) -> Iterator[dict[str, Any]]:
    by_place = {one.observation.place: one for one in sights}
    best = ranked(connection, ref, (one.observation for one in sights))
    chosen = [(one.shape, by_place[one.observation.place]) for one in best]
    if not chosen:
        return
    top = chosen[0][1]
    main = fold((shape, one.rows[0]) for shape, one in chosen)
    links = {link for one in sights for link in one.links}
    for row in (main, *top.rows[1:]):
        if row.table == table:
            # What is derived from a touch belongs where that does.
            own = (one._replace(touch=row.ref) for one in links if one.touch in (ref, row.ref))
            yield mapping_of(row, own if is_touch(table) else (), top.origin)
