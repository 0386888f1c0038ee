"""`duetrail airbyte`: the four commands of Airbyte's protocol."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from duetrail.cli.messages import Write, json_of, messages_alone
from duetrail.cli.output import print_error
from duetrail.cli.summary import write_summary
from duetrail.errors import DuetrailError, FetchError

if TYPE_CHECKING:
    from duetrail.engines.settings import EngineSettings
    from duetrail.pipeline import Summary

_FILE = click.Path(path_type=Path)
_config = click.option(
    "--config", "settings_file", type=_FILE, required=True, help="A JSON file of what `spec` asks."
)


@click.group()
def airbyte() -> None:
    """Speak Airbyte's protocol: each answer is a line of JSON on stdout; see docs/engines.md."""


def _messages(command: Callable[..., int]) -> Callable[..., None]:
    """A command that writes messages and gives its exit code; an error is a message, too."""

    @click.pass_context
    @wraps(command)
    def run(ctx: click.Context, /, **given: Any) -> None:
        with messages_alone() as write:
            try:
                code = command(write, **given)
            except DuetrailError as error:
                from duetrail.engines.airbyte import error_message

                print_error(error)
                write(error_message(error))
                code = 1
        ctx.exit(code)

    return run


@airbyte.command()
@_messages
def spec(write: Write) -> int:
    """Print what there is to set, secrets marked."""
    from duetrail.engines import airbyte as engine

    write(engine.spec())
    return 0


@airbyte.command()
@_config
@_messages
def check(write: Write, settings_file: Path) -> int:
    """Ask for one page of each resource: reached? allowed? Nothing is written."""
    from duetrail.engines import airbyte as engine

    try:
        given = _settings(settings_file)
        with given.project as project:
            write(engine.connection_status(project.check(given.connection)))
    except DuetrailError as error:
        write(engine.failed_status(error))
    return 0


@airbyte.command()
@_config
@_messages
def discover(write: Write, settings_file: Path) -> int:
    """Print the streams: a record table each."""
    from duetrail.engines import airbyte as engine
    from duetrail.engines.replication import tables_of

    given = _settings(settings_file)
    write(engine.discovered(tables_of(given.project, given.connection)))
    return 0


@airbyte.command()
@_config
@click.option("--catalog", type=_FILE, required=True, help="The configured catalog.")
@click.option("--state", type=_FILE, help="The states of the streams; none to begin anew.")
@_messages
def read(write: Write, settings_file: Path, catalog: Path, state: Path | None) -> int:
    """Sync the connection, then print what has changed since the states."""
    from duetrail.engines import airbyte as engine
    from duetrail.engines import replication

    given = _settings(settings_file)
    with given.project as project:
        tables = replication.tables_of(project, given.connection)
        streams = engine.configured(json_of(catalog, "catalog"), tables)
        bookmarks = engine.state_of(json_of(state, "state"), given.connection)
        replication.refuse_other_store(project, bookmarks)
        summary = project.sync(given.connection)
        write_summary(summary)
        changed = replication.Replication(project, given.connection).changed
        failed = replication.failed_tables(project, given.connection, summary)
        for message in engine.read(changed, streams, bookmarks, failed):
            write(message)
    if summary.exit_code in (0, 3):
        return 0
    write(engine.error_message(_failure(summary)))
    return summary.exit_code


def _settings(file: Path) -> EngineSettings:
    from duetrail.engines.settings import settings_of

    return settings_of(json_of(file, "file of settings"), Path())


def _failure(summary: Summary) -> FetchError:
    """The problems of a sync that failed, as one error."""
    problems = [
        f"{one.name}: {problem.message}"
        for one in summary.resources
        for problem in one.problems
        if problem.kind == "failed"
    ]
    return FetchError("; ".join(problems) or "the sync failed")
