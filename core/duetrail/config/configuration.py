"""The configuration as an object: what the file says, and the connections it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from duetrail.config.connections import bound_source
from duetrail.config.extensions import Extension, extension_of
from duetrail.config.trail import SameInvoice, TouchRule
from duetrail.errors import ConfigError, did_you_mean
from duetrail.model import Record
from duetrail.plugins import Plugin
from duetrail.source import Connection
from duetrail.streams import BoundSource


@frozen
class Config:
    """A configuration file as read; its connections are checked when they are asked for.

    Attributes:
        path: The file.
        store: The store's URL.
        connections: The tables of the file, by connection name.
        same_invoice: The rules of `[[trail.same_invoice]]`.
        keep_pages: Their retention: days for which the vendors' answers are kept, `all` or `none`.
        plugins: The tables `[plugins.NAME]`, by plugin.
        plugin_overrides: Plugins, by name, that are asked instead of the installed ones.
        touch_rules: The rules of `[[trail.touch]]`, in the order of the file.
    """

    path: Path
    store: str
    connections: Mapping[str, Mapping[str, Any]]
    same_invoice: tuple[SameInvoice, ...] = ()
    keep_pages: int | str = "all"
    plugins: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    plugin_overrides: Mapping[str, Plugin] = field(factory=dict)
    touch_rules: tuple[TouchRule, ...] = ()

    @property
    def folder(self) -> Path:
        """What relative paths in the file are relative to."""
        return self.path.parent

    def connection(self, name: str) -> BoundSource:
        """A configured connection and the plugin that speaks for it.

        Raises:
            ConfigError: There is no such connection, or a setting is missing, unknown or wrong.
            PluginError: Its plugin is not installed or does not load.
        """
        if name not in self.connections:
            raise ConfigError(
                f"{self.path} has no connection {name!r}",
                hint=did_you_mean(name, self.connections) or f"Add [connections.{name}].",
            )
        connection, plugin = bound_source(
            self.path, name, self.connections[name], self.plugin_overrides
        )
        transforms = {
            extension.plugin.name: partial(_change, hook, connection)
            for extension in self.extensions()
            if (hook := extension.hook("transform"))
        }
        return BoundSource(evolve(connection, transforms=transforms), plugin)

    def extensions(self) -> list[Extension]:
        """The plugins that are on although they speak for no vendor, in the order of the file.

        Raises:
            ConfigError: A setting is missing, unknown or wrong, or there is nothing to turn on.
            PluginError: A plugin is not installed or does not load.
        """
        return [extension_of(self.path, name, table) for name, table in self.plugins.items()]


def _change(hook: Callable[..., Any], connection: Connection, record: Record) -> Any:
    return hook(record=record, connection=connection)
