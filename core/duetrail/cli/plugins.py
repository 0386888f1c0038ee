"""`duetrail plugins`."""

from __future__ import annotations

import click

from duetrail.cli.output import json_option, plugins_at_work, write_json, write_table


@click.command()
@json_option
def plugins(as_json: bool) -> None:
    """List the installed plugins: version, state, resources."""
    from duetrail.plugins import listings

    with plugins_at_work():
        found = listings()
    if as_json:
        write_json(found)
        return
    if not found:
        click.echo("No plugins are installed. Try: pip install duetrail-stuut")
        return
    rows = []
    for plugin in found:
        resources = [
            f"{name} (optional)" if name in plugin.optional else name for name in plugin.resources
        ]
        offers = ", ".join([*resources, *(f"`{command}`" for command in plugin.commands)])
        rows.append((plugin.name, plugin.version, plugin.state, plugin.cause or offers))
    write_table(("plugin", "version", "state", "offers"), rows)
