"""Dask: the records of a table as a bag, read by the workers of a cluster on this machine."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from socket import gethostname
from typing import Any

import pytest
from attrs import evolve

from duetrail.engines import dask as engine_dask
from duetrail.errors import PluginError, SecretError, UsageError
from support.engine_company import Company, company
from support.engines import engine, example
from support.nightly import examples
from support.read_back import digest_of, store_of

dask, distributed = engine("dask"), engine("distributed")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company"), examples(60, 500)) as one:
        yield one


@contextmanager
def cluster(workers: int, **how: Any) -> Iterator[Any]:
    """A client of workers that are processes of their own, on loopback."""
    with (
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
            **how,
        ) as made,
        distributed.Client(made) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with cluster(2) as one:
        yield one


def rows(served: Company, connection: str, table: str, **how: Any) -> list[dict[str, Any]]:
    return engine_dask.bag(connection, table, config=served.path, **how).compute()


def test_the_digest_is_that_of_one_process(served: Company, client: Any, tmp_path: Path) -> None:
    """Every record of every table comes once, with the values and the links of a sync."""
    found: dict[str, list[dict[str, Any]]] = {}
    for connection, tables in served.by_connection.items():
        bags = engine_dask.bags(connection, *tables, config=served.path)
        for table, rows in zip(bags, dask.compute(*bags.values()), strict=True):
            found.setdefault(table, []).extend(rows)
    assert sum(map(len, found.values())) > 500
    with closing(store_of(found, tmp_path, served.config)) as store:
        assert digest_of(store) == served.digest()


def test_tables_that_are_computed_together_are_read_once(served: Company, client: Any) -> None:
    """What one answer shows of several tables is asked for once."""
    asked = served.sandbox.requests
    before = len(asked)
    rows(served, "yeti", "calls")
    alone, before = len(asked) - before, len(asked)
    bags = engine_dask.bags("stuut", "invoices", "emails", "payments", config=served.path)
    dask.compute(*bags.values())
    together, before = len(asked) - before, len(asked)
    for table in bags:
        rows(served, "stuut", table)
    assert together < len(asked) - before
    assert alone > 0


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


def test_a_worker_that_dies_costs_nothing(served: Company, tmp_path: Path) -> None:
    """Its parts are read again by another, and every record comes once."""
    marker = tmp_path / "died"
    with cluster(2) as client:
        found = engine_dask.bag("credira", "calls", config=served.path)
        dying = found.map_partitions(partial(_dies_once, marker=marker))
        rows = client.compute(dying).result(120)
    assert marker.exists()
    assert sorted(row["id"] for row in rows) == served.ids("credira", "calls")


def _dies_once(rows: Any, *, marker: Path) -> list[Any]:
    """Ends its process at the first call."""
    found = list(rows)
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return found
    os.kill(os.getpid(), signal.SIGKILL)
    return found


def test_all_workers_together_keep_to_the_limit(served: Company, client: Any) -> None:
    """So many requests take at least so long, however many processes send them."""
    settings = {**served.config.connections["credira"], "requests_per_second": 25}
    config = evolve(served.config, connections={**served.config.connections, "credira": settings})
    bag = engine_dask.bag("credira", "calls", config=config)
    before, begun = len(served.sandbox.requests), time.monotonic()
    bag.compute()
    sent, took = len(served.sandbox.requests) - before, time.monotonic() - begun
    assert bag.npartitions > 1
    assert sent > 25
    assert took >= (sent - bag.npartitions) / 25


def test_keys_may_be_given(served: Company, client: Any) -> None:
    """Then these are asked, and no others; a key that is unknown has nothing to give."""
    (one,) = rows(served, "stuut", "invoices")[:1]
    calls = rows(served, "credira", "calls", keys=[one["remote_id"], "nobody-knows-this"])
    every = rows(served, "credira", "calls")
    assert len(calls) < len(every)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("stuub", "invoices"), "has no connection 'stuub'"),
        (("stuut", "invoice"), "there is no record table 'invoice'"),
        (("yeti", "emails"), "connection 'yeti' has no emails"),
    ],
)
def test_what_is_not_there_is_told(served: Company, names: tuple[str, str], said: str) -> None:
    """Before anything is computed."""
    with pytest.raises(UsageError, match=said):
        engine_dask.bag(*names, config=served.path)


def test_a_secret_that_does_not_resolve_on_a_worker(served: Company, client: Any) -> None:
    """It is told as what it is, with the reference and the machine."""
    settings = {**served.config.connections["stuut"], "token": "env:NOT_ON_THE_WORKERS"}
    config = evolve(served.config, connections={"stuut": settings})
    with pytest.raises(SecretError, match="NOT_ON_THE_WORKERS") as caught:
        engine_dask.bag("stuut", "invoices", config=config).compute()
    assert f"This was on {gethostname()}." in str(caught.value)


def test_a_worker_without_the_plugin(served: Company) -> None:
    """It is told with the plugin's name and the machine."""
    bag = engine_dask.bag("stuut", "invoices", config=served.path)
    with cluster(1, env={"DUETRAIL_PLUGINS": "credira"}), pytest.raises(PluginError) as caught:
        bag.compute()
    assert "'stuut'" in str(caught.value)
    assert "This was on " in str(caught.value)
