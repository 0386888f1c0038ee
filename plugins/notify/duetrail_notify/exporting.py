"""Exporting by OTLP over HTTP, in a bounded time and to no other place than the one configured.

The SDK logs what goes wrong and goes on. Here it is noted instead, so that it is told once.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import Any
from urllib.parse import urlsplit

import requests
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.util.re import parse_env_headers

from duetrail.errors import ConfigError, FetchError
from duetrail.http import NoAuth
from duetrail.http.address import is_loopback
from duetrail.installed import version_of
from duetrail.secrets import remember

_LOGGERS = (
    "opentelemetry.exporter.otlp.proto.http.metric_exporter",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.sdk.metrics._internal.export",
    "opentelemetry.sdk._shared_internal",
)


class Exporting:
    """Providers of traces and metrics whose exporters are those that the environment names.

    Raises:
        ConfigError: It names a place that headers may not be sent to.

    Attributes:
        traces: The provider of traces.
        metrics: The provider of metrics.
    """

    def __init__(self) -> None:
        resource = _resource()
        self._session = _Session()
        self.traces = TracerProvider(resource=resource, shutdown_on_exit=False)
        readers = []
        if _is_on("TRACES"):
            _check("TRACES")
            self.traces.add_span_processor(
                BatchSpanProcessor(OTLPSpanExporter(session=self._session))
            )
        if _is_on("METRICS"):
            _check("METRICS")
            exporter = OTLPMetricExporter(session=self._session)
            readers.append(PeriodicExportingMetricReader(exporter))
        self.metrics = MeterProvider(
            metric_readers=readers, resource=resource, shutdown_on_exit=False
        )
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self._session.note)

    def close(self, seconds: float) -> None:
        """Send what is left, and end.

        Args:
            seconds: How long it may take.

        Raises:
            FetchError: Not all could be sent.
        """
        worker = threading.Thread(target=self._flush, name="otel", daemon=True)
        worker.start()
        worker.join(seconds)
        if worker.is_alive():
            raise FetchError(f"the collector did not take everything within {seconds:g} s")
        if self._session.problem:
            raise FetchError(f"the collector did not take everything: {self._session.problem}")

    def _flush(self) -> None:
        self.traces.shutdown()
        self.metrics.shutdown()
        for name in _LOGGERS:  # whoever waited for it may have gone on
            logging.getLogger(name).removeFilter(self._session.note)


class _Session(requests.Session):
    """Without redirects and netrc; notes why something was not sent.

    Attributes:
        problem: Why the last export failed; empty where none did.
    """

    def __init__(self) -> None:
        super().__init__()
        self.auth = NoAuth()
        self.problem = ""
        self._last = ""

    def request(self, *given: Any, **named: Any) -> requests.Response:
        """Send; a redirect is an error, since it would be taken for a success."""
        self._last = "no answer"
        response = super().request(*given, **{**named, "allow_redirects": False})
        self._last = f"it answered {response.status_code}"
        if 300 <= response.status_code < 400:
            raise requests.TooManyRedirects("redirects are not followed")
        return response

    def note(self, record: logging.LogRecord) -> bool:
        """A filter of what the SDK logs: an error is kept, and nothing is shown."""
        if record.levelno >= logging.ERROR:
            self.problem = self._last or "the SDK failed"
        return False


def _resource() -> Resource:
    """What the telemetry is of; what the environment says counts more."""
    ours = {"service.name": "duetrail", "service.version": version_of("duetrail") or ""}
    return Resource.create(ours).merge(OTELResourceDetector().detect())


def _is_on(signal: str) -> bool:
    is_disabled = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return not is_disabled and os.environ.get(f"OTEL_{signal}_EXPORTER", "otlp") != "none"


def _check(signal: str) -> None:
    """Refuse to send headers, which hold keys, in clear; keep them out of all messages."""
    headers = _said(signal, "HEADERS")
    for value in parse_env_headers(headers, liberal=True).values():
        remember(value)
    parts = urlsplit(_said(signal, "ENDPOINT") or "http://localhost:4318")
    is_plain = parts.scheme != "https" and not is_loopback(parts.hostname or "")
    if headers and is_plain:
        raise ConfigError("the collector is plain http, which would send its headers in clear")


def _said(signal: str, what: str) -> str:
    """A variable of the standard: of this signal, or else of all of them."""
    names = (f"OTEL_EXPORTER_OTLP_{signal}_{what}", f"OTEL_EXPORTER_OTLP_{what}")
    return next((value for name in names if (value := os.environ.get(name))), "")
