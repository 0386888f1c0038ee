"""`duetrail status`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from duetrail.cli.output import json_option, one_line, write_json, write_table
from duetrail.cli.settings import Settings

if TYPE_CHECKING:
    from duetrail.stores import Store


@click.command()
@click.option("--digest", "with_digest", is_flag=True, help="Also a number for the whole content.")
@json_option
@click.pass_context
def status(ctx: click.Context, with_digest: bool, as_json: bool) -> None:
    """Show the last run, how much is stored, and what was set aside."""
    from duetrail.pipeline import digest

    store = open_store_of(ctx.obj)
    try:
        answer: dict[str, Any] = {"store": store.url, **_runs(store), **_content(store)}
        if with_digest:
            answer["digest"] = digest(store)
    finally:
        store.close()
    if as_json:
        write_json(answer)
    else:
        _write(answer)


def open_store_of(settings: Settings) -> Store:
    """The store the user means, without a configuration where its URL is given.

    Raises:
        DuetrailError: There is none, or it cannot be used.
    """
    from duetrail.api import open_configured
    from duetrail.config import read_config
    from duetrail.stores import open_store

    if settings.store is not None:
        return open_store(settings.store)
    return open_configured(read_config(settings.config), None)


def _runs(store: Store) -> dict[str, Any]:
    last = store.runs(1)
    if not last:
        return {"last_run": None}
    return {"last_run": {**last[0], "summary": json.loads(last[0]["summary"] or "null")}}


def _content(store: Store) -> dict[str, Any]:
    from duetrail.model import RECORDS

    counts: dict[str, dict[str, int]] = {}
    for record in RECORDS:
        sql = f"SELECT connection, count(*) AS count FROM {record.table} GROUP BY 1 ORDER BY 1"
        for row in store.select(sql):
            counts.setdefault(row["connection"], {})[record.table] = row["count"]
    return {"counts": counts, "rejects": len(store.rejects())}


def _write_last(summary: dict[str, Any] | None) -> None:
    """What of the last run was not as it should be, a line a resource."""
    for entry in summary["resources"] if summary else ():
        words = [entry["state"]] if entry["state"] != "complete" else []
        if entry["unknown_keys"]:
            words.append(f"{entry['unknown_keys']:,} keys the vendor does not know")
        if words:
            name = f"{entry['connection']}.{entry['resource']}".rstrip(".")
            problem = entry["problems"][0]["message"] if entry["problems"] else ""
            click.echo(one_line(f"          {name}: {', '.join(words)}; {problem}".rstrip("; ")))


def _write(answer: dict[str, Any]) -> None:
    run = answer["last_run"]
    click.echo(f"store     {answer['store']}")
    if run:
        ended = run["ended_at"] or "not yet ended"
        click.echo(f"last run  {run['run']}, {run['state']}, {run['started_at']} to {ended}")
    else:
        click.echo("last run  none")
    click.echo(f"rejects   {answer['rejects']:,}")
    _write_last(run["summary"] if run else None)
    if "digest" in answer:
        click.echo(f"digest    {answer['digest']}")
    click.echo()
    rows = [
        (connection, table, count)
        for connection, tables in answer["counts"].items()
        for table, count in tables.items()
    ]
    write_table(("connection", "records", "count"), rows)
