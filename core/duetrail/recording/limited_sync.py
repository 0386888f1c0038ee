"""A limited sync of one connection recorded as a cassette, and replayed from it.

Only the cassette is written: records go to a temporary store. What is read is the same for any
number of workers: a listing stops after the page that reaches the limit, and of keys that come from
elsewhere the first few are asked. The cassette says how it was recorded, so that it can be replayed
without a configuration.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
from attrs import evolve, frozen

from duetrail.config import Config
from duetrail.errors import ConfigError, NoStore, ProtocolError, UsageError
from duetrail.http import NoAuth
from duetrail.model import Record
from duetrail.pipeline import run
from duetrail.pipeline.items import Found, find
from duetrail.pipeline.plan import resolve_key_source, shards
from duetrail.pipeline.scope import Scope
from duetrail.pipeline.summary import Summary
from duetrail.plugins import Plugin
from duetrail.privacy.pseudonyms import Pseudonyms
from duetrail.recording.cassettes import facts_of
from duetrail.recording.interactions import Interaction
from duetrail.recording.people import without_people
from duetrail.recording.recorder import record_requests, replay_requests
from duetrail.recording.scrubbing import refuse
from duetrail.secrets import Secret
from duetrail.source import Connection, Item, KeySource, Page, Resource, Shard
from duetrail.stores import Store, open_store
from duetrail.streams import BoundSource
from duetrail.workspace import ConfigLike, Workspace

LIMIT = 20
"""How many items of a listing, and how many keys, are recorded unless the user says otherwise."""


@frozen
class Recording:
    """What was recorded.

    Attributes:
        cassette: The file.
        requests: How many requests are on it.
        pseudonyms: How many names, addresses, numbers and other texts were replaced; None where
            that was not asked for.
        summary: The result of the sync.
    """

    cassette: Path
    requests: int
    pseudonyms: int | None
    summary: Summary


def record(
    connection: str,
    cassette: str | Path,
    *,
    config: ConfigLike = None,
    store: str | None = None,
    select: Sequence[str] = (),
    limit: int = LIMIT,
    workers: int = run.WORKERS,
    pseudonyms: bool = False,
    now: datetime | None = None,
) -> Recording:
    """Record a limited sync of one connection.

    Args:
        connection: Its name.
        cassette: The file to write; it must not be there yet.
        config: The configuration or its path; see `duetrail.config.read_config`.
        store: The store that keys come from, instead of the configured one; only read.
        select: Names of resources or record tables; empty for everything.
        limit: Items of a listing after which it stops, pages being kept whole; and how many keys
            are asked that come from another connection, a file or the configuration.
        workers: How many shards are read at once.
        pseudonyms: Whether people are replaced by pseudonyms.
        now: Aware; when the sync begins, if not now.

    Returns:
        What was recorded; failures of the sync are in its summary, and on the cassette.

    Raises:
        UsageError: The call asks for something impossible, or the file is there already.
        PluginError: The connection's plugin is missing or broken.
        Unfit: A secret, or with `pseudonyms` a known person, would stand in it; nothing is written.
    """
    if limit < 1:
        raise UsageError("a limit is at least 1 item")
    with Workspace(config, store) as project:
        opened, plugin = project.source(connection)
        # What the vendor said and its plugin made of it, before anybody else's plugin changes it.
        opened = evolve(opened, transforms={})
        opened = _with_keys(BoundSource(opened, plugin), project, limit)
    people = Pseudonyms(urlsplit(opened.base_url).hostname or "") if pseudonyms else None
    begin = now or datetime.now(UTC)
    facts = _facts(opened, plugin, select, limit, begin)
    kept = 0

    def change(heard: Sequence[Interaction]) -> Sequence[Interaction]:
        nonlocal kept
        if not heard:
            raise UsageError(
                f"nothing was recorded: {opened.name} was asked nothing",
                hint="`duetrail check` says what it may read. A resource that is asked by keys "
                "needs them: sync first what they come from.",
            )
        kept = len(heard)
        return heard if people is None else _replaced(heard, facts, people)

    with record_requests(
        cassette,
        opened.source,
        opened.base_url,
        change=change,
        about=facts,
        token_url=opened.token_url,
    ):
        summary = _sync(
            BoundSource(opened, _listened(plugin, people)), limit, select, workers, begin
        )
    replaced = None if people is None else people.count
    return Recording(Path(cassette), kept, replaced, summary)


def replay(cassette: str | Path, *, store: str | None = None, workers: int = 1) -> Summary:
    """The sync that was recorded, again, answered from the cassette alone.

    Args:
        cassette: A file that `record` wrote.
        store: The URL of the store to write to; one that is thrown away if None.
        workers: How many shards are read at once.

    Returns:
        Its result.

    Raises:
        UsageError: There is no such cassette, or it does not say how it was recorded.
        PluginError: The plugin is missing or broken.
        AssertionError: Something on the cassette was not asked for.
    """
    facts = facts_of(Path(cassette))
    try:
        name, limit = facts["connection"], facts["limit"]
        select, now = facts["select"], datetime.fromisoformat(facts["now"])
        settings, secrets = dict(facts["settings"]), facts["secrets"]
    except (KeyError, TypeError, ValueError):
        raise UsageError(
            f"{cassette} does not say how it was recorded",
            hint="Replay it with duetrail.recording.replay_requests, around a sync of your own.",
        ) from None
    with tempfile.TemporaryDirectory() as folder:
        # Any secret will do: a cassette has none to compare it with.
        (Path(folder) / "secret").write_text("no-secret-at-all", encoding="utf-8")
        settings |= dict.fromkeys(secrets, "file:secret")
        config = Config(Path(folder) / "duetrail.toml", "", {name: settings})
        with replay_requests(cassette):
            return _sync(_tokenless(config.connection(name)), limit, select, workers, now, store)


def _tokenless(source: BoundSource) -> BoundSource:
    """A bound source that asks for no tokens: a cassette has no answer of a token host."""
    connection, plugin = source
    if connection.source.oauth2 is None:
        return source
    without = evolve(connection.source, oauth2=None, auth=lambda options: NoAuth())
    return BoundSource(evolve(connection, source=without), plugin)


def _sync(
    source: BoundSource,
    limit: int,
    select: Sequence[str],
    workers: int,
    now: datetime,
    store: str | None = None,
) -> Summary:
    """One limited sync into a store, which is thrown away where nobody names one."""
    cut_off: set[str] = set()
    with ExitStack() as stack:
        if store is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            store = f"sqlite:///{folder}/recorded.db"
        target = open_store(store, create=True)
        stack.callback(target.close)
        stack.enter_context(target.exclusive())
        summary = run.sync(
            target,
            {source.name: BoundSource(source.connection, limited(source.plugin, limit, cut_off))},
            [source.name],
            select=select,
            scope=Scope(now=now, full=True),
            workers=workers,
        )
    for entry in summary.resources:
        if entry.resource in cut_off and entry.state == "complete":
            entry.state = "limited"
    return summary


# --- limits --------------------------------------------------------------------------------------


def limited(plugin: Plugin, limit: int, cut_off: set[str]) -> Plugin:
    """The plugin, whose listings end with the page that fills the limit, and are noted then."""

    def fetch(shard: Shard, session: Any, connection: Connection) -> Iterator[Any]:
        resource, seen = connection.source.resource(shard.resource), 0
        for found in plugin.fetch(shard, session, connection):
            yield found
            if isinstance(found, Page) and shard.key is None:
                seen += sum(1 for one in _items(resource, found) if one.parent is None)
                if seen >= limit:
                    cut_off.add(resource.name)
                    return

    return evolve(plugin, implementations={**plugin.implementations, "fetch": fetch})


def _items(resource: Resource, page: Page) -> list[Found]:
    """The items of a page; none of one that has them elsewhere than declared: the run says so."""
    try:
        return list(find(resource, page.data))
    except ProtocolError:
        return []


def _with_keys(source: BoundSource, project: Workspace, limit: int) -> Connection:
    """The connection with the first keys that come from elsewhere written out."""
    answers: dict[str, KeySource] = {}
    connection = source.connection
    for stream in source.streams():
        resource = stream.resource
        if resource.keys is None or resource.keys.option is None:
            continue
        if getattr(connection.options, resource.keys.option) is None:
            continue  # told by whoever runs it
        where = resolve_key_source(stream)
        if where is None or where.connection == connection.name:
            continue
        store = _store(project) if where.connection is not None else None
        first = islice(shards(stream, store, Scope(full=True)), limit)
        keys = tuple(shard.key.value for shard in first if shard.key is not None)
        answers[resource.keys.option] = KeySource(values=keys)
    return evolve(connection, options=evolve(connection.options, **answers))


def _store(project: Workspace) -> Store:
    try:
        return project.store
    except NoStore as error:
        raise ConfigError(
            f"there are no keys to ask with: {error.message}",
            hint="Sync first the connection they come from, or list a few in the configuration.",
        ) from None


# --- people --------------------------------------------------------------------------------------


def _listened(plugin: Plugin, people: Pseudonyms | None) -> Plugin:
    """The plugin, with a note made of its items and records, to learn what is personal."""
    if people is None:
        return plugin

    def fetch(shard: Shard, session: Any, connection: Connection) -> Iterator[Any]:
        resource = connection.source.resource(shard.resource)
        for found in plugin.fetch(shard, session, connection):
            if isinstance(found, Page):
                for one in _items(resource, found):
                    people.add_item(one.place.shape.name, one.raw)
            yield found

    def map_item(item: Item, connection: Connection) -> Iterator[Any]:
        for made in plugin.map_item(item, connection):
            if isinstance(made, Record):
                people.add_record(item, made)
            yield made

    hooks: dict[str, Callable[..., Any]] = {"fetch": fetch, "map_item": map_item}
    return evolve(plugin, implementations=plugin.implementations | hooks)


def _replaced(
    heard: Sequence[Interaction], facts: dict[str, Any], people: Pseudonyms
) -> list[Interaction]:
    people.learn(one.body.data for one in heard)
    changed = [without_people(one, people) for one in heard]
    facts["settings"] = people.json(facts["settings"])
    refuse(changed, facts, people.names_somebody, "data about a person")
    return changed


# --- facts of the cassette -----------------------------------------------------------------------


def _facts(
    connection: Connection, plugin: Plugin, select: Sequence[str], limit: int, now: datetime
) -> dict[str, Any]:
    """The facts written on a cassette: all that decides what is asked, and no secret."""
    settings: dict[str, Any] = {"plugin": plugin.name, "base_url": connection.base_url}
    if connection.source.oauth2 and connection.token_url != connection.source.oauth2.token_url:
        settings["token_url"] = connection.token_url
    if connection.include:
        settings["include"] = list(connection.include)
    secrets = []
    for field in attrs.fields(type(connection.options)):
        value = getattr(connection.options, field.name)
        if isinstance(value, Secret):
            secrets.append(field.name)
        elif isinstance(value, KeySource):
            settings[field.name] = list(value.values) if value.values else _told(value)
        elif value is not None and value != field.default:
            settings[field.name] = list(value) if isinstance(value, tuple) else value
    return {
        "connection": connection.name,
        "limit": limit,
        "now": now.isoformat(),
        "secrets": secrets,
        "select": list(select),
        "settings": settings,
        "version": plugin.version,
    }


def _told(feed: KeySource) -> str:
    """A feed as the configuration has it: of the connection's own records."""
    return f"{feed.connection}:{feed.column}" if feed.column else str(feed.connection)
