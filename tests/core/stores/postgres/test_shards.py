"""Several processes read one sync into one store: each its shard, and together one digest."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import frozen

from duetrail import api
from duetrail.pipeline import sharded
from duetrail.stores import open_store
from duetrail_sandbox.server import Sandbox
from support.engines import engine
from support.nightly import first
from support.postgres import PostgresServer, server
from support.shards import start_shard
from support.stored import digest_at

psycopg = engine("psycopg")


@frozen
class Many:
    """A company whose vendors answer, and processes that read it.

    Attributes:
        sandbox: The vendors.
        folder: Where the configuration is.
    """

    sandbox: Sandbox
    folder: Path

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "duetrail.toml"

    def start(
        self, shard: str, url: str, *more: str, patience: float = 60, kill_at: int = 0
    ) -> subprocess.Popen[str]:
        """A shard that goes on as a process."""
        return start_shard(shard, url, self.folder, *more, patience=patience, kill_at=kill_at)

    def all_of(self, count: int, url: str, **how: float) -> list[int]:
        """Every shard of so many at once; their exit codes."""
        running = [self.start(f"{one}/{count}", url, **how) for one in range(1, count + 1)]
        for one in running:
            one.communicate()
        return [one.returncode for one in running]

    def one(self, shard: str, url: str, **how: object) -> api.Summary:
        """A shard here and now."""
        return api.sync(config=self.config, store=url, workers=2, shard=shard, **how)

    def ordinary(self) -> str:
        """The digest of an ordinary sync into a SQLite store, which is gone on with each time."""
        url = f"sqlite:///{self.folder}/store.db"
        api.sync(config=self.config, store=url)
        return digest_at(url)


@pytest.fixture
def many(tmp_path: Path, pg: PostgresServer) -> Iterator[Many]:
    """A company of eight invoices."""
    with Sandbox(invoices=8, seed=7) as sandbox:
        (tmp_path / "duetrail.toml").write_text(sandbox.config)
        yield Many(sandbox, tmp_path)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards in this process wait for nobody."""
    monkeypatch.setattr(sharded, "PATIENCE", 0.0)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", first(1, [5, 1, 2]))
def test_one_digest(many: Many, url: str, count: int) -> None:
    """However many processes read a sync, the store is the one of an ordinary sync."""
    assert many.all_of(count, url) == [0] * count
    assert digest_at(url) == many.ordinary()


@pytest.mark.timeout(600)
def test_days_go_by(many: Many, url: str) -> None:
    """What changes and vanishes is concluded once, from what all shards have read."""
    for _ in range(3):
        assert {*many.all_of(2, url)} <= {0, 3}  # some vendor does not know a key any more
        assert digest_at(url) == many.ordinary()
        many.sandbox.pass_days(3)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kill_at", first(1, [6, 3, 9]))
def test_one_of_five_is_killed(many: Many, url: str, kill_at: int) -> None:
    """The others end, and the killed one alone, run again, makes the whole."""
    # Shard 5 reads lists that give keys, so that the others have to go on without them.
    killed = many.start("5/5", url, kill_at=kill_at)
    others = [many.start(f"{one}/5", url, patience=2) for one in range(1, 5)]
    for one in (killed, *others):
        one.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert [one.returncode for one in others] == [0] * 4
    again = many.start("5/5", url, "--json")
    out, err = again.communicate()
    assert again.returncode == 0, err
    summary = json.loads(out)
    assert summary["shard"]["open"] == []
    assert summary["shard"]["whole"]["state"] == "ended"
    assert digest_at(url) == many.ordinary()


def test_one_after_the_other(many: Many, url: str, impatient: None) -> None:
    """Shards need not run at the same time: the last one reads what the others could not know."""
    for shard in ("2/3", "1/3"):
        summary = many.one(shard, url)
        assert summary.exit_code == 0
        assert summary.shard is not None
        assert summary.shard.whole is None
    summary = many.one("3/3", url)
    assert summary.shard is not None
    assert summary.shard.whole is not None
    assert digest_at(url) == many.ordinary()


