"""What the test of a cluster runs as its driver: `cluster_job.py MASTER CONFIG GROUPS OUT`."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from conftest import session
from duetrail.engines.spark import tables


def main(master: str, config: str, groups: str, out: str) -> None:
    """Read tables, named as CONNECTION:TABLE+TABLE,CONNECTION:TABLE, into a file of pickles."""
    spark = session(
        master,
        **{
            "spark.executor.memory": "512m",
            "spark.task.maxFailures": "8",
        },
    )
    found: dict[str, list[object]] = {}
    for connection, _, names in (group.partition(":") for group in groups.split(",")):
        read = tables(spark, connection, *names.split("+"), config=config, readers=6)
        for table, df in read.items():
            found.setdefault(table, []).extend(df.toArrow().to_pylist())
    Path(out).write_bytes(pickle.dumps(found))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
