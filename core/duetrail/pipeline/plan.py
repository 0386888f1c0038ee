"""Plan: which resources, in which stages, and the shards of each.

A keyed resource runs in a later stage than whatever feeds it. Its keys are stored rows, read in
small portions while the work goes on, so that a million keys cost no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from attrs import frozen

from duetrail.errors import ConfigError, DuetrailError, FetchError, PluginError, UsageError
from duetrail.model import Ref
from duetrail.model.records import Invoice
from duetrail.plugins import Plugin, where_it_failed
from duetrail.source import Connection, Feed, Key, Keys, Resource, Shard
from duetrail.stores import Store, table_of

_PORTION = 500

WHOLE = ""
"""What stands in place of a shard where a problem concerns a whole resource."""

TABLE = "*"
"""The name of the checkpoint that stands for a table of a connection, by the table's name."""


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
        near = get_close_matches(column, columns, 1)
        raise ConfigError(
            f"connection {node.connection.name!r}: {keys.record.table} have no column {column!r} "
            "that could hold keys",
            hint=f"Did you mean {near[0]!r}?" if near else "",
        )
    connection = node.connection.name if keys.option is None else feed.connection
    return Feeding(connection, keys, column, feed)


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
            left = ", ".join(sorted(node.name for node in wanted if node.name not in placed))
            raise UsageError(f"these feed each other's keys in a circle: {left}")
        placed |= {node.name for node in stage}
        result.append(stage)
    return result


def shards(
    node: Node,
    store: Store | None,
    since: int | None = None,
    on_unknown: Callable[[str], None] | None = None,
) -> Iterator[Shard]:
    """The shards of a node that are still to do.

    Args:
        node: The resource of a connection.
        store: Where the keys are; None will do where the user lists them.
        since: When resuming, the run from which on a key that was read need not be read again.
        on_unknown: Is told such a key where the vendor did not know it.

    Raises:
        FetchError: Nothing that could feed it has ever been read.
        ConfigError: A file of keys cannot be read.
    """
    where = feeding(node)
    if where is None:
        yield from _planned(node)
        return
    for key in _keys(node, where, store):
        state = None if since is None else _state_since(node, key, store, since)
        if state == "unknown" and on_unknown is not None:
            on_unknown(key.value)
        if state not in {"done", "unknown"}:
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
    if where is None or where.connection in configured:
        return
    if where.connection is None:
        _listed(where.feed)  # a file of keys that cannot be read is a mistake, and told at once
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
        named = [n for n in every if name == n.resource.name]
        owners = {n.connection.name for n in named}
        # In a connection that has a resource of this name, the name means that and not the table.
        fitting = named + [
            n for n in every if name in _tables(n) and n.connection.name not in owners
        ]
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


def _keys(node: Node, where: Feeding, store: Store | None) -> Iterator[Key]:
    if where.connection is None:
        yield from (Key(value) for value in _listed(where.feed))
        return
    assert store is not None
    table = where.keys.record.table
    read = store.checkpoint(where.connection, table, TABLE)
    if not store.count(table, where.connection) and (read is None or read[1] == "failed"):
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


def _state_since(node: Node, key: Key, store: Store | None, since: int) -> str | None:
    """How a key ended in the run that is resumed; None if it did not."""
    if store is None:
        return None
    found = store.checkpoint(node.connection.name, node.resource.name, key.value)
    return found[1] if found is not None and found[0] >= since else None


def _invoices(rows: tuple[Ref, ...], store: Store) -> tuple[Ref, ...]:
    if rows[0].record == Invoice.table:
        return rows
    links = store.links(rows[0].record, rows[0].connection, [row.id for row in rows])
    return tuple(sorted({link.invoice for link in links}))


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
