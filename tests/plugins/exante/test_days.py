"""A company that lives on: after any number of days the store says what Exante says."""

from contextlib import closing
from datetime import timedelta

import pytest

from duetrail.pipeline import digest
from support.nightly import examples, nightly

ALL = ["details", "drafts", "conversations"]


@pytest.fixture
def lives(project, sandbox):
    """Connect to the company; then let days pass and read it, as of its own clock."""

    def begin(include, **settings):
        url, token = sandbox.base_urls["exante"], "sandbox-exante-token"
        project.connect("exante", base_url=url, token=token, include=include, **settings)

        def after(days, **how):
            sandbox.pass_days(days)
            # The company's day ends later than its clock: what happened in it has happened.
            # After weeks without a run much is gone at once, and rightly.
            how.setdefault("accept_absences", days > 1)
            summary = project.sync(now=sandbox.now + timedelta(days=1), **how)
            assert (summary.exit_code, summary.open_rejects) == (0, 0)
            return {one.resource: one for one in summary.resources}

        return after

    return begin


def content(project, **how):
    """The digest of the store, or of a new one that is read in full."""
    if how:
        project.sync(**how)
    with closing(project.store()) as store:
        return digest(store)


@pytest.mark.parametrize(
    "include", [pytest.param([], marks=nightly, id="usual"), pytest.param(ALL, id="all")]
)
def test_exante_t4_ordinary_runs_miss_nothing(lives, project, sandbox, tmp_path, include):
    """Late bounces, deleted invoices, edits and closings: ordinary runs end as a first one would.

    Over half a year invoices are closed and settled; nothing happens to them after that. The last
    run is one of those that read all conversations, as is due once a week.
    """
    after = lives(include)
    found = [after(days) for days in (1, 1, 1, 30, 1, 60, 1, 60, 1, 30, 1, 8)]
    assert found[-1]["outreach"].settled_keys
    kept = content(project)
    project.database = tmp_path / "new.db"
    now = sandbox.now + timedelta(days=1)
    assert content(project, store=f"sqlite:///{project.database}", now=now) == kept


def test_exante_t13_drafts_come_and_go(lives, project):
    """Each is seen with its text in full while it is one, and as what became of it after that."""
    after = lives(["drafts"])
    drafts = set()
    for _ in range(examples(7, 20)):
        after(1)
        rows = {row["id"]: row for row in project.rows("emails") if row["absent_since"] is None}
        unsent = {id for id, row in rows.items() if row["status"] in ("draft", "queued")}
        assert all((row["html"] is not None) == (id in unsent) for id, row in rows.items())
        drafts |= unsent
    assert any(row["sent_at"] for id, row in rows.items() if id in drafts)


def test_exante_4_a_quiet_day_costs_few_requests(lives):
    """Conversations: the list and what changed. Timelines: no settled invoice is asked about."""
    after = lives(ALL)
    first = after(1)
    second = after(0)
    assert second["conversations"].requests < first["conversations"].requests / 2
    assert (
        second["outreach"].requests == first["outreach"].requests - second["outreach"].settled_keys
    )
    assert sum(one.mapped for one in second.values()) == 0
