"""Answers to keys share transactions; that changes neither what is stored nor what a kill costs."""

import os
import random
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetrail.pipeline import work
from duetrail.pipeline.pool import Limits
from duetrail.source import Key
from duetrail.stores.sqlite import SqliteStore
from support.nightly import examples

KILLED = Path(__file__).with_name("killed.py")

KEYS = 200


def _answer(n):
    calls = [{"id": f"c{n % 90}", "state": "completed", "seconds": n}, {"id": f"d{n}"}]
    return [{"calls": calls}]


ANSWERS = {
    "invoices": [{"invoices": [{"id": f"i{n}", "number": f"{n}"} for n in range(KEYS)]}],
    # Calls that several invoices show differently, keys that are unknown, and empty answers.
    "calls": {f"{n}": _answer(n) if n % 5 else [] for n in range(KEYS) if n % 9},
}


@pytest.fixture
def commits(monkeypatch):
    """Counts the transactions of every store."""
    seen = []
    real = SqliteStore.transaction

    @contextmanager
    def transaction(self):
        seen.append(1)
        with real(self):
            yield

    monkeypatch.setattr(SqliteStore, "transaction", transaction)
    return seen


def _whole(projects, monkeypatch, group, workers, name):
    monkeypatch.setattr(work, "GROUP", group)
    project = projects(name).answer(**ANSWERS)
    assert project.sync(workers=workers).exit_code == 3
    return project


def test_few_commits(projects, monkeypatch, commits):
    """A key costs a fraction of a transaction, however many workers there are."""
    projects("none").sync()
    without_keys = len(commits)
    for workers in (1, 32):
        commits.clear()
        _whole(projects, monkeypatch, Limits(seconds=3600), workers, f"with-{workers}")
        assert len(commits) - without_keys <= 0.1 * KEYS


def test_one_by_one_or_together(projects, monkeypatch):
    """Where each answer has a transaction of its own, the store and the summary are the same."""
    alone = _whole(projects, monkeypatch, Limits(count=1), 1, "alone")
    together = _whole(projects, monkeypatch, Limits(seconds=3600), 1, "together")
    assert together.digest == alone.digest
    told = [alone.rows("SELECT summary FROM runs"), together.rows("SELECT summary FROM runs")]
    assert told[0] == told[1]


@settings(max_examples=examples(8, 25), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6))
def test_order_in_a_group(ledgers, toy, seed):
    """The order of the answers in a group makes no difference, nor how they are grouped."""
    chance = random.Random(seed)
    keys = [
        toy.batch(
            {"calls": [{"id": f"c{chance.randrange(6)}", "seconds": chance.randrange(4)}]},
            "calls",
            key=Key(f"{n}"),
        )
        for n in range(12)
    ]
    digests = set()
    for _ in range(3):
        ledger = ledgers().run()
        left = [(batch, None) for batch in chance.sample(keys, len(keys))]
        while left:
            size = chance.randint(1, len(left))
            ledger.committer.commit(*left[:size])
            del left[:size]
        digests.add(ledger.digest)
    assert len(digests) == 1


def _kill(project, echo_path, number):
    """Have a sync kill itself with the rows of a group written and not yet durable."""
    command = [sys.executable, str(KILLED), str(project.folder / "duetrail.toml"), "in", number]
    paths = os.pathsep.join(echo_path)
    ended = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


# 9 are written before the first answer: pages of lists, and what is concluded from them.
@pytest.mark.parametrize("number", [10, 11, 12])
def test_killed_in_a_group(projects, echo_path, number):
    """A kill loses the group alone: it is asked again, and the end is as if nothing happened."""
    smooth = projects("smooth").answer(**ANSWERS)
    smooth.sync()
    project = projects("killed").answer(**ANSWERS)
    _kill(project, echo_path, str(number))
    asked = "SELECT shard FROM checkpoints WHERE resource = 'calls' AND state = 'done'"
    done = set(project.rows(asked))
    kept = set(project.rows("SELECT DISTINCT shard FROM pages WHERE resource = 'calls'"))
    assert kept <= done  # no answer without its checkpoint
    assert bool(done) == (number > 10)
    summary = project.sync()
    assert summary.resumed_from == 1
    assert project.digest == smooth.digest


def test_an_interrupt_keeps_what_arrived(project, monkeypatch):
    """Answers that wait for others are committed when the user stops a run."""
    monkeypatch.setattr(work, "GROUP", Limits(seconds=3600))
    project.answer(**ANSWERS)
    read = work.Schedule.read
    seen = []

    def stop(self, task):
        read(self, task)
        seen.append(task)
        if len(seen) == 10:  # invoices, customers, and eight keys
            raise KeyboardInterrupt

    monkeypatch.setattr(work.Schedule, "read", stop)
    with pytest.raises(KeyboardInterrupt):
        project.sync(workers=1)
    asked = (
        "SELECT count(*) FROM checkpoints WHERE resource IN ('calls', 'replies') AND shard <> ''"
    )
    assert project.rows(asked) == [(8,)]
