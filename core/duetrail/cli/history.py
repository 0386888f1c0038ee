"""`duetrail history`."""

from __future__ import annotations

import click

from duetrail.cli.output import json_option, quiet_option, stdout_to_stderr, write_json
from duetrail.cli.settings import Settings


@click.group()
def history() -> None:
    """Keep what records were, so that metrics can be asked as of a past day."""


@history.command()
@quiet_option
@json_option
@click.pass_obj
def build(settings: Settings, quiet: bool, as_json: bool) -> None:
    """Put history together: what records were since the first sync, and what they are.

    From then on each sync adds to it. Built again, it is brought up to date.
    """
    from duetrail.cli.progress import Words, showing

    shows = showing(Words("table", "read", "record"), quiet=quiet)
    with stdout_to_stderr(), shows as follower, settings.project() as project:
        built = project.build_history(observer=follower.observer)
    if as_json:
        write_json(built)
    else:
        click.echo(
            f"{built.records:,} records are kept. Metrics can be asked as of {built.since[:10]} "
            "and later: duetrail metrics NAME --as-of DAY"
        )


@history.command()
@json_option
@click.pass_obj
def drop(settings: Settings, as_json: bool) -> None:
    """Forget what records were: history begins anew; records stay as they are."""
    with settings.project() as project:
        project.drop_history()
    if as_json:
        write_json({"dropped": True})
    else:
        click.echo("What records were is forgotten; what changes from now on is kept.")
