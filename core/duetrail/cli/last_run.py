"""The last run, as `duetrail status` tells of it; without a run there is an empty summary."""

from __future__ import annotations

from typing import Any

import click

from duetrail.cli.output import safe
from duetrail.cli.troubles import without_long_query


def write_problems(summary: dict[str, Any]) -> None:
    """Print all notices and problems of a run, one by one, as far as they are noted."""
    click.echo("\nlast run, one by one:")
    is_well = True
    for entry in summary.get("resources", ()):
        name = _name(entry)
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
    for warning in summary.get("warnings", ()):
        is_well = False
        click.echo(safe(f"Warning: {warning}"))
    if is_well:
        click.echo("nothing to tell")


def write_brief(summary: dict[str, Any]) -> None:
    """Print what of a run was not as it should be, a line a resource, and what rules linked."""
    for entry in summary.get("resources", ()):
        words = [entry["state"]] if entry["state"] != "complete" else []
        if entry["unknown_keys"]:
            words.append(f"{entry['unknown_keys']:,} keys the vendor does not know")
        if words:
            problem = entry["problems"][0]["message"] if entry["problems"] else ""
            told = f"{', '.join(words)}; {without_long_query(problem)}"
            click.echo(safe(f"          {_name(entry)}: {told}".rstrip("; ")))
    # A run of an older version knew no such rules.
    for rule in summary.get("touch_rules", ()):
        told = f"{rule['linked']:,} touches linked, {rule['ambiguous']:,} ambiguous"
        click.echo(safe(f"          rule “{rule['name']}”: {told}"))


def _name(entry: dict[str, Any]) -> str:
    return f"{entry['connection']}.{entry['resource']}".rstrip(".")
