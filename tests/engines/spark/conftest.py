"""A company, and Spark sessions on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import chdir
from typing import Any

import pytest

from support.engine_company import Company, company
from support.nightly import examples
from support.spark_session import session


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company"), examples(60, 200)) as one:
        yield one


@pytest.fixture(scope="session")
def spark(served: Company) -> Iterator[Any]:
    """Two tasks at once; Spark's processes begin in the folder of the configuration."""
    with chdir(served.path.parent):
        one = session("local[2]")
    yield one
    one.stop()
