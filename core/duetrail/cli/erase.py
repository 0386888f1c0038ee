"""`duetrail erase`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import attrs
import click

from duetrail.cli.output import (
    json_option,
    quiet_option,
    stdout_to_stderr,
    write_json,
    write_table,
)
from duetrail.cli.settings import Settings

if TYPE_CHECKING:
    from duetrail.privacy.erasure import Erasure


@click.command()
@click.option(
    "--contact",
    "contacts",
    multiple=True,
    required=True,
    metavar="VALUE",
    help="An email address, a telephone number or a full name; may be repeated. - reads them from "
    "stdin, a line each, so that they stand in no shell history.",
)
@click.option("--dry-run", is_flag=True, help="Only count; change nothing.")
@quiet_option
@json_option
@click.pass_obj
def erase(
    settings: Settings, contacts: tuple[str, ...], dry_run: bool, quiet: bool, as_json: bool
) -> None:
    """Strike a person out of everything stored, and keep them out of every later sync.

    Records, amounts and links stay, with [erased] in place of the person. It cannot be undone.
    """
    from duetrail.cli.progress import Words, showing

    named = [value for given in contacts for value in _values(given)]
    shows = showing(Words("step", "done", "value"), quiet=quiet)
    with stdout_to_stderr(), shows as follower, settings.project() as project:
        erasure = project.erase(*named, dry_run=dry_run, observer=follower.observer)
    if as_json:
        write_json(attrs.asdict(erasure))
    else:
        _write(erasure)


def _values(given: str) -> list[str]:
    if given != "-":
        return [given]
    return [line.strip() for line in sys.stdin if line.strip()]


def _write(erasure: Erasure) -> None:
    tables = sorted({*erasure.changed, *erasure.removed})
    if tables:
        rows = [(t, erasure.changed.get(t, 0), erasure.removed.get(t, 0)) for t in tables]
        write_table(("table", "struck out", "removed"), rows)
        click.echo()
    else:
        click.echo("Nothing stored names them.")
    if erasure.dry_run:
        click.echo("Nothing was changed: that was --dry-run.")
        return
    known = erasure.contacts - erasure.listed
    also = f" ({known:,} were listed before)" if known else ""
    click.echo(f"Kept out from now on: {erasure.contacts:,}{also}.")
