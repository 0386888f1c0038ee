"""What every vendor's plugin keeps, kept by Yeti's, on a sandbox."""

import json
from contextlib import closing
from functools import partial

import pytest

from duetrail.pipeline import digest
from duetrail.plugins import load
from duetrail_sandbox.server import Sandbox

LOGIN, PASSWORD = "sandbox-yeti-login", "sandbox-yeti-password"


@pytest.fixture(scope="module")
def source():
    return load("yeti").source


@pytest.fixture
def sandbox():
    with Sandbox(invoices=40, vendors=("stuut", "credira", "yeti")) as running:
        yield running


@pytest.fixture
def company(connect, sandbox):
    """A project that reads the sandbox's switch, in pages of five."""
    settings = {"login": LOGIN, "password": PASSWORD, "page_size": 5}
    return connect(base_url=sandbox.base_urls["yeti"], **settings)


@pytest.fixture
def sync(company, sandbox):
    """A run on the sandbox's day."""
    return partial(company.sync, now=sandbox.now)


@pytest.fixture
def synced(company, sync):
    """The company after one run."""
    assert sync().exit_code == 0
    return company


def content(project):
    with closing(project.store()) as store:
        return digest(store)


def test_every_kind_of_record_is_declared(source):
    """A switch has calls and bills; callouts and emails are declared missing, not empty."""
    assert source.coverage() == {
        "invoices": "native",
        "calls": "native",
        "callouts": "unsupported",
        "emails": "unsupported",
    }


def test_the_store_holds_as_many_as_the_sandbox(synced, sandbox):
    """The store holds as many records of each kind as the sandbox has."""
    tables = sandbox.counts["yeti"]
    assert {table: len(synced.rows(table)) for table in tables} == tables
    assert all(tables.values())


def test_everything_adds_up(synced):
    """Items are mapped, unchanged, rejected or skipped, and no request failed."""
    (run,) = synced.rows("runs")
    for resource in json.loads(run["summary"])["resources"]:
        parts = (resource[name] for name in ("mapped", "unchanged", "rejected"))
        assert resource["items"] == sum(parts) + sum(resource["skipped"].values())
        assert (resource["state"], resource["problems"]) == ("complete", [])


def test_tokens_that_end_between_runs(synced, sync, sandbox):
    """Each run logs in for itself."""
    sandbox.expire_tokens()
    assert sync().exit_code == 0
    assert [one.method for one in sandbox.requests].count("POST") == 2


def test_secrets_are_not_kept(synced):
    """Neither login nor password is in the store, nor anything like a token."""
    for kept in synced.everything():
        assert not any(secret in kept for secret in (LOGIN.encode(), PASSWORD.encode(), b"eyJ"))


def test_secrets_are_not_shown(synced):
    """Nor does any command show them."""
    for args in (["sync"], ["sync", "--json"], ["status", "--json"]):
        result = synced.run(*args)
        assert result.exit_code == 0
        assert not any(secret in result.output for secret in (LOGIN, PASSWORD, "eyJ"))
