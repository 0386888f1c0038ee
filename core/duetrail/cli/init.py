"""`duetrail init`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from duetrail.cli.output import json_option, pair_of, write_json
from duetrail.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from duetrail.source import Source


@click.command()
@click.option("--plugin", help="Which installed plugin speaks for it; without it you are asked.")
@click.option("--name", help="What to call the connection. [default: the plugin's name]")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting; may be repeated."
)
@json_option
@click.pass_context
def init(
    ctx: click.Context,
    plugin: str | None,
    name: str | None,
    settings: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write a configuration, or add a connection to it, by questions or by --plugin and --set."""
    from duetrail.config import DEFAULT_NAME, read_config, text_of

    path = ctx.obj.config or Path(DEFAULT_NAME)
    source = _source(plugin or _ask_plugin())
    given = dict(pair_of(setting) for setting in settings)
    if plugin is None:
        name = name or click.prompt("Name of the connection", default=source.name, err=True)
        given |= _ask_settings(source, given)
    name = name or source.name
    before = text_of(path) or ""
    if before and name in read_config(path).connections:
        raise ConfigError(
            f"{path} already has a connection {name!r}", hint="Give another --name, or edit it."
        )
    _write(path, before, _table(name, source, given), name)
    if as_json:
        write_json({"config": str(path), "connection": name})
    else:
        has_user = source.oauth2 is not None and source.oauth2.has_user
        step = "auth" if has_user else "check"
        click.echo(f"Wrote connection {name} to {path}. Next: duetrail {step} {name}")


def _source(plugin: str) -> Source:
    from duetrail.plugins import load

    source = load(plugin).source
    if source is None:
        raise UsageError(f"plugin {plugin!r} speaks for no vendor")
    return source


def _ask_plugin() -> str:
    from duetrail.plugins import listings

    names = [row.name for row in listings() if row.resources]
    if not names:
        raise UsageError("no plugin of a vendor is installed", hint="pip install duetrail-stuut")
    plugin: str = click.prompt("Plugin", type=click.Choice(names), err=True)
    return plugin


def _ask_settings(source: Source, given: dict[str, Any]) -> dict[str, Any]:
    """Ask for what is required and for secrets; all else has a default and can be added later."""
    import attrs

    from duetrail.secrets import Secret

    answers = {}
    if source.base_url is None and "base_url" not in given:
        answers["base_url"] = click.prompt("base_url (https://...)", err=True)
    oauth2 = source.oauth2
    if oauth2 is not None and oauth2.token_url is None and "token_url" not in given:
        answers["token_url"] = click.prompt("token_url (https://...)", err=True)
    attrs.resolve_types(source.options)
    for field in attrs.fields(source.options):
        required = field.default is attrs.NOTHING
        if field.name in given or not (required or Secret in get_args(field.type)):
            continue
        click.echo(field.metadata["help"], err=True)
        name = field.name if required else f"{field.name} (Enter to leave it out)"
        default = None if required else ""
        if answer := click.prompt(name, default=default, show_default=False, err=True):
            answers[field.name] = answer
    return answers


def _table(name: str, source: Source, given: dict[str, Any]) -> str:
    lines = [f"[connections.{_key(name)}]", f"plugin = {_text(source.name)}"]
    lines += [f"{_key(key)} = {_value(source, key, value)}" for key, value in given.items()]
    return "\n".join(lines) + "\n"


def _value(source: Source, key: str, value: str) -> str:
    """A setting as TOML: text in quotes, unless the plugin takes a number, a flag or a list."""
    import attrs

    attrs.resolve_types(source.options)
    types = {field.name: str(field.type) for field in attrs.fields(source.options)}
    wanted = types.get(key, "")
    numbers = {"timeout", "attempts", "requests_per_second", "full_every", "max_body", "max_time"}
    numbers |= {"mass_loss_share", "mass_loss_least"}
    if key in numbers or "int" in wanted or "bool" in wanted:
        return value
    if "tuple" in wanted or value.startswith("["):
        parts = value.strip("[]").split(",")
        return "[" + ", ".join(_text(part.strip().strip('"')) for part in parts) + "]"
    return _text(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if key.replace("-", "").replace("_", "").isalnum() and key.isascii() else _text(key)


def _write(path: Path, before: str, table: str, name: str) -> None:
    """Write the file whole or not at all, readable by its owner only, and only if it is right."""
    from duetrail.config import read_config

    draft = path.with_name(f".{path.name}.new")
    try:
        draft.unlink(missing_ok=True)  # left by a killed run, or laid there by somebody
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{before.rstrip()}\n\n{table}" if before.strip() else table)
        read_config(draft).connection(name)
        draft.replace(path)
    except ConfigError as error:
        message = error.message.replace(str(draft), str(path))
        raise ConfigError(f"nothing was written: {message}", hint=error.hint) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
