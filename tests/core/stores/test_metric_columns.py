"""The columns of metrics: what is money can be charted, and a share lies between 0 and 1."""

from __future__ import annotations

import pytest

from duetrail.stores.metrics import METRICS, Metric, Unit


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_amount_has_a_column_for_charts(metric: Metric) -> None:
    """Exact beside it, and nothing else ends like it."""
    exact = [one.name for one in metric.columns if one.unit is Unit.MONEY]
    charts = [one.name for one in metric.columns if one.unit is Unit.CHART]
    assert charts == [f"{name}_chart" for name in exact]
    assert [one.name for one in metric.columns if one.name.endswith("_chart")] == charts


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_columns_are_told_apart(metric: Metric) -> None:
    """No name twice, and each says what it holds."""
    names = [one.name for one in metric.columns]
    assert len(names) == len({*names})
    assert all(one.help for one in metric.columns)


def test_an_index_is_no_share() -> None:
    """The collection effectiveness index may be below 0."""
    (cei,) = [metric for metric in METRICS if metric.name == "ar_cei"]
    assert {one.unit for one in cei.columns if one.name.startswith("cei")} == {Unit.NUMBER}
