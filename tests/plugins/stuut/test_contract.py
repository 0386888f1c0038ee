"""What every vendor's plugin keeps, kept by Stuut's, on a sandbox of forty invoices."""

import json
from contextlib import closing

import pytest

from duetrail.pipeline import digest
from duetrail.plugins import load

SECRETS = (b"sandbox-secret-", b"sandbox-stuut-token", b"sandbox-credira-token")


@pytest.fixture(scope="module")
def source():
    return load("stuut").source


@pytest.fixture
def synced(company):
    """The company after one run of the command."""
    assert company.run("sync", "stuut").exit_code == 0
    return company


def content(project):
    with closing(project.store()) as store:
        return digest(store)


def test_every_kind_of_record_is_declared(source):
    """Every kind of record is native, derived or declared unsupported."""
    assert source.coverage() == {
        "invoices": "native",
        "calls": "native",
        "callouts": "derived",
        "emails": "native",
    }


def test_the_store_holds_as_many_as_the_sandbox(synced, sandbox):
    """The store holds as many records of each kind as the sandbox has."""
    tables = sandbox.counts["stuut"]
    assert {table: len(synced.rows(table)) for table in tables} == tables


def test_everything_adds_up(synced):
    """Items are mapped, unchanged, rejected or skipped, and no request failed."""
    (run,) = synced.rows("runs")
    for resource in json.loads(run["summary"])["resources"]:
        parts = (resource[name] for name in ("mapped", "unchanged", "rejected"))
        assert resource["items"] == sum(parts) + sum(resource["skipped"].values())
        assert (resource["state"], resource["problems"]) == ("complete", [])


def test_secrets_are_not_kept(synced):
    """Nothing that must not be kept is in the store, and no token."""
    for kept in synced.everything():
        assert not any(secret in kept for secret in SECRETS)


def test_secrets_are_not_shown(synced):
    """Nor does any command show them."""
    for args in (["sync", "stuut"], ["sync", "stuut", "--json"], ["status", "--json"]):
        result = synced.run(*args)
        assert result.exit_code == 0
        assert not any(secret.decode() in result.output for secret in SECRETS)
