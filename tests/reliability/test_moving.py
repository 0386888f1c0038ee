"""Lists that move under the walk: rows appear, change places and vanish between two pages.

A thousand of such walks, without a vendor's rules, are in `tests/core/http/test_walk.py`.
"""

from __future__ import annotations

import re

import pytest

from support.nightly import NIGHTLY, examples

SEEDS = range(7, 7 + examples(1, 5))
DAYS = 3


@pytest.mark.timeout(900)
def test_a_list_that_moves(bench, lively, results, on_page, moving):
    """A day passes before each of the next three pages; what is there all along is never missed.

    What changed behind the walk, reading in full finds: then the store is as one that begins now.
    """
    outcome = "does not apply"
    if bench.vendor.page_size is not None:
        codes = {walked(bench, lively, results, seed) for seed in SEEDS}
        outcome = f"nothing missed, exit code {' or '.join(map(str, sorted(codes)))}"
    results.note("faults", moving, bench.vendor.title, outcome)
    on_page = on_page("faults", moving, bench.vendor.title)
    if NIGHTLY:
        assert on_page == outcome
    else:  # some of what can come of it
        assert on_page.startswith(outcome[:-1])
        assert outcome[-1] in on_page


def walked(bench, lively, results, seed):
    """The exit code of a sync during which days pass."""
    with lively(seed) as (company, proxy, project):
        before = fresh(project, proxy)
        walking, pages = project(), []

        def heard(asked):
            if re.search(bench.vendor.list, asked.target):
                pages.append(asked)
                if 1 < len(pages) <= 1 + DAYS:
                    company.pass_days()

        proxy.begin(heard=heard)
        first = walking.sync()
        kept = walking.kept()
        after = fresh(project, proxy)
        missed = (before.records & after.records) - kept.records
        results.count("records lost", len(missed))
        again = walking.sync("--full", "--workers", "1")
        assert len(pages) > 1
        assert first.code in (0, 3), first.said
        assert not missed, first.said
        assert (again.code, walking.kept().digest) == (0, after.digest), again.said
        return first.code


def fresh(project, proxy):
    """What a store holds that begins now, of a company that stands still."""
    one = project()
    proxy.begin()
    assert one.sync().code == 0
    return one.kept()
