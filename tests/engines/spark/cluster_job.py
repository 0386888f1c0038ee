"""What the test of a cluster runs as its driver: `cluster_job.py MASTER CONFIG TABLES OUT`."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from conftest import session
from duetrail.engines.spark import records


def main(master: str, config: str, tables: str, out: str) -> None:
    """Read tables, named as CONNECTION:TABLE and separated by commas, into a file of pickles."""
    spark = session(
        master,
        **{
            "spark.executor.memory": "512m",
            "spark.task.maxFailures": "8",
        },
    )
    found: dict[str, list[object]] = {}
    for connection, _, table in (name.partition(":") for name in tables.split(",")):
        df = records(spark, connection, table, config=config, readers=6)
        found.setdefault(table, []).extend(df.toArrow().to_pylist())
    Path(out).write_bytes(pickle.dumps(found))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