def test_a_shard_that_is_done(many: Many, url: str, run: Callable, impatient: None) -> None:
    """Run again, it says so and asks nothing."""
    command = ("--config", many.config, "--store", url, "sync", "--shard")
    first_time = run(*command, "1/2")
    assert first_time.code == 0
    assert "still to be read are the shards 2" in first_time.out
    asked = len(many.sandbox.requests)
    again = run(*command, "1/2")
    assert again.code == 0
    assert "Shard 1 of 2 of run 1 was done already: nothing was asked." in again.out
    assert len(many.sandbox.requests) == asked


def test_a_shard_in_which_something_failed(many: Many, url: str, impatient: None) -> None:
    """As long as the whole is open, it is read again, and then counts as if it had not failed."""
    good = many.config.read_text()
    many.config.write_text(good.replace("sandbox-exante-token", "sandbox-wrong-token"))
    shards = ["3/3", "1/3", "2/3"]  # the first of these has that list
    codes = [many.one(shard, url).exit_code for shard in shards[:2]]
    assert codes == [1, 0]
    many.config.write_text(good)
    for shard, code in zip(shards, codes, strict=False):
        asked = len(many.sandbox.requests)
        assert many.one(shard, url).exit_code == 0
        assert (len(many.sandbox.requests) > asked) == (code == 1)
    summary = many.one("2/3", url)
    assert summary.exit_code == 0
    assert digest_at(url) == many.ordinary()


def test_all_closed_but_the_last_note(many: Many, url: str, impatient: None) -> None:
    """Where whoever closed was killed at its end, a shard that is done closes the whole."""
    store = open_store(url, create=True)
    try:
        many.one("1/2", url)
        notes = store.shard_notes()
        assert set(notes) == {(1, 0), (1, 1)}
        many.one("2/2", url)
        done = dict(store.shard_notes())
        assert set(done) == {(1, -1)}
        # As if the run had been ended, and nothing noted of that.
        store.drop_shard_notes()
        for (run, shard), text in notes.items():
            store.put_shard_note(run, shard, text)
        store.put_shard_note(1, 2, notes[1, 1])
        assert store.settled_run() == 0
        again = many.one("2/2", url)
        assert store.settled_run() == 1
    finally:
        store.close()
    assert again.shard is not None
    assert again.shard.whole is not None
    assert digest_at(url) == many.ordinary()


def test_a_sync_with_an_id(many: Many, url: str, impatient: None) -> None:
    """A shard of a sync that is closed asks nothing; another id is another sync."""
    for shard in ("1/2", "2/2"):
        many.one(shard, url, sync_id="night 1")
    asked = len(many.sandbox.requests)
    again = many.one("1/2", url, sync_id="night 1")
    assert (again.run, again.exit_code, len(many.sandbox.requests)) == (1, 0, asked)
    assert many.one("1/2", url, sync_id="night 2").run == 2


def test_the_next_sync(many: Many, url: str, impatient: None) -> None:
    """Once all shards have been read, the same commands are the next sync."""
    runs = [many.one(shard, url).run for shard in ("1/2", "2/2", "2/2", "1/2")]
    assert runs == [1, 1, 2, 2]


def test_an_ordinary_sync_takes_over(many: Many, url: str, impatient: None) -> None:
    """A sync in shards that is given up is gone on with by whatever sync comes next."""
    many.one("1/2", url)
    summary = api.sync(config=many.config, store=url)
    assert (summary.run, summary.resumed_from, summary.exit_code) == (2, 1, 0)
    feed = api.changes(since=1, store=url)
    assert (len([*feed]) > 0, feed.cursor) == (True, 2)
    assert digest_at(url) == many.ordinary()
    assert many.one("1/2", url).run == 3


def test_whoever_copies_changes_misses_no_late_shard(many: Many, url: str, impatient: None) -> None:
    """Whoever copies what changed misses nothing of shards that come hours later."""
    copy = {}
    cursor = 0
    for shard in ("1/3", "3/3", "2/3"):
        many.one(shard, url)
        feed = api.changes(since=cursor, store=url)
        cursor = feed.cursor
        copy |= {(one.table, one.connection, one.id): one.row for one in feed}
        assert cursor == (1 if shard == "2/3" else 0)
    feed = api.changes(store=url)
    assert copy == {(one.table, one.connection, one.id): one.row for one in feed}


