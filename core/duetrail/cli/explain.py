"""`duetrail explain`: field lineage."""

from __future__ import annotations

import click

from duetrail.cli.output import json_option, one_line, stdout_to_stderr, write_json
from duetrail.cli.settings import Settings


@click.command()
@click.argument("record")
@click.argument("field")
@json_option
@click.pass_obj
def explain(settings: Settings, record: str, field: str, as_json: bool) -> None:
    """Show where the FIELD of a RECORD came from: request, page, JSON path and plugin.

    RECORD is CONNECTION:TABLE:ID, such as stuut:invoices:inv_1.
    """
    with stdout_to_stderr(), settings.project() as project:
        found = project.explain(record, field)
    if as_json:
        write_json(found)
        return
    facts = {
        "value": _shown(found.value),
        "shape": f"{found.resource}, {found.shape}",
        "request": found.url,
        "received": found.received_at,
        "page": found.page,
        "item": found.item,
        "plugin": found.plugin,
    }
    for name, value in facts.items():
        click.echo(one_line(f"{name:9} {value}"))
    for origin in found.origins:
        click.echo(one_line(f"{'from':9} {origin.path} = {origin.value!r}"))
    if not found.origins:
        click.echo(f"{'from':9} nothing on the page: it is always so, or the vendor did not say")

    for link in found.links:
        invoice, rule = link.invoice, f", by the rule “{link.rule}”" if link.rule else ""
        click.echo(one_line(f"{'linked':9} {invoice.connection}:{invoice.id}, {link.how}{rule}"))


def _shown(value: object) -> str:
    from duetrail.model import Money

    if isinstance(value, Money):
        amount = value.amount if value.amount is not None else f"{value.minor} minor units"
        return f"{amount} {value.currency or ''}".rstrip()
    return str(value)
