"""Plan: which resources, which of them feed others, and the shards of each.

A keyed resource runs after whatever feeds it. Its keys are stored rows, read in
small portions while the work goes on, so that a million keys cost no memory. A listing is given
the cursor it came to, unless it is due to be read in full.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from graphlib import CycleError, TopologicalSorter
from itertools import islice

import msgspec
from attrs import evolve, field, frozen

from duetrail.errors import (
    ConfigError,
    DuetrailError,
    FetchError,
    PluginError,
    UsageError,
    did_you_mean,
)
from duetrail.model import Ref
from duetrail.model.records import Invoice
from duetrail.plugins import Plugin, where_it_failed
from duetrail.privacy.contacts import ERASED
from duetrail.source import Connection, Feed, Key, Keys, Resource, Shard
from duetrail.stores import Checkpoint, Store, from_row, moment, table_of

_PORTION = 500

WHOLE = ""
"""What stands in place of a shard where a problem concerns a whole resource."""

FULL = "full"
"""The state of a resource's own checkpoint, named `WHOLE`: when it was last read in full."""


WITHHELD = "withheld"
"""Its state while what its last full reading missed has to be confirmed by another."""


def _now() -> datetime:
    return datetime.now(UTC)


@frozen(kw_only=True)
class Scope:
    """How much a run is to read.

    Attributes:
        full: Everything, whatever was read before.
        since: What happened from then on, where a vendor can be asked so; None for no such bound.
        limit: Items of each resource after which it stops; None for all.
        now: When the run began.
        resumed: The interrupted run this one goes on from; None for none.
        accept_absences: Whether to mark as absent what a complete reading misses, however much.
    """

    full: bool = False
    since: datetime | None = None
    limit: int | None = None
    now: datetime = field(factory=_now)
    resumed: int | None = None
    accept_absences: bool = False

    def days_ago(self, days: float) -> datetime:
        """So many days before the run began; of more days than there are, the first of all."""
        try:
            return self.now - timedelta(days=days)
        except OverflowError:
            return datetime.min.replace(tzinfo=UTC)

    def is_ahead(self, point: Checkpoint) -> bool:
        """Whether it was noted under a clock that was ahead: how old it is cannot be known."""
        return point.at > moment(self.now)


def filling(table: str) -> str:
    """What stands in place of a resource in the checkpoint of all that fills a table."""
    return f"*{table}"


@frozen(eq=False)
class Node:
    """One resource of one connection.

    Attributes:
        connection: The connection.
        plugin: The plugin that speaks for it.
        resource: The resource.
        feeds: Why it runs although it was not asked for: the resource it feeds; otherwise empty.
    """

    connection: Connection
    plugin: Plugin
    resource: Resource
    feeds: str = ""

    @property
    def name(self) -> str:
        """`connection.resource`, for people."""
        return f"{self.connection.name}.{self.resource.name}"


@frozen
class Feeding:
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
    feed: Feed


def feeding(node: Node) -> Feeding | None:
    """Where the keys of a node come from; None where it is not keyed.

    Raises:
        ConfigError: The user's answer is missing or names a column that holds no keys.
    """
    keys = node.resource.keys
    if keys is None:
        return None
    feed = Feed() if keys.option is None else getattr(node.connection.options, keys.option)
    if feed is None:
        raise ConfigError(
            f"connection {node.connection.name!r} does not say where the keys of "
            f"{node.resource.name} come from",
            hint=f'Set {keys.option}: "CONNECTION:COLUMN", "file:PATH", or a list.',
        )
    column = feed.column or keys.column
    columns = ["id", *(c.name for c in table_of(keys.record.table).columns if c.sql == "TEXT")]
    if column not in columns:
        raise ConfigError(
            f"connection {node.connection.name!r}: {keys.record.table} have no column {column!r} "
            "that could hold keys",
            hint=did_you_mean(column, columns),
        )
    connection = node.connection.name if keys.option is None else feed.connection
    return Feeding(connection, keys, column, feed)


