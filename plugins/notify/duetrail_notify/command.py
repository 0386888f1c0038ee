"""`duetrail notify`: whether what is posted arrives."""

from __future__ import annotations

import click

from duetrail.cli.output import json_option, safe, write_json
from duetrail.cli.settings import Settings
from duetrail.errors import UsageError


@click.command()
@json_option
@click.pass_context
def notify(ctx: click.Context, as_json: bool) -> None:
    """Post a test message to every webhook of the configuration."""
    from duetrail_notify.delivery import Delivery
    from duetrail_notify.payload import body_of
    from duetrail_notify.settings import Webhook

    settings: Settings = ctx.obj
    with settings.project() as project:
        extensions = project.config.extensions()
    found = [one.settings for one in extensions if one.plugin.name == "notify"]
    webhooks: list[Webhook] = [webhook for one in found for webhook in one.webhook]
    if not webhooks:
        raise UsageError(
            f"{project.config.path} has no webhook", hint="Add a table [[plugins.notify.webhook]]."
        )
    sent = [
        Delivery(number, webhook, body_of(webhook.format, "test", {"exit_code": 0}))
        for number, webhook in enumerate(webhooks, start=1)
    ]
    problems = [one.problem() for one in sent]
    if as_json:
        write_json([{"webhook": n, "problem": why} for n, why in enumerate(problems, start=1)])
    else:
        for number, why in enumerate(problems, start=1):
            click.echo(safe(why or f"webhook {number}: delivered"))
    ctx.exit(1 if any(problems) else 0)
