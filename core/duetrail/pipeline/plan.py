"""Plan: which resources, which of them feed others, and the shards of each.

A keyed resource runs after whatever feeds it. Its keys are stored rows, read in
small portions while the work goes on, so that a million keys cost no memory. A listing is given
the cursor it came to (its watermark), unless it is due to be read in full (a backfill).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from itertools import islice

import msgspec
from attrs import evolve
from msgspec import Struct

from duetrail.errors import (
    ConfigError,
    FetchError,
    UsageError,
    did_you_mean,
)
from duetrail.model import Ref
from duetrail.model.records import Invoice
from duetrail.pipeline.partition import WHOLE_WORK, Partition
from duetrail.pipeline.scope import Scope
from duetrail.plugins import plugin_errors
from duetrail.privacy.forms import ERASED
from duetrail.source import Key, Keys, KeySource, Shard
from duetrail.stores import (
    Checkpoint,
    CheckpointQuery,
    CountQuery,
    LinkQuery,
    RecordQuery,
    StateChanges,
    Store,
    ValueQuery,
    from_row,
    moment,
    table_of,
)
from duetrail.streams import BoundSource, BoundSources, Stream

_PORTION = 500

KEYS = 50
"""How many keys a job asks unless the user says otherwise: they share one session."""

WHOLE = ""
"""What stands in place of a shard where a problem concerns a whole resource."""

FULL = "full"
"""The state of a resource's own checkpoint, named `WHOLE`: when it was last read in full."""


WITHHELD = "withheld"
"""Its state while what its last full reading missed has to be confirmed by another."""


def backfill_checkpoint(table: str) -> str:
    """What stands in place of a resource in the checkpoint of all that fills a table."""
    return f"*{table}"


def arrivals_checkpoint(resource: str) -> str:
    """What stands in place of a resource where it is noted how many of its items are new."""
    return f"+{resource}"


class ResolvedKeySource(Struct, frozen=True):
    """Where a keyed resource's keys are.

    Attributes:
        connection: The connection whose records give the keys; None where the user lists them.
        keys: What the resource declares.
        column: The column that holds the key.
        feed: What the user answered, if anything.
    """

    connection: str | None
    keys: Keys
    column: str
    feed: KeySource


def resolve_key_source(stream: Stream) -> ResolvedKeySource | None:
    """Where the keys of a stream come from; None where it is not keyed.

    Raises:
        ConfigError: The user's answer is missing or names a column that holds no keys.
    """
    keys = stream.resource.keys
    if keys is None:
        return None
    feed = KeySource() if keys.option is None else getattr(stream.connection.options, keys.option)
    if feed is None:
        raise ConfigError(
            f"connection {stream.connection.name!r} does not say where the keys of "
            f"{stream.resource.name} come from",
            hint=f'Set {keys.option}: "CONNECTION:COLUMN", "file:PATH", or a list.',
        )
    column = feed.column or keys.column
    columns = ["id", *(c.name for c in table_of(keys.record.table).columns if c.sql == "TEXT")]
    if column not in columns:
        raise ConfigError(
            f"connection {stream.connection.name!r}: {keys.record.table} have no column {column!r} "
            "that could hold keys",
            hint=did_you_mean(column, columns),
        )
    connection = stream.connection.name if keys.option is None else feed.connection
    return ResolvedKeySource(connection, keys, column, feed)


def feeders(
    sources: BoundSources,
    configured: Collection[str],
    select: Sequence[str] = (),
) -> dict[Stream, list[Stream]]:
    """The streams to run, each after those that feed it, and with these.

    Args:
        sources: What is asked for, by the names of the connections.
        configured: The names of all connections there are.
        select: Names of resources or record tables; empty for everything.

    Raises:
        UsageError: A selected name fits nothing, or keys feed each other in a circle.
        ConfigError: See `resolve_key_source`; or the keys are to come from a connection that is
            not there.
    """
    # A plain pair of connection and plugin will do.
    every = [stream for pair in sources.values() for stream in BoundSource(*pair).streams()]
    chosen = _selected(every, select)
    usual = [one for one in every if one in chosen or one.connection.reads(one.resource)]
    for stream in usual:
        _check_feeder(stream, configured)
    feeders = {stream.name: _feeders(stream, usual) for stream in usual}
    wanted = {stream.name: stream for stream in _with_own_feeders(chosen, feeders)}
    graph = {
        stream: [wanted[feeder.name] for feeder in feeders[name] if feeder.name in wanted]
        for name, stream in wanted.items()
    }
    try:
        return {stream: graph[stream] for stream in TopologicalSorter(graph).static_order()}
    except CycleError as error:
        circle = ", ".join(sorted({stream.name for stream in error.args[1]}))
        raise UsageError(f"these feed each other's keys in a circle: {circle}") from None


