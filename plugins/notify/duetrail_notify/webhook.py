"""The plugin `notify`: posts the summary of a run to webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from duetrail import hookimpl
from duetrail.errors import DuetrailError
from duetrail_notify.settings import Settings


@hookimpl
def settings() -> type[Settings]:
    """What the table may hold."""
    return Settings


@hookimpl
def observe_run(event: str, facts: Mapping[str, Any], settings: Settings) -> None:
    """Post how a run ended, or that there was none."""
    if event == "begun":
        settings.before = facts["previous_exit_code"]
    elif event in ("ended", "failed"):
        _post_all(event, facts, settings)


def _post_all(event: str, facts: Mapping[str, Any], settings: Settings) -> None:
    """Post to every webhook that wants it, to all at once; none keeps another from being told."""
    from duetrail_notify.delivery import Delivery
    from duetrail_notify.payload import body_of

    deliveries = [
        Delivery(number, webhook, body_of(webhook.format, event, facts))
        for number, webhook in enumerate(settings.webhook, start=1)
        if webhook.wants(facts["exit_code"], settings.before)
    ]
    if problems := [why for one in deliveries if (why := one.problem())]:
        raise DuetrailError("; ".join(problems))
