"""Spark sessions for tests: this interpreter in all workers, and no address but loopback."""

from __future__ import annotations

import os
import sys
from typing import Any

os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
os.environ["PYSPARK_PYTHON"] = sys.executable


def session(master: str, **settings: Any) -> Any:
    """A session of a master, with nothing listening but on loopback."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master).appName("duetrail")
    fixed = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.memory": "1g",
        "spark.sql.session.timeZone": "UTC",
    }
    for name, value in {**fixed, **settings}.items():
        builder = builder.config(name, value)
    one = builder.getOrCreate()
    one.sparkContext.setLogLevel("OFF")
    return one
