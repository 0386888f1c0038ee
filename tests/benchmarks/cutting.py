"""What it costs to cut what is never stored: a page read with and without, side by side.

    python tests/benchmarks/cutting.py [ROUNDS]

Prints the milliseconds of the best round of each and their ratio, as a table. The page is one of
fifty made-up invoices as Stuut shows them, with everything that stands inside; the cut takes the
integration record out of each invoice and partner.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Collection

import requests

from duetrail import plugins
from duetrail.http.answer import Answer
from duetrail.http.body import parse
from duetrail_sandbox.server import Sandbox


def page() -> Answer:
    """One page of fifty invoices, as it comes from the vendor."""
    with Sandbox(invoices=60, vendors=("stuut",)) as sandbox, requests.Session() as client:
        client.trust_env = False
        answer = client.get(
            f"{sandbox.base_urls['stuut']}/v1/invoices",
            params={"limit": 50},
            headers={"Authorization": "Bearer sandbox-stuut-token"},
            timeout=30,
        )
    return Answer(url="https://stuut.example", status=200, headers={}, body=answer.content)


def best(answer: Answer, never_stored: Collection[str], rounds: int) -> float:
    """Seconds of the fastest of some rounds."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        parse(answer, never_stored)
        times.append(time.perf_counter() - begin)
    return min(times)


def main(rounds: int) -> None:
    """Measure both in turn, so that a busy moment strikes both."""
    source = plugins.load("stuut").source
    assert source is not None
    keys = source.resource("invoices").never_stored
    answer = page()
    plain, cut = best(answer, frozenset(), rounds), best(answer, keys, rounds)
    left = len(parse(answer, keys)[0])
    sys.stdout.write("| page, bytes | after the cut | read, ms | read and cut, ms | ratio |\n")
    sys.stdout.write(
        f"| {len(answer.body):,} | {left:,} | {plain * 1000:.2f} | {cut * 1000:.2f} "
        f"| {cut / plain:.2f} |\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
