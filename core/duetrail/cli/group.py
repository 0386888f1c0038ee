"""The `duetrail` command: its options, its commands and those of plugins, and its exit codes."""

from __future__ import annotations

import atexit
import gc
import io
import os
import signal
import sys
from contextlib import suppress
from errno import ENOENT
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click

from duetrail.errors import DuetrailError, UsageError
from duetrail.garbage import collect_seldom
from duetrail.installed import EntryPoint, commands
from duetrail.signals import exit_code, handled, name_of, number_of

# Where each command is, and what `duetrail --help` says of it: then no command is imported.
BUILT_IN = {
    "airbyte": (
        "duetrail.cli.airbyte:airbyte",
        "Speak Airbyte's protocol: each answer is a line of JSON on...",
    ),
    "auth": (
        "duetrail.cli.auth:auth",
        "Have somebody agree to what CONNECTION reads (OAuth2): in a...",
    ),
    "changes": (
        "duetrail.cli.changes:changes",
        "Print what changed after a run, as JSON lines: for whoever...",
    ),
    "check": (
        "duetrail.cli.check:check",
        "Ask CONNECTIONS for one page of each resource: reached?...",
    ),
    "drift": (
        "duetrail.cli.drift:drift",
        "Show where what vendors send is not what the plugins of...",
    ),
    "erase": (
        "duetrail.cli.erase:erase",
        "Strike a person out of everything stored, and keep them out...",
    ),
    "explain": (
        "duetrail.cli.explain:explain",
        "Show where the FIELD of a RECORD came from: request, page,...",
    ),
    "export": (
        "duetrail.cli.export:export",
        "Write the tables to Parquet, DuckDB, JSON lines or CSV: all...",
    ),
    "history": (
        "duetrail.cli.history:history",
        "Keep what records were, so that metrics can be asked as of a...",
    ),
    "init": (
        "duetrail.cli.init:init",
        "Write a configuration, or add a connection to it, by...",
    ),
    "metrics": (
        "duetrail.cli.metrics:metrics",
        "Show the metric NAME as of a day, such as ar_ageing; without...",
    ),
    "new": (
        "duetrail.cli.new:new",
        "Make a plugin for the vendor NAME, with docs, tests and a...",
    ),
    "plugins": (
        "duetrail.cli.plugins:plugins",
        "List the installed plugins: version, contract, state, import...",
    ),
    "record": (
        "duetrail.cli.record:record",
        "Record a limited sync of CONNECTION as a cassette, for tests...",
    ),
    "rejects": (
        "duetrail.cli.rejects:rejects",
        "Look at the items that could not be mapped and were set aside.",
    ),
    "remap": (
        "duetrail.cli.remap:remap",
        "Map the kept pages of CONNECTIONS again, without a request:...",
    ),
    "schema": (
        "duetrail.cli.schema:schema",
        "Print the tables of a store, or the records, as a schema.",
    ),
    "singer": (
        "duetrail.cli.singer:singer",
        "Sync CONNECTION, then tell a Singer target what has changed...",
    ),
    "spark": (
        "duetrail.cli.spark:spark",
        "Take Duetrail to Spark.",
    ),
    "status": (
        "duetrail.cli.status:status",
        "Show the last run, how much is stored, and what was set aside.",
    ),
    "sync": (
        "duetrail.cli.sync:sync",
        "Bring CONNECTIONS (all of them if none is named) into the store.",
    ),
    "timeline": (
        "duetrail.cli.timeline:timeline",
        "Show everything that happened on INVOICE: its number, id, ERP...",
    ),
}