def feeders(
    connections: Mapping[str, tuple[Connection, Plugin]],
    configured: Collection[str],
    select: Sequence[str] = (),
) -> dict[Node, list[Node]]:
    """The nodes to run, each after those that feed it, and with these.

    Args:
        connections: The connections asked for.
        configured: The names of all connections there are.
        select: Names of resources or record tables; empty for everything.

    Raises:
        UsageError: A selected name fits nothing, or keys feed each other in a circle.
        ConfigError: See `feeding`; or the keys are to come from a connection that is not there.
    """
    every = [
        Node(connection, plugin, resource)
        for connection, plugin in connections.values()
        for resource in connection.source.resources
    ]
    chosen = _selected(every, select)
    usual = [n for n in every if n in chosen or n.connection.reads(n.resource)]
    for node in usual:
        _check_feeder(node, configured)
    feeders = {node.name: _feeders(node, usual) for node in usual}
    wanted = {node.name: node for node in _with_own_feeders(chosen, feeders)}
    graph = {
        node: [wanted[feeder.name] for feeder in feeders[name] if feeder.name in wanted]
        for name, node in wanted.items()
    }
    try:
        return {node: graph[node] for node in TopologicalSorter(graph).static_order()}
    except CycleError as error:
        circle = ", ".join(sorted({node.name for node in error.args[1]}))
        raise UsageError(f"these feed each other's keys in a circle: {circle}") from None


def shards(
    node: Node,
    store: Store | None,
    scope: Scope | None = None,
    left_out: Callable[[str, str], None] = lambda key, why: None,
) -> Iterator[Shard]:
    """The shards of a node that are still to do.

    Args:
        node: The resource of a connection.
        store: Where keys and cursors are; None will do where the user lists the keys.
        scope: How much is to be read; by default what is new.
        left_out: Is told each key that is not asked, and why: `done` or `unknown` in the run that
            is resumed, `settled`, or `gone` from the vendor that listed it and unknown to this one.

    Raises:
        FetchError: Nothing that could feed it has ever been read.
        ConfigError: A file of keys cannot be read.
        PluginError: The plugin's `plan`, or the `settled` of its keys, failed.
    """
    scope = scope or Scope()
    where = feeding(node)
    if where is None:
        for shard in _planned(node):
            yield _begun(node, shard, store, scope)
        return
    for keys in _portions(node, where, store):
        known = _checkpoints(node, keys, store)
        settled = set() if store is None else _settled(node, where, keys, known, store, scope)
        for key in keys:
            why = _reason_not_to_ask(key, known.get(key.value), store, scope)
            if why or key.value in settled:
                left_out(key.value, why or "settled")
            else:
                yield Shard(node.resource.name, key.value, key, now=scope.now)


def key_of(node: Node, value: str, store: Store) -> Key | None:
    """The key of this value as the store has it now; None for a node that is not keyed."""
    where = feeding(node)
    if where is None:
        return None
    if where.connection is None:
        return Key(value)
    table = where.keys.record.table
    ids = dict(store.ids_by_value(table, where.column, where.connection, [value])).get(value)
    return _key(where.connection, table, value, ids, store) if ids else Key(value)


def without_key(node: Node, store: Store) -> int:
    """How many stored records feed a node no key because the column is empty."""
    where = feeding(node)
    if where is None or where.connection is None:
        return 0
    return store.count(where.keys.record.table, where.connection, without=where.column)


def ready_for_keys(node: Node, store: Store) -> None:
    """Have the store find the keys of a node in order, whichever column they stand in."""
    where = feeding(node)
    if where is not None and where.connection is not None and where.column != "id":
        store.put_index(where.keys.record.table, where.column)


# --- feeders --------------------------------------------------------------------------------------


def _check_feeder(node: Node, configured: Collection[str]) -> None:
    where = feeding(node)
    if where is None or where.connection in configured:
        return
    if where.connection is None:
        _listed(where.feed)  # a file of keys that cannot be read is a mistake, and told at once
        return
    raise ConfigError(
        f"connection {node.connection.name!r}: {where.keys.option} names a connection "
        f"{where.connection!r} that is not configured",
        hint=did_you_mean(where.connection, configured),
    )


