"""Every fault at every vendor: told or overcome, nothing lost, nothing said that must not be."""

import logging

import pytest

from duetrail.testing import FAULTS, FaultRule, error_inside

AT_ONCE = "overcome"
TOLD = "told, exit code {code}"
ONLY_A_NOTICE = "a notice, exit code 0"


@pytest.fixture
def fault(fault_name, bench):
    every = [*FAULTS, error_inside(bench.vendor.error)]
    return next(one for one in every if one.name == fault_name)


def test_a_fault_loses_nothing(bench, fault, results, on_page, secrets, only_noticed, caplog):
    """One request in mid-walk goes wrong, and the store is whole at once or with the next sync.

    Where the sync did not overcome it, it says so with connection and resource, and keeps what it
    had received.
    """
    caplog.set_level(logging.DEBUG)
    vendor, project = bench.vendor, bench.project()
    bench.proxy.begin(FaultRule(fault, path=vendor.list, first=vendor.first))
    first = project.sync()
    kept = project.kept()
    faulted = len(bench.proxy.faulted)
    received = bench.received()
    bench.proxy.begin()
    again = project.sync()
    whole = project.kept()

    results.count("faults tried", 1)
    results.count("requests that got one", faulted)
    results.count("records lost", len(bench.smooth.records - whole.records))
    said = first.said + again.said + caplog.text
    leaks = [secret for secret in secrets if secret in said]
    leaks += [s for s in secrets for part in project.everything() if s.encode() in part]
    results.count("secrets found in messages and stores", len(leaks))
    people = [one for one in bench.people if one in said]
    results.count("names, numbers and addresses of people found in messages", len(people))

    assert faulted == 1
    assert (again.code, whole) == (0, bench.smooth), again.said
    assert not leaks
    assert not people
    assert received <= kept.records
    if first.code == 0 and kept == bench.smooth:
        outcome = AT_ONCE
    elif first.code == 0 and (bench.name, fault.name) in only_noticed:
        assert "name another invoice than the one they were asked for with" in first.said
        outcome = ONLY_A_NOTICE
    else:
        assert first.code in (1, 3), f"exit code {first.code}, and the store is not whole"
        assert f"{vendor.resource}: " in first.said or "Set aside" in first.said
        outcome = TOLD.format(code=first.code)
    results.note("faults", fault.name, vendor.title, outcome)
    assert on_page("faults", fault.name, vendor.title) == outcome
