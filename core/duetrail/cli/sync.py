"""`duetrail sync`."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from duetrail.cli import windows
from duetrail.cli.forecast import plan
from duetrail.cli.group import close_streams
from duetrail.cli.memory import return_large_blocks
from duetrail.cli.output import (
    json_option,
    print_error,
    quiet_option,
    stdout_to_stderr,
    workers_option,
    write_json,
)
from duetrail.cli.settings import Settings
from duetrail.cli.summary import write_summary, write_troubles
from duetrail.secrets import error_facts
from duetrail.signals import deferred

if TYPE_CHECKING:
    from duetrail.errors import DuetrailError
    from duetrail.pipeline import Summary


class Since(click.ParamType[datetime]):
    """A day, which begins at midnight UTC, or a time with its offset."""

    name = "date"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The time meant, aware."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date: write 2026-11-20 or 2026-11-20T08:00:00Z", param, ctx)
        if moment.tzinfo is None and len(value) > len("2026-11-20"):
            self.fail(f"{value!r} has no zone: end it with Z, or with +01:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Days(click.ParamType[int | str]):
    """A number of days, `all` or `none`."""

    name = "days"

    def convert(
        self, value: int | str, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        """The number, or the word."""
        text = str(value)
        if text in {"all", "none"}:
            return text
        if not text.isdecimal():
            self.fail(f"{value!r} is neither a number of days nor all or none", param, ctx)
        return int(text)


@click.command()
@click.argument("connections", nargs=-1)
@click.option(
    "--select",
    multiple=True,
    metavar="NAMES",
    help="Only these resources or record tables, separated by commas.",
)
@click.option(
    "--full", is_flag=True, help="Read everything again, not only what is new since the last run."
)
@click.option(
    "--since",
    type=Since(),
    help="Only what happened from this day or time on, where a vendor can be asked so.",
)
@click.option(
    "--until",
    type=Since(),
    help="Only what happened before this day or time, where a vendor can be asked so.",
)
@click.option(
    "--window",
    metavar="NAME",
    help="Both by a name: 2026, 2026-Q3, 2026-09, 2026-W36, 2026-09-14, last-month, this-week.",
)
@click.option(
    "--step",
    type=click.Choice(["day", "week", "month", "quarter", "year"]),
    help="Read that time in windows as long as this, each as a sync of its own; the same command "
    "goes on where it was interrupted.",
)
@click.option(
    "--plan",
    "as_plan",
    is_flag=True,
    help="Only say what would be asked, and how many requests that takes.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="ITEMS",
    help="Stop each resource after so many items; pages are kept whole.",
)
@workers_option
@click.option(
    "--keep-pages",
    type=Days(),
    metavar="DAYS|all|none",
    help="How long to keep the vendors' answers once their records are written.",
)
@click.option(
    "--accept-absences",
    is_flag=True,
    help="Mark as absent what a complete reading misses, however much; see `mass_loss_share`.",
)
@click.option(
    "--accept-account",
    is_flag=True,
    help="Go on although a connection has another plugin, base_url, account or credential than "
    "its data in the store: it is the same account.",
)
@click.option(
    "--shard",
    metavar="I/N",
    help="Read only the Ith of N parts, from 1; other processes, on any machines, read the others "
    "into the same PostgreSQL store.",
)
@click.option(
    "--sync-id",
    default="",
    metavar="TEXT",
    help="With --shard: what all shards of this sync have in common, and no other sync has.",
)
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="A line on stderr for each request: method, address without its query, status, bytes and "
    "milliseconds; and for each wait of a second or longer.",
)
@quiet_option
@json_option
@click.pass_context
def sync(
    ctx: click.Context,
    connections: tuple[str, ...],
    select: tuple[str, ...],
    full: bool,
    since: datetime | None,
    until: datetime | None,
    window: str | None,
    step: str | None,
    as_plan: bool,
    limit: int | None,
    workers: int,
    keep_pages: int | str | None,
    accept_account: bool,
    accept_absences: bool,
    shard: str | None,
    sync_id: str,
    verbose: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Bring CONNECTIONS (all of them if none is named) into the store."""
    from duetrail.cli.progress import following
    from duetrail.pipeline import Halted, summary_of

    settings: Settings = ctx.obj
    error: DuetrailError | None = None
    if verbose and quiet:
        raise click.UsageError("--verbose and --quiet exclude each other")
    since, until = windows.bounds(since, until, window)
    names = [name.strip() for part in select for name in part.split(",") if name.strip()]
    if as_plan:
        if step is not None:
            raise click.UsageError("--plan is of one sync: give it a --window, and no --step")
        plan(settings, connections, names, full, since, until, as_json)
        return
    return_large_blocks()
    if step is not None:
        others = (full, limit, keep_pages, accept_account, accept_absences, shard, sync_id)
        stretch = windows.stretch(since, until, others)
        tell = None if as_json else write_troubles
        shows = following(verbose, quiet)
        ctx.exit(
            windows.backfill(settings, connections, names, *stretch, step, workers, tell, shows)
        )
    try:
        shows = following(verbose, quiet)
        with stdout_to_stderr(), shows as follower, settings.project() as project:
            summary = project.sync(
                *connections,
                select=names,
                full=full,
                since=since,
                until=until,
                limit=limit,
                workers=workers,
                keep_pages=keep_pages,
                accept_account=accept_account,
                accept_absences=accept_absences,
                shard=shard,
                sync_id=sync_id,
                observer=follower.observer,
            )
    except Halted as halted:
        summary, error = halted.summary, halted.error
    except KeyboardInterrupt as stop:
        told = summary_of(stop)
        if told is None:
            raise
        summary = told
    try:
        with suppress(KeyboardInterrupt), deferred():  # a summary is printed whole
            _tell(summary, error, as_json)
            if sys.stdout is not None:  # it may be closed
                sys.stdout.flush()
    except OSError:
        if summary.state != "interrupted":
            raise
        close_streams()
    ctx.exit(summary.exit_code)


def _tell(summary: Summary, error: DuetrailError | None, as_json: bool) -> None:
    if as_json:
        facts = {"error": error_facts(error)} if error else {}
        write_json({**summary.as_dict(), **facts})
    else:
        write_summary(summary)
    if error:
        print_error(error)