def _selected(every: list[Node], select: Sequence[str]) -> list[Node]:
    usual = [node for node in every if node.connection.reads(node.resource)]
    chosen = []
    for name in select:
        fitting = [node for node in every if node.name == name]
        for connection in {} if fitting else {node.connection.name: None for node in every}:
            own = [n for n in every if n.connection.name == connection]
            fitting += _meant(name, own, [n for n in own if n in usual])
        if not fitting:
            known = sorted({t for n in every for t in (n.resource.name, *_tables(n))})
            raise UsageError(
                f"nothing to select is called {name!r}", hint=f"There are {', '.join(known)}."
            )
        chosen += fitting
    return [node for node in every if node in chosen] if select else usual


def _meant(name: str, every: list[Node], usual: list[Node]) -> list[Node]:
    """What a name means in one connection: a resource, else a table, else an optional resource."""
    by_name = [node for node in usual if node.resource.name == name]
    by_table = [node for node in usual if name in _tables(node)]
    return by_name or by_table or [node for node in every if node.resource.name == name]


def _tables(node: Node) -> list[str]:
    return [record.table for record in node.resource.yields]


def _feeders(node: Node, every: list[Node]) -> list[Node]:
    where = feeding(node)
    if where is None or where.connection is None:
        return []
    return [
        other
        for other in every
        if other.connection.name == where.connection
        and where.keys.record.table in _tables(other)
        and not _is_fed_alike(other, node, where)
    ]


def _is_fed_alike(other: Node, node: Node, where: Feeding) -> bool:
    """Whether both are asked with the same rows of their own: neither has new keys to give."""
    theirs = feeding(other) if other.connection.name == node.connection.name else None
    return theirs is not None and (theirs.connection, theirs.keys.record) == (
        where.connection,
        where.keys.record,
    )


def _with_own_feeders(chosen: list[Node], feeders: Mapping[str, list[Node]]) -> list[Node]:
    """The chosen nodes and, of their own connection, what gives them keys."""
    wanted = list(chosen)
    for node in wanted:
        for feeder in feeders[node.name]:
            own = feeder.connection.name == node.connection.name
            if own and feeder.name not in {w.name for w in wanted}:
                wanted.append(
                    Node(feeder.connection, feeder.plugin, feeder.resource, node.resource.name)
                )
    return wanted


# --- keys ----------------------------------------------------------------------------------------


def _portions(node: Node, where: Feeding, store: Store | None) -> Iterator[list[Key]]:
    if where.connection is None:
        listed = iter(_listed(where.feed))
        while some := [Key(value) for value in islice(listed, _PORTION)]:
            yield some
        return
    assert store is not None
    table = where.keys.record.table
    read = store.checkpoints(where.connection, filling(table), [WHOLE]).get(WHOLE)
    if not store.count(table, where.connection) and (read is None or read.state == "failed"):
        raise FetchError(
            f"{node.name} has no keys: no {table} of {where.connection!r} were ever read",
            hint=f"Run `duetrail sync {where.connection}` first.",
        )
    # What a vendor no longer lists, it no longer answers to; another vendor may know it still.
    own = where.connection == node.connection.name
    after = ""
    while portion := store.keys(
        table, where.column, where.connection, after, _PORTION, present=own
    ):
        known = [(value, ids) for value, ids in portion if ERASED not in value]
        yield [_key(where.connection, table, value, ids, store) for value, ids in known]
        after = portion[-1][0]


def _key(connection: str, table: str, value: str, ids: Sequence[str], store: Store) -> Key:
    rows = tuple(Ref(connection, table, id) for id in ids)
    return Key(value, rows, _invoices(rows, store))


def _checkpoints(node: Node, keys: Sequence[Key], store: Store | None) -> Mapping[str, Checkpoint]:
    if store is None:
        return {}
    names = [key.value for key in keys]
    return store.checkpoints(node.connection.name, node.resource.name, names)


