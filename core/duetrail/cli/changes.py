"""`duetrail changes`."""

from __future__ import annotations

import sys
from typing import Any

import click

from duetrail.cli.output import write_json_text
from duetrail.cli.settings import Settings


@click.command()
@click.option(
    "--since",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="RUN",
    help="The cursor of the last call, or the number of a run; 0 for everything.",
)
@click.option("--table", "tables", multiple=True, metavar="TABLE", help="Only this record table.")
@click.option(
    "--connection", "connections", multiple=True, metavar="NAME", help="Only of this connection."
)
@click.pass_obj
def changes(
    settings: Settings, since: int, tables: tuple[str, ...], connections: tuple[str, ...]
) -> None:
    """Print what changed after a run, as JSON lines: for whoever keeps a copy.

    Each line is one record: its kind (upsert, absent, delete), table, connection, id, run and row.
    The last line is the cursor to ask from next time; without it, not everything was told. What a
    sync writes that goes on meanwhile may be told again.
    """
    settings.json = True
    with settings.project() as project:
        feed = project.changes(since, tables=tables, connections=connections)
        for change in feed:
            write_json_text(_line(change), sys.stdout)
    write_json_text(_line({"cursor": feed.cursor}), sys.stdout)


def _line(value: Any) -> str:
    """A value as JSON: amounts as text digit by digit, times in UTC."""
    import msgspec

    return msgspec.json.encode(value).decode()
