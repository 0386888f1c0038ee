"""What tests of the PostgreSQL store share: a server, and a company synced into it and SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import frozen

from duetrail import api
from duetrail.stores import Store, open_store
from support.postgres import PostgresServer, server


@pytest.fixture
def pg() -> PostgresServer:
    """The server of this process."""
    return server()


@pytest.fixture
def url(pg: PostgresServer) -> str:
    """The URL of a store that is not made yet."""
    return pg.new_url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A new store in PostgreSQL; `keep` writes to it."""
    one = open_store(url, create=True)
    yield one
    one.close()


@frozen
class Company:
    """A made-up company, synced into a store of each kind.

    Attributes:
        folder: Where its configuration is.
        postgres: The URL of one store.
        sqlite: The URL of the other.
    """

    folder: Path
    postgres: str
    sqlite: str

    def sync(self, store: str) -> None:
        """Sync into a store, in an order that depends on nothing."""
        config = self.folder / "duetrail.toml"
        assert api.sync(config=config, store=store, workers=1).exit_code == 0


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company of twelve invoices, whose vendors answer as long as the tests of a module run."""
    from duetrail_sandbox.server import Sandbox

    folder = tmp_path_factory.mktemp("company")
    one = Company(folder, server().new_url(), f"sqlite:///{folder}/store.db")
    with Sandbox(invoices=12, seed=7) as sandbox:
        (folder / "duetrail.toml").write_text(sandbox.config)
        one.sync(one.postgres)
        one.sync(one.sqlite)
        yield one


@pytest.fixture
def opened() -> Iterator[Callable[[str], Store]]:
    """Opens stores, and closes them after the test."""
    stores: list[Store] = []

    def one(url: str) -> Store:
        stores.append(open_store(url))
        return stores[-1]

    yield one
    for store in stores:
        store.close()