@pytest.mark.parametrize(
    ("shard", "says"),
    [
        ("0/5", "Shards count from 1: the first is 1/5, the last 5/5."),
        ("6/5", "Write the second of five as 2/5."),
        ("2", "Write the second of five as 2/5."),
        ("-1/5", "Write the second of five as 2/5."),
        ("2/0", "Write the second of five as 2/5."),
    ],
)
def test_a_shard_that_cannot_be_is_refused(
    many: Many, url: str, run: Callable, shard: str, says: str
) -> None:
    """A shard that cannot be is refused before anything is asked."""
    done = run("--config", many.config, "--store", url, "sync", f"--shard={shard}")
    assert done.code == 2
    assert f"{shard!r} is no shard of a sync" in done.err
    assert says in done.err


def test_a_store_for_one_process(many: Many, run: Callable) -> None:
    """A store that only one process may write to has no shards."""
    store = f"sqlite:///{many.folder}/one.db"
    done = run("--config", many.config, "--store", store, "sync", "--shard", "1/2")
    assert done.code == 2
    assert "so a sync into it has no shards" in done.err
    assert "postgresql://" in done.err


def test_a_limit(many: Many, url: str, run: Callable) -> None:
    """Only so many items of each shard are no part of anything."""
    done = run("--config", many.config, "--store", url, "sync", "--shard", "1/2", "--limit", "3")
    assert done.code == 2
    assert "a limit has no place in it" in done.err


def test_the_same_shard_twice(many: Many, url: str, run: Callable) -> None:
    """Of two processes with one number the second is refused; so is an ordinary sync."""
    store = open_store(url, create=True)
    sync = ("--config", many.config, "--store", url, "sync")
    try:
        with store.sharing(2):
            twice = run(*sync, "--shard", "2/5")
            ordinary = run(*sync)
        with store.exclusive():
            beside = run(*sync, "--shard", "2/5")
    finally:
        store.close()
    assert [one.code for one in (twice, ordinary, beside)] == [1, 1, 1]
    assert "another process is at work as shard 2" in twice.err
    assert "another command is writing to the store" in ordinary.err
    assert "another command is writing to the store" in beside.err
    assert not many.sandbox.requests


@pytest.mark.parametrize("more", [("1/4",), ("1/3", "--full"), ("1/3", "--select", "calls")])
def test_shards_of_two_syncs(
    many: Many, url: str, run: Callable, impatient: None, more: tuple[str, ...]
) -> None:
    """What is not read in the same way by as many is another sync, which has to wait."""
    many.one("2/3", url)
    store = open_store(url)
    try:
        with store.sharing(3):
            store.begin_work(3)
            done = run("--config", many.config, "--store", url, "sync", "--shard", *more)
    finally:
        store.close()
    assert done.code == 1
    assert "goes on in the store" in done.err
    assert "(at work: 3)" in done.err


def test_the_server_is_lost(
    many: Many, url: str, run: Callable, monkeypatch, impatient: None
) -> None:
    """A shard whose connection is lost ends with one clear line, and is run again."""
    execute, commits = psycopg.Cursor.execute, 0

    def losing(cursor, query, *more, **named):
        nonlocal commits
        commits += query == "COMMIT"
        if query == "COMMIT" and commits == 6:
            server().run(f"SELECT pg_terminate_backend({cursor.connection.info.backend_pid})")
        return execute(cursor, query, *more, **named)

    sync = ("--config", many.config, "--store", url, "sync", "--workers", "1", "--shard", "1/1")
    monkeypatch.setattr(psycopg.Cursor, "execute", losing)
    done = run(*sync)
    assert done.code == 1
    assert "run again; everything committed is kept" in done.err
    assert "Traceback" not in done.err
    assert run(*sync).code == 0
    assert digest_at(url) == many.ordinary()
