"""How a sync ended, told to whoever does not watch it: webhooks, and OpenTelemetry.

- `webhook` is the plugin `notify`: it posts the summary of a run. `payload` says what is posted,
  `posting` posts it.
- `otel` is the plugin `otel`: a trace and metrics of each run, by the SDK of OpenTelemetry.
"""
