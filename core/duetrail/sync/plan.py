"""Plan: which resources, in which stages, and the shards of each.

A keyed resource runs in a later stage than whatever feeds it. Its keys are stored rows, read in
small portions while the work goes on, so that a million keys cost no memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from attrs import frozen

from duetrail.errors import ConfigError, FetchError, UsageError
from duetrail.model import Ref
from duetrail.model.records import Invoice
from duetrail.plugins import Plugin
from duetrail.source import Connection, Feed, Key, Keys, Resource, Shard
from duetrail.stores import Store, table_of

_PORTION = 500

WHOLE = ""
"""The name of the checkpoint that stands for a whole resource."""


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
    if keys.option is None:
        return Feeding(node.connection.name, keys, keys.column, Feed())
    feed = getattr(node.connection.options, keys.option)
    if feed is None:
        raise ConfigError(
            f"connection {node.connection.name!r} does not say where the keys of "
            f"{node.resource.name} come from",
            hint=f'Set {keys.option}: "CONNECTION:COLUMN", "file:PATH", or a list.',
        )
    column = feed.column or keys.column
    columns = ["id", *(c.name for c in table_of(keys.record.table).columns if c.sql == "TEXT")]
    if column not in columns:
        near = get_close_matches(column, columns, 1)
        raise ConfigError(
            f"connection {node.connection.name!r}: {keys.record.table} have no column {column!r} "
            "that could hold keys",
            hint=f"Did you mean {near[0]!r}?" if near else "",
        )
    return Feeding(feed.connection, keys, column, feed)


def stages(
    connections: Mapping[str, tuple[Connection, Plugin]],
    configured: Collection[str],
    select: Sequence[str] = (),
) -> list[list[Node]]:
    """The nodes to run, each stage after all that feed it.

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
    for node in every:
        _check_feeder(node, configured)
    chosen = _selected(every, select)
    feeders = {node.name: _feeders(node, every) for node in every}
    wanted = _with_own_feeders(chosen, feeders)
    result: list[list[Node]] = []
    placed: set[str] = set()
    names = {node.name for node in wanted}
    while len(placed) < len(wanted):
        stage = [
            node
            for node in wanted
            if node.name not in placed
            and all(f.name in placed for f in feeders[node.name] if f.name in names)
        ]
        if not stage:
            raise UsageError("the connections' keys feed each other in a circle")
        placed |= {node.name for node in stage}
        result.append(stage)
    return result


def shards(node: Node, store: Store | None, since: int | None = None) -> Iterator[Shard]:
    """The shards of a node that are still to do.

    Args:
        node: The resource of a connection.
        store: Where the keys are; None will do where the user lists them.
        since: When resuming, the run from which on a key that was read need not be read again.

    Raises:
        FetchError: Nothing that could feed it has ever been read.
        ConfigError: A file of keys cannot be read.
    """
    where = feeding(node)
    if where is None:
        yield from node.plugin.plan(node.resource, node.connection)
        return
    for key in _keys(node, where, store):
        if since is None or not _is_done(node, key, store, since):
            yield Shard(node.resource.name, key.value, key)


def without_key(node: Node, store: Store) -> int:
    """How many stored records feed a node no key because the column is empty."""
    where = feeding(node)
    if where is None or where.connection is None:
        return 0
    return store.count(where.keys.record.table, where.connection, without=where.column)


# --- stages --------------------------------------------------------------------------------------


def _check_feeder(node: Node, configured: Collection[str]) -> None:
    where = feeding(node)
    if where is None or where.connection is None or where.connection in configured:
        return
    near = get_close_matches(where.connection, configured, 1)
    raise ConfigError(
        f"connection {node.connection.name!r}: {where.keys.option} names a connection "
        f"{where.connection!r} that is not configured",
        hint=f"Did you mean {near[0]!r}?" if near else "",
    )


def _selected(every: list[Node], select: Sequence[str]) -> list[Node]:
    chosen = []
    for name in select:
        fitting = [n for n in every if name == n.resource.name or name in _tables(n)]
        if not fitting:
            known = sorted({t for n in every for t in (n.resource.name, *_tables(n))})
            raise UsageError(
                f"nothing to select is called {name!r}", hint=f"There are {', '.join(known)}."
            )
        chosen += fitting
    return [node for node in every if not select or node in chosen]


def _tables(node: Node) -> list[str]:
    return [record.table for record in node.resource.yields]


def _feeders(node: Node, every: list[Node]) -> list[Node]:
    where = feeding(node)
    if where is None or where.connection is None:
        return []
    return [
        other
        for other in every
        if other.connection.name == where.connection and where.keys.record.table in _tables(other)
    ]


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


def _keys(node: Node, where: Feeding, store: Store | None) -> Iterator[Key]:
    if where.connection is None:
        yield from (Key(value) for value in _listed(where.feed))
        return
    assert store is not None
    table = where.keys.record.table
    if not store.count(table, where.connection) and not store.ever_read(where.connection):
        raise FetchError(
            f"{node.name} has no keys: no {table} of {where.connection!r} were ever read",
            hint=f"Run `duetrail sync {where.connection}` first.",
        )
    after = ""
    while portion := store.keys(table, where.column, where.connection, after, _PORTION):
        for value, ids in portion:
            rows = tuple(Ref(where.connection, table, id) for id in ids)
            yield Key(value, rows, _invoices(rows, store))
        after = portion[-1][0]


def _is_done(node: Node, key: Key, store: Store | None, since: int) -> bool:
    if store is None:
        return False
    done = store.checkpoint(node.connection.name, node.resource.name, key.value)
    return done is not None and done[0] >= since and done[1] in {"done", "unknown"}


def _invoices(rows: tuple[Ref, ...], store: Store) -> tuple[Ref, ...]:
    if rows[0].record == Invoice.table:
        return rows
    links = store.links(rows[0].record, rows[0].connection, [row.id for row in rows])
    return tuple(sorted({link.invoice for link in links}))


def _listed(feed: Feed) -> Iterable[str]:
    if feed.file is None:
        return dict.fromkeys(feed.values)
    try:
        lines = feed.file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the file of keys {feed.file} cannot be read: {error}") from None
    return dict.fromkeys(line.strip() for line in lines if line.strip())
