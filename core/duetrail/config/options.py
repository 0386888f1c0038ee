"""Options: the settings that a plugin declares, from a table of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args, get_origin

import attrs

from duetrail.errors import ConfigError, did_you_mean
from duetrail.secrets import Secret, WritableSecret
from duetrail.source import KeySource


def options_of(
    where: str,
    settings: Mapping[str, Any],
    wanted: type[Any],
    title: str,
    folder: Path,
    common: Mapping[str, Any],
) -> Any:
    """An instance of a plugin's class of options.

    Args:
        where: The table, for errors.
        settings: What it says.
        wanted: The attrs class.
        title: Whose it is, for errors.
        folder: What relative paths are relative to.
        common: Further keys that may stand in the table and are none of the options.

    Raises:
        ConfigError: A setting is missing, unknown or wrong.
    """
    attrs.resolve_types(wanted)
    known = {one.name: one for one in attrs.fields(wanted) if one.init}
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
    if WritableSecret in kinds and isinstance(value, str) and value:
        return _writable(where, WritableSecret(value, folder))
    if KeySource in kinds:
        return _feed(where, value, folder)
    if date in kinds and isinstance(value, str):
        with suppress(ValueError):
            value = date.fromisoformat(value)
    if (table := _table_of(wanted)) is not None and isinstance(value, list):
        if all(isinstance(part, dict) for part in value):
            return tuple(
                options_of(f"{where} {number}:", part, table, "it", folder, {})
                for number, part in enumerate(value, start=1)
            )
    elif tuple[str, ...] in (wanted, *kinds) and isinstance(value, list):
        if all(isinstance(part, str) for part in value):
            return tuple(value)
    elif type(value) in kinds:
        if type(value) is date:
            _refuse_future(where, value)
        return value
    raise ConfigError(f"{where} must be {_described(wanted, kinds)}")


def _table_of(wanted: Any) -> type[Any] | None:
    """The attrs class of a `tuple[CLASS, ...]`, which is a list of tables; None for other types."""
    first, *_ = get_args(wanted) if get_origin(wanted) is tuple else (None,)
    return first if isinstance(first, type) and attrs.has(first) else None


def _writable(where: str, secret: WritableSecret) -> WritableSecret:
    if not secret.is_writable:
        raise ConfigError(
            f"{where} must be a secret that can be written: file:PATH or keyring:SERVICE/USER",
            hint="Tokens are kept there, and each renewal may bring new ones.",
        )
    return secret


def _refuse_future(where: str, day: date) -> None:
    """A day that is set says from when on things are read: one that is still to come hides all."""
    today = datetime.now(UTC).date()
    if day > today:
        raise ConfigError(
            f"{where} is {day}, a day in the future: nothing would be read",
            hint=f"Write a day up to today, which is {today} by the clock of this machine, in UTC.",
        )


def _described(wanted: Any, kinds: list[Any]) -> str:
    if _table_of(wanted) is not None:
        return "a list of tables, such as [[plugins.NAME.SETTING]]"
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
    if WritableSecret in kinds:
        return "a reference to a secret that can be written: file:PATH or keyring:SERVICE/USER"
    return " or ".join(words.get(kind, getattr(kind, "__name__", str(kind))) for kind in kinds)


def _feed(where: str, value: Any, folder: Path) -> KeySource:
    if isinstance(value, list) and value and all(isinstance(k, str) and k for k in value):
        return KeySource(values=tuple(value))
    first, _, rest = value.partition(":") if isinstance(value, str) else ("", "", "")
    if first == "file" and rest:
        return KeySource(file=folder / _expanded(where, rest))
    if first and first != "file":
        return KeySource(connection=first, column=rest or None)
    raise ConfigError(
        f"{where} says nothing usable about where the keys come from",
        hint='Use "CONNECTION", "CONNECTION:COLUMN", "file:PATH", or a list of keys.',
    )


def _expanded(where: str, path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ConfigError(f"{where}: there is no home folder for {path!r}") from None


def refuse_plain(where: str, options: Any) -> None:
    """Refuse options that hold a secret itself instead of a reference.

    Raises:
        ConfigError: They do.
    """
    for one in attrs.fields(type(options)):
        value = getattr(options, one.name)
        if _table_of(one.type) is not None:
            for number, table in enumerate(value, start=1):
                refuse_plain(f"{where} {one.name} {number}:", table)
        if isinstance(value, Secret) and value.is_plain:
            raise ConfigError(
                f"{where} {one.name} holds the secret itself",
                hint="Put it elsewhere and refer to it: env:NAME, file:PATH or "
                "keyring:SERVICE/USER. Plain values are for servers on this machine.",
            )
