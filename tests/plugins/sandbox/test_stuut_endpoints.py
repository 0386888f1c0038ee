"""Stuut, the other lists and single objects: envelopes, paging, order, refusals, forms.

The field lists are written down from the reference and not taken from the sandbox, so that the
two can disagree.
"""

from __future__ import annotations

import re

import pytest

COUNTED = ["/v1/calls", "/v1/tasks", "/v1/users"]
BARE = ["/v1/partners", "/v1/remittances", "/v1/organizations"]
ENVELOPE = {"data", "current_page", "total_records", "next_page"}


def named(text: str) -> set[str]:
    """Give field names as a set."""
    return set(text.split())


USER = named(
    "created_at dashboard_settings default_email_sender_id email family_name given_name id "
    "invited_by_user_id is_access_approved is_org_admin modified_at name object "
    "onboarding_required organization_id profile_picture selected"
)
TASK = named(
    "action_taken assignee assignee_id close_reason completed_action created_at data "
    "description error_reason id label modified_at object organization_id status "
    "trigger_event trigger_event_id type"
)
TASK_DATA = named("created_at data id modified_at object source task_id type")
EVENT = named(
    "actor_id created_at data entity entity_id id message modified_at name object timestamp"
)
LISTED_PARTNER = named(
    "type invoice_balance total_overdue num_open_invoices last_inbound_at "
    "is_call_outreach_manually_paused is_email_outreach_manually_paused "
    "is_contact_enrichment_enabled organization_id remote_id object"
)
AGING = {
    f"days_{days}_{what}"
    for days in ("0", "1_30", "31_60", "61_90", "91_plus")
    for what in ("count", "amount")
}


@pytest.fixture(scope="module")
def walk(stuut):
    """Give every row of a list, by the rule for lists that tell no next page."""

    def rows(path, limit=40, **asked):
        found, page = [], 0
        while True:
            assert page < 50, "no list here has so many pages"
            data = stuut(path, page=page, limit=limit, **asked).json()["data"]
            found += data
            if len(data) < limit:
                return found
            page += 1

    return rows


@pytest.mark.parametrize("path", COUNTED)
def test_counted_envelope(stuut, path):
    """Calls, tasks and users come with page, count and next page."""
    answer = stuut(path, limit=2)
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == ENVELOPE
    assert body["current_page"] == 0
    assert body["next_page"] == 1
    assert len(body["data"]) == 2 < body["total_records"]


@pytest.mark.parametrize("path", BARE)
def test_bare_envelope(stuut, path):
    """Partners, remittances and organizations come with data alone."""
    answer = stuut(path)
    assert answer.status_code == 200
    assert answer.json().keys() == {"data"}


@pytest.mark.parametrize("path", [*COUNTED, *BARE])
@pytest.mark.parametrize("limit", [1, 7, 200])
def test_walk_is_complete(stuut, walk, path, limit):
    """Pages add up to the same rows in the same order, whatever the limit."""
    if limit == 1 and path not in ("/v1/users", "/v1/organizations"):
        limit = 13
    ids = [row["id"] for row in walk(path, limit)]
    assert len(ids) == len(set(ids))
    assert ids == [row["id"] for row in walk(path)]
    if path in COUNTED:
        assert stuut(path, limit=limit).json()["total_records"] == len(ids)


@pytest.mark.parametrize("path", COUNTED)
def test_next_page_ends(stuut, path):
    """The last page has no next one, and a page beyond it is empty."""
    total = stuut(path).json()["total_records"]
    last = stuut(path, limit=2, page=(total - 1) // 2).json()
    assert last["next_page"] is None
    beyond = stuut(path, limit=2, page=total).json()
    assert beyond == {
        "data": [],
        "current_page": total,
        "total_records": total,
        "next_page": None,
    }


def test_default_limit(stuut):
    """Without a limit a page has fifty rows."""
    for path in ("/v1/calls", "/v1/remittances", "/v1/tasks"):
        assert len(stuut(path).json()["data"]) == 50


@pytest.mark.parametrize("path", [*COUNTED, *BARE])
def test_oldest_first(walk, path):
    """Rows are in the order of created_at unless another is asked for."""
    times = [row["created_at"] for row in walk(path)]
    assert times == sorted(times)
    newest_first = [row["created_at"] for row in walk(path, sort_order="desc")]
    assert newest_first == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/v1/calls", "modified_at"),
        ("/v1/tasks", "modified_at"),
        ("/v1/users", "email"),
        ("/v1/partners", "name"),
    ],
)
def test_sorting(walk, path, key):
    """Another key can be asked for, in both directions."""
    values = [row[key] for row in walk(path)]
    assert [row[key] for row in walk(path, sort_by=key)] == sorted(values)
    falling = walk(path, sort_by=key, sort_order="desc")
    assert [row[key] for row in falling] == sorted(values, reverse=True)


