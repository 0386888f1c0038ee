"""`duetrail remap`."""

from __future__ import annotations

import click

from duetrail.cli.output import json_option, quiet_option, stdout_to_stderr, write_json
from duetrail.cli.settings import Settings


@click.command()
@click.argument("connections", nargs=-1)
@quiet_option
@json_option
@click.pass_context
def remap(ctx: click.Context, connections: tuple[str, ...], quiet: bool, as_json: bool) -> None:
    """Map the kept pages of CONNECTIONS again, without a request: after a plugin was changed."""
    from duetrail.cli.progress import MAPPING, showing
    from duetrail.cli.summary import write_summary

    settings: Settings = ctx.obj
    shows = showing(MAPPING, quiet=quiet)
    with stdout_to_stderr(), shows as follower, settings.project() as project:
        summary = project.remap(*connections, observer=follower.observer)
    if as_json:
        write_json(summary.as_dict())
    else:
        write_summary(summary)
    ctx.exit(summary.exit_code)
