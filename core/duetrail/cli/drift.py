"""`duetrail drift`."""

from __future__ import annotations

import click

from duetrail.cli.output import json_option, stdout_to_stderr, write_json, write_table
from duetrail.cli.settings import Settings


@click.command()
@click.argument("connections", nargs=-1)
@json_option
@click.pass_obj
def drift(settings: Settings, connections: tuple[str, ...], as_json: bool) -> None:
    """Show where what vendors send is not what the plugins of CONNECTIONS declare.

    Fields that nobody declared (they are in `extra`), fields that were declared and never came,
    values of several kinds, and words the model does not know. Examples show the form of a value.
    """
    with stdout_to_stderr(), settings.project() as project:
        found = project.drift(*connections)
    if as_json:
        write_json(found)
    elif not found:
        click.echo("What the vendors send is what the plugins declare.")
    else:
        rows = [
            (f"{d.connection}.{d.resource}", d.shape, d.kind, d.path, d.count, d.example)
            for d in found
        ]
        write_table(("resource", "shape", "what", "where", "count", "looks like"), rows)
