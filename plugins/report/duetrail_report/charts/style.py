"""How charts look: one text of CSS, whose colours are custom properties."""

from __future__ import annotations

from duetrail_report.charts.colours import DARK, LIGHT, NOT_SERIES


def _properties(colours: dict[str, str]) -> str:
    return " ".join(f"--chart-{name}: {value};" for name, value in colours.items())


def _series() -> str:
    """A rule for each kind of thing: `--c` is its colour."""
    kinds = [name for name in LIGHT if name not in NOT_SERIES and not name.startswith("on-")]
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
    f":root {{ {_properties(LIGHT)} }}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_properties(DARK)} }} }}\n"
    f"{_RULES}{_series()}\n"
)
"""The style of all charts: once in a page."""
