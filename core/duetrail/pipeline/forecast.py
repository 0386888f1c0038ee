"""Forecast: what a sync would ask, and how many requests that takes; nobody is asked.

Keys are counted, as the sync would count them. Of a list it is known how many shards it has; how
many pages, only its vendor knows, so the number is the one that the last such reading took.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from msgspec import Struct, structs

from duetrail.errors import FetchError
from duetrail.pipeline.plan import WHOLE, feeders, resolve_key_source, shards
from duetrail.pipeline.run import resumable
from duetrail.pipeline.scope import Scope
from duetrail.stores import CheckpointQuery, Store, StoredRun, moment
from duetrail.streams import BoundSources, Stream


class Forecast(Struct, frozen=True, kw_only=True):
    """What a sync would ask of one resource.

    Attributes:
        connection: The connection.
        resource: The resource.
        asks: What is asked, in words.
        keys: How many keys are asked; None where it is a list, or nobody knows.
        requests: How many requests that takes; None where nobody can know.
        basis: Where the number comes from: `exact` (a key took one request when it was last asked),
            `at least` (what is read before may bring more keys, or none was asked yet), `as in run
            N`, or `unknown`. Retries and requests for tokens are not counted.
    """

    connection: str
    resource: str
    asks: str
    keys: int | None = None
    requests: int | None = None
    basis: str = "unknown"


def forecast(
    sources: BoundSources,
    configured: Collection[str],
    select: Sequence[str],
    store: Store | None,
    scope: Scope,
) -> Iterator[Forecast]:
    """What a sync would ask, resource by resource in the order of the sync.

    Args:
        sources: The connections, by name.
        configured: The names of all connections there are.
        select: Names of resources or record tables; empty for everything.
        store: Where keys, cursors and earlier runs are; None before the first sync.
        scope: How much is to be read.

    Raises:
        UsageError, ConfigError, PluginError: As a sync would.
    """
    plan = feeders(sources, configured, select)
    runs = [] if store is None else list(store.runs())
    if store is not None:
        scope = structs.replace(scope, resumed=resumable(store, scope))
    for stream, its_feeders in plan.items():
        if stream.resource.keys is None:
            yield _of_list(stream, store, scope, runs)
        else:
            yield _of_keys(stream, store, scope, runs, is_fed=bool(its_feeders))


def _named(names: tuple[str, str], asks: str, **facts: Any) -> Forecast:
    return Forecast(connection=names[0], resource=names[1], asks=asks, **facts)


# --- keys ----------------------------------------------------------------------------------------


def _of_keys(
    stream: Stream, store: Store | None, scope: Scope, runs: Sequence[StoredRun], *, is_fed: bool
) -> Forecast:
    left_out = 0

    def count(key: str, why: str) -> None:
        nonlocal left_out
        left_out += 1

    names = (stream.connection.name, stream.resource.name)
    try:
        can_count = _can_count(stream, store)
        keys = sum(1 for _ in shards(stream, store, scope, count)) if can_count else None
    except FetchError:
        keys = None
    if keys is None:
        return _named(names, asks="keys that are still to be read")
    each, run = _requests_of_a_key(stream, runs)
    more = f", {left_out:,} need not be asked" if left_out else ""
    is_known = run is not None and not is_fed
    basis = "at least" if not is_known else "exact" if each == 1 else f"as in run {run}"
    return _named(
        names,
        asks=f"{keys:,} keys{more}",
        keys=keys,
        requests=ceil(keys * each),
        basis=basis,
    )


def _can_count(stream: Stream, store: Store | None) -> bool:
    """Whether keys can be counted without a store: where the user lists them."""
    where = resolve_key_source(stream)
    return store is not None or where is None or where.connection is None


def _requests_of_a_key(stream: Stream, runs: Sequence[StoredRun]) -> tuple[float, int | None]:
    """How many requests a key took, and in which run; one at least, where none was asked yet."""
    found = _last(stream, runs)
    if found is None:
        return 1.0, None
    run, entry = found
    asked = entry["shards"] + entry["unknown_keys"]
    return (max(entry["requests"] / asked, 1.0), run) if asked else (1.0, None)


# --- lists ---------------------------------------------------------------------------------------


def _of_list(
    stream: Stream, store: Store | None, scope: Scope, runs: Sequence[StoredRun]
) -> Forecast:
    names = (stream.connection.name, stream.resource.name)
    begun = list(shards(stream, store, scope))
    is_full = all(one.cursor is None for one in begun)
    bounds = [
        f"{word} {at:%Y-%m-%d %H:%M}"
        for word, at, known in (
            ("from", scope.since, stream.resource.since),
            ("up to", scope.until, stream.resource.until),
        )
        if at is not None and known
    ]
    parts = f" in {len(begun):,} parts" if len(begun) > 1 else ""
    what = " ".join(bounds) or ("the whole list" if is_full else "what is new")
    found = _last_such(stream, store, scope, runs, is_full=is_full, is_window=bool(bounds))
    if found is None:
        return _named(names, asks=f"{what}{parts}")
    run, entry = found
    return _named(
        names, asks=f"{what}{parts}", requests=entry["requests"], basis=f"as in run {run}"
    )


_Entry = Mapping[str, Any]


def _last_such(
    stream: Stream,
    store: Store | None,
    scope: Scope,
    runs: Sequence[StoredRun],
    *,
    is_full: bool,
    is_window: bool,
) -> tuple[int, _Entry] | None:
    """The last run that read a list as this one would."""
    if is_window:
        window = tuple(at and moment(at) for at in (scope.since, scope.until))
        return _last(stream, [run for run in runs if _window(run) == window])
    if is_full and store is not None:
        asked = CheckpointQuery(stream.connection.name, stream.resource.name, [WHOLE])
        full = next(store.checkpoints(asked), None)
        runs = [run for run in runs if full is not None and run.run == full.run]
    return _last(stream, runs)


def _window(run: StoredRun) -> tuple[str | None, str | None]:
    summary = json.loads(run.summary) if run.summary else {}
    return summary.get("since"), summary.get("until")


def _last(stream: Stream, runs: Sequence[StoredRun]) -> tuple[int, _Entry] | None:
    """What the last run came to that read a stream completely."""
    for run in runs:
        summary = json.loads(run.summary) if run.summary else {}
        for entry in summary.get("resources", ()):
            is_it = (entry["connection"], entry["resource"]) == (
                stream.connection.name,
                stream.resource.name,
            )
            if is_it and entry["state"] == "complete":
                return run.run, entry
    return None
