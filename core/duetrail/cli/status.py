"""`duetrail status`."""

from __future__ import annotations

from typing import Any

import click

from duetrail.cli.last_run import write_brief, write_problems
from duetrail.cli.output import json_option, write_json, write_table
from duetrail.cli.settings import Settings


@click.command()
@click.option("--digest", "with_digest", is_flag=True, help="Also a number for the whole content.")
@click.option(
    "--problems", "with_problems", is_flag=True, help="Also all that went wrong in the last run."
)
@click.option(
    "--checks", "with_checks", is_flag=True, help="Also where a vendor's own numbers disagree."
)
@json_option
@click.pass_obj
def status(
    settings: Settings, with_digest: bool, with_problems: bool, with_checks: bool, as_json: bool
) -> None:
    """Show the last run, how much is stored, and what was set aside."""
    with settings.project() as project:
        answer = project.status(with_digest=with_digest, with_checks=with_checks)
    if as_json:
        write_json(answer)
    else:
        summary = (answer["last_run"] or {}).get("summary") or {}
        _write(answer, summary)
        if with_problems:
            write_problems(summary)


def _write(answer: dict[str, Any], summary: dict[str, Any]) -> None:
    run = answer["last_run"]
    click.echo(f"store     {answer['store']}")
    if run:
        unended = "not yet ended" if run["state"] == "running" else "an unknown time"
        ended = _second(run["ended_at"]) if run["ended_at"] else unended
        times = f"{_second(run['started_at'])} to {ended}"
        code = f", exit code {summary['exit_code']}" if summary else ""
        click.echo(f"last run  {run['run']}, {run['state']}, {times}{code}")
    else:
        click.echo("last run  none")
    shown = "; `duetrail rejects list --reasons` shows why" if answer["rejects"] else ""
    click.echo(f"rejects   {answer['rejects']:,}{shown}")
    write_brief(summary)
    if "digest" in answer:
        click.echo(f"digest    {answer['digest']}")
    click.echo()
    _write_counts(answer["counts"], answer["absent"])
    _write_checks(answer.get("checks"))


def _second(at: str) -> str:
    """A time as the store writes times, to the second."""
    return f"{at[:19]}Z"


def _write_counts(counts: dict[str, dict[str, int]], absent: dict[str, dict[str, int]]) -> None:
    places = [(connection, table) for connection, tables in counts.items() for table in tables]
    places += [(c, t) for c, tables in absent.items() for t in tables if (c, t) not in places]
    rows = [
        (c, t, counts.get(c, {}).get(t, 0), absent.get(c, {}).get(t, 0)) for c, t in sorted(places)
    ]
    if absent:
        write_table(("connection", "records", "count", "no longer listed"), rows)
    else:
        write_table(("connection", "records", "count"), [row[:3] for row in rows])


def _write_checks(found: list[dict[str, str]] | None) -> None:
    if found is None:
        return
    click.echo()
    if not found:
        click.echo("All of the vendors' own numbers agree.")
        return
    write_table(
        ("connection", "invoice", "check", "says", "found"), [tuple(row.values()) for row in found]
    )
