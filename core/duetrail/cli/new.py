"""`duetrail new`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from duetrail.cli.output import json_option, one_line, pair_of, write_json
from duetrail.errors import UsageError

if TYPE_CHECKING:
    from duetrail.scaffold import Outcome


@click.command()
@click.argument("name", required=False)
@click.option("--defaults", is_flag=True, help="Ask nothing.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="An answer: title, base_url, hosting, paging, auth, token_url, header, header_value, "
    "times, flags, license or author; may be repeated.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder to make duetrail-NAME in. [default: here]",
)
@click.option(
    "--again",
    "anew",
    is_flag=True,
    help="Bring a plugin made earlier up to date; what you changed is kept.",
)
@json_option
def new(
    name: str | None,
    defaults: bool,
    settings: tuple[str, ...],
    into: Path | None,
    anew: bool,
    as_json: bool,
) -> None:
    """Make a plugin for the vendor NAME, with docs, tests and a cassette, in duetrail-NAME.

    It passes its tests from the start; each place to change says so. With --again and no NAME, the
    plugin in this folder is made again. Needs: pip install 'duetrail[new]'.
    """
    import attrs

    from duetrail import scaffold

    answers = dict(pair_of(setting) for setting in settings)
    place = into or Path()
    if anew:
        outcome = scaffold.again(place / f"duetrail-{name}" if name else place, answers)
    elif name:
        outcome = scaffold.new(name, place, answers, ask=_asks(defaults, as_json))
    else:
        raise UsageError("which plugin?", hint="duetrail new NAME, such as duetrail new acme.")
    if as_json:
        write_json({**attrs.asdict(outcome), "folder": str(outcome.folder)})
    elif anew:
        _tell_changes(outcome)
    else:
        _tell_next(outcome)


def _asks(defaults: bool, as_json: bool) -> bool:
    if defaults:
        return False
    if as_json or not all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        raise UsageError(
            "there is nobody to ask here",
            hint="Give --defaults, and --set KEY=VALUE for whatever is to differ from them.",
        )
    return True


def _tell_next(outcome: Outcome) -> None:
    click.echo(f"Made {one_line(str(outcome.folder))} ({len(outcome.made)} files). Next:\n")
    for command, why in (
        (f"cd {shlex.quote(str(outcome.folder))}", ""),
        ("pip install -e '.[test]'", "the plugin and what tests it, best in an environment"),
        ("pytest", "green from the start, offline"),
        ("duetrail plugins", "there it is"),
        ("grep -rn 'Change this' .", "where your vendor differs"),
    ):
        click.echo(f"  {command:<28}{f'# {why}' if why else ''}".rstrip())


def _tell_changes(outcome: Outcome) -> None:
    from duetrail.scaffold.writing import BESIDE

    lines = [
        *(f"made {path}" for path in outcome.made),
        *(f"renewed {path}" for path in outcome.renewed),
        *(f"removed {path}" for path in outcome.removed),
        *(f"left alone {path}; the template's is {path}{BESIDE}" for path in outcome.beside),
    ]
    for line in lines or ["Nothing has changed in the template since."]:
        click.echo(one_line(line))
