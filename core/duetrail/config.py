"""The configuration: `duetrail.toml`, read once, checked with the place of every mistake.

    [store]
    url = "sqlite:///duetrail.db"          # relative to this file
    keep_pages = 30                        # days; "all" unless set; or "none"

    [connections.stuut-us]
    plugin = "stuut"
    token = "env:STUUT_TOKEN"              # a reference, never the secret itself

    [connections.credira]
    plugin = "credira"
    token = "file:credira.token"
    invoices = "stuut-us:remote_id"        # whose records give the keys, and which column

    [[trail.same_invoice]]                 # which invoices of two connections are one
    name = "same number"
    invoices = ["stuut-us:number", "exante:number"]

    [plugins.NAME]                         # turns a plugin on that changes records, or listens

Every connection also takes `base_url`, `timeout` (seconds), `attempts`, `requests_per_second`,
`include` (the optional resources to read), `full_every` (days), `max_body` (MiB), `max_time`
(seconds), `mass_loss_share` and `mass_loss_least`. What else it takes is the plugin's to say.
"""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast, get_args, get_origin

import attrs
from attrs import evolve, field, frozen

from duetrail.errors import ConfigError, PluginError, UsageError, did_you_mean
from duetrail.http.address import Address
from duetrail.model import Invoice, Record
from duetrail.plugins import Plugin, load, where_it_failed
from duetrail.secrets import Secret
from duetrail.source import Connection, Feed, Source
from duetrail.stores import table_of
from duetrail.streams import BoundSource

DEFAULT_NAME = "duetrail.toml"
DEFAULT_STORE = "sqlite:///duetrail.db"

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
}


# Beyond these no clock, socket or memory goes along.
_BOUNDS: Mapping[str, tuple[float, float]] = {
    "timeout": (0, 24 * 60 * 60),
    "max_body": (0, 2**20),
    "requests_per_second": (1e-6, math.inf),  # one in eleven days
    "mass_loss_share": (1e-6, 1),
}


@frozen
class SameInvoice:
    """A rule by which invoices of several connections are one and the same.

    Attributes:
        name: What links made by it are marked with.
        invoices: The connections and, of each, the column whose values must be equal.
    """

    name: str
    invoices: tuple[tuple[str, str], ...]


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


@frozen
class Config:
    """A configuration file as read; its connections are checked when they are asked for.

    Attributes:
        path: The file.
        store: The store's URL.
        connections: The tables of the file, by connection name.
        same_invoice: The rules of `[[trail.same_invoice]]`.
        keep_pages: Days for which the vendors' answers are kept, `all` or `none`.
        plugins: The tables `[plugins.NAME]`, by plugin.
        at_hand: Plugins, by name, that are asked instead of the installed ones.
    """

    path: Path
    store: str
    connections: Mapping[str, Mapping[str, Any]]
    same_invoice: tuple[SameInvoice, ...] = ()
    keep_pages: int | str = "all"
    plugins: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    at_hand: Mapping[str, Plugin] = field(factory=dict)

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
        connection, plugin = _connection(self, name, self.connections[name])
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
        return [_extension(self, name, table) for name, table in self.plugins.items()]


def read_config(path: str | Path | None = None) -> Config:
    """Read the configuration.

    Args:
        path: The file; if None, the environment variable DUETRAIL_CONFIG, else `duetrail.toml`
            in the working directory.

    Raises:
        ConfigError: It is missing, unreadable or no TOML; with the line where there is one.
    """
    file = Path(path or os.environ.get("DUETRAIL_CONFIG") or DEFAULT_NAME)
    text = text_of(file)
    if text is None:
        raise ConfigError(
            f"there is no configuration at {file}",
            hint=f"Make {DEFAULT_NAME} here, or name another file with --config. "
            "Nothing to connect to yet? Try `duetrail demo`.",
        )
    return parse_config(text, file)


def parse_config(text: str, file: Path) -> Config:
    """The configuration that a text says.

    Args:
        text: TOML.
        file: Where it stands or would stand: paths in it are beside that.

    Raises:
        ConfigError: It is no TOML, or says something unknown; with the line where there is one.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from None
    return _config(file, data)


def text_of(file: Path) -> str | None:
    """The text of a configuration file, without the mark some editors begin it with.

    Returns:
        None where there is no such file.

    Raises:
        ConfigError: It cannot be read, or is no text.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from None


