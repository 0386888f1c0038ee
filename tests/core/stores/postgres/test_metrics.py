"""Every metric gives the same rows from PostgreSQL as from SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from duetrail import Project
from duetrail.config import parse_config
from duetrail.model import Record
from duetrail.stores import Store, open_store
from duetrail.stores.metrics import METRICS, MetricParameters, create_views, read_metric
from duetrail_sandbox.server import Sandbox
from support.books import fill
from support.postgres import server
from support.records import EVERY

DAYS = [date(2026, 4, 30), date(2026, 6, 30), date(2026, 9, 1)]


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store]]:
    """The sandbox, synced into a store of each kind."""
    folder = tmp_path_factory.mktemp("metrics")
    urls = (f"sqlite:///{folder}/s.db", server().new_url())
    with Sandbox(invoices=60) as sandbox:
        for url in urls:
            with Project(parse_config(sandbox.config, folder / "duetrail.toml"), url) as project:
                project.sync(accept_account=True)
    one, other = (open_store(url) for url in urls)
    yield one, other
    one.close()
    other.close()


@pytest.mark.parametrize("name", [metric.name for metric in METRICS])
def test_a_company_has_the_same_numbers_in_both(synced: tuple[Store, Store], name: str) -> None:
    """Row by row, in the same order, floats included."""
    for on in DAYS:
        given = MetricParameters(on=on, buckets=(15, 45), most_calls=1)
        one, other = (read_metric(store, name, given).rows for store in synced)
        assert one == other


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store]]:
    """A store of each kind; what one example puts into it stays for the next."""
    folder = tmp_path_factory.mktemp("odd")
    one = open_store(f"sqlite:///{folder}/s.db", create=True)
    other = open_store(server().new_url(), create=True)
    yield one, other
    one.close()
    other.close()


def _sorted(rows: list[tuple[Any, ...]]) -> list[str]:
    return sorted(map(repr, rows))


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # both stores keep what was drawn
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(EVERY, min_size=1, max_size=3))
def test_odd_records_are_counted_alike(empty: tuple[Store, Store], records: list[Record]) -> None:
    """Any amount, date or text: both stores answer, and say the same."""
    for store in empty:
        fill(store, *records)
    for metric in METRICS:
        parameters = MetricParameters(on=date(2100, 1, 1), days=3660)
        one, other = (read_metric(store, metric.name, parameters).rows for store in empty)
        assert _sorted(one) == _sorted(other), metric.name


def test_how_a_metric_is_planned_stays_with_its_query(synced: tuple[Store, Store]) -> None:
    """What is set for it is as before for the next statement."""
    store: Any = synced[1]
    before = store._read("SHOW enable_nestloop") + store._read("SHOW jit")
    read_metric(store, "ar_ageing", MetricParameters(on=DAYS[1]))
    assert store._read("SHOW enable_nestloop") + store._read("SHOW jit") == before
    (planned,) = store.answer("SHOW enable_nestloop")
    assert planned == ("off",)


def test_views_are_made_again_and_again(synced: tuple[Store, Store]) -> None:
    """A dashboard in PostgreSQL reads what `duetrail metrics` says."""
    store: Any = synced[1]
    given = MetricParameters(on=DAYS[1])
    for _ in range(2):
        for statement in create_views(given, "postgresql"):
            store._read(statement)
    for metric in METRICS:
        list(store.answer(f"SELECT * FROM {metric.name}"))
