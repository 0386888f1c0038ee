"""Vendors on a bad day: down for good, or one trouble after the other under many workers."""

from __future__ import annotations

import pytest

from duetrail.testing import FaultRule, faults
from support.bench import VENDORS
from support.nightly import at_push

TROUBLES = (
    faults.RESETS,
    faults.UNAVAILABLE,
    faults.TRUNCATED,
    faults.TOO_MANY_SECONDS,
    faults.BAD_GZIP,
    faults.RESETS_AMID,
)


@pytest.mark.parametrize("vendor", at_push(VENDORS, "exante"), scope="session")
def test_down_for_good(bench):
    """A vendor that goes down in mid-walk costs what was not asked yet, and nothing else."""
    vendor, project = bench.vendor, bench.project()
    bench.proxy.begin(
        FaultRule(faults.UNAVAILABLE, path=vendor.list, first=vendor.first, times=None)
    )
    done = project.sync("--workers", "1")
    kept = project.kept()
    assert done.code == 1
    assert f"{vendor.resource}: failed" in done.said
    assert "503" in done.said
    assert bench.received() <= kept.records <= bench.smooth.records
    bench.proxy.begin()
    assert project.sync().code == 0
    assert project.kept() == bench.smooth


@pytest.mark.parametrize("vendor", at_push(VENDORS, "credira"), scope="session")
def test_one_trouble_after_the_other(bench):
    """Every third request goes wrong, sixteen workers ask, and the store is as it should be."""
    project = bench.project()
    strikes = [FaultRule(fault, first=2 + 3 * at) for at, fault in enumerate(TROUBLES)]
    bench.proxy.begin(*strikes)
    done = project.sync("--workers", "16")
    assert bench.proxy.faulted
    assert done.code == 0, done.said
    assert project.kept() == bench.smooth
