"""One bucket a credential in the store: whoever uses the store keeps to one limit."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from duetrail.errors import StoreError
from duetrail.http.slots import boot_clock, interval_of
from duetrail.stores import open_store
from duetrail.stores.postgres.connecting import Place
from duetrail.stores.postgres.rates import StoreBudgets
from duetrail.testing import FaultRule, SeenRequest
from duetrail_sandbox.server import Sandbox
from support.postgres import PostgresServer
from support.shards import start_shard

OWNER = ("acme", "https://acme.test", "a secret token")


@pytest.fixture
def machine(url: str) -> Iterator[Callable[..., StoreBudgets]]:
    """Makes what each machine has: a connection of its own to the store."""
    open_store(url, create=True).close()
    made: list[StoreBudgets] = []

    def one() -> StoreBudgets:
        made.append(StoreBudgets(Place.of(url)))
        return made[-1]

    yield one
    for one_made in made:
        one_made.close()


def most_in(times: list[float], seconds: float) -> int:
    """The most times in any stretch of so many seconds."""
    return max(sum(first <= other < first + seconds for other in times) for first in times)


def test_two_machines_share_one_rate(machine: Callable[..., StoreBudgets]) -> None:
    """Starts are handed out one after the other, whoever asks."""
    budgets = [machine()(OWNER, 2.0) for _ in range(2)]
    starts = [budgets[at % 2].take(boot_clock())[0] for at in range(6)]
    # How far the two clocks are apart is guessed by how long the server takes to answer.
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert all(abs(gap - interval_of(2.0)) < 0.25 for gap in gaps)


def test_another_credential(machine: Callable[..., StoreBudgets]) -> None:
    """Each credential has a bucket of its own, and no secret is kept."""
    one = machine()
    one(OWNER, 0.001).take(0)
    start, _ = one(("acme", "https://acme.test", "another"), 0.001).take(0)
    assert start <= boot_clock()
    kept = one.run("SELECT owner, salt FROM duetrail_rates")
    assert len(kept) == 3
    assert b"secret" not in repr(kept).encode()


def test_the_strictest_limit(machine: Callable[..., StoreBudgets]) -> None:
    """Of several limits the strictest counts for all, while whoever asked for it is there."""
    strict, other = machine()(OWNER, 0.1), machine()(OWNER, 100.0)
    strict.take(boot_clock())
    first, behind = other.take(boot_clock())
    assert first > boot_clock() + 8
    assert behind - first == pytest.approx(interval_of(0.1))
    unlimited = machine()(OWNER, None)
    assert unlimited.take(boot_clock())[0] > boot_clock() + 16


def test_without_a_limit(machine: Callable[..., StoreBudgets]) -> None:
    """Where no limit is known nobody waits, until a vendor asks for a pause: then all do."""
    one, other = machine()(OWNER, None), machine()(OWNER, None)
    now = boot_clock()
    assert [one.take(now), other.take(now)] == [(now, 0.0), (now, 0.0)]
    one.pause(now, 30)
    assert other.take(boot_clock())[0] > now + 29
    assert other.paused_until(boot_clock()) > now + 29


def test_a_start_is_given_back(machine: Callable[..., StoreBudgets]) -> None:
    """Who is stopped while it waits leaves its start to the next one."""
    one = machine()(OWNER, 0.1)
    one.take(boot_clock())
    taken = one.take(boot_clock())
    one.give_back(boot_clock(), *taken)
    assert one.take(boot_clock())[0] == pytest.approx(taken[0], abs=1)


def test_who_dies_blocks_nobody(machine: Callable[..., StoreBudgets]) -> None:
    """Nothing is held between two statements."""
    dead = machine()
    dead(OWNER, 100.0).take(boot_clock())
    assert dead._db is not None
    dead._db.close()
    start, _ = machine()(OWNER, 100.0).take(boot_clock())
    assert start < boot_clock() + 1


@pytest.mark.parametrize("column", ["next", "paused_until"])
def test_a_clock_that_was_set_back(machine: Callable[..., StoreBudgets], column: str) -> None:
    """A time far ahead, noted before the server's clock was set right, holds up nobody."""
    one = machine()
    budget = one(OWNER, 10.0)
    budget.take(boot_clock())
    one.run(f"UPDATE duetrail_rates SET {column} = {column} + 1e9 + extract(epoch FROM now())")
    assert budget.take(boot_clock())[0] < boot_clock() + 1
    assert budget.paused_until(0.0) < boot_clock() + 1


def test_rows_that_are_gone(machine: Callable[..., StoreBudgets]) -> None:
    """Somebody may empty the table: each credential gets its row again."""
    one = machine()
    budget = one(OWNER, 10.0)
    budget.take(boot_clock())
    one.run("DELETE FROM duetrail_rates")
    assert budget.take(boot_clock())[0] < boot_clock() + 1
    budget.pause(boot_clock(), 1)


def test_no_server(pg: PostgresServer, machine: Callable[..., StoreBudgets]) -> None:
    """Without its server nothing is asked of a vendor: one clear error."""
    one = machine()
    budget = one(OWNER, 10.0)
    budget.take(boot_clock())
    pg.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name LIKE 'duetrail:%'"
    )
    with pytest.raises(StoreError, match="cannot be used"):
        budget.take(boot_clock())


_STARTS = """
import sys
from duetrail.http import RateLimiter
from duetrail.stores.postgres.connecting import Place
from duetrail.stores.postgres.rates import StoreBudgets
budgets = StoreBudgets(Place.of(sys.argv[1]))
limiter = RateLimiter(slots=budgets("owner", 20))
for _ in range(12):
    print(limiter.acquire(), flush=True)
"""


def test_processes_share_a_rate(url: str) -> None:
    """Five processes at once stay together below the limit, in every window of a second."""
    open_store(url, create=True).close()
    running = [
        subprocess.Popen([sys.executable, "-c", _STARTS, url], stdout=subprocess.PIPE, text=True)
        for _ in range(5)
    ]
    times = [float(line) for one in running for line in one.communicate()[0].split()]
    assert [one.returncode for one in running] == [0] * 5
    assert len(times) == 60
    assert most_in(times, 1.0) <= 20


@pytest.mark.timeout(600)
def test_a_vendor_counts(url: str, tmp_path: Path) -> None:
    """Five shards together send a vendor no more than its limit."""
    limit = 8
    seen: list[float] = []

    def heard(request: SeenRequest) -> None:
        if request.target.startswith("/credira"):
            seen.append(time.monotonic())

    never = FaultRule.of("unavailable@/nowhere")  # what hears each request
    with Sandbox(invoices=14, seed=7, faults=[never], heard=heard) as sandbox:
        config = sandbox.config.replace(
            "[connections.credira]", f"[connections.credira]\nrequests_per_second = {limit}"
        )
        (tmp_path / "duetrail.toml").write_text(config)
        running = [start_shard(f"{one}/5", url, tmp_path) for one in range(1, 6)]
        for one in running:
            one.communicate()
    assert [one.returncode for one in running] == [0] * 5
    assert len(seen) > 3 * limit
    # A request is on its way, and noted here, for a moment more or less than the one before.
    assert most_in(seen, 0.9) <= limit
