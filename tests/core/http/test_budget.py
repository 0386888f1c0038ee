"""One budget per credential, for all processes of a user on one machine."""

import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from duetrail.http import Governor
from duetrail.http.budget import Budget, shared


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    """A runtime folder of the test's own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def turns(budget, clock, count):
    """The times at which so many turns are taken, one after the other."""
    times = []
    while len(times) < count:
        seconds = budget.seconds_to_go()
        if seconds:
            clock[0] += seconds
        else:
            times.append(clock[0])
    return times


@pytest.fixture
def clock():
    return [1_000_000.0]


def test_two_share_one_rate(tmp_path, clock):
    """Two who share a budget together start no more often than one alone may."""
    one, two = (Budget(tmp_path / "b", 0.1, lambda: clock[0]) for _ in range(2))
    times = sorted(turns(one, clock, 10) + turns(two, clock, 10))
    assert all(later - first >= 0.0999 for first, later in pairwise(times))


def test_a_pause_holds_all(tmp_path, clock):
    """A pause that one ran into holds the other, with and without a known rate."""
    for seconds in (0.1, None):
        one, two = (Budget(tmp_path / str(seconds), seconds, lambda: clock[0]) for _ in range(2))
        assert two.seconds_to_go() == 0
        one.pause(30)
        assert two.seconds_to_go() == pytest.approx(30)
        clock[0] += 31
        assert two.seconds_to_go() == 0


def test_the_latest_end_counts(tmp_path, clock):
    """Of several pauses the one that ends last counts, whoever made it."""
    one, two = (Budget(tmp_path / "b", None, lambda: clock[0]) for _ in range(2))
    one.pause(30)
    two.pause(5)
    assert one.seconds_to_go() == pytest.approx(30)


@pytest.mark.parametrize("text", ["", "[", "[1]", '["a", "b"]', "[9e99, 9e99]", "null"])
def test_a_file_nobody_can_read(tmp_path, clock, text):
    """A damaged file, or a turn in a far future, keeps nobody waiting."""
    (tmp_path / "b").write_text(text)
    assert Budget(tmp_path / "b", 0.1, lambda: clock[0]).seconds_to_go() == 0


def test_a_file_of_its_own(runtime):
    """Each credential has a file of its own, private, with no word of the credential in it."""
    one = shared(("acme", "https://api.acme.example", ("env:ACME_TOKEN",)), 5)
    other = shared(("acme", "https://api.acme.example", ("env:OTHER",)), 5)
    assert one.path != other.path
    one.seconds_to_go()
    assert "ACME" not in one.path.name + one.path.read_text()
    assert one.path.parent.stat().st_mode & 0o077 == 0


def test_a_folder_of_somebody_else(runtime):
    """A folder that others may write to is not used: then each process is on its own."""
    folder = runtime / f"duetrail-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    assert shared("owner", 5) is None
    folder.rmdir()
    folder.symlink_to(runtime)
    assert shared("owner", 5) is None


def test_no_folder(monkeypatch):
    """Without a runtime folder there is nothing to share, and nothing fails."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere/at/all")
    assert shared("owner", None) is None


def test_a_governor_with_a_budget(runtime):
    """A governor tells its pauses, and waits out those of others."""
    waits = []
    mine = Governor(budget=shared("owner", None), wait=lambda s: waits.append(s) or time.sleep(s))
    Governor(budget=shared("owner", None)).pause(0.2)
    mine.permit()
    assert sum(waits) == pytest.approx(0.2, abs=0.15)


_STARTS = """
import sys, time
from duetrail.http import Governor
from duetrail.http.budget import shared
governor = Governor(20, budget=shared("owner", 20))
for _ in range(20):
    governor.permit()
    print(time.time(), flush=True)
"""


def test_processes_share_a_rate(runtime):
    """Three processes at once stay together below the rate, in every window of a second."""
    running = [
        subprocess.Popen([sys.executable, "-c", _STARTS], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    times = sorted(float(line) for one in running for line in one.communicate()[0].split())
    assert [one.returncode for one in running] == [0, 0, 0]
    assert len(times) == 60
    assert max(sum(t <= other < t + 1 for other in times) for t in times) <= 20
    assert Path(runtime).exists()
