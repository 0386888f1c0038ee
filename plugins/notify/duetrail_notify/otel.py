"""The plugin `otel`: a trace and metrics of each run, sent by OTLP over HTTP.

The SDK of OpenTelemetry is imported when a run begins: who does not use it need not have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, field

from duetrail import hookimpl
from duetrail.errors import PluginError
from duetrail.source import between, option


@define
class Settings:
    """The settings of `[plugins.otel]`; where to send is said by the standard's variables."""

    requests: bool = option("Whether each request has a span, too.", default=False)
    timeout: int = option(
        "Seconds that the end of a run waits for what is still to be sent, from 1 to 300.",
        default=10,
        validator=between(1, 300),
    )
    telemetry: Any = field(init=False, default=None)  # the `Telemetry` of the run that goes on


@hookimpl
def settings() -> type[Settings]:
    """What the table may hold."""
    return Settings


@hookimpl
def observe_run(event: str, facts: Mapping[str, Any], settings: Settings) -> None:
    """Begin a trace with a run, and send it with the metrics at its end."""
    try:
        from duetrail_notify.telemetry import Telemetry
    except ImportError as error:
        raise PluginError(
            f"OpenTelemetry is not there ({error.name}): pip install 'duetrail-notify[otel]'"
        ) from None
    if event == "begun":
        settings.telemetry = Telemetry(facts["command"], with_requests=settings.requests)
    elif event in ("ended", "failed"):
        telemetry = settings.telemetry or Telemetry("sync", with_requests=False)
        settings.telemetry = None
        telemetry.ended(facts)
        telemetry.send(settings.timeout)


@hookimpl
def observe_details(event: str, facts: Mapping[str, Any], settings: Settings) -> None:
    """Note what happens in between."""
    if settings.telemetry is not None:
        settings.telemetry.happened(event, facts)