def test_nulls_last(walk):
    """A call that has not begun comes last by start_time, and first in descending order."""
    begun = [call.get("start_time") for call in walk("/v1/calls", sort_by="start_time")]
    assert begun[0] is not None
    assert begun[-1] is None
    falling = walk("/v1/calls", sort_by="start_time", sort_order="desc")
    assert falling[0].get("start_time") is None


@pytest.mark.parametrize("path", [*COUNTED, *BARE])
@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", 0), ("limit", 201), ("page", -1), ("sort_by", "mood"), ("sort_order", "up")],
)
def test_out_of_range(stuut, path, name, value):
    """A parameter out of its range is refused as in the list of invoices."""
    answer = stuut(path, **{name: value})
    assert answer.status_code == 422
    (fault,) = answer.json()["detail"]
    assert fault["loc"] == ["query", name]


@pytest.mark.parametrize(
    "path",
    [
        *COUNTED,
        *BARE,
        "/v1/calls/cal_none",
        "/v1/payments/pay_none",
        "/v1/analytics/collections/aging-balance",
    ],
)
def test_token_is_asked_for(stuut, path):
    """Without the token nothing is answered, whatever the path."""
    answer = stuut(path, token=None)
    assert answer.status_code == 401
    assert answer.json()["error"] == "unauthorized"


@pytest.mark.parametrize(
    "path", ["/v1/calls/cal_none", "/v1/payments/pay_none", "/v1/payments", "/v1/partners/x"]
)
def test_not_found(stuut, path):
    """An unknown call or payment is 404, and so is the list of payments, which is not there."""
    answer = stuut(path)
    assert answer.status_code == 404
    assert answer.json().keys() == {"data", "error", "message"}


@pytest.mark.parametrize("path", ["/v1/calls", "/v1/remittances/upload", "/v1/tasks"])
def test_read_only(stuut, path):
    """Anything but GET is 405."""
    assert stuut(path, method="POST").status_code == 405


def test_user_fields(walk):
    """Users are shown in full, and are those that invoices name."""
    users = walk("/v1/users")
    assert {key for one in users for key in one} == USER
    assert len(users) == 3
    assert sum(one["is_org_admin"] for one in users) == 1


def test_users_are_the_assignees(walk, every):
    """An invoice's assignee is the user that the list shows."""
    users = {one["id"]: one for one in walk("/v1/users")}
    assert all(one == users[one["id"]] for one in every("assignee"))


def test_organization(walk):
    """There is one organization, the one that users and partners belong to."""
    (ours,) = walk("/v1/organizations")
    named_elsewhere = {
        one["organization_id"] for path in ("/v1/users", "/v1/partners") for one in walk(path)
    }
    assert named_elsewhere == {ours["id"]}


def test_task_fields(walk):
    """Tasks together have the documented fields and no others."""
    tasks = walk("/v1/tasks")
    assert {key for one in tasks for key in one} == TASK
    assert {key for one in tasks for each in one["data"] for key in each} == TASK_DATA
    assert {key for one in tasks for key in one["trigger_event"]} == EVENT
    for one in tasks:
        assert all(one[name] for name in ("type", "label", "object", "organization_id", "id"))
        assert re.fullmatch(r"tsk_\w{1,28}", one["id"])


def test_tasks_of_calls(walk, every):
    """A task inside a call's classification is the task that the list shows."""
    listed = {task["id"]: task for task in walk("/v1/tasks")}
    nested = every("calls[].classifications[].tasks[]")
    assert nested
    assert all(listed[task["id"]] == task for task in nested)


def test_tasks_of_emails(walk, every):
    """Every email that has come in has a task, which only the list shows."""
    arrived = {
        email["id"]
        for email in every("emails[]")
        if email["direction"] == "inbound" and email["status"] == "sent"
    }
    tasks = [task for task in walk("/v1/tasks") if task["data"][0]["source"] == "email"]
    assert {task["data"][0]["data"]["email_id"] for task in tasks} == arrived
    nested = {task["id"] for task in every("calls[].classifications[].tasks[]")}
    assert not nested & {task["id"] for task in tasks}


