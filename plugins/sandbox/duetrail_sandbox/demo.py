"""`duetrail demo`: the sandbox, a sync of all its connections, and the fullest timeline."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import click

from duetrail import Project, trail
from duetrail.cli.output import json_option, write_json
from duetrail.cli.progress import following
from duetrail.cli.summary import write_summary
from duetrail.cli.timeline import write_timeline
from duetrail.config import parse_config
from duetrail.model import Ref
from duetrail.stores import LinkQuery, Store
from duetrail_sandbox.commands import option
from duetrail_sandbox.server import Sandbox

STORE = "duetrail-demo.db"


@click.command()
@option("--invoices", click.IntRange(1, 100_000), 60, "How many invoices the company has.")
@option("--seed", int, 7, "Which company: the same, the same.")
@json_option
@click.pass_context
def demo(ctx: click.Context, invoices: int, seed: int, as_json: bool) -> None:
    """Show it all on made-up data: no account, no internet.

    Starts local stand-ins for the vendors' APIs over one made-up company, brings everything into
    ./duetrail-demo.db (or --store), and prints the timeline of the most eventful invoice.
    """
    target = ctx.obj.store or f"sqlite:///{STORE}"
    click.echo("Everything below is made up: the sandbox invents the company.\n", err=True)
    with (
        Sandbox(invoices=invoices, seed=seed) as sandbox,
        following() as follower,
        Project(parse_config(sandbox.config, Path("duetrail.toml")), target) as project,
    ):
        # Each demo serves on a port of its own.
        summary = project.sync(accept_account=True, observer=follower.observer)
        found = trail.timeline(project.store, most_eventful(project.store))
    if as_json:
        write_json(
            {
                "store": target,
                "counts": sandbox.counts,
                "sync": summary.as_dict(),
                "timeline": {"invoice": found.invoice._asdict(), "events": found.events},
            }
        )
    else:
        write_summary(summary)
        click.echo()
        write_timeline(found)
        click.echo(f"\nAll of it is in the store. More: duetrail --store {target} status")
    ctx.exit(summary.exit_code)


def most_eventful(store: Store) -> Ref:
    """The invoice whose trail has the most vendors, then the most touches."""
    linked: dict[Ref, list[str]] = defaultdict(list)
    for link in store.links(LinkQuery()):
        linked[link.invoice].append(link.touch.connection)

    def rank(invoice: Ref) -> tuple[int, int, str, str]:
        vendors = linked[invoice]
        return (-len(set(vendors)), -len(vendors), invoice.id, invoice.connection)

    return min(linked, key=rank)
