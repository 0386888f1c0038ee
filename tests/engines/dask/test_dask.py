"""Dask: the records of a table as a bag, read by the workers of a cluster on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from duetrail.engines import dask as engine_dask
from support.engine_company import Company, company
from support.engines import engine, example
from support.nightly import examples
from support.read_back import digest_of, store_of

distributed = engine("distributed")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company"), examples(60, 500)) as one:
        yield one


@pytest.fixture(scope="module", params=[2])
def client(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Workers that are processes of their own, on loopback."""
    cluster = distributed.LocalCluster(
        n_workers=request.param, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as one:
        yield one


def rows(served: Company, connection: str, table: str, **how: Any) -> list[dict[str, Any]]:
    return engine_dask.bag(connection, table, config=served.path, **how).compute()


def test_the_digest_is_that_of_one_process(served: Company, client: Any, tmp_path: Path) -> None:
    """Every record of every table comes once, with the values and the links of a sync."""
    found: dict[str, list[dict[str, Any]]] = {}
    for connection, table in served.tables:
        found.setdefault(table, []).extend(rows(served, connection, table))
    assert sum(map(len, found.values())) > 500
    with closing(store_of(found, tmp_path, served.config)) as store:
        assert digest_of(store) == served.digest()


def test_the_example_of_the_page(
    served: Company,
    client: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It prints how many invoices there are."""
    monkeypatch.chdir(served.path.parent)
    exec(compile(example("Dask"), "engines.md", "exec"), {"__name__": "page"})
    assert capsys.readouterr().out == f"{served.count('stuut', 'invoices')}\n"