class DuetrailGroup(click.Group):
    """Finds commands by name, in Duetrail and in plugins, and imports only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, without importing a plugin."""
        return sorted({*BUILT_IN, *_added()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported."""
        if cmd_name in BUILT_IN:
            return _import(BUILT_IN[cmd_name][0])
        point = _added().get(cmd_name)
        return _of_plugin(cmd_name, point) if point else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List built-in commands with their help, plugins' commands with where they come from."""
        rows = [(name, help) for name, (_, help) in BUILT_IN.items()]
        rows += [(name, f"(from {point.distribution})") for name, point in _added().items()]
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows))

    def main(self, *args: Any, **more: Any) -> Any:
        """Run the program; an answer that cannot be written is told on stderr."""
        collect_seldom()
        atexit.register(gc.freeze)  # and not at its end: the system takes everything back
        _replace_what_cannot_be_shown()
        try:
            with handled(is_program=not args and more.get("args") is None):
                return super().main(*args, **more)
        except OSError as error:
            if error.filename is not None:  # not the answer, but a file by its name
                raise
            is_temporary = error.errno == ENOENT  # what `tempfile` says where it finds no folder
            what = (
                "no folder for temporary files" if is_temporary else "the answer cannot be written"
            )
            if not is_temporary:
                _close(sys.stdout)
            try:
                click.echo(f"Error: {what}: {error.strerror}", err=True)
            except OSError:
                _close(sys.stderr)
            sys.exit(1)

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """Read the command line; an interrupt in the middle of that is answered alike."""
        try:
            return super().make_context(*args, **more)
        except KeyboardInterrupt as stop:
            _print_error(Stop(number_of(stop)))
            sys.exit(exit_code(number_of(stop)))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of ours becomes text and an exit code."""
        try:
            return super().invoke(ctx)
        except DuetrailError as error:
            _fail(ctx, error)
        except UnicodeEncodeError:
            if not any(map(_is_no_text, ctx.meta["duetrail.words"])):
                raise
            _fail(
                ctx,
                UsageError(
                    "a word of the command is not UTF-8 text",
                    hint="Type it again, in a terminal that is set to UTF-8.",
                ),
            )
        except KeyboardInterrupt as stop:
            _stop(ctx, number_of(stop))
        except click.Abort as abort:
            # So click says it where a question is interrupted.
            if isinstance(abort.__context__, KeyboardInterrupt):
                _stop(ctx, number_of(abort.__context__))
            raise
        except click.UsageError as error:
            if "--json" in ctx.meta["duetrail.words"]:
                from duetrail.cli.output import write_json

                facts = {"type": "UsageError", "message": error.format_message(), "hint": ""}
                write_json({"error": facts, "exit_code": error.exit_code})
            raise

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words of the command: a mistake in them is told as `--json` asks, too."""
        ctx.meta["duetrail.words"] = tuple(args)
        return super().parse_args(ctx, args)


@click.group(cls=DuetrailGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="DUETRAIL_CONFIG",
    help="The configuration file. [default: duetrail.toml here]",
)
@click.option(
    "--store", help="A store URL instead of the configured one, such as sqlite:///duetrail.db."
)
@click.version_option(package_name="duetrail", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context, config: Path | None, store: str | None) -> None:
    """Collect every invoice, and every call, callout and email about it, into one store.

    Exit codes: 0 all is well; 1 something asked for failed; 2 the command or configuration is
    wrong; 3 done, but there are rejects, unknown keys or listings not proven complete; 130
    interrupted with Ctrl-C, 129 by SIGHUP, 143 by SIGTERM.
    """
    from duetrail.cli.settings import Settings

    ctx.obj = Settings(config, store)


def _added() -> dict[str, EntryPoint]:
    return {name: point for name, point in commands().items() if name not in BUILT_IN}


def _import(place: str) -> click.Command:
    from importlib import import_module

    module, _, name = place.partition(":")
    command: click.Command = getattr(import_module(module), name)
    return command


def _of_plugin(name: str, point: EntryPoint) -> click.Command:
    try:
        command: click.Command = point.load()
    except Exception as error:
        from duetrail.secrets import redact

        text = f"the command {name!r} does not import: {type(error).__name__}: {error}"
        raise click.ClickException(redact(text)) from error
    return command


class Stop(DuetrailError):
    """The user, or another program, interrupted the command.

    Args:
        number: The signal.
    """

    def __init__(self, number: int) -> None:
        by = "" if number == signal.SIGINT else f" by {name_of(number)}"
        super().__init__(f"interrupted{by}")
        self.exit_code = exit_code(number)


def _stop(ctx: click.Context, number: int) -> NoReturn:
    """End an interrupted command; its terminal may be gone already."""
    try:
        _fail(ctx, Stop(number))
    except OSError:
        close_streams()
        ctx.exit(exit_code(number))


def close_streams() -> None:
    """Write nothing more to a terminal that is gone."""
    _close(sys.stdout)
    _close(sys.stderr)


def _is_no_text(word: str) -> bool:
    """Whether a word holds bytes that are no UTF-8: Python hands them on as lone surrogates."""
    return any("\ud800" <= character <= "\udfff" for character in word)


def _close(stream: TextIO | None) -> None:
    """Let go of what could not be written; Python would try again at its end, and _print_error."""
    if stream is None:
        return
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _fail(ctx: click.Context, error: DuetrailError) -> NoReturn:
    from duetrail.cli.output import write_json
    from duetrail.cli.settings import Settings
    from duetrail.secrets import error_facts

    if isinstance(ctx.obj, Settings) and ctx.obj.json:
        write_json({"error": error_facts(error), "exit_code": error.exit_code})
    _print_error(error)
    ctx.exit(error.exit_code)


def _print_error(error: DuetrailError) -> None:
    from duetrail.cli.output import print_error  # what it imports takes longer than `--help`

    print_error(error)


def _replace_what_cannot_be_shown() -> None:
    """Have stdout and stderr escape a character that their encoding lacks.

    On Windows a redirected stream has an encoding of 256 characters.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
