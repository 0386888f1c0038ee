"""`duetrail rejects`: the queue of items that could not be mapped (dead letters)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click
import msgspec

from duetrail.cli.output import (
    json_option,
    one_line,
    quiet_option,
    safe,
    stdout_to_stderr,
    write_json,
    write_table,
)
from duetrail.cli.settings import Settings

if TYPE_CHECKING:
    from duetrail.stores import StoredReject


@click.group()
def rejects() -> None:
    """Look at the items that could not be mapped and were set aside."""


@rejects.command("list")
@click.argument("connection", required=False)
@click.option("--reasons", is_flag=True, help="Only how many there are for each reason.")
@json_option
@click.pass_obj
def list_(settings: Settings, connection: str | None, reasons: bool, as_json: bool) -> None:
    """List the open rejects, of one CONNECTION or of all."""
    with settings.project() as project:
        found = project.rejects(connection)
    if as_json:
        write_json(_by_reason(found) if reasons else [_brief(reject) for reject in found])
    elif not found:
        click.echo("Nothing is set aside.")
    elif reasons:
        headings = ("count", "resource", "shape", "where", "why", "such as")
        write_table(headings, [tuple(row.values()) for row in _by_reason(found)])
    else:
        rows = [
            (r.number, f"{r.connection}.{r.resource}", r.shape, r.item or "no id", r.reason)
            for r in found
        ]
        write_table(("number", "resource", "shape", "item", "why"), rows)


@rejects.command()
@click.argument("number")
@json_option
@click.pass_obj
def show(settings: Settings, number: str, as_json: bool) -> None:
    """Show the reject NUMBER whole: the item as received, where it stood, and what is wrong."""
    with settings.project() as project:
        reject = project.reject(number)
        answer = {**_brief(reject), "url": project.bare_store.page(reject.page).url}
    if as_json:
        write_json({**answer, "raw": reject.raw})
        return
    for name, value in answer.items():
        click.echo(f"{name.replace('_', ' '):10}  {one_line(str(value))}")
    click.echo("\n" + safe(msgspec.json.format(reject.raw, indent=2)))


@rejects.command()
@click.argument("numbers", nargs=-1)
@quiet_option
@json_option
@click.pass_context
def replay(ctx: click.Context, numbers: tuple[str, ...], quiet: bool, as_json: bool) -> None:
    """Map the rejects NUMBERS again, or all of them, without a request: after a fix."""
    from duetrail.cli.progress import MAPPING, showing
    from duetrail.cli.summary import write_summary

    settings: Settings = ctx.obj
    shows = showing(MAPPING, quiet=quiet)
    with stdout_to_stderr(), shows as follower, settings.project() as project:
        summary = project.replay(*numbers, observer=follower.observer)
    if as_json:
        write_json(summary.as_dict())
    else:
        write_summary(summary)
    ctx.exit(summary.exit_code)


@rejects.command()
@click.argument("numbers", nargs=-1, required=True)
@json_option
@click.pass_obj
def drop(settings: Settings, numbers: tuple[str, ...], as_json: bool) -> None:
    """Let go of the rejects NUMBERS for good; the vendor may still send them again."""
    with settings.project() as project:
        dropped = project.drop_rejects(*numbers)
    if as_json:
        write_json([_brief(reject) for reject in dropped])
        return
    for reject in dropped:
        click.echo(one_line(f"Dropped {reject.number}: {reject.reason}"))


def _by_reason(found: Iterable[StoredReject]) -> list[dict[str, Any]]:
    """How many rejects are alike, the most first, with the number of one of them."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for one in found:
        kind = (f"{one.connection}.{one.resource}", one.shape, one.json_path, one.reason)
        alike.setdefault(kind, []).append(one.number)
    names = ("resource", "shape", "json_path", "reason")
    rows = [
        {"count": len(numbers), **dict(zip(names, kind, strict=True)), "number": numbers[0]}
        for kind, numbers in alike.items()
    ]
    return sorted(rows, key=lambda row: -row["count"])


def _brief(reject: StoredReject) -> dict[str, Any]:
    shown = "number connection resource shape item reason json_path path plugin run"
    return {name: getattr(reject, name) for name in shown.split()}
