"""Extensions: plugins that speak for no vendor, turned on by the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import attrs
from attrs import frozen

from duetrail.config.options import options_of, refuse_plain
from duetrail.errors import ConfigError, PluginError
from duetrail.plugins import Plugin, load, where_it_failed


@frozen
class Extension:
    """A plugin that speaks for no vendor, turned on by a table `[plugins.NAME]`.

    Attributes:
        plugin: The plugin.
        settings: An instance of the class its `settings` hook gives; an empty one without that.
    """

    plugin: Plugin
    settings: Any

    def hook(self, name: str) -> Callable[..., Any] | None:
        """A hook with the settings filled in; None where the plugin has no such hook."""
        found = self.plugin.implementations.get(name)
        return partial(found, settings=self.settings) if found else None


def extension_of(path: Path, name: str, given: Mapping[str, Any]) -> Extension:
    """What a table `[plugins.NAME]` turns on.

    Args:
        path: The configuration file.
        name: The plugin.
        given: The table.

    Raises:
        ConfigError: A setting is missing, unknown or wrong, or there is nothing to turn on.
        PluginError: The plugin is not installed or does not load.
    """
    where = f"{path}: [plugins.{name}]"
    plugin = load(name)
    if not {"transform", "observe", "observe_run", "observe_details"} & set(plugin.hooks):
        raise ConfigError(
            f"{where}: there is nothing to turn on: the plugin neither transforms nor observes",
            hint=f"A vendor is a connection: [connections.{name}]." if plugin.source else "",
        )
    settings = options_of(where, given, _wanted(plugin), f"plugin {name!r}", path.parent, {})
    refuse_plain(where, settings)
    return Extension(plugin, settings)


def _wanted(plugin: Plugin) -> type[Any]:
    if "settings" not in plugin.hooks:
        return _NoSettings
    try:
        declared = plugin.implementations["settings"]()
    except Exception as error:
        raise PluginError(
            f"plugin {plugin.name!r} cannot declare its settings: {where_it_failed(error)}"
        ) from error
    if not attrs.has(declared):
        raise PluginError(f"plugin {plugin.name!r}: settings() gave no attrs class")
    return cast("type[Any]", declared)


@frozen
class _NoSettings:
    """What a plugin without settings takes."""