def _config(file: Path, data: Mapping[str, Any]) -> Config:
    for key in data:
        if key not in {"store", "connections", "trail", "plugins"}:
            raise ConfigError(
                f"{file}: [{key}] is not known",
                hint="There are [store], [connections.NAME], [plugins.NAME] and "
                "[[trail.same_invoice]].",
            )
    store = _table(file, "store", data.get("store", {}))
    url = store.get("url", DEFAULT_STORE)
    if not isinstance(url, str) or set(store) - {"url", "keep_pages"}:
        raise ConfigError(f"{file}: [store] takes a url, in quotes, and keep_pages")
    keep_pages = store.get("keep_pages", "all")
    try:
        days_of(keep_pages)
    except UsageError as error:
        raise ConfigError(f"{file}: [store] keep_pages: {error.message}", hint=error.hint) from None
    connections = _table(file, "connections", data.get("connections", {}))
    tables = {n: _table(file, f"connections.{n}", t) for n, t in connections.items()}
    plugins = _table(file, "plugins", data.get("plugins", {}))
    extensions = {n: _table(file, f"plugins.{n}", t) for n, t in plugins.items()}
    rules = _rules(file, data.get("trail", {}), tables)
    return Config(file, url, tables, rules, keep_pages, extensions)


def days_of(keep_pages: int | str) -> int | None:
    """For how many days pages are kept: a number, 0 for `none`, None for `all`.

    Raises:
        UsageError: It is none of these.
    """
    words = {"all": None, "none": 0}
    if isinstance(keep_pages, str) and keep_pages in words:
        return words[keep_pages]
    # A bool is an int.
    if type(keep_pages) is int and keep_pages >= 0:
        return keep_pages
    raise UsageError(
        "pages are kept for a number of days, all or none",
        hint='Write 30, "all" or "none".',
    )


def _rules(file: Path, trail: Any, connections: Mapping[str, Any]) -> tuple[SameInvoice, ...]:
    given = _table(file, "trail", trail)
    rules = given.get("same_invoice", [])
    if set(given) - {"same_invoice"} or not isinstance(rules, list):
        raise ConfigError(f"{file}: [trail] takes rules, each as [[trail.same_invoice]]")
    return tuple(_rule(file, rule, connections) for rule in rules)


def _rule(file: Path, rule: Any, connections: Mapping[str, Any]) -> SameInvoice:
    where = f"{file}: [[trail.same_invoice]]"
    match rule:
        case {"name": str(name), "invoices": [_, _, *_] as sides} if len(rule) == 2:
            pairs = tuple(_side(where, side, connections) for side in sides)
            return SameInvoice(name, pairs)
    raise ConfigError(
        f"{where} takes a name and the invoices that are the same",
        hint='Write it like: name = "same number", invoices = ["stuut:number", "exante:number"].',
    )


def _side(where: str, side: Any, connections: Mapping[str, Any]) -> tuple[str, str]:
    connection, _, column = str(side).partition(":")
    if connection not in connections:
        hint = did_you_mean(connection, connections)
        raise ConfigError(f"{where} names a connection {connection!r} that is not there", hint=hint)
    columns = [c.name for c in table_of(Invoice.table).columns if c.sql == "TEXT"]
    if column not in columns:
        hint = did_you_mean(column, columns)
        raise ConfigError(f"{where}: invoices have no column {column!r} to compare", hint=hint)
    return connection, column


