"""`duetrail singer`, which is also `tap-duetrail`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from duetrail.cli.messages import json_of, messages_alone
from duetrail.cli.settings import Settings
from duetrail.cli.summary import write_summary
from duetrail.errors import UsageError

if TYPE_CHECKING:
    from duetrail.engines.settings import EngineSettings

_FILE = click.Path(path_type=Path)


def tap() -> None:
    """The program `tap-duetrail`: the command `duetrail singer` by the name that Singer expects."""
    from duetrail.cli.group import main

    sys.argv.insert(1, "singer")
    main(prog_name="tap-duetrail")


@click.command()
@click.argument("connection", required=False)
@click.option(
    "--config",
    "settings_file",
    type=_FILE,
    help="A JSON file of settings, as Meltano writes it, instead of CONNECTION; see --about.",
)
@click.option("--discover", is_flag=True, help="Print the catalog, and read nothing.")
@click.option("--about", is_flag=True, help="Print what there is to set, and read nothing.")
@click.option(
    "--catalog",
    "--properties",
    type=_FILE,
    help="The catalog, with what is selected; everything is if there is none.",
)
@click.option(
    "--state", type=_FILE, help="The last STATE; without it everything is told from the beginning."
)
@click.pass_context
def singer(
    ctx: click.Context,
    connection: str | None,
    settings_file: Path | None,
    discover: bool,
    about: bool,
    catalog: Path | None,
    state: Path | None,
) -> None:
    """Sync CONNECTION, then tell a Singer target what has changed since the last STATE.

    Messages go to stdout, everything else to stderr. What was set aside is told there, and is no
    failure; see docs/engines.md.
    """
    from duetrail.engines import replication
    from duetrail.engines import singer as engine

    with messages_alone() as write:
        if about:
            write(engine.about())
            return
        given = _settings(ctx.obj, connection, settings_file)
        with given.project as project:
            tables = replication.tables_of(project, given.connection)
            if discover:
                write(engine.catalog(tables))
                return
            selected = engine.selection(json_of(catalog, "catalog"), tables)
            bookmarks = engine.state_of(json_of(state, "state"), given.connection)
            replication.refuse_other_store(project, bookmarks)
            summary = project.sync(given.connection)
            write_summary(summary)
            changed = replication.Replication(project, given.connection).changed
            for message in engine.messages(changed, selected, bookmarks):
                write(message)
    # What was set aside is told, but whoever runs a tap knows only success and failure.
    ctx.exit(0 if summary.exit_code == 3 else summary.exit_code)


def _settings(options: Settings, connection: str | None, file: Path | None) -> EngineSettings:
    from duetrail.engines.settings import EngineSettings, settings_of

    if file is not None and connection is None:
        return settings_of(json_of(file, "file of settings"), Path())
    if connection is None or file is not None:
        raise UsageError(
            "which connection? Name one, or give a file of settings",
            hint="duetrail singer NAME, or tap-duetrail --config FILE.",
        )
    return EngineSettings(connection, options.project())
