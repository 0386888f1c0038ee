"""Connections: a table `[connections.NAME]` bound to the plugin that speaks for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duetrail.config.options import options_of, refuse_plain
from duetrail.errors import ConfigError, did_you_mean
from duetrail.http.address import Address
from duetrail.plugins import Plugin, load
from duetrail.source import Connection, Source
from duetrail.streams import BoundSource

_COMMON: Mapping[str, tuple[type, ...]] = {
    "plugin": (str,),
    "base_url": (str,),
    "timeout": (int, float),
    "attempts": (int,),
    "requests_per_second": (int, float),
    "include": (list,),
    "full_every": (int, float),
    "max_body": (int, float),
    "max_time": (int, float),
    "mass_loss_share": (int, float),
    "mass_loss_least": (int,),
    "token_url": (str,),
}

# Beyond these no clock, socket or memory goes along.
_BOUNDS: Mapping[str, tuple[float, float]] = {
    "timeout": (0, 24 * 60 * 60),
    "max_body": (0, 2**20),
    "requests_per_second": (1e-6, math.inf),  # one in eleven days
    "mass_loss_share": (1e-6, 1),
}


def bound_source(
    path: Path, name: str, settings: Mapping[str, Any], overrides: Mapping[str, Plugin]
) -> BoundSource:
    """What a table `[connections.NAME]` says, with the plugin that speaks for it.

    Args:
        path: The configuration file.
        name: The connection.
        settings: The table.
        overrides: Plugins, by name, that are asked instead of the installed ones.

    Raises:
        ConfigError: A setting is missing, unknown or wrong.
        PluginError: The plugin is not installed or does not load.
    """
    where = f"{path}: [connections.{name}]"
    called = _common(where, settings, "plugin") or name
    plugin = overrides.get(called) or load(called)
    if plugin.source is None:
        raise ConfigError(f"{where}: plugin {plugin.name!r} speaks for no vendor")
    source = plugin.source
    connection = Connection(
        name=name,
        source=source,
        base_url=_base_url(where, name, settings, source),
        options=options_of(where, settings, source.options, source.title, path.parent, _COMMON),
        timeout=_positive(where, settings, "timeout", 60.0),
        attempts=int(_positive(where, settings, "attempts", 5)),
        requests_per_second=_positive(
            where, settings, "requests_per_second", source.requests_per_second
        ),
        include=_included(where, settings, source),
        full_every=_positive(where, settings, "full_every", 7.0),
        max_body=_positive(where, settings, "max_body", 64.0),
        max_time=_positive(where, settings, "max_time", 600.0),
        mass_loss_share=_positive(where, settings, "mass_loss_share", 1 / 3),
        mass_loss_least=_positive(where, settings, "mass_loss_least", 5),
        token_url=_token_url(where, name, settings, source),
    )
    _refuse_plain_secrets(where, connection)
    return BoundSource(connection, plugin)


def _common(where: str, settings: Mapping[str, Any], key: str) -> Any:
    value = settings.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, _COMMON[key])):
        words: dict[tuple[type, ...], str] = {
            (str,): "text in quotes",
            (int,): "a whole number",
            (list,): 'a list of texts, ["...", "..."]',
        }
        kinds = words.get(_COMMON[key], "a number")
        raise ConfigError(f"{where} {key} must be {kinds}")
    return value


def _positive(where: str, settings: Mapping[str, Any], key: str, default: Any) -> Any:
    value = _common(where, settings, key)
    if value is None:
        return default
    if not 0 < value < math.inf:
        raise ConfigError(f"{where} {key} must be a number above 0")
    least, most = _BOUNDS.get(key, (0, math.inf))
    if not least <= value <= most:
        bound = f"at most {most:,}" if value > most else f"at least {least:g}"
        raise ConfigError(f"{where} {key} must be {bound}")
    return value


def _included(where: str, settings: Mapping[str, Any], source: Source) -> tuple[str, ...]:
    given = _common(where, settings, "include") or []
    optional = [resource.name for resource in source.resources if resource.optional]
    for name in given:
        if name not in optional:
            known = ", ".join(optional) or "none"
            hint = did_you_mean(str(name), optional) or f"Its optional resources: {known}."
            raise ConfigError(
                f"{where} include: {source.title} has no optional resource {name!r}", hint=hint
            )
    return tuple(given)


def _base_url(where: str, name: str, settings: Mapping[str, Any], source: Source) -> str:
    given = _common(where, settings, "base_url")
    url = source.base_url if given is None else given
    if url is None:
        raise ConfigError(
            f"{where} base_url is missing",
            hint=f"{source.title} has no address that fits everyone: give yours.",
        )
    Address.of(url, name)
    return str(url).rstrip("/")


def _token_url(where: str, name: str, settings: Mapping[str, Any], source: Source) -> str | None:
    given = _common(where, settings, "token_url")
    if source.oauth2 is None:
        if given is not None:
            raise ConfigError(f"{where} token_url: {source.title} gives no tokens of OAuth2")
        return None
    url = source.oauth2.token_url if given is None else given
    if url is None:
        raise ConfigError(
            f"{where} token_url is missing",
            hint=f"{source.title} has no address for tokens that fits everyone: give yours.",
        )
    Address.of(url, name, "token_url")
    return str(url)


def _refuse_plain_secrets(where: str, connection: Connection) -> None:
    places = {"base_url": connection.base_url, "token_url": connection.token_url}
    addresses = [Address.of(url, connection.name, what) for what, url in places.items() if url]
    if not all(address.is_loopback for address in addresses):
        refuse_plain(where, connection.options)
