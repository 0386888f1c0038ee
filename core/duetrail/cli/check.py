"""`duetrail check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from duetrail.cli.output import json_option, plugins_at_work, safe, write_json, write_table

if TYPE_CHECKING:
    from duetrail.config import Config
    from duetrail.pipeline.checking import Finding
    from duetrail.stores import Store


@click.command()
@click.argument("connections", nargs=-1)
@json_option
@click.pass_context
def check(ctx: click.Context, connections: tuple[str, ...], as_json: bool) -> None:
    """Ask CONNECTIONS for one page of each resource: reached? allowed? Nothing is written."""
    from duetrail.config import read_config

    config = read_config(ctx.obj.config)
    store = _store(config, ctx.obj.store)
    try:
        with plugins_at_work():
            findings = [
                finding
                for name in connections or config.connections
                for finding in _findings(config, name, store)
            ]
    finally:
        if store is not None:
            store.close()
    if as_json:
        write_json(findings)
    else:
        _write(findings)
    ctx.exit(0 if all(f.state in {"allowed", "untried"} for f in findings) else 1)


def _findings(config: Config, name: str, store: Store | None) -> list[Finding]:
    from duetrail.errors import PluginError
    from duetrail.pipeline.account import refuse_moved
    from duetrail.pipeline.checking import Finding, check
    from duetrail.pipeline.read import resolve_secrets

    try:
        connection, plugin = config.connection(name)
    except PluginError as error:
        return [Finding(name, "", "failed", error.message, error.hint)]
    resolve_secrets(connection)
    if store is not None:
        refuse_moved(store, connection)
    return list(check(connection, plugin, store))


def _store(config: Config, url: str | None) -> Store | None:
    """The store, for keys; None before the first sync."""
    from duetrail.api import open_configured
    from duetrail.errors import NoStore

    try:
        return open_configured(config, url)
    except NoStore:
        return None


def _write(findings: list[Finding]) -> None:
    rows = [(f"{f.connection}.{f.resource}".rstrip("."), f.state, f.message) for f in findings]
    write_table(("resource", "state", "seen"), rows)
    for hint in dict.fromkeys(f.hint for f in findings if f.hint):
        click.echo(safe(f"  {hint}"), err=True)
