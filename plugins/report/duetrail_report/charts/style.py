"""How charts look: one text of CSS, whose colours are custom properties."""

from __future__ import annotations

# Text on every ground has a contrast of 4.5 or more. The buckets of the ageing grow darker, so
# that they are told apart without colour; series that lie side by side differ in lightness, too,
# or in pattern or shape.
_LIGHT = {
    "surface": "#ffffff", "ink": "#17202b", "muted": "#5a6675", "grid": "#e6eaef",
    "zero": "#98a3b0", "blank": "#f3f5f8", "pattern": "#ffffff",
    "age-0": "#9dbcd4", "age-1": "#f3d08b", "age-2": "#eba65c", "age-3": "#d9783f",
    "age-4": "#b94a36", "age-5": "#7f1d2d", "age-none": "#8b95a3",
    "due": "#2f6690", "promised": "#3f9c8c", "cash": "#2e8b74",
    "by-call": "#24547d", "by-email": "#6fa8d6", "by-sms": "#d99a3d", "by-letter": "#8c6bb1",
    "by-chat": "#b5588a", "by-portal": "#7c8896", "by-other": "#a7b0bb",
    "by-human": "#24547d", "by-ai": "#cf7a2c", "by-automation": "#8c6bb1",
    "funnel-1": "#24547d", "funnel-2": "#4c83b0", "funnel-3": "#86b3d6", "funnel-4": "#2e8b74",
    "heat-1": "#e4eef6", "heat-2": "#bcd7ea", "heat-3": "#83b4d8", "heat-4": "#35739f",
    "heat-5": "#174a75", "on-heat-1": "#17202b", "on-heat-2": "#17202b", "on-heat-3": "#17202b",
    "on-heat-4": "#ffffff", "on-heat-5": "#ffffff",
    "dso": "#24547d", "best": "#8c9aa9", "open": "#2e8b74",
}  # fmt: skip

_DARK = {
    "surface": "#14181e", "ink": "#e8edf3", "muted": "#9aa7b6", "grid": "#2a323c",
    "zero": "#5f6c7b", "blank": "#1b2129", "pattern": "#14181e",
    "age-0": "#56789a", "age-1": "#f2d79b", "age-2": "#eeb06a", "age-3": "#e0834b",
    "age-4": "#d4614c", "age-5": "#bd3a50", "age-none": "#7d8896",
    "due": "#6ba7d6", "promised": "#4fb3a0", "cash": "#45ab91",
    "by-call": "#5b97c9", "by-email": "#a9cdea", "by-sms": "#e3ad58", "by-letter": "#a98fcb",
    "by-chat": "#cf7fa9", "by-portal": "#8a96a4", "by-other": "#6f7b89",
    "by-human": "#6ba7d6", "by-ai": "#e79a4e", "by-automation": "#a98fcb",
    "funnel-1": "#8dbbe0", "funnel-2": "#6ba0cc", "funnel-3": "#4c7ea8", "funnel-4": "#45ab91",
    "heat-1": "#1d2c3a", "heat-2": "#24445f", "heat-3": "#326a94", "heat-4": "#69a5d3",
    "heat-5": "#b5d7f1", "on-heat-1": "#e8edf3", "on-heat-2": "#e8edf3", "on-heat-3": "#ffffff",
    "on-heat-4": "#0e1318", "on-heat-5": "#0e1318",
    "dso": "#6ba7d6", "best": "#7d8896", "open": "#45ab91",
}  # fmt: skip

_TEXT = ("surface", "ink", "muted", "grid", "zero", "blank", "pattern")


def _properties(colours: dict[str, str]) -> str:
    return " ".join(f"--chart-{name}: {value};" for name, value in colours.items())


def _series() -> str:
    """A rule for each kind of thing: `--c` is its colour."""
    kinds = [name for name in _LIGHT if name not in _TEXT and not name.startswith("on-")]
    rules = [f".chart-{kind} {{ --c: var(--chart-{kind}); }}" for kind in kinds]
    rules += [
        f".chart text.chart-on-heat-{at} {{ fill: var(--chart-on-heat-{at}); }}"
        for at in range(1, 6)
    ]
    rules += [f"rect.chart-heat-{at} {{ fill: var(--c); }}" for at in range(1, 6)]
    return "\n".join(rules)


