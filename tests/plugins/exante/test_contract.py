"""What every vendor's plugin keeps, kept by Exante's, on a sandbox of forty invoices."""

import json
from contextlib import closing

import pytest

from duetrail.pipeline import digest
from duetrail.plugins import load

SECRETS = (b"sandbox-secret-", b"sandbox-exante-token")


@pytest.fixture(scope="module")
def source():
    return load("exante").source


@pytest.fixture
def synced(company):
    """The company after one run of the command."""
    assert company.run("sync", "exante").exit_code == 0
    return company


def content(project):
    with closing(project.store()) as store:
        return digest(store)


def test_every_kind_of_record_is_declared(source):
    """T1: that there are no calls and callouts is declared, not an empty success."""
    assert source.coverage() == {
        "invoices": "native",
        "calls": "unsupported",
        "callouts": "unsupported",
        "emails": "native",
    }


def test_the_store_holds_as_many_as_the_sandbox(synced, sandbox):
    """The store holds as many records of each kind as the sandbox has; messages come on top."""
    tables = sandbox.counts["exante"]
    rows = {table: synced.rows(table) for table in tables}
    messages = [row for row in rows["emails"] if row["thread_id"]]
    assert messages
    assert {table: len(rows[table]) for table in tables} == (
        tables | {"emails": tables["emails"] + len(messages)}
    )


def test_every_amount_has_its_currency(synced):
    """The list brings the amounts, the timelines the currencies: no amount is left in cents."""
    rows = synced.rows("invoices", "currency, total, total_minor, amount_due_minor")
    assert {(row["total_minor"], row["amount_due_minor"]) for row in rows} == {(None, None)}
    assert all(row["currency"] and row["total"] for row in rows)


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
    for args in (["sync", "exante"], ["sync", "exante", "--json"], ["status", "--json"]):
        result = synced.run(*args)
        assert result.exit_code == 0
        assert not any(secret.decode() in result.output for secret in SECRETS)


def test_check_reaches_every_resource(synced):
    """`duetrail check` asks for one page of each."""
    result = synced.run("check")
    assert (result.exit_code, result.output.count("allowed")) == (0, 5)
