"""A tenant that lives on: what ordinary runs bring in, and what waits for a full reading."""

import pytest

from duetrail_sandbox.server import Sandbox

EVERYTHING = ["calls", "call-details", "partners", "payments", "remittances", "tasks"]


@pytest.fixture
def lively():
    """A company of its own, whose days pass."""
    with Sandbox(invoices=60) as running:
        yield running


@pytest.fixture
def reader(project, lively):
    """A project that reads from it, with these settings."""

    def connect(**settings):
        usual = {"base_url": lively.base_urls["stuut"], "token": "sandbox-stuut-token"}
        return project.connect("stuut", **usual | {"page_size": 6} | settings)

    return connect


def clocks(project):
    """The times of the invoices that are sorted by, of those Stuut still lists."""
    columns = "id, issued_at, paid_at, last_outreach_at, absent_since"
    return {
        row.pop("id"): row
        for row in project.rows("invoices", columns)
        if row["absent_since"] is None
    }


def test_stuut_4_an_ordinary_run_sees_what_moved(reader, lively, project):
    """Invoices issued, paid and contacted within three days are the same as in a full reading."""
    ours = reader()
    ours.sync()
    for _ in range(3):
        lively.pass_days()
        assert ours.sync().exit_code == 0
    ordinary = clocks(ours)
    ours.sync(full=True)
    full = clocks(ours)
    assert {id: ordinary.get(id) for id in full} == full


def test_stuut_4_an_ordinary_run_asks_little(reader, lively):
    """A day later a few pages are enough; all of them are many more."""
    ours = reader()
    full = ours.sync().resources[0].requests
    lively.pass_days()
    assert ours.sync().resources[0].requests < full


def test_stuut_5_what_vanished_is_marked_by_the_next_full_reading(reader, lively):
    """An invoice a day vanishes without a trace: until then nothing says so."""
    ours = reader()
    ours.sync()
    lively.pass_days(2)
    ours.sync()
    assert not any(row["absent_since"] for row in ours.rows("invoices"))
    summary = ours.sync(full=True)
    assert summary.resources[0].absent
    assert len(clocks(ours)) == lively.counts["stuut"]["invoices"]


def test_everything_that_can_be_read(reader, lively):
    """With all optional resources each call, payment, partner and task of the company is stored."""
    ours = reader(include=EVERYTHING)
    assert ours.sync().exit_code == 0
    counts = lively.counts["stuut"]
    for table in ("invoices", "calls", "parties", "payments"):
        assert len(ours.rows(table)) == counts[table]
    kinds = {row["id"].partition(":")[0] for row in ours.rows("callouts")}
    assert kinds == {"call", "email", "task"}
    assert {one.method for one in lively.requests} == {"GET"}


def test_everything_again_writes_nothing(reader):
    """The same company again, in whatever order the copies come: all is as it was."""
    ours = reader(include=EVERYTHING)
    ours.sync(workers=8)
    assert ours.sync().written == 0
    assert ours.sync(full=True, workers=8).written == 0
