"""One made-up company for the tests of engines: served, synced in one process, and counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from duetrail import api
from duetrail.config import Config, read_config
from duetrail.model import Link, Ref
from duetrail.stores import CountQuery, LinkQuery, RecordQuery, Store, open_store
from duetrail_sandbox.server import Sandbox
from support.read_back import digest_of


@frozen
class Company:
    """A sandbox, its configuration, and the store of a sync in one process.

    Attributes:
        sandbox: The running sandbox.
        path: The configuration file.
        store: The store.
    """

    sandbox: Sandbox
    path: Path
    store: Store

    @property
    def config(self) -> Config:
        """The configuration."""
        return read_config(self.path)

    @property
    def tables(self) -> list[tuple[str, str]]:
        """Each connection with each record table that it fills."""
        found = []
        for name in self.config.connections:
            source = self.config.connection(name)
            reads = [s for s in source.streams() if source.connection.reads(s.resource)]
            found += [(name, table) for table in sorted({t for s in reads for t in s.tables})]
        return found

    @property
    def by_connection(self) -> dict[str, list[str]]:
        """The same by connection."""
        found: dict[str, list[str]] = {}
        for connection, table in self.tables:
            found.setdefault(connection, []).append(table)
        return found

    def count(self, connection: str, table: str) -> int:
        """How many records of a table the connection has."""
        return self.store.counts(CountQuery(table))[connection]

    def ids(self, connection: str, table: str) -> list[str]:
        """The ids of the records of a table, sorted."""
        return sorted(row.id for row in self.store.records(RecordQuery(table, connection)))

    def links(self, connection: str, table: str, id: str) -> list[Link]:
        """The links of a record."""
        return list(self.store.links(LinkQuery(touches=[Ref(connection, table, id)])))

    def digest(self, *tables: str) -> str:
        """The digest of the sync in one process; see `support.read_back.digest_of`."""
        return digest_of(self.store, *tables)


@contextmanager
def company(folder: Path, invoices: int, **how: Any) -> Iterator[Company]:
    """A company with so many invoices, synced into a store in a folder.

    Args:
        folder: Where configuration and store are.
        invoices: How many it has.
        **how: As for `Sandbox`.
    """
    with Sandbox(invoices=invoices, **how) as sandbox:
        path = folder / "duetrail.toml"
        path.write_text(sandbox.config)
        assert api.sync(config=path, workers=4).exit_code == 0
        config = read_config(path)
        store = open_store(config.store, folder=folder)
        try:
            yield Company(sandbox, path, store)
        finally:
            store.close()
