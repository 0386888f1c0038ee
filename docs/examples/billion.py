"""A billion calls and emails on paper: how long engines read, and what that costs.

`python billion.py` simulates the scheduler of a cluster for the cases below. Put in your own
vendor: its limit, its answers, how many credentials you have.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass

TOUCHES = 1_000_000_000
LATENCY = 0.2  # seconds from a request to its answer
READ = 0.0005  # CPU seconds a touch takes to be read and mapped
MERGE = 0.0002  # ... and to be shuffled and merged
LIFE = 200 * 3600.0  # seconds after which an executor is lost, on average
DOWN = 120.0  # seconds until another has taken its place
PRICE = 0.05  # dollars for an hour of one core


@dataclass(frozen=True)
class Case:
    """What is read.

    Attributes:
        name: What it is called.
        touches: How many calls and emails.
        per_request: How many of them an answer holds.
        limit: Requests a second that a credential may send.
        readers: Tasks that read at once.
        credentials: How many credentials there are, each with its own limit and readers.
        job: Requests that a task sends: what is lost with an executor is asked again.
    """

    name: str
    touches: int
    per_request: int
    limit: float
    readers: int
    credentials: int = 1
    job: int = 5_000


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        requests: Requests sent, of all credentials.
        again: How many of them were sent again because an executor was lost.
        hours: From begin to end, of the slowest credential.
        tasks: Tasks, of all credentials.
        core_hours: Cores in use, times hours.
        rate: The most requests a second that one credential sent over the whole time.
    """

    requests: int
    again: int
    hours: float
    tasks: int
    core_hours: float
    rate: float


def simulate(case: Case, seed: int = 0) -> Outcome:
    """Deal out the tasks of each credential to its readers, and lose some of them on the way."""
    chance = random.Random(seed)
    wanted = -(-case.touches // case.per_request)
    share = -(-wanted // case.credentials)
    runs = [_read(case, share, chance) for _ in range(case.credentials)]
    requests = sum(sent for sent, _, _ in runs)
    seconds = max(ended for _, ended, _ in runs)
    busy = sum(ended for _, ended, _ in runs) * case.readers + case.touches * MERGE
    return Outcome(
        requests,
        requests - share * case.credentials,
        seconds / 3600,
        sum(tasks for _, _, tasks in runs),
        busy / 3600,
        max(sent / ended for sent, ended, _ in runs),
    )


def _read(case: Case, requests: int, chance: random.Random) -> tuple[int, float, int]:
    """The requests sent for one credential, when the last one ended, and the tasks there are."""
    # Each reader keeps to its part of the limit; it sends one request after the other.
    pace = max(case.readers / case.limit, LATENCY + case.per_request * READ)
    jobs = [min(case.job, requests - at) for at in range(0, requests, case.job)]
    waiting = jobs[::-1]
    free = [(0.0, reader) for reader in range(case.readers)]
    sent, end = 0, 0.0
    while waiting:
        now, reader = heapq.heappop(free)
        job = waiting.pop()
        lost_after = chance.expovariate(1 / LIFE)
        if lost_after < job * pace:
            waiting.append(job)
            sent += int(lost_after / pace)
            heapq.heappush(free, (now + lost_after + DOWN, reader))
            continue
        sent += job
        end = max(end, now + job * pace)
        heapq.heappush(free, (now + job * pace, reader))
    return sent, end, len(jobs)


CASES = (
    Case("lists, 200 on a page", TOUCHES, 200, 10, 8),
    Case("the same, a limit of 100", TOUCHES, 200, 100, 40),
    Case("the same, 200 readers", TOUCHES, 200, 100, 200),
    Case("asked per invoice, 10 each", TOUCHES, 10, 100, 40),
    Case("the same, tasks of 50 keys", TOUCHES, 10, 100, 40, job=50),
    Case("the same, 10 credentials", TOUCHES, 10, 100, 40, credentials=10),
    Case("each night: 0.5 % are new", TOUCHES // 200, 10, 100, 40, job=500),
)


def table() -> str:
    """The cases and what comes of them, as a table in Markdown."""
    lines = [
        "| what is read | limit | readers | requests | sent again | tasks | hours | core hours "
        "| dollars |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for case in CASES:
        came = simulate(case)
        limit = f"{case.credentials} x {case.limit:g}/s"
        cells = [
            case.name,
            limit if case.credentials > 1 else f"{case.limit:g}/s",
            f"{case.readers * case.credentials:,}",
            f"{came.requests:,}",
            f"{came.again:,}",
            f"{came.tasks:,}",
            f"{came.hours:,.1f}",
            f"{came.core_hours:,.0f}",
            f"{came.core_hours * PRICE:,.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
