"""`duetrail remap`."""

from __future__ import annotations

import click

from duetrail.cli.output import json_option, stdout_to_stderr, write_json
from duetrail.cli.settings import Settings


@click.command()
@click.argument("connections", nargs=-1)
@json_option
@click.pass_context
def remap(ctx: click.Context, connections: tuple[str, ...], as_json: bool) -> None:
    """Map the kept pages of CONNECTIONS again, without a request: after a plugin was changed."""
    from duetrail.cli.summary import write_summary

    settings: Settings = ctx.obj
    with stdout_to_stderr(), settings.project() as project:
        summary = project.remap(*connections)
    if as_json:
        write_json(summary.as_dict())
    else:
        write_summary(summary)
    ctx.exit(summary.exit_code)
