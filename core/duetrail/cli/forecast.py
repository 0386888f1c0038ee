"""What `duetrail sync --plan` says it would ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click
from msgspec import structs

from duetrail.cli.output import stdout_to_stderr, write_json, write_table
from duetrail.cli.settings import Settings


def plan(
    settings: Settings,
    connections: Sequence[str],
    names: Sequence[str],
    full: bool,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
) -> None:
    """Print what a sync would ask; for the arguments see `duetrail.project.Project.forecast`."""
    with stdout_to_stderr(), settings.project() as project:
        found = project.forecast(*connections, select=names, full=full, since=since, until=until)
    if as_json:
        write_json([structs.asdict(one) for one in found])
        return
    rows = [
        (
            f"{one.connection}.{one.resource}",
            one.asks,
            "?" if one.requests is None else one.requests,
            one.basis,
        )
        for one in found
    ]
    write_table(("resource", "asks", "requests", "number"), rows)
    known = [one.requests for one in found if one.requests is not None]
    is_open = len(known) < len(found) or any(one.basis == "at least" for one in found)
    words = f"at least {sum(known):,}" if is_open else f"{sum(known):,}"
    click.echo(f"\nRequests: {words}. Nothing was asked.")
