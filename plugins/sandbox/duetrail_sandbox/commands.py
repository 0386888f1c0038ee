"""The command ``duetrail sandbox``."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

import click

from duetrail.cli.output import write_table
from duetrail.errors import UsageError
from duetrail.testing import FaultRule, SeenRequest
from duetrail.testing.faults import WORDS
from duetrail_sandbox.server import DEFAULT_VENDORS, Sandbox

__all__ = ["sandbox"]


_LIST = "list"


def _listed(ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> list[FaultRule]:
    """Read faults as they are written; or list the words for them, and end."""
    if _LIST in given:
        write_table(("fault", "what happens"), [(word, WORDS[word].name) for word in WORDS])
        ctx.exit()
    try:
        return [FaultRule.of(text) for text in given]
    except UsageError as error:
        raise click.BadParameter(f"{error.message}. {error.hint}") from error


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes a free one.",
)
@click.option(
    "--invoices",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="How many invoices the made-up company has.",
)
@click.option(
    "--seed", type=int, default=7, show_default=True, help="The same seed gives the same company."
)
@click.option(
    "--latency-ms",
    type=click.FloatRange(min=0),
    default=0,
    show_default=True,
    help="Delay of every answer, in milliseconds.",
)
@click.option(
    "--for-seconds",
    type=click.FloatRange(min=0),
    default=None,
    help="Stop after so many seconds; without it, serve until interrupted.",
)
@click.option(
    "--day",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="How many days the company has lived on from its first one.",
)
@click.option(
    "--bustle",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Let one more thing happen to the company after every so many requests; 0: never.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="FAULT[@PATH][:FIRST[xTIMES]]",
    callback=_listed,
    help="Let requests go wrong: of those in whose path or query the regular expression PATH is "
    "found, TIMES (1; or all) from the FIRST (1) on. May be repeated; `list` lists the faults.",
)
@click.option(
    "--vendors",
    default=",".join(DEFAULT_VENDORS),
    show_default=True,
    help="Which vendors base_urls, counts and config tell of; all of them are served.",
)
def sandbox(
    port: int,
    invoices: int,
    seed: int,
    latency_ms: float,
    for_seconds: float | None,
    day: int,
    bustle: int,
    faults: list[FaultRule],
    vendors: str,
) -> None:
    """Serve made-up Stuut, Credira, Exante and Yeti APIs on 127.0.0.1 until interrupted.

    Once ready it prints one line of JSON: base_urls, counts of what a complete sync finds,
    and the text of a duetrail.toml that reads from it.
    """
    names = [name.strip() for name in vendors.split(",") if name.strip()]
    try:
        stand_in = Sandbox(
            invoices,
            seed,
            latency_ms,
            port,
            vendors=names,
            day=day,
            bustle=bustle,
            strikes=faults,
            heard=_tell,
        )
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--vendors") from error
    # Listening for signals begins before anything is announced: whoever reads the line may
    # stop us at once.
    with _stopped_by_signals() as stop:
        _start(stand_in, port)
        try:
            _announce(stand_in)
            stop.wait(for_seconds)
        finally:
            stand_in.close()


def _tell(asked: SeenRequest) -> None:
    """Say which request gets a fault, for people."""
    if asked.fault:
        click.echo(f"{asked.fault}: {asked.method} {asked.target}", err=True)


def _start(stand_in: Sandbox, port: int) -> None:
    """Start, or say what is wrong with the port and what to do about it."""
    try:
        stand_in.start()
    except OSError as error:
        raise click.UsageError(
            f"cannot serve on 127.0.0.1 port {port}: {error.strerror or error}. "
            "Choose another --port, or leave it out to take a free one."
        ) from error


def _announce(stand_in: Sandbox) -> None:
    """Print the one line for programs, and a note for people."""
    facts = {"base_urls": stand_in.base_urls, "counts": stand_in.counts, "config": stand_in.config}
    click.echo(json.dumps(facts))
    click.echo("Serving made-up data only. Stop with Ctrl-C.", err=True)


@contextmanager
def _stopped_by_signals() -> Iterator[Event]:
    """Let SIGINT and SIGTERM set an event, so that the command ends quietly with code 0."""
    stop = Event()

    def heard(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
