"""`duetrail rejects`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from duetrail.cli.output import (
    json_option,
    one_line,
    plugins_at_work,
    safe,
    write_json,
    write_table,
)
from duetrail.cli.status import connections_of, open_store_of
from duetrail.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from duetrail.stores import StoredReject


@click.group()
def rejects() -> None:
    """Look at the items that could not be mapped and were set aside."""


@rejects.command("list")
@click.argument("connection", required=False)
@json_option
@click.pass_context
def list_(ctx: click.Context, connection: str | None, as_json: bool) -> None:
    """List the open rejects, of one CONNECTION or of all."""
    found = _open(ctx, connection)
    if not found and connection is not None:
        _refuse_unknown(ctx, connection)
    if as_json:
        write_json([_brief(reject) for reject in found])
    elif not found:
        click.echo("Nothing is set aside.")
    else:
        rows = [
            (r.number, f"{r.connection}.{r.resource}", r.shape, r.item or "no id", r.reason)
            for r in found
        ]
        write_table(("number", "resource", "shape", "item", "why"), rows)


@rejects.command()
@click.argument("number")
@json_option
@click.pass_context
def show(ctx: click.Context, number: str, as_json: bool) -> None:
    """Show the reject NUMBER whole: the item as received, where it stood, and what is wrong."""
    from duetrail.api import find_rejects

    store = open_store_of(ctx.obj)
    try:
        (reject,) = find_rejects(store, [number])
    finally:
        store.close()
    answer = {**_brief(reject), "url": _url(ctx, reject)}
    if as_json:
        write_json({**answer, "raw": reject.raw})
        return
    for name, value in answer.items():
        click.echo(f"{name.replace('_', ' '):10}  {one_line(str(value))}")
    click.echo("\n" + safe(msgspec.json.format(reject.raw, indent=2)))


@rejects.command()
@click.argument("numbers", nargs=-1)
@json_option
@click.pass_context
def replay(ctx: click.Context, numbers: tuple[str, ...], as_json: bool) -> None:
    """Map the rejects NUMBERS again, or all of them, without a request: after a fix."""
    from duetrail import api
    from duetrail.cli.sync import write_summary

    settings = ctx.obj
    with plugins_at_work():
        summary = api.replay(*numbers, config=settings.config, store=settings.store)
    if as_json:
        write_json(summary.as_dict())
    else:
        write_summary(summary)
    ctx.exit(summary.exit_code)


@rejects.command()
@click.argument("numbers", nargs=-1, required=True)
@json_option
@click.pass_context
def drop(ctx: click.Context, numbers: tuple[str, ...], as_json: bool) -> None:
    """Let go of the rejects NUMBERS for good; the vendor may still send them again."""
    from duetrail import api

    settings = ctx.obj
    dropped = api.drop_rejects(*numbers, config=settings.config, store=settings.store)
    if as_json:
        write_json([_brief(reject) for reject in dropped])
        return
    for reject in dropped:
        click.echo(one_line(f"Dropped {reject.number}: {reject.reason}"))


def _open(ctx: click.Context, connection: str | None) -> list[StoredReject]:
    store = open_store_of(ctx.obj)
    try:
        return store.rejects(connection)
    finally:
        store.close()


def _refuse_unknown(ctx: click.Context, connection: str) -> None:
    """A name that neither the configuration nor the store knows is a mistake, not an empty list."""
    known = connections_of(ctx.obj)
    if connection not in known:
        raise UsageError(
            f"there is no connection {connection!r}",
            hint=did_you_mean(connection, known, f"There are: {', '.join(known)}."),
        )


def _url(ctx: click.Context, reject: StoredReject) -> str:
    store = open_store_of(ctx.obj)
    try:
        return store.page(reject.page).url
    finally:
        store.close()


def _brief(reject: StoredReject) -> dict[str, Any]:
    return {
        "number": reject.number,
        "connection": reject.connection,
        "resource": reject.resource,
        "shape": reject.shape,
        "item": reject.item,
        "reason": reject.reason,
        "json_path": reject.json_path,
        "path": reject.path,
        "plugin": reject.plugin,
        "run": reject.run,
    }
