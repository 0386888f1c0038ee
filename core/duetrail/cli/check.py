"""`duetrail check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from duetrail.cli.output import json_option, safe, stdout_to_stderr, write_json, write_table
from duetrail.cli.settings import Settings
from duetrail.cli.troubles import first_few

if TYPE_CHECKING:
    from duetrail.pipeline.checking import Finding


@click.command()
@click.argument("connections", nargs=-1)
@json_option
@click.pass_context
def check(ctx: click.Context, connections: tuple[str, ...], as_json: bool) -> None:
    """Ask CONNECTIONS for one page of each resource: reached? allowed? Nothing is written."""
    settings: Settings = ctx.obj
    with settings.project() as project, stdout_to_stderr():
        findings = project.check(*connections)
    if as_json:
        write_json(findings)
    else:
        _write(findings)
    ctx.exit(0 if all(f.state in {"allowed", "untried"} for f in findings) else 1)


def _write(findings: list[Finding]) -> None:
    rows = [(f"{f.connection}.{f.resource}".rstrip("."), f.state, f.message) for f in findings]
    write_table(("resource", "state", "seen"), rows)
    hints: dict[str, list[str]] = {}
    for (name, _, _), finding in zip(rows, findings, strict=True):
        if finding.hint:
            hints.setdefault(finding.hint, []).append(name)
    for hint, names in hints.items():
        click.echo(safe(f"{first_few(names)}: {hint}"), err=True)
