"""The charts of a report: plain rows become SVG inside a figure, without any script.

Each function takes the rows of metrics and returns charts. A chart of money is made once for each
currency. In a template that escapes, `{{ chart }}` is the whole figure: caption, legend, SVG in
a wide and a narrow layout (CSS shows one of them), notes, and the same numbers as a table in
`<details>`. Rows without anything to draw give a chart that says so in a sentence.

    from duetrail_report.charts import CSS, ageing_charts

    for chart in ageing_charts(project.metric("ar_ageing_by_customer", on=day)):
        page.append(chart)

| function | metrics | of each |
|---|---|---|
| `ageing_charts(rows)` | `ar_ageing_by_customer` | currency |
| `coming_charts(rows)` | `ar_coming` | currency |
| `effort_charts(touches, cash)` | `touches_by_week`, `cash_by_week` | currency |
| `attempts_chart(rows, within_days=14)` | `touch_yield` | |
| `agents_chart(rows, within_days=14)` | `yield_by_agent` | |
| `funnel_chart(rates, paid, within_days=14)` | `email_rates`, `emails_paid` | |
| `hours_chart(rows)` | `answer_hours` | |
| `past_charts([(day, rows), ...])` | `ar_dso` with `as_of=day`, each of `past_days` | currency |

The rows are `duetrail.stores.metrics.MetricRows`; those without people serve as well, customers
are then shown by their id. `within_days` is the parameter that the metric was asked with. Each
function also takes `id`, the beginning of every HTML id in its figure, for a page that shows the
same chart twice. A `Chart` has `title`, `currency` (or None), `is_empty`, `figure()` and
`__html__()`. `CSS` is the text for one `<style>` element; its colours are custom properties that
begin with `--chart-`.
"""

from duetrail_report.charts.chart import Chart
from duetrail_report.charts.from_metrics import (
    ageing_charts,
    agents_chart,
    attempts_chart,
    coming_charts,
    effort_charts,
    funnel_chart,
    hours_chart,
    past_charts,
)
from duetrail_report.charts.past import past_days
from duetrail_report.charts.style import CSS

__all__ = [
    "CSS",
    "Chart",
    "ageing_charts",
    "agents_chart",
    "attempts_chart",
    "coming_charts",
    "effort_charts",
    "funnel_chart",
    "hours_chart",
    "past_charts",
    "past_days",
]
