"""Start times handed out one after the other, in one process and between processes."""

import errno
import fcntl
import logging
import subprocess
import sys

import pytest

from duetrail.http import RateLimiter, slots
from duetrail.http.private_folder import possible_folders
from duetrail.http.sharing import shared
from duetrail.http.slots import SharedRateLimit, Slots


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of limits of the test's own."""
    monkeypatch.setenv("DUETRAIL_LIMITS_DIR", str(tmp_path / "limits"))
    monkeypatch.setattr(slots, "_told", set())
    return tmp_path / "limits"


def most_in(times, seconds=1.0):
    times = sorted(times)
    return max(sum(begin <= t < begin + seconds for t in times) for begin in times)


@pytest.mark.parametrize("rate", [1, 5, 190, 1000])
def test_close_to_the_limit(clock, rate):
    """No window holds more than the limit, and at most 2 % of it are not used."""
    limiter = RateLimiter(rate, clock=clock, wait=clock.wait)
    times = [limiter.acquire() for _ in range(3 * rate + 1)]
    assert most_in(times) <= rate
    assert (times[-1] - times[0]) / 3 < 1.0205


def test_one_lock_per_permit(folder, clock, monkeypatch):
    """A permit takes the lock of the file once, and sleeps at most once."""
    locks = []
    lock = slots._lock
    monkeypatch.setattr(slots, "_lock", lambda file: locks.append(1) or lock(file))
    limiter = RateLimiter(slots=shared("owner", 190), clock=clock, wait=clock.wait)
    for _ in range(100):
        limiter.acquire()
    assert len(locks) == 100
    assert len(clock.waits) <= 100


def test_two_share_one_rate(folder, clock):
    """Two who share a limit together start no more often than one alone may."""
    both = [RateLimiter(slots=shared("owner", 5), clock=clock, wait=clock.wait) for _ in range(2)]
    times = [both[number % 2].acquire() for number in range(40)]
    assert most_in(times) <= 5


def test_the_strictest_limit(folder, clock):
    """Of the limits of several processes the strictest holds, while its owner asks."""
    strict, lax, none = (shared("owner", rate) for rate in (1, 50, None))
    times = [limit.take(clock.now)[0] for limit in (strict, lax, none, strict, lax, none)]
    assert most_in(times) <= 1
    later = clock.now + 1000
    assert lax.take(later)[0] <= lax.take(later)[0] <= later + 0.02


def test_a_pause_holds_all(folder, clock):
    """A pause that one ran into holds the other, with and without a limit."""
    for rate in (5, None):
        one, two = shared(rate, rate), shared(rate, rate)
        one.pause(clock.now, 30)
        two.pause(clock.now, 5)
        assert two.take(clock.now)[0] == clock.now + 30


@pytest.mark.parametrize("data", [b"", b"x", b"\xff" * 32, b"x" * 32])
def test_a_damaged_file(folder, clock, data):
    """A damaged file keeps nobody waiting."""
    limit = shared("owner", 5)
    limit.path.write_bytes(data)
    assert limit.take(clock.now)[0] <= clock.now


def test_a_slot_far_ahead(folder, clock):
    """A slot or pause far in the future is not waited for: it is not from this clock."""
    limit = shared("owner", 5)
    limit.path.write_bytes(slots._FORMAT.pack(1e6, 1e6, 0.2, 1e6))
    assert limit.take(clock.now)[0] <= clock.now


def test_a_clock_set_back(folder, clock, monkeypatch):
    """The wall clock plays no part."""
    limit = shared("owner", 5)
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert limit.take(clock.now)[0] <= clock.now


def test_a_full_disk(folder, clock, monkeypatch, caplog):
    """A full disk does not lose the limit; what cannot be shared is told once."""
    one = shared("owner", 5)

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.pwrite", full)
    with caplog.at_level(logging.WARNING):
        times = [one.take(clock.now)[0] for _ in range(20)]
    assert most_in(times) <= 5
    assert len(caplog.records) == 1
    assert "No space left" in caplog.text


def test_the_file_keeps_its_size(folder, clock):
    """The file has its room from the start, and is written in place."""
    limit = shared("owner", 5)
    before = limit.path.stat()
    for _ in range(10):
        limit.take(clock.now)
    after = limit.path.stat()
    assert before.st_size == after.st_size == 32
    assert before.st_ino == after.st_ino


def test_a_suspended_holder(folder, clock, monkeypatch):
    """Whoever is suspended while it holds the lock blocks nobody, and the limit stays shared."""
    monkeypatch.setattr(slots, "_LONGEST_LOCK", 0.05)
    one, two = shared("owner", 5), shared("owner", 5)
    times = [one.take(clock.now)[0]]
    with one.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        times += [limit.take(clock.now)[0] for limit in (one, two) * 5]
    assert most_in(times) <= 5
    assert isinstance(one, SharedRateLimit)


def test_a_slot_given_back(folder, clock):
    """A run that is stopped while it waits leaves its slot to the next one."""
    one, two = shared("owner", 0.01), shared("owner", 0.01)
    one.take(clock.now)
    taken = one.take(clock.now)
    one.give_back(clock.now, *taken)
    assert two.take(clock.now) == taken


def test_the_same_folder_for_all(monkeypatch):
    """Cron and a shell find the same folder, whatever their environment holds."""
    monkeypatch.delenv("DUETRAIL_LIMITS_DIR")
    folders = list(possible_folders())
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "TMPDIR", "HOME"):
        monkeypatch.setenv(name, "/nowhere")
    assert list(possible_folders()) == folders != []


def test_a_file_of_its_own(folder):
    """Each credential has a private file of its own; its name confirms no guess."""
    one, same, other = (shared((word,), 5) for word in ("ACME", "ACME", "OTHER"))
    assert one.path == same.path != other.path
    assert "ACME" not in one.path.name
    assert folder.stat().st_mode & 0o077 == one.path.stat().st_mode & 0o077 == 0
    (folder / "salt").unlink()
    assert shared(("ACME",), 5).path.name != one.path.name


@pytest.mark.parametrize("kind", ["open", "link", "salt", "none"])
def test_no_private_folder(folder, tmp_path, caplog, kind):
    """Without a private folder each process keeps the limit by itself, and says so once."""
    if kind == "open":
        folder.mkdir()
        folder.chmod(0o777)
    elif kind == "link":
        folder.symlink_to(tmp_path)
    elif kind == "salt":
        folder.mkdir(mode=0o700)
        (folder / "salt").write_bytes(b"")
    else:
        folder.write_text("no folder")
    assert all(type(shared("owner", 5)) is Slots for _ in range(2))
    assert len(caplog.records) == 1
    assert "DUETRAIL_LIMITS_DIR" in caplog.text


_STARTS = """
from duetrail.http import RateLimiter
from duetrail.http.sharing import shared
limiter = RateLimiter(slots=shared("owner", 20))
for _ in range(20):
    print(limiter.acquire(), flush=True)
"""


def test_processes_share_a_rate(folder):
    """Three processes at once stay together below the limit, in every window of a second."""
    running = [
        subprocess.Popen([sys.executable, "-c", _STARTS], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    times = [float(line) for one in running for line in one.communicate()[0].split()]
    assert [one.returncode for one in running] == [0, 0, 0]
    assert len(times) == 60
    assert most_in(times) <= 20
