"""Limits are kept by all workers together.

The limiter alone: `tests/core/http/test_rate_limiter.py`.

How many requests a vendor sees in a second depends on the way there as well, so what is asserted
are windows a tenth shorter; the page has what was counted in whole seconds.
"""

from __future__ import annotations

import pytest

from duetrail.testing import Answer, Fault, FaultRule

LIMIT = 5
PAUSE = 2

only_credira = pytest.mark.parametrize("vendor", ["credira"], scope="session")


def over(times, limit, seconds):
    """How many requests came although so many had come in the seconds before."""
    return sum(b - a < seconds for a, b in zip(times, times[limit:], strict=False))


@only_credira
def test_no_more_than_the_limit(bench, configured, results):
    """Sixteen workers together send no more in a second than the connection allows."""
    project = bench.project()
    project.configure(configured(bench.name, bench.proxy.url, requests_per_second=LIMIT))
    bench.proxy.begin()
    assert project.sync("--workers", "16").code == 0
    times = sorted(asked.at for asked in bench.proxy.asked)
    results.count("requests counted against a limit", len(times))
    results.count("requests over the limit", over(times, LIMIT, 1.0))
    assert len(times) > 3 * LIMIT
    assert over(times, LIMIT, 0.9) == 0
    assert project.kept() == bench.smooth


@only_credira
def test_one_pause_for_all(bench):
    """Where the limit is unknown, one 429 stops all sixteen workers, once, for as long as asked."""
    bench.proxy.begin()
    assert bench.project().sync("--workers", "16").code == 0
    usual = len(bench.proxy.asked)

    refusal = Answer(status=429, headers={"Retry-After": str(PAUSE)}).sent()
    bench.proxy.begin(FaultRule(Fault("429", lambda exchange: [refusal]), first=8))
    project = bench.project()
    assert project.sync("--workers", "16").code == 0
    asked = sorted(bench.proxy.asked, key=lambda one: one.at)
    (refused,) = [one.at for one in asked if one.fault]
    # Those on their way may come late on a busy machine, so no gap between two of them is asserted.
    during = [one for one in asked if refused < one.at < refused + 0.9 * PAUSE]
    assert len(during) < 16
    assert asked[-1].at > refused + 0.9 * PAUSE
    assert len(asked) == usual + 1
    assert project.kept() == bench.smooth
