"""A company, and Spark sessions on loopback."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import chdir
from typing import Any

import pytest

from support.engine_company import Company, company
from support.nightly import examples


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company"), examples(60, 500)) as one:
        yield one


@pytest.fixture(scope="session", autouse=True)
def _loopback() -> None:
    """Spark and its Python workers use this interpreter, and no address but loopback."""
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


@pytest.fixture(scope="session")
def spark(served: Company) -> Iterator[Any]:
    """Two tasks at once; Spark's processes begin in the folder of the configuration."""
    with chdir(served.path.parent):
        one = session("local[2]")
    yield one
    one.stop()
