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


def test_a_name_confirms_no_guess(runtime, tmp_path, monkeypatch):
    """Who knows a name but not the salt of its folder cannot try out secrets against it."""
    mine = shared(("made-up-secret",), 5)
    assert shared(("made-up-secret",), 5).path == mine.path
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "another"))
    (tmp_path / "another").mkdir()
    assert shared(("made-up-secret",), 5).path.name != mine.path.name
    (salt,) = mine.path.parent.glob("salt")
    assert salt.stat().st_mode & 0o077 == 0


def test_a_salt_that_is_damaged(runtime):
    """Without a salt nothing is shared: a name that anybody could make again is not used."""
    folder = shared("owner", 5).path.parent
    (folder / "salt").write_bytes(b"")
    assert shared("owner", 5) is None


def test_processes_agree_on_the_salt(runtime):
    """Processes that begin at the same moment find each other."""
    code = "from duetrail.http.budget import shared; print(shared('owner', 5).path.name)"
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert len({one.communicate()[0] for one in running}) == 1
    assert [one.returncode for one in running] == [0, 0, 0]


@pytest.mark.parametrize("days", [0.01, 1, 10])
def test_a_rate_of_days(runtime, clock, days):
    """A request every so many days is a limit, too."""
    budget = shared("owner", 1 / (days * 86_400))
    budget.clock = lambda: clock[0]
    first, second = turns(budget, clock, 2)
    assert second - first >= days * 86_400


def test_the_strictest_limit(tmp_path, clock):
    """Of several limits the strictest holds, in whatever order they are set."""
    for rates in ((1, 50), (50, 1)):
        budget = Budget(tmp_path / str(rates[0]), None, lambda: clock[0])
        for rate in rates:
            budget.limit(rate)
        first, second = turns(budget, clock, 2)
        assert second - first >= 1


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
