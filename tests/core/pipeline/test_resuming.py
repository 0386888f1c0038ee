"""Killed anywhere and resumed, the store says what an uninterrupted run would have it say."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from duetrail import runs
from duetrail.errors import StoreError
from duetrail.pipeline import work
from duetrail.pipeline.pool import Limits
from duetrail.pipeline.stopped import Interrupted

KILLED = Path(__file__).with_name("killed.py")


def _invoice(n):
    calls = [{"id": f"p{n}", "state": "planned" if n % 2 else "completed"}]
    customer = {"id": f"u{n % 3}", "name": f"customer {n % 3}"}
    return {
        "id": f"i{n}",
        "number": f"{n:02}" if n < 12 else None,
        "customer": customer,
        "emails": [{"id": f"e{n}", "subject": n if n == 4 else "s"}],
        "calls": calls,
    }


ANSWERS = {
    "invoices": [{"invoices": [_invoice(3 * p + n) for n in range(3)]} for p in range(5)],
    "customers": [{"customers": [{"id": f"u{n}", "email": "x@example"}]} for n in range(3)],
    "replies": {f"call:p{n}": [{"replies": [{"id": f"r{n}"}]}] for n in range(1, 15, 2)},
    "calls": {f"{n:02}": [{"calls": [{"id": f"c{n // 2}"}]}] for n in range(12) if n != 7},
}


def kill(project, echo_path, where, number):
    """Run until it kills itself there."""
    ended = subprocess.run(
        [sys.executable, str(KILLED), str(project.folder / "duetrail.toml"), where, str(number)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(echo_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.fixture
def asked(toy, monkeypatch):
    """Every shard that Echo is asked for, as (resource, shard)."""
    seen = []
    fetch = toy.plugin.implementations["fetch"]

    def watched(**given):
        seen.append((given["shard"].resource, given["shard"].name))
        return fetch(**given)

    monkeypatch.setitem(toy.plugin.implementations, "fetch", watched)
    return seen


@pytest.fixture
def smooth(projects):
    """The digest of an uninterrupted run."""
    project = projects("smooth").answer(**ANSWERS)
    assert project.sync().exit_code == 3
    return project.digest


def answered(project):
    return set(
        project.rows(
            "SELECT resource, shard FROM checkpoints WHERE state IN ('done', 'unknown') "
            "AND resource IN ('calls', 'replies') AND shard != ''"
        )
    )


# 8 commits of pages, then 7 of replies and 12 of calls, of which one is unknown.
@pytest.mark.parametrize(
    ("where", "number"),
    [("after", n) for n in (1, 4, 8, 9, 13, 20, 26)] + [("in", n) for n in (1, 5, 10, 17)],
)
def test_a_run_resumed_after_any_kill_ends_the_same(
    project, smooth, echo_path, asked, where, number
):
    """Wherever it is killed, a resumed run ends the same, and asks no key twice."""
    kill(project.answer(**ANSWERS), echo_path, where, number)
    before = answered(project)
    assert project.rows("SELECT state FROM runs") == [("running",)]
    asked.clear()
    summary = project.sync()
    assert summary.resumed_from == 1
    assert project.digest == smooth
    assert not before & set(asked)
    assert project.rows("SELECT state FROM runs ORDER BY run") == [("running",), ("ended",)]


def test_killed_twice(project, smooth, echo_path, asked):
    """A resumed run that is killed is resumed from where both came to."""
    project.answer(**ANSWERS)
    kill(project, echo_path, "after", 13)
    kill(project, echo_path, "after", 12)
    before = answered(project)
    asked.clear()
    assert project.sync().resumed_from == 1
    assert project.digest == smooth
    assert not before & set(asked)


def test_after_resuming(project, echo_path, asked):
    """The run after a resumed one asks for everything again, and writes nothing."""
    kill(project.answer(**ANSWERS), echo_path, "after", 15)
    project.sync()
    asked.clear()
    summary = project.sync()
    assert (summary.resumed_from, summary.written) == (None, 0)
    assert len(asked) == 2 + 7 + 12


def test_what_was_set_aside_before_the_kill(project, monkeypatch):
    """An answer with a reject proves nothing of what other answers lack, after a kill as before."""
    monkeypatch.setattr(work, "GROUP", Limits(count=1))
    invoices = [{"invoices": [{"id": f"i{n}", "number": f"{n}"} for n in (1, 2)]}]
    good, bad = {"id": "c"}, {"id": "c", "seconds": -1}
    project.answer(invoices=invoices, calls={"1": [{"calls": []}], "2": [{"calls": [good]}]}).sync()
    project.answer(invoices=invoices, calls={"1": [{"calls": [bad]}], "2": [{"calls": []}]})

    def observer(progress):
        if progress.resource == "calls":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project.sync(observer=observer, workers=1)
    assert project.sync().resumed_from == 2
    assert project.rows("SELECT id FROM calls WHERE absent_since IS NOT NULL") == []


def test_exit_code(project, echo_path):
    """A resumed run tells of unknown keys as the uninterrupted one would have."""
    answers = {
        **ANSWERS,
        "invoices": [{"invoices": [{"id": f"i{n}", "number": str(n)} for n in range(30)]}],
    }
    answers |= {"calls": {str(n): [{"calls": []}] for n in range(1, 30)}, "replies": {}}
    kill(project.answer(**answers), echo_path, "after", 25)
    assert ("calls", "0") in answered(project)
    assert project.sync().exit_code == 3


# --- interrupts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 5, 12, 20])
def test_an_interrupted_run_adds_up_and_can_be_resumed(project, smooth, number):
    """An interrupt leaves a store that adds up, a run marked interrupted, and a way on."""
    heard = []

    def observer(progress):
        heard.append(progress)
        if len(heard) == number:
            raise KeyboardInterrupt

    project.answer(**ANSWERS)
    with pytest.raises(KeyboardInterrupt):
        project.sync(observer=observer)
    ((state, ended, summary),) = project.rows("SELECT state, ended_at, summary FROM runs")
    assert state == "interrupted"
    assert ended
    assert '"resources"' in summary
    assert project.rows("PRAGMA integrity_check") == [("ok",)]
    assert project.rows("SELECT id FROM calls WHERE id NOT IN (SELECT id FROM observations)") == []
    assert project.sync().resumed_from == 1
    assert project.digest == smooth


def test_what_was_finished_is_said_to_be_complete(project):
    """Only what an interrupt has cut off is incomplete in the summary."""

    def observer(progress):
        if progress.resource == "calls":
            raise KeyboardInterrupt

    project.answer(**ANSWERS)
    with pytest.raises(Interrupted) as stopped:
        project.sync(observer=observer, workers=1)
    states = {one.resource: one.state for one in stopped.value.summary.resources}
    assert (states["invoices"], states["calls"]) == ("complete", "incomplete")


# --- how long an answer counts -------------------------------------------------------------------

DAY = datetime(2026, 6, 30, 3, tzinfo=UTC)
TEN = {
    "invoices": [{"invoices": [{"id": f"i{n}", "number": str(n)} for n in range(10)]}],
    "calls": {str(n): [{"calls": []}] for n in range(10)},
}


@pytest.fixture
def cut_off(project, asked, monkeypatch):
    """A run on `DAY` that stopped after seven keys, or under another clock."""
    monkeypatch.setattr(work, "GROUP", Limits(count=1))

    def make(now=DAY, **how):
        def observer(progress):
            if progress.resource == "calls" and progress.shards == 7:
                raise KeyboardInterrupt

        project.answer(**TEN)
        with pytest.raises(KeyboardInterrupt):
            project.sync(observer=observer, workers=1, now=now, **how)
        asked.clear()

    return make


def keys(asked):
    return [shard for resource, shard in asked if resource == "calls"]


def test_full_is_full(project, asked, cut_off):
    """`--full` asks every key, whatever an interrupted run had asked."""
    cut_off()
    summary = project.sync(full=True, now=DAY + timedelta(minutes=1))
    assert (summary.resumed_from, len(keys(asked))) == (None, 10)


@pytest.mark.parametrize(("hours", "count"), [(1, 3), (19, 3), (21, 10), (24 * 30, 10), (-1, 10)])
def test_resuming_expires(project, asked, cut_off, hours, count):
    """What was answered a day ago, or in the future, is asked again."""
    cut_off()
    summary = project.sync(now=DAY + timedelta(hours=hours))
    assert len(keys(asked)) == count
    assert summary.resumed_from == (1 if count == 3 else None)


def test_cut_off_every_night(project, asked, cut_off):
    """A run that is cut off every night asks for every key of that night."""
    for night in range(4):
        cut_off(DAY + timedelta(days=night))
    project.sync(now=DAY + timedelta(days=3, hours=1))
    assert len(keys(asked)) == 3


@pytest.mark.parametrize("how", [StoreError, KeyboardInterrupt, MemoryError])
def test_an_end_that_fails(project, asked, monkeypatch, how):
    """A run that read everything and failed after it does not keep keys from the next run."""
    project.answer(**TEN)

    def fail(*given):
        raise how("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(runs, "link_all", fail)
        for minutes in range(3):
            asked.clear()
            with pytest.raises(how):
                project.sync(now=DAY + timedelta(minutes=minutes))
            assert len(keys(asked)) == 10
    assert project.rows("SELECT DISTINCT state FROM runs") == [("read",)]
    asked.clear()
    assert project.sync(now=DAY + timedelta(hours=1)).resumed_from is None
    assert len(keys(asked)) == 10


def test_answers_of_the_future_are_asked_again(project, asked, cut_off):
    """A cut-off run is resumed; what a second one answered under a clock ahead is asked again."""

    def observer(progress):
        if progress.resource == "calls" and progress.shards == 2:
            raise KeyboardInterrupt

    cut_off()
    with pytest.raises(KeyboardInterrupt):
        project.sync(observer=observer, workers=1, now=DAY + timedelta(hours=5))
    asked.clear()
    summary = project.sync(now=DAY + timedelta(hours=1))
    assert (summary.resumed_from, len(keys(asked))) == (1, 3)