def _table(file: Path, name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{file}: {name} must be a table, [{name}]")
    return value


# --- one connection ------------------------------------------------------------------------------


def _connection(config: Config, name: str, settings: Mapping[str, Any]) -> BoundSource:
    where = f"{config.path}: [connections.{name}]"
    called = _common(where, settings, "plugin") or name
    plugin = config.at_hand.get(called) or load(called)
    if plugin.source is None:
        raise ConfigError(f"{where}: plugin {plugin.name!r} speaks for no vendor")
    source = plugin.source
    connection = Connection(
        name=name,
        source=source,
        base_url=_base_url(where, name, settings, source),
        options=_options(where, settings, source.options, source.title, config.folder, _COMMON),
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
    )
    _refuse_plain_secrets(where, connection)
    return BoundSource(connection, plugin)


def _change(hook: Callable[..., Any], connection: Connection, record: Record) -> Any:
    return hook(record=record, connection=connection)


def _extension(config: Config, name: str, given: Mapping[str, Any]) -> Extension:
    where = f"{config.path}: [plugins.{name}]"
    plugin = load(name)
    if not {"transform", "observe"} & set(plugin.hooks):
        raise ConfigError(
            f"{where}: there is nothing to turn on: the plugin neither transforms nor observes",
            hint=f"A vendor is a connection: [connections.{name}]." if plugin.source else "",
        )
    settings = _options(where, given, _wanted(plugin), f"plugin {name!r}", config.folder, {})
    _refuse_plain(where, settings)
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


def _options(
    where: str,
    settings: Mapping[str, Any],
    wanted: type[Any],
    title: str,
    folder: Path,
    common: Mapping[str, Any],
) -> Any:
    attrs.resolve_types(wanted)
    known = {one.name: one for one in attrs.fields(wanted)}
    for key in settings:
        if key not in known and key not in common:
            its = ", ".join(sorted(known)) or "none"
            raise ConfigError(
                f"{where} {key}: {title} has no such setting",
                hint=did_you_mean(key, [*known, *common]) or f"It has {its}.",
            )
    given = {
        key: _value(f"{where} {key}", one.type, settings[key], folder)
        for key, one in known.items()
        if key in settings
    }
    for key, one in known.items():
        if key not in given and one.default is attrs.NOTHING:
            raise ConfigError(f"{where} {key} is missing", hint=one.metadata.get("help", ""))
    try:
        return wanted(**given)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{where}: {error.args[0]}") from None


def _value(where: str, wanted: Any, value: Any, folder: Path) -> Any:
    parts = (wanted,) if get_origin(wanted) is tuple else get_args(wanted) or (wanted,)
    kinds = [kind for kind in parts if kind is not type(None)]
    if Secret in kinds and isinstance(value, str) and value:
        return Secret(value, folder)
    if Feed in kinds:
        return _feed(where, value, folder)
    if date in kinds and isinstance(value, str):
        with suppress(ValueError):
            value = date.fromisoformat(value)
    if tuple[str, ...] in (wanted, *kinds) and isinstance(value, list):
        if all(isinstance(part, str) for part in value):
            return tuple(value)
    elif type(value) in kinds:
        if type(value) is date:
            _refuse_future(where, value)
        return value
    raise ConfigError(f"{where} must be {_described(wanted, kinds)}")


def _refuse_future(where: str, day: date) -> None:
    """A day that is set says from when on things are read: one that is still to come hides all."""
    today = datetime.now(UTC).date()
    if day > today:
        raise ConfigError(
            f"{where} is {day}, a day in the future: nothing would be read",
            hint=f"Write a day up to today, which is {today} by the clock of this machine, in UTC.",
        )


def _described(wanted: Any, kinds: list[Any]) -> str:
    if wanted == tuple[str, ...] or tuple[str, ...] in kinds:
        return 'a list of texts, ["...", "..."]'
    words = {
        str: "text in quotes",
        int: "a whole number",
        bool: "true or false",
        date: "a day, such as 2026-11-20",
    }
    if Secret in kinds:
        return "a secret reference: env:NAME, file:PATH or keyring:SERVICE/USER"
    return " or ".join(words.get(kind, getattr(kind, "__name__", str(kind))) for kind in kinds)


def _feed(where: str, value: Any, folder: Path) -> Feed:
    if isinstance(value, list) and value and all(isinstance(k, str) and k for k in value):
        return Feed(values=tuple(value))
    first, _, rest = value.partition(":") if isinstance(value, str) else ("", "", "")
    if first == "file" and rest:
        return Feed(file=folder / _expanded(where, rest))
    if first and first != "file":
        return Feed(connection=first, column=rest or None)
    raise ConfigError(
        f"{where} says nothing usable about where the keys come from",
        hint='Use "CONNECTION", "CONNECTION:COLUMN", "file:PATH", or a list of keys.',
    )


def _expanded(where: str, path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ConfigError(f"{where}: there is no home folder for {path!r}") from None


def _refuse_plain_secrets(where: str, connection: Connection) -> None:
    if not Address.of(connection.base_url, connection.name).is_loopback:
        _refuse_plain(where, connection.options)


def _refuse_plain(where: str, options: Any) -> None:
    for one in attrs.fields(type(options)):
        value = getattr(options, one.name)
        if isinstance(value, Secret) and value.is_plain:
            raise ConfigError(
                f"{where} {one.name} holds the secret itself",
                hint="Put it elsewhere and refer to it: env:NAME, file:PATH or "
                "keyring:SERVICE/USER. Plain values are for servers on this machine.",
            )
