"""Killed anywhere and resumed, the store says what an undisturbed sync would have it say.

Kills amid the statements of a page, two in a row, and Ctrl-C are in
`tests/core/pipeline/test_resuming.py`, without a network.
"""

from __future__ import annotations

import signal

import pytest

from duetrail.testing import SeenRequest
from support.bench import VENDORS
from support.nightly import at_push


def goes_on(bench, project, results):
    """The next sync makes the store whole."""
    bench.proxy.begin()
    done = project.sync()
    kept = project.kept()
    results.count("kill points tried", 1)
    results.count("records lost", len(bench.smooth.records - kept.records))
    assert done.code == 0, done.said
    assert kept == bench.smooth


@pytest.mark.timeout(3600)  # all points, in the nightly run
@pytest.mark.parametrize("vendor", at_push(VENDORS, "exante", "yeti"), scope="session")
def test_killed_at_a_request(bench, points, results):
    """Wherever on its way through the API it is killed, the next sync makes the store whole."""
    bench.proxy.begin()
    assert bench.project().sync().code == 0
    tried = points(len(bench.proxy.asked))
    for number in tried:
        project = bench.project()
        running = []

        def heard(asked: SeenRequest, number: int = number, running: list = running) -> None:
            if asked.number == number:
                running[0].kill()

        bench.proxy.begin(heard=heard)
        with project.syncing() as process:
            running.append(process)
            said = process.communicate()[0]
        assert process.returncode == -signal.SIGKILL, said
        goes_on(bench, project, results)
    results.note("kills", "as a request arrives", bench.vendor.title, str(len(tried)))


@pytest.mark.timeout(3600)  # all points, in the nightly run
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_a_commit(bench, killed, points, results, when):
    """Right before a commit and right after it, nothing is half there and nothing twice."""
    bench.proxy.begin()
    with bench.project().child(str(killed), "count", "0") as process:
        counted = process.communicate()[0]
    assert process.returncode == 0, counted
    tried = points(int(counted.splitlines()[-1]))
    kills = 0
    for number in tried:
        project = bench.project()
        with project.child(str(killed), when, str(number)) as process:
            said = process.communicate()[0]
        if process.returncode == 0:
            # How many answers share a commit depends on the time they took: this run had fewer.
            assert project.kept() == bench.smooth
            continue
        assert process.returncode == -signal.SIGKILL, said
        kills += 1
        goes_on(bench, project, results)
    assert kills > len(tried) / 2
    results.note("kills", f"right {when} a commit", bench.vendor.title, str(kills))