def _reason_not_to_ask(key: Key, last: Checkpoint | None, store: Store | None, scope: Scope) -> str:
    if last is None or store is None or last.state not in {"done", "unknown"}:
        return ""
    if scope.is_ahead(last):
        return ""
    if scope.resumed is not None and last.run >= scope.resumed:
        return last.state
    if scope.full or not key.rows:
        return ""
    if last.state != "unknown":
        return ""
    return "" if None in store.absent_since(key.rows).values() else "gone"


def _settled(
    node: Node,
    where: Feeding,
    keys: Sequence[Key],
    known: Mapping[str, Checkpoint],
    store: Store,
    scope: Scope,
) -> set[str]:
    """Those of a portion of keys whose answers can have changed no more; judged with one query."""
    settled, connection = where.keys.settled, where.connection
    if settled is None or connection is None or scope.full:
        return set()
    done = {key: known[key.value] for key in keys if _is_done(known.get(key.value), scope)}
    ids = [row.id for key in done for row in key.rows]
    rows = store.rows(where.keys.record.table, connection, ids) if ids else {}
    options = node.connection.options
    try:
        return {
            key.value
            for key, last in done.items()
            if all(
                settled(from_row(rows[row.id]), datetime.fromisoformat(last.at), options)
                for row in key.rows
                if row.id in rows
            )
        }
    except Exception as error:
        raise PluginError(
            f"`settled` of plugin {node.plugin.name!r} failed for {node.name}: "
            f"{where_it_failed(error)}"
        ) from error


def _is_done(last: Checkpoint | None, scope: Scope) -> bool:
    return last is not None and last.state == "done" and not scope.is_ahead(last)


# --- cursors -------------------------------------------------------------------------------------


def _begun(node: Node, shard: Shard, store: Store | None, scope: Scope) -> Shard:
    """A shard with where to begin."""
    since = scope.since if node.resource.since else None
    return evolve(shard, cursor=_cursor(node, shard, store, scope), since=since, now=scope.now)


def _cursor(node: Node, shard: Shard, store: Store | None, scope: Scope) -> object:
    if store is None or scope.full or scope.since is not None:
        return None
    place = (node.connection.name, node.resource.name)
    last = store.checkpoints(*place, [shard.name]).get(shard.name)
    if last is None or last.cursor is None or scope.is_ahead(last):
        return None
    goes_on = scope.resumed is not None and last.run >= scope.resumed
    is_due = not goes_on and not _is_fresh(node, store, scope)
    if node.resource.exhaustive and (is_due or _is_withheld(node, store)):
        return None
    return msgspec.json.decode(last.cursor)


def _is_fresh(node: Node, store: Store, scope: Scope) -> bool:
    """Whether a listing was read in full lately enough."""
    full = store.checkpoints(node.connection.name, node.resource.name, [WHOLE]).get(WHOLE)
    due = moment(scope.days_ago(node.connection.full_every))
    return full is not None and full.at > due and not scope.is_ahead(full)


def _is_withheld(node: Node, store: Store) -> bool:
    """Whether a full reading has to confirm what the last one missed."""
    full = store.checkpoints(node.connection.name, node.resource.name, [WHOLE]).get(WHOLE)
    return full is not None and full.state == WITHHELD


def _planned(node: Node) -> Iterator[Shard]:
    try:
        yield from node.plugin.plan(node.resource, node.connection)
    except DuetrailError:
        raise
    except Exception as error:
        raise PluginError(
            f"the plan of plugin {node.plugin.name!r} failed for {node.name}: "
            f"{where_it_failed(error)}"
        ) from error


def _invoices(rows: tuple[Ref, ...], store: Store) -> tuple[Ref, ...]:
    if rows[0].record == Invoice.table:
        return rows
    return tuple(sorted({link.invoice for link in store.links(rows)}))


def _listed(feed: Feed) -> Iterable[str]:
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