def shards(
    stream: Stream,
    store: Store | None,
    scope: Scope | None = None,
    left_out: Callable[[str, str], None] = lambda key, why: None,
    *,
    partition: Partition = WHOLE_WORK,
) -> Iterator[Shard]:
    """The shards of a stream that are still to do.

    Args:
        stream: The resource of a connection.
        store: Where keys and cursors are; None will do where the user lists the keys.
        scope: How much is to be read; by default what is new.
        left_out: Is told each key that is not asked, and why: `done` or `unknown` in the run that
            is resumed, `settled`, or `gone` from the vendor that listed it and unknown to this one.
        partition: Which of them are this process's.

    Raises:
        FetchError: Nothing that could feed it has ever been read.
        ConfigError: A file of keys cannot be read.
        PluginError: The plugin's `plan`, or the `is_final` of its keys, failed.
    """
    scope = scope or Scope()
    where = resolve_key_source(stream)
    if where is None:
        for shard in _planned(stream):
            if partition.has(stream.name, shard.name):
                yield _begun(stream, shard, store, scope)
        return
    for keys in _portions(stream, where, store, partition):
        known = _checkpoints(stream, keys, store)
        settled = set() if store is None else _settled(stream, where, keys, known, store, scope)
        for key in keys:
            why = _reason_not_to_ask(key, known.get(key.value), store, scope)
            if why or key.value in settled:
                left_out(key.value, why or "settled")
            else:
                yield Shard(stream.resource.name, key.value, key, now=scope.now)


def has_key_source(stream: Stream, store: Store) -> bool:
    """Whether anything that could give a stream its keys was ever read."""
    where = resolve_key_source(stream)
    if where is None or where.connection is None:
        return True
    table = where.keys.record.table
    if next(store.values(ValueQuery(table, "id", where.connection, most=1)), None) is not None:
        return True
    read = _checkpoint(store, where.connection, backfill_checkpoint(table), WHOLE)
    return read is not None and read.state != "failed"


def key_of(stream: Stream, value: str, store: Store) -> Key | None:
    """The key of this value as the store has it now; None for a stream that is not keyed."""
    where = resolve_key_source(stream)
    if where is None:
        return None
    if where.connection is None:
        return Key(value)
    table = where.keys.record.table
    asked = ValueQuery(table, where.column, where.connection, values=[value])
    keys = _keys(table, list(store.values(asked)), store)
    return keys[0] if keys else Key(value)


def without_key(stream: Stream, store: Store) -> int:
    """How many stored records feed a stream no key because the column is empty."""
    where = resolve_key_source(stream)
    if where is None or where.connection is None:
        return 0
    asked = CountQuery(
        where.keys.record.table, connection=where.connection, where={where.column: ""}
    )
    return store.counts(asked).get(where.connection, 0)


def ready_for_keys(stream: Stream, store: Store) -> None:
    """Have the store find the keys of a stream in order, whichever column they stand in."""
    where = resolve_key_source(stream)
    if where is not None and where.connection is not None and where.column != "id":
        with store.transaction():
            columns = [(where.keys.record.table, where.column)]
            store.put_sync_state(StateChanges(indexes=columns))


# --- feeders --------------------------------------------------------------------------------------


def _check_feeder(stream: Stream, configured: Collection[str]) -> None:
    where = resolve_key_source(stream)
    if where is None or where.connection in configured:
        return
    if where.connection is None:
        _listed(where.feed)  # a file of keys that cannot be read is a mistake, and told at once
        return
    raise ConfigError(
        f"connection {stream.connection.name!r}: {where.keys.option} names a connection "
        f"{where.connection!r} that is not configured",
        hint=did_you_mean(where.connection, configured),
    )


def _selected(every: list[Stream], select: Sequence[str]) -> list[Stream]:
    usual = [stream for stream in every if stream.connection.reads(stream.resource)]
    chosen = []
    for name in select:
        fitting = [stream for stream in every if stream.name == name]
        for connection in {} if fitting else {stream.connection.name: None for stream in every}:
            own = [one for one in every if one.connection.name == connection]
            fitting += _meant(name, own, [one for one in own if one in usual])
        if not fitting:
            known = sorted({other for one in every for other in (one.resource.name, *one.tables)})
            raise UsageError(
                f"nothing to select is called {name!r}", hint=f"There are {', '.join(known)}."
            )
        chosen += fitting
    return [stream for stream in every if stream in chosen] if select else usual


