"""A workspace: a configuration and its store, each opened when it is needed."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Self

from duetrail.config import Config, read_config
from duetrail.errors import (
    ConfigError,
    DuetrailError,
    NoStore,
    PluginError,
    StoreError,
    UsageError,
    did_you_mean,
)
from duetrail.pipeline import history
from duetrail.pipeline.summary import LinkChanges
from duetrail.source import Source
from duetrail.stores import CountQuery, Store, open_store
from duetrail.streams import BoundSource, BoundSources
from duetrail.trail import link_periods, link_same_invoices

ConfigLike = Config | str | Path | None


class Workspace:
    """A configuration and its store. A context manager: leaving it closes the store.

    Nothing is read or opened before it is needed, so that a store alone can be looked at, and a
    vendor can be read without a store. Use it in one thread.

    Args:
        config: The configuration or its path; see `duetrail.config.read_config`.
        store: A store URL instead of the configured one, relative to the working directory.

    Raises:
        ConfigError: By whatever needs the configuration, if that is missing or wrong.
        StoreError: By whatever needs the store, if that is missing or cannot be used.
    """

    def __init__(self, config: ConfigLike = None, store: str | None = None) -> None:
        self._given = config
        self._url = store
        self._store: Store | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store, if it was opened."""
        if self._store is not None:
            self._store.close()
            self._store = None

    @cached_property
    def config(self) -> Config:
        """The configuration."""
        return self._given if isinstance(self._given, Config) else read_config(self._given)

    @property
    def store(self) -> Store:
        """The store, for whatever needs the configuration as well."""
        return self.open()

    @property
    def bare_store(self) -> Store:
        """The store; where its URL was given, no configuration is read."""
        if self._store is None and self._url is not None:
            self._store = open_store(self._url)
        return self.store

    def open(self, *, create: bool = False) -> Store:
        """The store, opened if it is not yet; an erasure that was cut off is finished first.

        Args:
            create: Whether to make the store where there is none.
        """
        if self._store is None:
            self._store = open_configured(self.config, self._url, create=create)
        return self._store

    def source(self, name: str) -> BoundSource:
        """A configured connection and the plugin that speaks for it.

        Raises:
            ConfigError: There is no such connection, or a setting is missing, unknown or wrong.
            PluginError: Its plugin is not installed or does not load.
        """
        return self.config.connection(name)

    def sources(self, *names: str) -> tuple[dict[str, BoundSource], dict[str, DuetrailError]]:
        """The connections that can begin, and why the others cannot.

        One broken plugin stops only itself.

        Args:
            *names: Their names; all configured ones if none is given.

        Raises:
            ConfigError: A setting of one is missing, unknown or wrong.
            PluginError: None of them can begin.
            UsageError: None is configured.
        """
        if not (names := names or tuple(self.config.connections)):
            raise UsageError(
                f"{self.config.path} has no connections", hint="Add a table [connections.NAME]."
            )
        ready: dict[str, BoundSource] = {}
        broken: dict[str, DuetrailError] = {}
        for name in names:
            try:
                ready[name] = self.source(name)
                _refuse_taken_name(self.config, ready[name])
            except PluginError as error:
                broken[name] = error
        if not ready:
            raise next(iter(broken.values()))
        return ready, broken

    def store_if_any(self) -> Store | None:
        """The store; None before the first sync."""
        try:
            return self.store
        except NoStore:
            return None

    def declared(self) -> dict[str, Source]:
        """What the plugins of the connections declare; none without a configuration.

        A broken plugin is left out.
        """
        try:
            config = self.config
        except DuetrailError:
            if self._given is not None:
                raise
            return {}  # a store alone can be looked at, too
        sources = {}
        for name in config.connections:
            with suppress(PluginError):
                sources[name] = self.source(name).connection.source
        return sources

    def refuse_unknown(self, connection: str) -> None:
        """Refuse the name of a connection that neither the configuration nor the store knows.

        Raises:
            UsageError: It is none.
        """
        known = self._known_names()
        if connection not in known:
            raise UsageError(
                f"there is no connection {connection!r}",
                hint=did_you_mean(connection, known, f"There are: {', '.join(known)}."),
            )

    def _known_names(self) -> list[str]:
        """The names of all connections that are configured, or ever left something stored."""
        names: set[str] = set()
        with suppress(ConfigError):  # a store alone can be looked at, too
            names.update(self.config.connections)
        for table in ("checkpoints", "rejects"):
            names.update(map(str, self.bare_store.counts(CountQuery(table))))
        return sorted(names)


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
        if opened.sync_state().is_erasing:
            from duetrail.privacy import erasure

            with opened.exclusive():
                erasure.finish(opened, lambda kept, run: link_by_user(kept, config, run))
    return opened


def link_all(store: Store, config: Config, sources: BoundSources, run: int) -> LinkChanges:
    """Bring every derived link in step with its rule.

    All that a run changes is there then, so history follows it.
    """
    # What a rule for touches has linked is no link by period, and stays.
    others = [rule.name for rule in config.touch_rules]
    changed = sum(link_periods(store, one.connection, run, others) for one in sources.values())
    changes = link_by_user(store, config, run)
    history.follow(store)
    return LinkChanges(changed + changes.changed, changes.touch_rules)


def link_by_user(store: Store, config: Config, run: int) -> LinkChanges:
    """Bring the links of the user's own rules in step with them."""
    changed = link_same_invoices(store, config.same_invoice, run)
    if not config.touch_rules:
        return LinkChanges(changed)
    from duetrail.trail import link_touches  # few need it

    changes = link_touches(store, config.touch_rules, run)
    return LinkChanges(changed + changes.changed, changes.touch_rules)


def _refuse_taken_name(config: Config, source: BoundSource) -> None:
    """Refuse a rule whose name a vendor's rule has: their links could not be told apart."""
    taken = {period.name for period in source.connection.source.periods}
    for rule in config.touch_rules:
        if rule.name in taken:
            raise ConfigError(
                f"{config.path}: [[trail.touch]] cannot be called {rule.name!r}: "
                f"{source.connection.source.title} has a rule of that name",
                hint="Give it another name.",
            )
