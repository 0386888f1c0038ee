"""The command ``duetrail sandbox``."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing, suppress
from threading import Event
from typing import Any

import click

from duetrail.cli.output import write_table
from duetrail.errors import UsageError
from duetrail.signals import Signalled, handled
from duetrail.testing import FaultRule, SeenRequest
from duetrail.testing.faults import WORDS
from duetrail_sandbox.server import DEFAULT_VENDORS, Sandbox


def _faults(ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> list[FaultRule]:
    """Read faults as they are written; or list the words for them, and end."""
    if "list" in given:
        write_table(("fault", "what happens"), [(word, WORDS[word].name) for word in WORDS])
        ctx.exit()
    try:
        return [FaultRule.of(text) for text in given]
    except UsageError as error:
        raise click.BadParameter(f"{error.message}. {error.hint}") from error


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def option(name: str, type: Any, default: Any, help: str) -> Decorator:
    """An option that shows its default."""
    return click.option(name, type=type, default=default, show_default=True, help=help)


_COUNT = click.IntRange(min=0)
_DURATION = click.FloatRange(min=0)
_PORT = "Port on 127.0.0.1; 0 takes a free one."
_BUSTLE = "Let one more thing happen to the company after every so many requests; 0: never."
_VENDORS = "Which vendors base_urls, counts and config tell of; all of them are served."


@click.command()
@option("--port", click.IntRange(0, 65535), 0, _PORT)
@option("--invoices", _COUNT, 200, "How many invoices the made-up company has.")
@option("--seed", int, 7, "The same seed gives the same company.")
@option("--latency-ms", _DURATION, 0, "Delay of every answer, in milliseconds.")
@click.option(
    "--for-seconds",
    type=_DURATION,
    help="Stop after so many seconds; without it, serve until interrupted.",
)
@option("--day", _COUNT, 0, "How many days the company has lived on from its first one.")
@option("--bustle", _COUNT, 0, _BUSTLE)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="FAULT[@PATH][:FIRST[xTIMES]]",
    callback=_faults,
    help="Let requests go wrong: of those in whose path or query the regular expression PATH is "
    "found, TIMES (1; or all) from the FIRST (1) on. May be repeated; `list` lists the faults.",
)
@option("--vendors", str, ",".join(DEFAULT_VENDORS), _VENDORS)
def sandbox(for_seconds: float | None, vendors: str, **how: Any) -> None:
    """Serve made-up Stuut, Credira, Exante and Yeti APIs on 127.0.0.1 until interrupted.

    Once ready it prints one line of JSON: base_urls, counts of what a complete sync finds,
    and the text of a duetrail.toml that reads from it.
    """
    names = [name.strip() for name in vendors.split(",") if name.strip()]
    try:
        stand_in = Sandbox(vendors=names, heard=_tell, **how)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--vendors") from error
    # A signal that asks the command to end is heard before anything is announced: whoever reads
    # the line may stop us at once.
    with suppress(Signalled), handled(), closing(stand_in):
        try:
            stand_in.start()
        except OSError as error:
            raise click.UsageError(
                f"cannot serve on 127.0.0.1 port {how['port']}: {error.strerror or error}. "
                "Choose another --port, or leave it out to take a free one."
            ) from error
        facts = {name: getattr(stand_in, name) for name in ("base_urls", "counts", "config")}
        click.echo(json.dumps(facts))
        click.echo("Serving made-up data only. Stop with Ctrl-C.", err=True)
        Event().wait(for_seconds)


def _tell(asked: SeenRequest) -> None:
    """Say which request gets a fault, for people."""
    if asked.fault:
        click.echo(f"{asked.fault}: {asked.method} {asked.target}", err=True)