def _meant(name: str, every: list[Stream], usual: list[Stream]) -> list[Stream]:
    """What a name means in one connection: a resource, else a table, else an optional resource."""
    by_name = [stream for stream in usual if stream.resource.name == name]
    by_table = [stream for stream in usual if name in stream.tables]
    return by_name or by_table or [stream for stream in every if stream.resource.name == name]


def _feeders(stream: Stream, every: list[Stream]) -> list[Stream]:
    where = resolve_key_source(stream)
    if where is None or where.connection is None:
        return []
    return [
        other
        for other in every
        if other.connection.name == where.connection
        and where.keys.record.table in other.tables
        and not _is_fed_alike(other, stream, where)
    ]


def _is_fed_alike(other: Stream, stream: Stream, where: ResolvedKeySource) -> bool:
    """Whether both are asked with the same rows of their own: neither has new keys to give."""
    theirs = resolve_key_source(other) if other.connection.name == stream.connection.name else None
    return theirs is not None and (theirs.connection, theirs.keys.record) == (
        where.connection,
        where.keys.record,
    )


def _with_own_feeders(chosen: list[Stream], feeders: Mapping[str, list[Stream]]) -> list[Stream]:
    """The chosen streams and, of their own connection, what gives them keys."""
    wanted = list(chosen)
    for stream in wanted:
        for feeder in feeders[stream.name]:
            own = feeder.connection.name == stream.connection.name
            if own and feeder.name not in {w.name for w in wanted}:
                wanted.append(evolve(feeder, feeds=stream.resource.name))
    return wanted


# --- keys ----------------------------------------------------------------------------------------


def _portions(
    stream: Stream, where: ResolvedKeySource, store: Store | None, partition: Partition
) -> Iterator[list[Key]]:
    if where.connection is None:
        listed = (value for value in _listed(where.feed) if partition.has(stream.name, value))
        while some := [Key(value) for value in islice(listed, _PORTION)]:
            yield some
        return
    assert store is not None
    table = where.keys.record.table
    if not has_key_source(stream, store):
        raise FetchError(
            f"{stream.name} has no keys: no {table} of {where.connection!r} were ever read",
            hint=f"Run `duetrail sync {where.connection}` first.",
        )
    # What a vendor no longer lists, it no longer answers to; another vendor may know it still.
    own = where.connection == stream.connection.name
    asked = ValueQuery(table, where.column, where.connection, most=_PORTION, is_present=own)
    while portion := list(store.values(asked)):
        known = [
            (value, rows)
            for value, rows in portion
            if ERASED not in value and partition.has(stream.name, value)
        ]
        yield _keys(table, known, store)
        asked = asked._replace(after=portion[-1][0])


def _keys(table: str, values: Sequence[tuple[str, Sequence[Ref]]], store: Store) -> list[Key]:
    """Keys with their rows, and the invoices of these; read with one query."""
    invoices = _invoices(table, [row for _, rows in values for row in rows], store)
    keys = []
    for value, rows in values:
        found = rows if invoices is None else sorted(_of_all(rows, invoices))
        keys.append(Key(value, tuple(rows), tuple(found)))
    return keys


def _invoices(table: str, rows: Sequence[Ref], store: Store) -> Mapping[Ref, set[Ref]] | None:
    """The invoices that records are linked with, by record; None where these are invoices."""
    if table == Invoice.table:
        return None
    found: dict[Ref, set[Ref]] = {}
    for link in store.links(LinkQuery(touches=rows)):
        found.setdefault(link.touch, set()).add(link.invoice)
    return found


def _of_all(rows: Iterable[Ref], invoices: Mapping[Ref, set[Ref]]) -> set[Ref]:
    return {invoice for row in rows for invoice in invoices.get(row, ())}


def _checkpoints(
    stream: Stream, keys: Sequence[Key], store: Store | None
) -> Mapping[str, Checkpoint]:
    if store is None:
        return {}
    names = [key.value for key in keys]
    asked = CheckpointQuery(stream.connection.name, stream.resource.name, names)
    return {point.shard: point for point in store.checkpoints(asked)}


