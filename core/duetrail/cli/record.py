"""`duetrail record`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from duetrail.cli.output import (
    json_option,
    stdout_to_stderr,
    workers_option,
    write_json,
    write_table,
)
from duetrail.cli.settings import Settings
from duetrail.cli.summary import write_troubles

if TYPE_CHECKING:
    from duetrail.recording import Recording


@click.command()
@click.argument("connection")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The cassette to write; it must not be there yet. [default: CONNECTION.yaml here]",
)
@click.option(
    "--select",
    multiple=True,
    metavar="NAMES",
    help="Only these resources or record tables, separated by commas.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    metavar="ITEMS",
    help="Stop each listing after so many items, pages being kept whole, and ask for so many keys "
    "that come from elsewhere.",
)
@click.option(
    "--pseudonyms",
    is_flag=True,
    help="Replace the people in it by nobody, the same one by the same everywhere.",
)
@workers_option
@json_option
@click.pass_context
def record(
    ctx: click.Context,
    connection: str,
    out: Path | None,
    select: tuple[str, ...],
    limit: int,
    pseudonyms: bool,
    workers: int,
    as_json: bool,
) -> None:
    """Record a limited sync of CONNECTION as a cassette, for tests that need no vendor.

    The cassette is in the format of vcrpy. No credential gets into it: where one would, it is not
    written. Nothing is written to the store; keys are read from it.
    """
    from duetrail.recording import record as record_sync

    settings: Settings = ctx.obj
    with stdout_to_stderr():
        recorded = record_sync(
            connection,
            out or Path(f"{connection}.yaml"),
            config=settings.config,
            store=settings.store,
            select=[name.strip() for part in select for name in part.split(",") if name.strip()],
            limit=limit,
            workers=workers,
            pseudonyms=pseudonyms,
        )
    if as_json:
        write_json(_facts(recorded))
    else:
        _write(recorded)
    ctx.exit(recorded.summary.exit_code)


def _facts(recorded: Recording) -> dict[str, object]:
    return {
        "cassette": str(recorded.cassette),
        "requests": recorded.requests,
        "pseudonyms": recorded.pseudonyms,
        "summary": recorded.summary.as_dict(),
    }


def _write(recorded: Recording) -> None:
    rows = [(r.name, r.state, r.requests, r.items) for r in recorded.summary.resources]
    write_table(("resource", "state", "requests", "items"), rows)
    click.echo(f"\nRecorded: {recorded.requests:,} requests in {recorded.cassette}.")
    if recorded.pseudonyms is None:
        click.echo("People are in it as the vendor sent them; --pseudonyms replaces them.")
    else:
        click.echo(
            f"Replaced: {recorded.pseudonyms:,} names, addresses, numbers and links. "
            "Read it before you share it: nobody can know every name in a text."
        )
    write_troubles(recorded.summary)
