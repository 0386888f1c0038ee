"""What every vendor's plugin keeps, kept by Credira's, on a sandbox of forty invoices."""

import json
from contextlib import closing

import pytest

from duetrail.pipeline import digest
from duetrail.plugins import load

SECRETS = (b"sandbox-secret-", b"sandbox-stuut-token", b"sandbox-credira-token")


@pytest.fixture(scope="module")
def source():
    return load("credira").source


@pytest.fixture
def synced(company):
    """The company after one run of the command."""
    # The keys are the ERP ids of the other vendor's invoices.
    assert company.run("sync").exit_code == 0
    return company


def content(project):
    with closing(project.store()) as store:
        return digest(store)


def test_every_kind_of_record_is_declared(source):
    """Every kind of record is native, derived or declared unsupported."""
    assert source.coverage() == {
        "invoices": "unsupported",
        "calls": "native",
        "callouts": "native",
        "emails": "native",
    }


def test_what_is_optional(source):
    """The two resources that cost a request per call and per callout are read on request."""
    assert [one.name for one in source.resources if one.optional] == ["call-details", "responses"]


def test_the_store_holds_as_many_as_the_sandbox(synced, sandbox):
    """The store holds as many records of each kind as the sandbox has."""
    expected = sandbox.counts["credira"]
    rows = {table: synced.rows(table, "connection") for table in expected}
    assert {table: rows[table].count({"connection": "credira"}) for table in rows} == expected


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
    for args in (["sync", "credira"], ["sync", "credira", "--json"], ["status", "--json"]):
        result = synced.run(*args)
        assert result.exit_code == 0
        assert not any(secret.decode() in result.output for secret in SECRETS)
