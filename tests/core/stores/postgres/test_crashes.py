"""A sync that is killed, or whose server is, ends in the digest of an undisturbed one."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from duetrail import api
from duetrail.stores import open_store
from support.engines import engine
from support.nightly import examples
from support.postgres import PostgresServer, own_server
from support.stored import digest_at

psycopg = engine("psycopg")

KILLED = Path(__file__).with_name("killed.py")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the configuration of a company of four invoices, whose vendors answer."""
    from duetrail_sandbox.server import Sandbox

    folder = tmp_path_factory.mktemp("crashes")
    with Sandbox(invoices=4, seed=3) as sandbox:
        (folder / "duetrail.toml").write_text(sandbox.config)
        yield folder


def _sync(folder: Path, url: str, kill_at: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, KILLED, str(kill_at), url]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def whole(sandbox: Path) -> tuple[str, int]:
    """The digest of an undisturbed sync, and how many statements it took."""
    from support.postgres import server

    url = server().new_url()
    done = _sync(sandbox, url)
    assert done.returncode == 0, done.stderr
    return digest_at(url), int(done.stdout.split()[-1])


@pytest.mark.timeout(600)
def test_killed_at_any_statement(sandbox: Path, pg: PostgresServer, whole) -> None:
    """Wherever it is killed, the next sync makes the store whole; no lock is left behind."""
    wanted, statements = whole
    points = examples(8, 60)
    for point in range(points):
        url = pg.new_url()
        killed = _sync(sandbox, url, 1 + (2 * point + 1) * statements // (2 * points))
        assert killed.returncode == -signal.SIGKILL
        again = _sync(sandbox, url)
        assert again.returncode == 0, again.stderr
        assert digest_at(url) == wanted


@pytest.fixture
def own() -> Iterator[PostgresServer]:
    with own_server() as one:
        yield one


def _at_commit(patched: pytest.MonkeyPatch, number: int, happen: Callable) -> None:
    """Let something happen, to which the cursor is given, before this commit is sent."""
    execute, commits = psycopg.Cursor.execute, count(1)

    def counting(cursor, query, *more, **named):
        if query == "COMMIT" and next(commits) == number:
            happen(cursor)
        return execute(cursor, query, *more, **named)

    patched.setattr(psycopg.Cursor, "execute", counting)


@pytest.mark.parametrize("commit", [4, 9])
def test_the_server_is_started_anew(
    sandbox: Path, own: PostgresServer, whole, commit: int, monkeypatch, run: Callable
) -> None:
    """The sync ends with one clear line; the next one makes the store whole."""
    url = own.new_url()
    _at_commit(monkeypatch, commit, lambda _: own.restart())
    config = sandbox / "duetrail.toml"
    done = run("--config", config, "--store", url, "sync", "--workers", "1")
    assert done.code == 1
    assert "cannot be used" in done.err
    assert "run again" in done.err
    assert "Traceback" not in done.err
    assert api.sync(config=config, store=url, workers=1).exit_code == 0
    assert digest_at(url) == whole[0]


@pytest.mark.parametrize("commit", [3, 6])
def test_an_interrupt_between_a_statement_and_its_answer(
    sandbox: Path, pg: PostgresServer, whole, commit: int, monkeypatch, run: Callable
) -> None:
    """The run is noted as interrupted, the lock is free, and the next sync makes it whole."""
    url = pg.new_url()

    def interrupt(cursor):
        cursor.connection.pgconn.send_query(b"SELECT pg_sleep(0)")
        raise KeyboardInterrupt

    config = sandbox / "duetrail.toml"
    with monkeypatch.context() as patched:
        _at_commit(patched, commit, interrupt)
        done = run("--config", config, "--store", url, "sync", "--workers", "1")
    assert done.code == 130
    store = open_store(url)
    assert [one.state for one in store.runs()] == ["interrupted"]
    assert not store.is_held()
    store.close()
    assert api.sync(config=config, store=url, workers=1).exit_code == 0
    assert digest_at(url) == whole[0]
