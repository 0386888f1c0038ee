"""Whoever closes a sync in shards is killed meanwhile: run again, that shard closes the whole."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from attrs import frozen

from duetrail import api
from duetrail.pipeline import sharded
from duetrail.pipeline.digest import digest
from duetrail.stores import open_store
from duetrail.testing import Answer, FaultProxy, FaultRule
from duetrail.testing.faults import instead
from duetrail_sandbox.server import Sandbox
from support.engines import engine
from support.nightly import NIGHTLY
from support.postgres import PASSWORD, PostgresServer, server
from support.shards import start_shard

engine("psycopg")

# How many of the commits of closing a push tries to kill at.
SOME = 3
_numbers = count(1)

# A list that is empty all at once is not believed before it is read so again.
NOTHING = instead("nothing", Answer.of({"current_page": 0, "total_records": 0, "data": []}))
LIST = r"/v1/invoices\?"


@frozen
class Unclosed:
    """A full sync in two shards, after a first one, of which shard 2 is still to be read.

    Attributes:
        folder: Where the configuration is.
        server: Has the store.
        database: The store's own.
        wanted: The digest of an ordinary sync, into SQLite, on both days.
    """

    folder: Path
    server: PostgresServer
    database: str
    wanted: str

    def copy(self) -> str:
        """The URL of a copy of the store."""
        name = f"copy_{next(_numbers)}"
        self.server.run(f"CREATE DATABASE {name} TEMPLATE {self.database}")
        return url_of(self.server, name)

    def second(self, url: str, kill_at: str) -> tuple[int, str]:
        """Shard 2 as a process that kills itself; its exit code, and what it said."""
        running = start_shard("2/2", url, self.folder, "--full", patience=0, kill_at=kill_at)
        out, err = running.communicate()
        return running.returncode, out or err


def url_of(pg: PostgresServer, database: str) -> str:
    return f"postgresql://duetrail:{PASSWORD}@127.0.0.1:{pg.port}/{database}"


def digest_of(url: str) -> str:
    store = open_store(url)
    try:
        return digest(store)
    finally:
        store.close()


@pytest.fixture(params=["days go by", "a list is empty"])
def unclosed(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Unclosed]:
    monkeypatch.setattr(sharded, "PATIENCE", 0.0)
    pg, config, sqlite = server(), tmp_path / "duetrail.toml", f"sqlite:///{tmp_path}/store.db"
    database = f"closing_{next(_numbers)}"
    pg.run(f"CREATE DATABASE {database}")
    url = url_of(pg, database)
    with Sandbox(invoices=8, seed=7) as sandbox, FaultProxy(sandbox.base_urls["stuut"]) as proxy:
        config.write_text(sandbox.config.replace(sandbox.base_urls["stuut"], proxy.url))
        for shard in ("1/2", "2/2"):
            assert api.sync(config=config, store=url, shard=shard).exit_code in (0, 3)
        api.sync(config=config, store=sqlite)
        if request.param == "days go by":
            sandbox.pass_days(3)
        else:
            proxy.begin(FaultRule(NOTHING, path=LIST, times=None))
        assert api.sync(config=config, store=url, shard="1/2", full=True).exit_code in (0, 3)
        summary = api.sync(config=config, store=sqlite, full=True)
        assert summary.exit_code == 3 or not proxy.faulted
        yield Unclosed(tmp_path, pg, database, digest_of(sqlite))


@pytest.mark.timeout(3600)  # all of them, in the nightly run
def test_killed_at_each_commit_of_closing(unclosed: Unclosed) -> None:
    """What is concluded once is concluded once: the store is that of an ordinary sync."""
    code, said = unclosed.second(unclosed.copy(), "closing:0")
    assert code in (0, 3), said
    commits = int(said.split()[-1])
    assert commits > SOME
    tried = range(1, commits + 1) if NIGHTLY else range(3, commits + 1, commits // SOME)
    for number in tried:
        url = unclosed.copy()
        code, said = unclosed.second(url, f"closing:{number}")
        assert code == -signal.SIGKILL, said
        code, said = unclosed.second(url, "0")
        assert code in (0, 3), said
        assert digest_of(url) == unclosed.wanted, f"killed at {number} of {commits}"
        assert states_of(url) == ["ended", "ended"]


def states_of(url: str) -> list[str]:
    store = open_store(url)
    try:
        return [run.state for run in store.runs()]
    finally:
        store.close()