def _checkpoint(store: Store, connection: str, resource: str, shard: str) -> Checkpoint | None:
    asked = CheckpointQuery(connection, resource, [shard])
    return next(store.checkpoints(asked), None)


def _reason_not_to_ask(key: Key, last: Checkpoint | None, store: Store | None, scope: Scope) -> str:
    if last is None or store is None or last.state not in {"done", "unknown"}:
        return ""
    if scope.is_ahead(last):
        return ""
    # Read by the run that is resumed: its answer is committed, and hours old at most.
    if scope.resumed is not None and last.run >= scope.resumed:
        return last.state
    if scope.full or not key.rows:
        return ""
    if last.state != "unknown":
        return ""
    # A key the vendor does not know is asked again as long as the list that gave it still shows it.
    ids = [row.id for row in key.rows]
    rows = store.records(RecordQuery(key.rows[0].record, key.rows[0].connection, ids))
    return "" if any(row.absent_since is None for row in rows) else "gone"


def _settled(
    stream: Stream,
    where: ResolvedKeySource,
    keys: Sequence[Key],
    known: Mapping[str, Checkpoint],
    store: Store,
    scope: Scope,
) -> set[str]:
    """Those of a portion of keys whose answers can have changed no more; judged with one query."""
    is_final, connection = where.keys.is_final, where.connection
    if is_final is None or connection is None or scope.full:
        return set()
    done = {key: known[key.value] for key in keys if _is_done(known.get(key.value), scope)}
    ids = [row.id for key in done for row in key.rows]
    asked = RecordQuery(where.keys.record.table, connection, ids)
    rows = {row.id: row for row in store.records(asked)} if ids else {}
    options = stream.connection.options
    with plugin_errors(f"`is_final` of plugin {stream.plugin.name!r} failed for {stream.name}"):
        return {
            key.value
            for key, last in done.items()
            if all(
                is_final(from_row(rows[row.id]), datetime.fromisoformat(last.at), options)
                for row in key.rows
                if row.id in rows
            )
        }


def _is_done(last: Checkpoint | None, scope: Scope) -> bool:
    return last is not None and last.state == "done" and not scope.is_ahead(last)


# --- cursors -------------------------------------------------------------------------------------


def _begun(stream: Stream, shard: Shard, store: Store | None, scope: Scope) -> Shard:
    """A shard with where to begin."""
    since = scope.since if stream.resource.since else None
    until = scope.until if stream.resource.until else None
    cursor = _cursor(stream, shard, store, scope)
    return evolve(shard, cursor=cursor, since=since, until=until, now=scope.now)


def _cursor(stream: Stream, shard: Shard, store: Store | None, scope: Scope) -> object:
    if store is None or scope.full or scope.is_window:
        return None
    last = _checkpoint(store, stream.connection.name, stream.resource.name, shard.name)
    if last is None or last.cursor is None or scope.is_ahead(last):
        return None
    # A resumed listing goes on from where it was cut off, although it is due to be read in full:
    # it may be the full reading itself that was cut off.
    goes_on = scope.resumed is not None and last.run >= scope.resumed
    is_due = not goes_on and not _is_fresh(stream, store, scope)
    if stream.resource.exhaustive and (is_due or _is_withheld(stream, store)):
        return None
    return msgspec.json.decode(last.cursor)


def _is_fresh(stream: Stream, store: Store, scope: Scope) -> bool:
    """Whether a listing was read in full lately enough."""
    full = _checkpoint(store, stream.connection.name, stream.resource.name, WHOLE)
    due = moment(scope.days_ago(stream.connection.full_every))
    return full is not None and full.at > due and not scope.is_ahead(full)


def _is_withheld(stream: Stream, store: Store) -> bool:
    """Whether a full reading has to confirm what the last one missed."""
    full = _checkpoint(store, stream.connection.name, stream.resource.name, WHOLE)
    return full is not None and full.state == WITHHELD


def _planned(stream: Stream) -> Iterator[Shard]:
    with plugin_errors(f"the plan of plugin {stream.plugin.name!r} failed for {stream.name}"):
        yield from stream.plugin.plan(stream.resource, stream.connection)


def _listed(feed: KeySource) -> Iterable[str]:
    if feed.file is None:
        return dict.fromkeys(feed.values)
    try:
        lines = feed.file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the file of keys {feed.file} cannot be read: {error}") from None
    keys = dict.fromkeys(line.strip() for line in lines if line.strip())
    if not keys:
        raise ConfigError(f"the file of keys {feed.file} holds no key", hint="One key a line.")
    return keys
