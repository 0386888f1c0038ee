"""`duetrail report`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from duetrail.errors import UsageError


@click.command()
@click.option(
    "--on", "day", metavar="DAY", help="The day to look at, such as 2026-06-30; or today."
)
@click.option(
    "--as-of",
    metavar="DAY",
    help="Take records as they were known at the end of this day; needs history.",
)
@click.option(
    "--connection", "connections", multiple=True, help="Only this connection; repeatable."
)
@click.option(
    "--without-people", is_flag=True, help="Leave out names, addresses and what people wrote."
)
@click.option("--all", "whole", is_flag=True, help="Old invoices and long texts, too.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="report.html",
    show_default=True,
    help="The file to write.",
)
@click.pass_context
def report(
    ctx: click.Context,
    day: str | None,
    as_of: str | None,
    connections: tuple[str, ...],
    without_people: bool,
    whole: bool,
    out: Path,
) -> None:
    """Write what is owed, what was done about it and whom to call as one page of HTML."""
    from duetrail_report.writing import write_report

    options: dict[str, Any] = {
        "as_of": _day(as_of) if as_of else None,
        "connections": connections,
        "with_people": not without_people,
        "whole": whole,
    }
    on = _day(_given(day or as_of))
    with ctx.obj.project() as project:
        try:
            size = write_report(project, out, on, **options)
        except OSError as error:
            raise UsageError(
                f"{out} cannot be written: {error.strerror}", hint="Give another file by --out."
            ) from error
    click.echo(f"Wrote {out} ({size / 1e6:.1f} MB). It opens in a browser, and asks for nothing.")


def _given(day: str | None) -> str:
    if day is None:
        raise UsageError(
            "a report needs the day to look at", hint="Give --on 2026-06-30, or --on today."
        )
    return day


def _day(text: str) -> date:
    if text == "today":
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day", hint="Write it as 2026-06-30, or today.") from None
