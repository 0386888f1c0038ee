"""Settings: what the program that runs an engine says, as a project and one of its connections.

    {"connection": "stuut", "config": "duetrail.toml"}
    {"connection": "stuut", "source": {"plugin": "stuut", "token": "..."}}

The first names a connection of a configuration file. The second is a whole connection, for programs
that keep the settings themselves, secrets included: a value is then put into the environment of
this process, and referred to from there, so that it is written nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from duetrail.config import Config
from duetrail.engines.settings_schema import secret_options
from duetrail.errors import ConfigError
from duetrail.plugins import load
from duetrail.project import Project
from duetrail.secrets import Secret

_KNOWN = ("connection", "config", "source", "store")


@frozen
class EngineSettings:
    """What an engine runs on.

    Attributes:
        connection: The connection to pass on.
        project: Its configuration and store.
    """

    connection: str
    project: Project


def settings_of(given: Any, folder: Path) -> EngineSettings:
    """The project and the connection that settings name.

    Args:
        given: The settings, plain JSON.
        folder: What relative paths are relative to.

    Raises:
        ConfigError: Something is missing, unknown or wrong.
        PluginError: The plugin is not installed or does not load.
    """
    if not isinstance(given, dict):
        raise ConfigError("the settings are no JSON object", hint=f"They take {_words(_KNOWN)}.")
    for key in given:
        if key not in _KNOWN:
            raise ConfigError(
                f"the settings have {key!r}, which is not known",
                hint=f"They take {_words(_KNOWN)}; a plugin's own settings belong into `source`.",
            )
    source, store = given.get("source"), given.get("store")
    if source is None:
        connection = _text(given, "connection")
        file = folder / str(given["config"]) if given.get("config") else None
        return EngineSettings(connection, Project(file, store))
    if not isinstance(source, dict) or not isinstance(source.get("plugin"), str):
        raise ConfigError(
            "the settings' `source` names no plugin",
            hint='Write it like: "source": {"plugin": "NAME", ...}.',
        )
    connection = str(given.get("connection") or source["plugin"])
    config = Config(
        path=folder / "settings",
        store=store or state_store(connection),
        connections={connection: _without_values(connection, source)},
    )
    return EngineSettings(connection, Project(config))


def state_store(connection: str) -> str:
    """The URL of the store of a connection that nobody gave one: in the user's state folder.

    Raises:
        ConfigError: There is no such folder, and it cannot be made.
    """
    base = os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()
    folder = Path(base) / "duetrail"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"the folder {folder} cannot be made: {error.strerror}",
            hint='Give a store, such as "store": "sqlite:////data/duetrail.db".',
        ) from None
    return f"sqlite:///{folder.resolve() / connection}.db"


def _without_values(connection: str, source: Mapping[str, Any]) -> dict[str, Any]:
    """The table of a connection, secrets replaced by references to the environment."""
    plugin = load(source["plugin"])
    wanted = secret_options(plugin.source) if plugin.source else frozenset()
    table = {key: value for key, value in source.items() if value is not None}
    for key in wanted & table.keys():
        value = table[key]
        if isinstance(value, str) and value and Secret(value).is_plain:
            name = f"DUETRAIL_{connection}_{key}".upper().replace("-", "_")
            os.environ[name] = value
            table[key] = f"env:{name}"
    return table


def _text(given: Mapping[str, Any], key: str) -> str:
    value = given.get(key)
    if not isinstance(value, str) or not value:
        raise ConfigError(f"the settings have no {key!r}", hint=f"They take {_words(_KNOWN)}.")
    return value


def _words(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
