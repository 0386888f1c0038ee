"""`duetrail timeline`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from duetrail.cli.output import json_option, one_line, write_json, write_table
from duetrail.cli.settings import Settings

if TYPE_CHECKING:
    from duetrail.trail import Event, Timeline


@click.command()
@click.argument("invoice")
@json_option
@click.pass_context
def timeline(ctx: click.Context, invoice: str, as_json: bool) -> None:
    """Show everything that happened on INVOICE: its number, id, ERP id, or CONNECTION:ID."""
    settings: Settings = ctx.obj
    with settings.project() as project:
        found = project.timeline(invoice)
    if as_json:
        write_json(
            {
                "invoice": found.invoice._asdict(),
                "same": [ref._asdict() for ref in found.same],
                "record": found.record,
                "customer": found.customer,
                "events": found.events,
            }
        )
    else:
        write_timeline(found)


def write_timeline(found: Timeline) -> None:
    """Print a timeline: a heading, then a row an event."""
    record = found.record
    name = (record.number if record else None) or found.invoice.id
    words = [f"Invoice {name}", found.customer or "", (record.status_raw or "") if record else ""]
    click.echo(one_line(", ".join(filter(None, words))))
    click.echo()
    write_table(
        ("when (UTC)", "who says so", "what", ""),
        [(_when(event), event.connection, event.kind, _text(event)) for event in found.events],
    )


def _when(event: Event) -> str:
    if isinstance(event.at, datetime):
        return event.at.strftime("%Y-%m-%d %H:%M")
    return event.at.isoformat() if event.at else "no time given"


def _text(event: Event) -> str:
    rule = f"(linked by the rule “{event.rule}”)" if event.rule else ""
    gone = "(no longer listed)" if event.absent_since else ""
    return " ".join(filter(None, (event.text, rule, gone)))