def test_task_words(walk):
    """Open and closed tasks occur, from calls and emails, and the documented type among them."""
    tasks = walk("/v1/tasks")
    assert {task["status"] for task in tasks} == {"open", "closed"}
    assert {task["data"][0]["source"] for task in tasks} == {"call", "email"}
    assert "activity_summary_outreach" in {task["type"] for task in tasks}


def test_task_filter_of_invoices(stuut, walk, rows):
    """Invoices can be asked for by any task of the list."""
    holders = {
        email["id"]: [row["id"] for row in rows if email in row["emails"]]
        for row in rows
        for email in row["emails"]
        if email["direction"] == "inbound"
    }
    for task in walk("/v1/tasks")[::9]:
        found = [row["id"] for row in stuut("/v1/invoices", task=task["id"]).json()["data"]]
        assert found
        if task["data"][0]["source"] == "email":
            assert found == holders[task["data"][0]["data"]["email_id"]]


@pytest.fixture(scope="module")
def partners(walk):
    return walk("/v1/partners")


def test_every_partner_once(partners, rows):
    """The list has every customer of an invoice once."""
    ids = [partner["id"] for partner in partners]
    assert len(ids) == len(set(ids))
    assert set(ids) == {row["partner_id"] for row in rows}


def test_partner_fields(partners, every):
    """In the list a customer has all the fields of its copy in an invoice, and more."""
    nested = {key for partner in every("partner") for key in partner}
    assert {key for partner in partners for key in partner} == nested | LISTED_PARTNER
    assert nested & LISTED_PARTNER < LISTED_PARTNER
    for partner in partners:
        assert partner.keys() >= LISTED_PARTNER
        assert all(
            partner[name] is not None for name in LISTED_PARTNER if name != "last_inbound_at"
        )


def test_partner_canaries(partners):
    """The list repeats the part of the integration record that nobody may keep."""
    for partner in partners:
        assert partner["linked_integration"]["settings"]["password"].startswith("sandbox-secret-")


def _remaining(row):
    return row["amount_due"] - (row.get("amount_paid") or 0)


def _is_open(row):
    return row["type"] == "receivable" and row["status"] in ("open", "overdue", "processing")


def test_partner_balances(partners, rows):
    """Balances are what remains of a customer's open receivables, in whole minor units."""
    for partner in partners:
        owed = [row for row in rows if row["partner_id"] == partner["id"] and _is_open(row)]
        late = [row for row in owed if row["status"] == "overdue"]
        assert partner["num_open_invoices"] == len(owed)
        assert partner["invoice_balance"] == sum(_remaining(row) for row in owed)
        assert partner["total_overdue"] == sum(_remaining(row) for row in late)
        assert type(partner["invoice_balance"]) is type(partner["total_overdue"]) is int


def test_partner_clocks(partners, rows):
    """Only the list says when a customer was last reached and last heard."""
    assert all(row["partner"].get("last_outreach_at") is None for row in rows)
    for partner in partners:
        own = [row for row in rows if row["partner_id"] == partner["id"]]
        reached = [row["last_outreach_at"] for row in own if row.get("last_outreach_at")]
        heard = [
            email["sent_at"]
            for row in own
            for email in row["emails"]
            if email["direction"] == "inbound" and email.get("sent_at")
        ]
        assert partner["last_outreach_at"] == max(reached, default=None)
        assert not heard or partner["last_inbound_at"] >= max(heard)


def test_aging_form(stuut):
    """The aging balance is one flat object of integers."""
    aging = stuut("/v1/analytics/collections/aging-balance").json()
    assert aging.keys() == AGING
    assert all(type(value) is int for value in aging.values())


def test_aging_adds_up(stuut, partners, rows):
    """The buckets add up to all open receivables, and to all partners' balances."""
    aging = stuut("/v1/analytics/collections/aging-balance").json()
    amount = sum(value for name, value in aging.items() if name.endswith("_amount"))
    count = sum(value for name, value in aging.items() if name.endswith("_count"))
    assert count == sum(_is_open(row) for row in rows)
    assert amount == sum(_remaining(row) for row in rows if _is_open(row))
    assert amount == sum(partner["invoice_balance"] for partner in partners)


def test_aging_is_not_late(stuut, rows):
    """What is not due yet stands in the first bucket, and nothing that is overdue."""
    aging = stuut("/v1/analytics/collections/aging-balance").json()
    waiting = [row for row in rows if _is_open(row) and row["status"] == "open"]
    assert aging["days_0_count"] >= len(waiting) > 0
    late = sum(row["status"] == "overdue" and _is_open(row) for row in rows)
    assert aging["days_0_count"] <= sum(map(_is_open, rows)) - late
