"""`duetrail status`."""

from __future__ import annotations

from typing import Any

import click

from duetrail.cli.output import json_option, safe, write_json, write_table
from duetrail.cli.settings import Settings
from duetrail.cli.troubles import without_long_query


@click.command()
@click.option("--digest", "with_digest", is_flag=True, help="Also a number for the whole content.")
@click.option(
    "--problems", "with_problems", is_flag=True, help="Also all that went wrong in the last run."
)
@click.option(
    "--checks", "with_checks", is_flag=True, help="Also where a vendor's own numbers disagree."
)
@json_option
@click.pass_context
def status(
    ctx: click.Context, with_digest: bool, with_problems: bool, with_checks: bool, as_json: bool
) -> None:
    """Show the last run, how much is stored, and what was set aside."""
    settings: Settings = ctx.obj
    with settings.project() as project:
        answer = project.status(with_digest=with_digest, with_checks=with_checks)
    if as_json:
        write_json(answer)
    else:
        _write(answer)
        if with_problems:
            _write_problems(answer["last_run"])


def _write_problems(run: dict[str, Any] | None) -> None:
    """All notices and problems of the last run, one by one, as far as they are noted."""
    entries = ((run and run["summary"]) or {}).get("resources", ())
    click.echo("\nlast run, one by one:")
    is_well = True
    for entry in entries:
        name = f"{entry['connection']}.{entry['resource']}".rstrip(".")
        lines = [f"{name}: {notice}" for notice in entry["notices"]]
        for problem in entry["problems"]:
            what = f"{problem['kind']} {problem['shard']}".rstrip()
            lines.append(f"{name}: {what}: {problem['message']}")
            lines += [f"  {problem['hint']}"] if problem["hint"] else []
        if more := entry["problem_count"] - len(entry["problems"]):
            lines.append(f"{name}: and {more:,} more, which are only counted")
        is_well = is_well and not lines
        for line in lines:
            click.echo(safe(line))
    for warning in ((run and run["summary"]) or {}).get("warnings", ()):
        is_well = False
        click.echo(safe(f"Warning: {warning}"))
    if is_well:
        click.echo("nothing to tell")


def _write_last(summary: dict[str, Any] | None) -> None:
    """What of the last run was not as it should be, a line a resource, and what rules linked."""
    for entry in summary["resources"] if summary else ():
        words = [entry["state"]] if entry["state"] != "complete" else []
        if entry["unknown_keys"]:
            words.append(f"{entry['unknown_keys']:,} keys the vendor does not know")
        if words:
            name = f"{entry['connection']}.{entry['resource']}".rstrip(".")
            problem = entry["problems"][0]["message"] if entry["problems"] else ""
            problem = without_long_query(problem)
            click.echo(safe(f"          {name}: {', '.join(words)}; {problem}".rstrip("; ")))
    # A run of an older version knew no such rules.
    for rule in summary.get("touch_rules", ()) if summary else ():
        told = f"{rule['linked']:,} touches linked, {rule['ambiguous']:,} ambiguous"
        click.echo(safe(f"          rule “{rule['name']}”: {told}"))


def _write(answer: dict[str, Any]) -> None:
    run = answer["last_run"]
    click.echo(f"store     {answer['store']}")
    if run:
        unended = "not yet ended" if run["state"] == "running" else "an unknown time"
        ended = _second(run["ended_at"]) if run["ended_at"] else unended
        times = f"{_second(run['started_at'])} to {ended}"
        code = f", exit code {run['summary']['exit_code']}" if run["summary"] else ""
        click.echo(f"last run  {run['run']}, {run['state']}, {times}{code}")
    else:
        click.echo("last run  none")
    shown = "; `duetrail rejects list --reasons` shows why" if answer["rejects"] else ""
    click.echo(f"rejects   {answer['rejects']:,}{shown}")
    _write_last(run["summary"] if run else None)
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
