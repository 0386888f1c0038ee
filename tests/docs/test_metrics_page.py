"""docs/metrics.md has every metric: what it tells, formula, source, columns with units, SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from inspect import getdoc

from attrs import NOTHING, Attribute, fields

from duetrail.stores.metrics import METRICS, Metric, MetricParameters
from duetrail.stores.metrics.catalogue import BASE_VIEWS
from duetrail.stores.metrics.sqlite import SqliteMetrics

GIVEN = MetricParameters(on=date(2026, 6, 30))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _metric(metric: Metric) -> Iterator[str]:
    yield from (f"### {metric.name}", "", metric.help, "", f"Formula: {metric.formula}", "")
    yield from (f"Source: {metric.source}", "", "| column | unit | holds |", "|---|---|---|")
    for one in metric.columns:
        yield f"| `{one.name}` | {one.unit} | {_cell(one.help)} |"
    yield from ("", "```sql", metric.query(SqliteMetrics(), GIVEN), "```", "")


def _meaning(name: str) -> str:
    found = re.search(rf"^ *{name}: (.*(?:\n {{8,}}.*)*)", getdoc(MetricParameters) or "", re.M)
    assert found is not None
    return " ".join(found[1].split())


def _default(one: Attribute[object]) -> str:
    if one.name in ("on", "as_of", "months", "connections"):
        return ""
    assert one.default is not NOTHING
    value = one.default
    return f"`{','.join(map(str, value)) if isinstance(value, tuple) else value}`"


def test_every_metric_is_described_as_it_is_declared(generated) -> None:
    """Formula, source, columns and SQL on the page are those of the code."""
    generated("metrics.md", "metrics", "\n".join(line for one in METRICS for line in _metric(one)))


def test_every_parameter_is_described(generated) -> None:
    """Each parameter has its default and its meaning."""
    rows = [
        f"| `{one.name}` | {_default(one)} | {_meaning(one.name)} |"
        for one in fields(MetricParameters)
        if one.name not in ("opening", "zones")  # looked up in the store
    ]
    lines = ["| parameter | default | meaning |", "|---|---|---|", *rows, ""]
    generated("metrics.md", "parameters", "\n".join(lines))


def test_every_base_view_is_described(generated) -> None:
    """The views that metrics are made of stand on the page, too."""
    rows = [f"| `{one.name}` | {(getdoc(one.query) or '').splitlines()[0]} |" for one in BASE_VIEWS]
    lines = ["| view | holds |", "|---|---|", *rows, ""]
    generated("metrics.md", "views", "\n".join(lines))
