"""Settings: what the program that runs an engine says, as a project and one of its connections.

    {"connection": "stuut", "config": "duetrail.toml"}
    {"connection": "stuut", "source": {"plugin": "stuut", "token": "..."}}

The first names a connection of a configuration file. The second is a whole connection, for programs
that keep the settings themselves, secrets included: a value is then put into the environment of
this process, and referred to from there, so that it is written nowhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

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
        raise ConfigError("the settings are no JSON object", hint=_takes())
    for key in given:
        if key not in _KNOWN:
            raise ConfigError(
                f"the settings have {key!r}, which is not known",
                hint=f"{_takes()} A plugin's own settings belong into `source`.",
            )
    texts = {key: _text(given, key) for key in _KNOWN if key != "source"}
    connection, store, source = texts["connection"], texts["store"], given.get("source")
    if source is None:
        if connection is None:
            raise ConfigError("the settings have no 'connection'", hint=_takes())
        file = folder / texts["config"] if texts["config"] else None
        return EngineSettings(connection, Project(file, store))
    if not isinstance(source, dict) or not isinstance(source.get("plugin"), str):
        raise ConfigError(
            "the settings' `source` names no plugin",
            hint='Write it like: "source": {"plugin": "NAME", ...}.',
        )
    connection = connection or source["plugin"]
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
    return f"sqlite:///{folder.resolve() / quote(connection, safe='')}.db"


def _without_values(connection: str, source: Mapping[str, Any]) -> dict[str, Any]:
    """The table of a connection, secrets replaced by references to the environment."""
    plugin = load(source["plugin"])
    wanted = secret_options(plugin.source) if plugin.source else frozenset()
    table = {key: value for key, value in source.items() if value is not None}
    for key in wanted & table.keys():
        value = table[key]
        if isinstance(value, str) and value and Secret(value).is_plain:
            table[key] = _put_away(f"DUETRAIL_{connection}_{key}", value)
    return table


def _put_away(name: str, value: str) -> str:
    """Put a secret into the environment of this process; the reference to it."""
    name = re.sub(r"\W", "_", name, flags=re.ASCII).upper()
    try:
        os.environ[name] = value
    except ValueError:  # which tells the value
        raise ConfigError(
            "a secret in the settings holds a character that the environment does not take, such "
            "as U+0000"
        ) from None
    return f"env:{name}"


def _text(given: Mapping[str, Any], key: str) -> str | None:
    """A text of the settings; None where it is missing or empty."""
    value = given.get(key)
    if value is not None and not isinstance(value, str):
        raise ConfigError(f"{key!r} in the settings must be text", hint=_takes())
    return value or None


def _takes() -> str:
    return f"They take {', '.join(_KNOWN[:-1])} and {_KNOWN[-1]}."
