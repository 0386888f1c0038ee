"""What every vendor's plugin keeps, on a sandbox of forty invoices."""

from __future__ import annotations

import json

import pytest

from duetrail.plugins import load
from duetrail_sandbox.server import Sandbox
from support.scripted import Project
from support.vendors import LOGIN, PASSWORD, SETTINGS, VENDORS, connected

COVERAGE = {
    "stuut": ("native", "native", "derived", "native"),
    "credira": ("unsupported", "native", "native", "native"),
    "exante": ("native", "unsupported", "unsupported", "native"),
    "yeti": ("native", "native", "unsupported", "unsupported"),
}
# What a vendor shows or is asked with that must never be kept: tokens of Yeti's begin with eyJ.
SECRETS = {
    **{name: ("sandbox-secret-", str(SETTINGS[name]["token"])) for name in VENDORS[:3]},
    "yeti": (LOGIN, PASSWORD, "eyJ"),
}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(invoices=40) as running:
        yield running


@pytest.fixture(scope="module", params=VENDORS)
def vendor(request):
    return request.param


@pytest.fixture(scope="module")
def synced(vendor, sandbox, tmp_path_factory):
    """A project after one run of the command on that vendor."""
    project = connected(Project(tmp_path_factory.mktemp(vendor)), sandbox, vendor)
    assert project.run("sync").exit_code == 0
    return project


def test_every_kind_of_record_is_declared(vendor):
    """Every kind of record is native, derived or declared unsupported, not an empty success."""
    kinds = ("invoices", "calls", "callouts", "emails")
    assert load(vendor).source.coverage() == dict(zip(kinds, COVERAGE[vendor], strict=True))


def test_the_store_holds_as_many_as_the_sandbox(synced, sandbox, vendor):
    """The store holds as many records of each kind as the sandbox has; messages come on top."""
    expected = sandbox.counts[vendor]
    rows = {table: synced.rows(table) for table in expected}
    kept = {name: [r for r in found if r["connection"] == vendor] for name, found in rows.items()}
    if vendor == "exante":
        messages = [row for row in kept["emails"] if row["thread_id"]]
        assert messages
        expected |= {"emails": expected["emails"] + len(messages)}
    assert {table: len(found) for table, found in kept.items()} == expected
    assert all(expected.values())


def test_everything_adds_up(synced):
    """Items are mapped, unchanged, rejected or skipped, and no request failed."""
    run, *_ = synced.rows("runs")
    for resource in json.loads(run["summary"])["resources"]:
        parts = (resource[name] for name in ("mapped", "unchanged", "rejected"))
        assert resource["items"] == sum(parts) + sum(resource["skipped"].values())
        assert (resource["state"], resource["problems"]) == ("complete", [])


def test_secrets_are_not_kept(synced, vendor):
    """Nothing that must not be kept is in the store, and no token."""
    for kept in synced.everything():
        assert not any(secret.encode() in kept for secret in SECRETS[vendor])


@pytest.mark.parametrize("args", [["sync"], ["sync", "--json"], ["status", "--json"]])
def test_secrets_are_not_shown(synced, vendor, args):
    """Nor does any command show them."""
    result = synced.run(*args)
    assert result.exit_code == 0
    assert not any(secret in result.output for secret in SECRETS[vendor])


def test_check_reaches_every_resource(synced):
    """`duetrail check` asks for one page of each that a sync reads."""
    run, *_ = synced.rows("runs")
    result = synced.run("check")
    read = len(json.loads(run["summary"])["resources"])
    assert (result.exit_code, result.output.count("allowed")) == (0, read)
