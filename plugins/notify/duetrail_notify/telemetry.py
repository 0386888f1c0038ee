"""A run as a trace and as metrics, with the names of OpenTelemetry's conventions where it has some.

It holds no personal data, only names of connections and resources, numbers, and messages without
keys. Of a request there is the host, and not the path, which may hold a key.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import define
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context

from duetrail_notify.exporting import Exporting
from duetrail_notify.settings import DONE
from duetrail_notify.shareable import shareable

_Key = tuple[str, str]
"""A connection, and a resource of it; empty for none."""

# Seconds, as the conventions advise for `http.client.request.duration`.
_BOUNDARIES = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)

_COUNTS = ("items", "mapped", "unchanged", "rejected", "absent", "present", "requests", "written")


@define
class _Part:
    """A connection, or a resource of it, as a part of a run.

    Attributes:
        span: Its span.
        began: When, in nanoseconds since 1970.
        ended: When, likewise; None before that.
    """

    span: Span
    began: int
    ended: int | None = None


class Telemetry:
    """The trace and the metrics of one run.

    Args:
        command: `sync` or `remap`.
        with_requests: Whether each request has a span.

    Raises:
        ConfigError: The environment names a place that headers may not be sent to.
    """

    def __init__(self, command: str, *, with_requests: bool) -> None:
        self._exporting = Exporting()
        self._tracer = self._exporting.traces.get_tracer("duetrail")
        self._with_requests = with_requests
        self._began = time.time_ns()
        self._root = self._tracer.start_span(f"duetrail {command}", start_time=self._began)
        self._root.set_attribute("duetrail.command", command)
        self._parts: dict[_Key, _Part] = {}
        self._instruments = _Instruments(self._exporting)
        self._command = command

    def happened(self, event: str, facts: Mapping[str, Any]) -> None:
        """Note what `observe_details` hears."""
        key = (facts["connection"], facts["resource"])
        if event == "resource":
            part = self._part(key)
            part.ended = None if facts["state"] == "begun" else time.time_ns()
        elif event == "request":
            self._request(key, facts)
        elif event == "waiting":
            reason = {"duetrail.wait.reason": facts["reason"]}
            self._instruments.waits.record(facts["seconds"], {**_names(key), **reason})

    def ended(self, facts: Mapping[str, Any]) -> None:
        """End every span, and count the results of the run.

        Args:
            facts: What `duetrail sync --json` prints.
        """
        summary = shareable(facts)
        now = time.time_ns()
        for resource in summary.get("resources", ()):
            self._resource(resource, now)
        for (connection, resource), part in self._parts.items():
            of_connection = [
                one.ended or now
                for (name, inner), one in self._parts.items()
                if inner and name == connection
            ]
            part.span.end((part.ended or now) if resource else max(of_connection, default=now))
        self._end_root(summary, now)

    def send(self, seconds: float) -> None:
        """Send all that is left.

        Raises:
            FetchError: Not all could be sent within this time.
        """
        self._exporting.close(seconds)

    def _end_root(self, summary: Mapping[str, Any], now: int) -> None:
        code = summary["exit_code"]
        for name in ("run", "state", "exit_code", "written", "open_rejects"):
            if name in summary:
                self._root.set_attribute(f"duetrail.{name}", summary[name])
        if code not in DONE:
            message = summary.get("error", {}).get("message", f"exit code {code}")
            self._root.set_status(Status(StatusCode.ERROR, message))
        self._root.end(now)
        names = {"duetrail.command": self._command, "duetrail.exit_code": code}
        self._instruments.runs.record((now - self._began) / 1e9, names)
        if "open_rejects" in summary:
            self._instruments.open_rejects.set(summary["open_rejects"])

    def _resource(self, resource: Mapping[str, Any], now: int) -> None:
        """Note the results of a resource, or that a connection could not begin."""
        key = (resource["connection"], resource["resource"])
        if (timed := self._parts.get(key)) is not None:
            seconds = ((timed.ended or now) - timed.began) / 1e9
            self._instruments.resources.record(seconds, _names(key))
        span = self._part(key).span
        span.set_attribute("duetrail.state", resource["state"])
        if resource["state"] == "failed":
            why = "".join(one["message"] for one in resource["problems"][:1])
            span.set_status(Status(StatusCode.ERROR, why))
        if key[1]:
            for name in _COUNTS:
                span.set_attribute(f"duetrail.{name}", resource[name])
        self._instruments.count(key, resource)

    def _part(self, key: _Key) -> _Part:
        """A resource, or a connection; it begins with its first use."""
        if key not in self._parts:
            connection, resource = key
            parent = self._part((connection, "")).span if resource else self._root
            name = f"{connection}.{resource}" if resource else connection
            now = time.time_ns()
            span = self._tracer.start_span(
                name, set_span_in_context(parent), attributes=_names(key), start_time=now
            )
            self._parts[key] = _Part(span, now)
        return self._parts[key]

    def _request(self, key: _Key, facts: Mapping[str, Any]) -> None:
        attributes = dict(_of_request(facts))
        seconds = facts["seconds"]
        self._instruments.requests.record(seconds, {**_names(key), **attributes})
        if not self._with_requests:
            return
        now = time.time_ns()
        span = self._tracer.start_span(
            facts["method"],
            set_span_in_context(self._part(key).span),
            SpanKind.CLIENT,
            {**_names(key), **attributes, "http.response.body.size": facts["size"]},
            start_time=now - int(seconds * 1e9),
        )
        if "error.type" in attributes:
            span.set_status(Status(StatusCode.ERROR))
        span.end(now)


class _Instruments:
    """What a run is counted and measured with."""

    def __init__(self, exporting: Exporting) -> None:
        meter = exporting.metrics.get_meter("duetrail")
        self.requests = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Duration of HTTP client requests, each attempt by itself.",
            explicit_bucket_boundaries_advisory=_BOUNDARIES,
        )
        self.waits = meter.create_histogram(
            "duetrail.wait.duration", "s", "Waits of a second or longer before a request."
        )
        self.runs = meter.create_histogram("duetrail.run.duration", "s", "Duration of runs.")
        self.resources = meter.create_histogram(
            "duetrail.resource.duration", "s", "Duration of the reading of a resource."
        )
        self.open_rejects = meter.create_gauge(
            "duetrail.rejects.open", "{item}", "Items that could not be mapped and are set aside."
        )
        self._items = meter.create_counter(
            "duetrail.items", "{item}", "Vendor objects received, by what became of them."
        )
        self._records = meter.create_counter(
            "duetrail.records.written", "{record}", "Record rows written or removed, by table."
        )
        self._others = {
            name: meter.create_counter(f"duetrail.{metric}", unit, text)
            for name, metric, unit, text in (
                ("absent", "records.absent", "{record}", "Records that are no longer listed."),
                ("present", "records.present", "{record}", "Records that are listed again."),
                ("requests", "requests", "{request}", "Requests sent, repeated ones included."),
                ("problem_count", "problems", "{problem}", "What went wrong."),
            )
        }

    def count(self, key: _Key, resource: Mapping[str, Any]) -> None:
        """Count the results of a resource."""
        names = _names(key)
        skipped = sum(resource["skipped"].values())
        outcomes = {name: resource[name] for name in ("mapped", "unchanged", "rejected")}
        for outcome, count in {**outcomes, "skipped": skipped}.items():
            self._items.add(count, {**names, "duetrail.outcome": outcome})
        for table, count in resource["records"].items():
            self._records.add(count, {**names, "duetrail.table": table})
        for name, counter in self._others.items():
            counter.add(resource[name], names)


def _names(key: _Key) -> dict[str, str]:
    connection, resource = key
    names = {"duetrail.connection": connection, "duetrail.resource": resource}
    return {name: value for name, value in names.items() if value}


def _of_request(facts: Mapping[str, Any]) -> Iterator[tuple[str, str | int]]:
    """The attributes of a request, as the conventions for HTTP clients name them."""
    yield "http.request.method", facts["method"]
    yield from _server(facts["url"])
    if facts["status"]:
        yield "http.response.status_code", facts["status"]
    if facts["status"] >= 400:
        yield "error.type", str(facts["status"])
    elif facts["error"]:
        yield "error.type", facts["error"]


def _server(url: str) -> Iterator[tuple[str, str | int]]:
    try:
        parts = urlsplit(url)
        port = parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError:  # a secret was taken out of it
        return
    yield "server.address", parts.hostname or ""
    yield "server.port", port
