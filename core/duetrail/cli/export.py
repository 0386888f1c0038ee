"""`duetrail export`."""

from __future__ import annotations

import sys
from functools import partial

import click

from duetrail.cli.output import (
    json_option,
    quiet_option,
    stdout_to_stderr,
    write_json,
    write_json_text,
    write_table,
)
from duetrail.cli.settings import Settings


@click.command()
@click.option(
    "--to",
    "target",
    required=True,
    metavar="TARGET",
    help="parquet:DIR, duckdb:FILE, jsonl:DIR, jsonl:- (stdout) or csv:DIR.",
)
@click.option(
    "--since",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="RUN",
    help="Only what changed after this run: the cursor of the last export; 0 for everything.",
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="TABLE",
    help="Only this record table, with its children; or links.",
)
@click.option(
    "--connection", "connections", multiple=True, metavar="NAME", help="Only of this connection."
)
@quiet_option
@json_option
@click.pass_obj
def export(
    settings: Settings,
    target: str,
    since: int,
    tables: tuple[str, ...],
    connections: tuple[str, ...],
    quiet: bool,
    as_json: bool,
) -> None:
    """Write the tables to Parquet, DuckDB, JSON lines or CSV: all of them, or nothing.

    Parquet and DuckDB need the extra `export`. What stood in the target stays until everything is
    written. With --since, a DuckDB file is brought up to date, and files go to DIR/since-RUN.
    """
    from duetrail.cli.progress import Words, showing

    is_seen = target == "jsonl:-" and sys.stdout is not None and sys.stdout.isatty()
    shows = showing(Words("table", "written", "row"), quiet=quiet or is_seen)
    write_line = partial(write_json_text, out=sys.stdout)
    with stdout_to_stderr(), shows as follower, settings.project() as project:
        done = project.export(
            target,
            since,
            tables=tables,
            connections=connections,
            write_line=write_line,
            observer=follower.observer,
        )
    if target == "jsonl:-":
        return
    if as_json:
        write_json(done)
        return
    write_table(("table", "rows"), list(done.rows.items()))
    click.echo(f"\nThe next time: --since {done.cursor}")
