"""Reading: a configuration file, checked as far as that needs no plugin."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duetrail.config.configuration import Config
from duetrail.config.trail import rules_of
from duetrail.errors import ConfigError, UsageError

DEFAULT_NAME = "duetrail.toml"
DEFAULT_STORE = "sqlite:///duetrail.db"


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
    return config_of(file, data)


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


def config_of(file: Path, data: Mapping[str, Any]) -> Config:
    """The configuration that parsed TOML, or JSON of the same form, says.

    Args:
        file: Where it stands or would stand: paths in it are beside that.
        data: Its tables.

    Raises:
        ConfigError: It says something unknown.
    """
    for key in data:
        if key not in {"store", "connections", "trail", "plugins"}:
            raise ConfigError(
                f"{file}: [{key}] is not known",
                hint="There are [store], [connections.NAME], [plugins.NAME], "
                "[[trail.same_invoice]] and [[trail.touch]].",
            )
    store = _table(file, "store", data.get("store", {}))
    url = store.get("url", DEFAULT_STORE)
    if not isinstance(url, str) or set(store) - {"url", "keep_pages"}:
        raise ConfigError(f"{file}: [store] takes a url, in quotes, and keep_pages")
    _refuse_password(file, url)
    keep_pages = store.get("keep_pages", "all")
    try:
        days_of(keep_pages)
    except UsageError as error:
        raise ConfigError(f"{file}: [store] keep_pages: {error.message}", hint=error.hint) from None
    tables = _connections(file, data.get("connections", {}))
    plugins = _table(file, "plugins", data.get("plugins", {}))
    extensions = {n: _table(file, f"plugins.{n}", t) for n, t in plugins.items()}
    same_invoice, touch_rules = rules_of(file, data.get("trail", {}), tables)
    return Config(file, url, tables, same_invoice, keep_pages, extensions, touch_rules=touch_rules)


def _refuse_password(file: Path, url: str) -> None:
    """Refuse the password of a server other than this machine's: a configuration has no secrets."""
    if url.startswith("sqlite:"):
        return
    from urllib.parse import parse_qsl, urlsplit

    from duetrail.http.address import is_loopback

    try:
        parts = urlsplit(url)
        is_plain = bool(parts.password) or "password" in dict(parse_qsl(parts.query))
        is_ours = is_loopback(parts.hostname or "")
    except ValueError:  # whoever opens the store says what is wrong with its URL
        return
    if is_plain and not is_ours:
        raise ConfigError(
            f"{file}: [store] url holds a password in plain text",
            hint="Leave it out: PostgreSQL's library takes it from PGPASSWORD or ~/.pgpass.",
        )


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


def _connections(file: Path, value: Any) -> dict[str, Mapping[str, Any]]:
    """The table of each connection, by its name."""
    connections = _table(file, "connections", value)
    for name in connections:
        if name.strip() != name or not name or not name.isprintable():
            raise ConfigError(
                f"{file}: {name!r} is no name of a connection",
                hint="It is not empty, and is printed as it is: no line break, no space around it.",
            )
    return {n: _table(file, f"connections.{n}", t) for n, t in connections.items()}


def _table(file: Path, name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{file}: {name} must be a table, [{name}]")
    return value
