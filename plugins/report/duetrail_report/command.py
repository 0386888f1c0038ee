"""`duetrail report`."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import click

from duetrail.errors import UsageError
from duetrail.signals import number_of


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
    "--connection", "connections", multiple=True, metavar="NAME", help="Only this one; repeatable."
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
@click.option(
    "--serve", is_flag=True, help="Write no file, but show the page in a browser on this machine."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="For --serve. [default: a free one]"
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
    serve: bool,
    port: int,
) -> None:
    """Write what is owed, what was done about it and whom to call as one page of HTML."""
    from duetrail.cli.days import day_of, known_day_of

    if (day := day or as_of) is None:
        raise UsageError(
            "a report needs the day to look at", hint="Give --on 2026-06-30, or --on today."
        )
    options: dict[str, Any] = {
        "as_of": known_day_of(as_of) if as_of else None,
        "connections": connections,
        "with_people": not without_people,
        "whole": whole,
    }
    on = day_of(day)
    if serve:
        _serve(ctx, day, options, port)
        return
    from duetrail_report.writing import write_report

    with ctx.obj.project() as project:
        try:
            size = write_report(project, out, on, **options)
        except OSError as error:
            raise UsageError(
                f"{out} cannot be written: {error.strerror}", hint="Give another file by --out."
            ) from error
    click.echo(f"Wrote {out} ({size / 1e6:.1f} MB). It opens in a browser, and asks for nothing.")


def _serve(ctx: click.Context, day: str, options: dict[str, Any], port: int) -> None:
    from duetrail_report.serving import ReportServer

    try:
        server = ReportServer(ctx.obj.project, day, options, port)
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be listened to: {error.strerror}", hint="Give another by --port."
        ) from error
    with server:
        click.echo(f"The report is at {server.url} until Ctrl-C is pressed.")
        try:
            server.serve_forever()
        except KeyboardInterrupt as stop:
            if number_of(stop) != signal.SIGINT:
                raise
