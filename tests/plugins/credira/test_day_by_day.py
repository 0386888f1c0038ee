"""A company that lives on, read every other week: what a run leaves out is not missed."""

import pytest

from duetrail_sandbox.server import Sandbox

KEYS = [f"ERP-{number:06}" for number in range(1, 141)]


@pytest.fixture
def living():
    """A company of a hundred invoices that lives as long as one test."""
    with Sandbox(invoices=100) as running:
        yield running


@pytest.fixture
def reading(project, living):
    """A project that asks about its invoices, and about those it will write."""
    return project.connect(
        "credira",
        base_url=living.base_urls["credira"],
        token="sandbox-credira-token",
        invoices=KEYS,
        include=["call-details", "responses"],
        look_back_days=60,
    )


def shown(project, known):
    """All that is present of these invoices, with the attempts of their callouts, in any run."""
    of_known = {(table, id) for table, id, _, invoice, _ in project.links() if invoice in known}
    rows = [
        {**row, "changed_run": None}
        for table in ("calls", "callouts", "emails")
        for row in project.rows(table)
        if (table, row["id"]) in of_known and row["absent_since"] is None
    ]
    ids = {row["id"] for row in rows}
    attempts = project.rows("callout_attempts")
    return rows + [attempt for attempt in attempts if attempt["callout_id"] in ids]


def test_credira_4_nothing_is_missed(reading, living, tmp_path):
    """After six weeks of runs the store shows what one reading of everything shows."""
    settled = 0
    for run in range(4):
        living.pass_days(14 if run else 0)
        summary = reading.sync(now=living.now)
        assert {resource.state for resource in summary.resources} == {"complete"}
        settled += sum(resource.settled_keys for resource in summary.resources)
    known = set(KEYS) & set(living.company.by_remote_id)
    left = shown(reading, known)
    reading.database = tmp_path / "fresh.db"
    reading.sync(now=living.now, store=f"sqlite:///{reading.database}")
    assert left == shown(reading, known) != []
    assert settled > 0