_RULES = """\
.chart { container-type: inline-size; margin: 0; color: var(--chart-ink);
  font: 400 13px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial,
    sans-serif; font-variant-numeric: tabular-nums; }
.chart + .chart { margin-top: 48px; }
.chart figcaption { margin: 0 0 14px; }
.chart-title { display: block; font-size: 17px; font-weight: 600; letter-spacing: -0.01em; }
.chart-subtitle { display: block; margin-top: 2px; color: var(--chart-muted); }
.chart > svg { display: block; width: 100%; height: auto; max-width: 960px; overflow: visible; }
.chart > svg.chart-narrow { display: none; }
@container (max-width: 560px) {
  .chart > svg.chart-wide { display: none; }
  .chart > svg.chart-narrow { display: block; }
}
.chart text { fill: var(--chart-ink); font-size: 12px; }
.chart text.chart-strong { font-size: 13px; font-weight: 600; }
.chart text.chart-name { font-size: 13px; unicode-bidi: plaintext; }
.chart text.chart-tick, .chart text.chart-month { font-size: 11px; fill: var(--chart-muted); }
.chart text.chart-value { font-size: 10px; }
.chart-grid { stroke: var(--chart-grid); }
.chart-zero { stroke: var(--chart-zero); }
.chart-bar { fill: var(--c); }
.chart-rimmed { stroke: var(--chart-surface); stroke-width: 1; }
.chart-pattern { stroke: var(--chart-pattern); stroke-width: 1.4; stroke-opacity: 0.75;
  fill: none; }
.chart-pattern-dot { fill: var(--chart-pattern); fill-opacity: 0.85; }
.chart-whisker { stroke: var(--chart-zero); stroke-width: 2; stroke-linecap: round; }
.chart-point { fill: var(--c); stroke: var(--c); stroke-width: 1.5; }
.chart-point.chart-few { fill: var(--chart-surface); }
.chart-line { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; }
.chart-line.chart-best { stroke-dasharray: 4 4; }
.chart-dot { fill: var(--c); stroke: var(--chart-surface); stroke-width: 1; }
.chart-blank { fill: var(--chart-blank); }
.chart-mark:hover > :not(title) { opacity: 0.8; }
.chart-legend { display: flex; flex-wrap: wrap; gap: 6px 20px; list-style: none; margin: 0 0 18px;
  padding: 0; }
.chart-legend li { display: flex; align-items: center; gap: 7px; min-width: 0;
  overflow-wrap: anywhere; }
.chart-figure { color: var(--chart-muted); }
.chart-swatch { flex: none; }
.chart-note, .chart-empty { margin: 10px 0 0; color: var(--chart-muted); max-width: 68ch; }
.chart-empty { padding: 18px 20px; border: 1px dashed var(--chart-zero); border-radius: 8px; }
.chart details { margin-top: 14px; }
.chart summary { cursor: pointer; color: var(--chart-muted); width: fit-content; }
.chart-scroll { overflow-x: auto; margin-top: 10px; }
.chart table { border-collapse: collapse; font-size: 12px; width: auto; }
.chart caption { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); }
.chart th, .chart td { padding: 5px 14px 5px 0; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--chart-grid); font-weight: 400; }
.chart thead th { color: var(--chart-muted); }
.chart tbody th, .chart thead th:first-child, .chart-table-2 thead th:nth-child(2) {
  text-align: start; }
.chart tbody th { max-width: 28ch; overflow: hidden; text-overflow: ellipsis; }
@media print {
  .chart { break-inside: avoid; }
  .chart-bar, .chart-point, .chart-dot, .chart rect, .chart-swatch {
    print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .chart details:not([open]) { display: none; }
}
"""

CSS = (
    f":root {{ {_properties(_LIGHT)} }}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_properties(_DARK)} }} }}\n"
    f"{_RULES}{_series()}\n"
)
"""The style of all charts: once in a page."""
