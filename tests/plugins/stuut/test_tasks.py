"""Stuut's tasks: work for people, kept as callouts of their own kind."""

import pytest

LATER = "2026-02-02T00:00:00Z"


@pytest.fixture
def tasks(connect, vendor, page):
    """A project in which these tasks, and these invoices, were read."""

    def sync(*tasks, invoices=()):
        rows = [{"object": "task", "label": "A task"} | one for one in tasks]
        vendor.on("/v1/invoices", page(*invoices)).on("/v1/tasks", page(*rows))
        project = connect(include=["tasks"])
        assert project.sync().exit_code == 0
        return project

    return sync


def test_stuut_6_3_a_task_is_a_callout_of_its_own_kind(tasks):
    """Kind `task` beside Stuut's type, derived, with the person it is assigned to."""
    one = {"id": "tsk_1", "type": "dispute", "status": "open", "assignee_id": "usr_1"}
    (row,) = tasks(one | {"modified_at": LATER}).rows("callouts")
    assert (row["id"], row["derived"], row["kind"], row["kind_raw"]) == (
        "task:tsk_1", 1, "task", "dispute",
    )  # fmt: skip
    assert (row["status"], row["agent_id"]) == ("active", "usr_1")
    assert (row["scheduled_at"], row["completed_at"]) == (None, None)


@pytest.mark.parametrize(
    ("word", "status"),
    [("open", "active"), ("Closed", "completed"), ("snoozed", "unknown"), (None, None)],
)
def test_stuut_7_12_task_status(tasks, word, status):
    """Open and closed are known; another word is unknown and survives."""
    (row,) = tasks({"id": "tsk_1", "status": word}).rows("callouts")
    assert (row["status"], row["status_raw"]) == (status, word)


def test_stuut_6_3_a_task_is_linked_to_no_invoice(tasks):
    """No invoice is documented in a task, and what raised it is untyped: nothing is guessed."""
    event = {"entity": "call", "entity_id": "call_1"}
    assert tasks({"id": "tsk_1", "trigger_event": event}).links() == set()


def test_stuut_6_3_tasks_and_planned_outreach_stay_apart(tasks, invoice, email):
    """An unsent email and a task of the same id are two callouts."""
    draft = email("one", direction="outbound", status="draft")
    project = tasks({"id": "one"}, invoices=[invoice(emails=[draft])])
    assert [row["id"] for row in project.rows("callouts")] == ["email:one", "task:one"]


def test_stuut_6_3_a_task_that_was_closed(tasks, vendor, page):
    """A later reading takes the newer state."""
    project = tasks({"id": "tsk_1", "status": "open"})
    vendor.on("/v1/tasks", page({"id": "tsk_1", "status": "closed", "modified_at": LATER}))
    project.sync()
    assert [row["status"] for row in project.rows("callouts")] == ["completed"]
