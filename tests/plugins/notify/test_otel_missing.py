"""The plugin `otel` where OpenTelemetry's SDK is not installed."""

from __future__ import annotations

import sys

import pytest

from duetrail_sandbox.server import Sandbox


def test_opentelemetry_is_not_installed(project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sync is as if there were no such plugin; a warning says what to install."""
    for name in ("duetrail_notify.telemetry", "duetrail_notify.exporting"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with Sandbox(invoices=3, vendors=("stuut",)) as sandbox:
        project.config.write_text(f"{sandbox.config}\n[plugins.otel]\n")
        summary = project.sync()
    assert summary.exit_code == 0
    (warning,) = summary.warnings
    assert warning.startswith("plugin 'otel': OpenTelemetry is not there (opentelemetry")
    assert warning.endswith("pip install 'duetrail-notify[otel]'")
