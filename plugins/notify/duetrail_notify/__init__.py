"""Says how a sync ended, by webhook or OpenTelemetry.

- `webhook` is the plugin `notify`: it posts the summary of a run. `settings` says which runs,
  `payload` what is posted, `posting` posts it, and `delivery` bounds the time of that.
- `otel` is the plugin `otel`. `telemetry` makes a trace and metrics of a run, `exporting` sends
  them by the SDK of OpenTelemetry.
"""
