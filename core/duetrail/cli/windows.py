"""What `duetrail sync` does with stretches of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from duetrail.cli.output import stdout_to_stderr, write_json, write_table
from duetrail.cli.settings import Settings

if TYPE_CHECKING:
    from duetrail.cli.progress import Follower
    from duetrail.pipeline import Summary


def bounds(
    since: datetime | None, until: datetime | None, window: str | None
) -> tuple[datetime | None, datetime | None]:
    """From when on and up to when, by whichever options say it."""
    if window is None:
        return since, until
    if since is not None or until is not None:
        raise click.UsageError("--window says from when on and up to when, as --since and --until")
    from duetrail.pipeline.windows import window_of

    now = datetime.now(UTC)
    begin, end = window_of(window, now)
    return begin, min(end, now) if begin < now else end


def stretch(
    since: datetime | None, until: datetime | None, others: Sequence[object]
) -> tuple[datetime, datetime]:
    """The time that `--step` cuts into windows.

    Args:
        since: When it begins, if that was said.
        until: When it ends, if that was said.
        others: What else was said; nothing of it goes with `--step`.
    """
    if since is None or until is None:
        raise click.UsageError("--step needs --since and --until, or --window")
    if any(others):
        raise click.UsageError("beside --step there are only --select and --workers")
    return since, until


def backfill(
    settings: Settings,
    connections: Sequence[str],
    names: Sequence[str],
    since: datetime,
    until: datetime,
    step: str,
    workers: int,
    told: Callable[[Summary], object] | None,
    shows: AbstractContextManager[Follower],
) -> int:
    """Read window by window; the worst of their exit codes.

    Args:
        settings: The options of the group.
        connections: Which connections.
        names: Which resources or record tables.
        since: When the first window begins.
        until: When the last one ends.
        step: How long a window is.
        workers: How much is read at once.
        told: Prints what a window left out; None where all is answered as JSON.
        shows: Follows each window.
    """
    summaries = []
    with stdout_to_stderr(), shows as follower, settings.project() as project:
        found = project.backfill(
            *connections,
            since=since,
            until=until,
            step=step,
            select=names,
            workers=workers,
            observer=follower.observer,
        )
        for summary in found:
            summaries.append(summary)
            if told is not None:
                with follower.aside():
                    click.echo(f"{_day(summary.since)} to {_day(summary.until)}:", err=True)
                    told(summary)
    if told is None:
        write_json([summary.as_dict() for summary in summaries])
    else:
        rows = [
            (_day(one.since), _day(one.until), sum(r.requests for r in one.resources), one.written)
            for one in summaries
        ]
        write_table(("from", "up to", "requests", "rows written"), rows)
    codes = {summary.exit_code for summary in summaries}
    return next((code for code in (1, 3) if code in codes), 0)


def _day(at: str | None) -> str:
    return (at or "")[:10]
