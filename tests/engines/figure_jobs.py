"""What `figures.py` measures: `python figure_jobs.py ENGINE STORE`, in a folder with settings.

Each job brings every record of every connection to its target, in the environment of its engine.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from duetrail.config import read_config

CONFIG = Path("duetrail.toml")
DUETRAIL = [sys.executable, "-c", "from duetrail.cli import main; main()"]


def by_connection() -> dict[str, list[str]]:
    """The record tables that each connection fills."""
    config = read_config(CONFIG)
    found: dict[str, list[str]] = {}
    for name in config.connections:
        source = config.connection(name)
        reads = [one for one in source.streams() if source.connection.reads(one.resource)]
        found[name] = sorted({table for one in reads for table in one.tables})
    return found


def sqlite(_: str) -> None:
    subprocess.run([*DUETRAIL, "sync"], check=True)


def postgres(store: str) -> None:
    subprocess.run([*DUETRAIL, "--store", store, "sync"], check=True)


def shards(store: str) -> None:
    command = [*DUETRAIL, "--store", store, "sync", "--shard"]
    running = [subprocess.Popen([*command, f"{one}/5"]) for one in range(1, 6)]
    assert [one.wait() for one in running] == [0] * 5


def singer(store: str) -> None:
    from support.engines import tools

    settings = Path("target.json")
    url = store.partition("?")[0].replace("postgresql:", "postgresql+psycopg:")
    schema = store.partition("schema=")[2]
    settings.write_text(json.dumps({"sqlalchemy_url": url, "default_target_schema": schema}))
    target = [str(tools("postgres") / "target-postgres"), "--config", str(settings)]
    for name in by_connection():
        with subprocess.Popen([*DUETRAIL, "singer", name], stdout=subprocess.PIPE) as tap:
            subprocess.run(target, stdin=tap.stdout, check=True)
        assert tap.returncode == 0


def dlt(_: str) -> None:
    import dlt

    from duetrail.engines.dlt import source

    warehouse = dlt.destinations.duckdb("warehouse.duckdb")
    pipeline = dlt.pipeline(
        "figures", destination=warehouse, dataset_name="all", pipelines_dir="pipelines"
    )
    for name in by_connection():
        pipeline.run(source(name, config=CONFIG))


def export(_: str) -> None:
    subprocess.run([*DUETRAIL, "export", "--to", "parquet:exported"], check=True)


def dask(_: str) -> None:
    import dask
    from distributed import Client, LocalCluster

    from duetrail.engines import dask as engine

    sizes = {"n_workers": 2, "threads_per_worker": 1}
    loopback = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**sizes, **loopback) as cluster, Client(cluster):
        for name, tables in by_connection().items():
            dask.compute(*engine.bags(name, *tables, config=CONFIG).values())


def spark(_: str) -> None:
    from duetrail.engines.spark import tables
    from support.spark_session import session

    one = session("local[2]")
    for name, wanted in by_connection().items():
        for table, df in tables(one, name, *wanted, config=CONFIG).items():
            df.write.parquet(f"read/{name}/{table}")
    one.stop()


RUN: dict[str, Callable[[str], None]] = {
    one.__name__: one for one in (sqlite, postgres, shards, singer, dlt, export, dask, spark)
}

if __name__ == "__main__":
    RUN[sys.argv[1]](sys.argv[2])
