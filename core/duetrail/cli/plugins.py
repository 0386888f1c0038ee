"""`duetrail plugins`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from duetrail.cli.output import json_option, stdout_to_stderr, write_json, write_table

if TYPE_CHECKING:
    from duetrail.plugins import Listing


@click.command()
@json_option
def plugins(as_json: bool) -> None:
    """List the installed plugins: version, contract, state, import time, what they offer.

    Whatever of resources, hooks and commands a plugin has; with --json its records, too.
    """
    from duetrail.plugins import listings

    with stdout_to_stderr():
        found = listings()
    if as_json:
        write_json(found)
        return
    if not found:
        click.echo("No plugins are installed. Try: pip install duetrail-stuut")
        return
    rows = [
        (
            plugin.name,
            plugin.version,
            plugin.contract,
            plugin.state,
            "" if plugin.import_ms is None else f"{plugin.import_ms:.0f} ms",
            plugin.cause or _offers(plugin),
        )
        for plugin in found
    ]
    write_table(("plugin", "version", "contract", "state", "import", "offers"), rows)


def _offers(plugin: Listing) -> str:
    resources = [
        f"{name} (optional)" if name in plugin.optional else name for name in plugin.resources
    ]
    # The hooks of a vendor are the same for all: its resources say more.
    hooks = [] if resources else [f"{hook}()" for hook in plugin.hooks]
    return ", ".join([*resources, *hooks, *(f"`{command}`" for command in plugin.commands)])
