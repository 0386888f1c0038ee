"""`duetrail sync`."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from duetrail.cli import windows
from duetrail.cli.group import close_streams
from duetrail.cli.memory import return_large_blocks
from duetrail.cli.output import (
    json_option,
    print_error,
    safe,
    stdout_to_stderr,
    workers_option,
    write_json,
    write_table,
)
from duetrail.cli.settings import Settings
from duetrail.secrets import error_facts
from duetrail.signals import deferred

if TYPE_CHECKING:
    from duetrail.errors import DuetrailError
    from duetrail.pipeline import Problem, Progress, ResourceSummary, Summary
    from duetrail.pipeline.summary import ShardSummary

# A part of an address that may be a key.
_PART = re.compile(r"[^/?&=\s]+")


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
    as_json: bool,
) -> None:
    """Bring CONNECTIONS (all of them if none is named) into the store."""
    from duetrail.pipeline import Halted, summary_of

    settings: Settings = ctx.obj
    error: DuetrailError | None = None
    since, until = windows.bounds(since, until, window)
    names = [name.strip() for part in select for name in part.split(",") if name.strip()]
    if as_plan:
        if step is not None:
            raise click.UsageError("--plan is of one sync: give it a --window, and no --step")
        windows.plan(settings, connections, names, full, since, until, as_json)
        return
    return_large_blocks()
    if step is not None:
        others = (full, limit, keep_pages, accept_account, accept_absences, shard, sync_id)
        stretch = windows.stretch(since, until, others)
        tell = None if as_json else write_troubles
        ctx.exit(windows.backfill(settings, connections, names, *stretch, step, workers, tell))
    try:
        with Line() as line, stdout_to_stderr(), settings.project() as project:
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
                observer=line,
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


def write_summary(summary: Summary) -> None:
    """Print what a run came to: a row a resource, then what went wrong."""
    if summary.shard is not None:
        _write_shard(summary.shard, summary.run)
    if summary.shard is None or summary.shard.earlier_exit_code is None:
        _write_run(summary)
    if summary.shard is not None and summary.shard.whole is not None:
        click.echo("\nThis shard was the last. The whole sync:")
        _write_run(summary.shard.whole)


def _write_shard(shard: ShardSummary, run: int) -> None:
    """Print which shard of a sync this is, and which are left."""
    name = f"Shard {shard.index} of {shard.of} of run {run}"
    if shard.earlier_exit_code is not None:
        click.echo(f"{name} was done already: nothing was asked.")
    else:
        click.echo(f"{name}.")
    if shard.open:
        left = ", ".join(map(str, shard.open))
        click.echo(f"The sync is not closed: still to be read are the shards {left}.")


def _write_run(summary: Summary) -> None:
    if summary.resumed_from:
        click.echo(f"Went on from run {summary.resumed_from}, which was interrupted.")
    if summary.state != "ended":
        click.echo(
            f"{summary.state.title()}: what stands below is kept, the next sync goes on from there."
        )
    headings = ("resource", "state", "requests", "items", "new or changed", "unchanged", "rejected")
    rows = [
        (
            r.name + (f" (feeds {r.feeds})" if r.feeds else ""),
            r.state,
            r.requests,
            r.items,
            r.mapped,
            r.unchanged,
            r.rejected,
        )
        for r in summary.resources
    ]
    write_table(headings, rows)
    written = {**summary.records, "links": summary.links, "rejects": summary.rejects}
    words = ", ".join(f"{count:,} {what}" for what, count in written.items() if count)
    states = {resource.state for resource in summary.resources}
    is_whole = summary.state == "ended" and states <= {"complete"}
    nothing = "nothing, all is as it was" if is_whole else "nothing"
    click.echo(f"\nWritten: {words or nothing}.")
    if summary.dropped_pages:
        click.echo(f"Dropped: {summary.dropped_pages:,} pages, as --keep-pages asks.")
    write_troubles(summary)


def write_troubles(summary: Summary) -> None:
    """Print what a run left out, noticed, and could not do."""
    for resource in summary.resources:
        name = resource.name
        for reason, count in resource.skipped.items():
            click.echo(f"{name}: left out {count:,}: {reason}.")
        for count, what in (
            (resource.without_key, "stored records hold no key to ask with"),
            (resource.empty_keys, "keys have nothing"),
            (resource.settled_keys, "keys are settled and were not asked again"),
            (resource.absent, "records are no longer listed"),
            (resource.present, "records are listed again"),
        ):
            if count:
                click.echo(f"{name}: {count:,} {what}.")
        for notice in resource.notices:
            click.echo(safe(f"{name}: {notice}"))
    for rule in summary.touch_rules:
        if rule.ambiguous:
            click.echo(
                safe(
                    f"Rule “{rule.name}”: {rule.linked:,} touches linked; {rule.ambiguous:,} may "
                    "belong to several invoices, and are linked to none."
                )
            )
    _write_problems(summary.resources)
    if summary.open_rejects:
        click.echo(f"Set aside: {summary.open_rejects:,} items that could not be mapped.", err=True)
    for warning in summary.warnings:
        click.echo(safe(f"Warning: {warning}"), err=True)


def _write_problems(resources: Sequence[ResourceSummary]) -> None:
    """What went wrong; one paragraph for all resources and keys with the same problem."""
    alike: dict[tuple[str, ...], list[tuple[ResourceSummary, Problem]]] = {}
    for resource in resources:
        for problem in resource.problems:
            # A vendor's message about an unknown key names that key.
            text = "" if problem.kind == "unknown key" else _of_any_key(problem)
            group = (resource.connection, problem.kind, text, problem.hint)
            alike.setdefault(group, []).append((resource, problem))
    for (_, kind, _, hint), found in alike.items():
        names = _names([resource for resource, _ in found])
        shards = ", ".join(dict.fromkeys(p.shard for _, p in found if p.shard not in {"", "all"}))
        text = found[0][1].message
        click.echo(safe(": ".join([names, f"{kind} {shards}".rstrip(), text])), err=True)
        if hint:
            click.echo(safe(f"  {hint}"), err=True)
    for resource in resources:
        if more := resource.problem_count - len(resource.problems):
            click.echo(f"{resource.name}: and {more:,} more like these.", err=True)


def _of_any_key(problem: Problem) -> str:
    """What a problem says, whichever key its address names."""
    if problem.shard in {"", "all"}:
        return problem.message
    keys = {problem.shard, quote(problem.shard, safe="")}
    return _PART.sub(lambda found: "KEY" if found[0] in keys else found[0], problem.message)


def _names(resources: Sequence[ResourceSummary]) -> str:
    """Resources of one connection: `acme.invoices, calls`."""
    first, *others = dict.fromkeys(resource.name for resource in resources)
    return ", ".join([first, *(name.partition(".")[2] for name in others)])


class Line:
    """A line on the terminal that follows the run; silent where stderr is no terminal."""

    def __init__(self) -> None:
        self._shown = False
        self._live = sys.stderr is not None and sys.stderr.isatty()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            with suppress(OSError):  # a terminal that is gone
                click.echo("\r\x1b[K", nl=False, err=True)

    def __call__(self, progress: Progress) -> None:
        """Show where the run is."""
        if not self._live:
            return
        self._shown = True
        place = f"{progress.connection}.{progress.resource}"
        with suppress(OSError):
            click.echo(
                f"\r\x1b[K{place}: {progress.items:,} items, {progress.shards:,} shards",
                nl=False,
                err=True,
            )
