"""The summary of a run, for people: a row for each resource, then what is not as usual."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from duetrail.cli.output import write_table
from duetrail.cli.troubles import write_troubles

if TYPE_CHECKING:
    from duetrail.pipeline import Summary
    from duetrail.pipeline.summary import ShardSummary

__all__ = ["write_summary", "write_troubles"]


def write_summary(summary: Summary) -> None:
    """Print the summary of a run: a row for each resource, then what went wrong."""
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
