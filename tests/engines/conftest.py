"""A company that engines read, and a PostgreSQL server that they write to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.engine_company import Company, company
from support.nightly import examples
from support.postgres import PostgresServer, own_server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company; tests that want another size make their own."""
    with company(tmp_path_factory.mktemp("company"), examples(30, 300)) as one:
        yield one


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of PostgreSQL."""
    with own_server() as one:
        yield one
