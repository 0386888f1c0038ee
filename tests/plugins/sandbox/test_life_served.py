"""A sandbox whose company lives on: by days at once, or under the walk of a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests

from duetrail_sandbox.company.clock import NOW
from duetrail_sandbox.server import Sandbox

LOGIN = {"login": "sandbox-yeti-login", "password": "sandbox-yeti-password"}

Get = Callable[..., Any]


def getter(sandbox: Sandbox) -> Get:
    """Ask a running sandbox's vendors by name, with the right token."""
    session = requests.Session()
    session.trust_env = False
    url = f"{sandbox.base_urls['yeti']}/auth"
    tokens = {name: f"sandbox-{name}-token" for name in sandbox.base_urls}
    tokens["yeti"] = session.post(url, json={"auth": LOGIN}, timeout=30).json()["jwt"]

    def get(vendor: str, path: str, **params: Any) -> Any:
        headers = {"Authorization": f"Bearer {tokens[vendor]}"}
        address = sandbox.base_urls[vendor] + path
        return session.get(address, headers=headers, params=params, timeout=30)

    return get


@pytest.fixture
def living() -> Iterator[Sandbox]:
    with Sandbox(invoices=120, seed=7) as running:
        yield running


@pytest.fixture
def get(living: Sandbox) -> Get:
    return getter(living)


def walk(get: Get, limit: int = 50, **order: str) -> list[dict[str, Any]]:
    """Every row of Stuut's list, page by page."""
    found: list[dict[str, Any]] = []
    page: int | None = 0
    while page is not None:
        answer = get("stuut", "/v1/invoices", page=page, limit=limit, **order).json()
        found += answer["data"]
        page = answer["next_page"]
    return found


def claims(get: Get) -> dict[str, Any]:
    """Every item of Exante's list by uid."""
    found: dict[str, Any] = {}
    page, pages = 1, 1
    while page <= pages:
        data = get("exante", "/api/invoices", page=page, per_page=100).json()["data"]
        found |= {item["uid"]: item for item in data["items"]}
        page, pages = page + 1, data["_meta"]["total_pages"]
    return found


def callouts(get: Get, sandbox: Sandbox) -> dict[str, Any]:
    """Every callout at Credira by id, as asked for by all ERP ids."""
    return {
        row["id"]: row
        for remote_id in sandbox.company.by_remote_id
        for row in get("credira", "/callouts", invoice_id=remote_id).json()["data"]
    }


def test_a_still_company(living, get):
    """Unless told otherwise nothing happens, however much is asked."""
    assert walk(get, 20) == walk(get, 20)
    assert (living.now, living.company.day) == (NOW, 0)


def test_days_pass_at_stuut(living, get):
    """After a day Stuut lists what is new and what has changed."""
    before = {row["id"]: row for row in walk(get)}
    living.pass_days()
    after = {row["id"]: row for row in walk(get)}
    assert after.keys() - before.keys()
    (gone,) = before.keys() - after.keys()
    assert gone not in living.company.by_id
    changed = [
        key
        for key in before.keys() & after.keys()
        if after[key]["modified_at"] != before[key]["modified_at"]
    ]
    assert len(changed) > 10
    for key in changed:
        assert after[key]["modified_at"] > "2026-06-30T12:00:00Z"


def test_a_changed_partner_is_modified_everywhere(living, get):
    """The customer that changed is shown with its new time, in every invoice and call of it."""
    before = {one.id: one for one in living.company.customers}
    living.pass_days()
    rows = walk(get)
    (changed,) = [one for one in living.company.customers if before.get(one.id, one) != one]
    shown = [row["partner"] for row in rows]
    shown += [call["partner"] for row in rows for call in row["calls"]]
    times = {one["modified_at"] for one in shown if one["id"] == changed.id}
    (time,) = times
    assert "2026-06-30T12:00:00Z" < time <= "2026-07-01T12:00:00Z"


def test_days_pass_at_credira(living, get):
    """After some days Credira has other callouts, and one that is deleted is not found."""
    before = callouts(get, living)
    living.pass_days(3)
    after = callouts(get, living)
    assert after.keys() - before.keys()
    gone = before.keys() - after.keys()
    assert gone
    for key in gone:
        assert get("credira", "/emails", callout_id=key).json()["error"]["code"] == "NOT_FOUND"
    both = before.keys() & after.keys()
    assert any(after[key]["updated_time"] > before[key]["updated_time"] for key in both)


def test_days_pass_at_exante(living, get):
    """After some days Exante lists others, and emails that were read as fine have bounced."""
    before = claims(get)
    lines = {
        key: get("exante", f"/api/invoices/{key}/outreach").json()["data"]["emails"]
        for key in before
    }
    living.pass_days(3)
    after = claims(get)
    assert after.keys() - before.keys()
    (gone, *_) = before.keys() - after.keys()
    assert get("exante", f"/api/invoices/{gone}/outreach").status_code == 404
    late = 0
    for key in before.keys() & after.keys():
        known = {email["uid"]: email for email in lines[key]}
        for email in get("exante", f"/api/invoices/{key}/outreach").json()["data"]["emails"]:
            old = known.get(email["uid"])
            if old is not None and email.get("is_bounced") and not old.get("is_bounced"):
                assert email["sent_at"] == old["sent_at"]
                late += 1
    assert late


def test_exante_counts_the_days(living, get):
    """An overdue claim is as many days more overdue as have passed."""
    before = claims(get)
    living.pass_days(2)
    after = claims(get)
    late = [key for key in before.keys() & after.keys() if after[key]["status"] == "overdue"]
    both = [(before[key], after[key]) for key in late if before[key]["status"] == "overdue"]
    assert both
    assert all(new["overdue_days"] - old["overdue_days"] == 2 for old, new in both)


def test_days_pass_at_yeti(living, get):
    """After the turn of a month there are more bills of the carrier."""
    before = living.counts["yeti"]["invoices"]
    living.pass_days(20)
    rows = get("yeti", "/invoices").json()["data"]
    assert living.counts["yeti"]["invoices"] > before
    assert {row["id"] for row in rows} <= {bill.uid for bill in living.company.telephony.bills}


def test_counts_are_what_is_served(living, get):
    """On a later day the counts are still what a reader finds who asks for everything."""
    living.pass_days(6)
    rows = walk(get)
    emails = {email["id"] for row in rows for email in row["emails"]}
    calls = {call["id"] for row in rows for call in row["calls"]}
    counted = living.counts
    assert counted["stuut"]["invoices"] == len({row["id"] for row in rows}) == len(rows)
    assert counted["stuut"]["emails"] == len(emails)
    assert counted["stuut"]["calls"] == len(calls)
    assert counted["stuut"]["parties"] == len({row["partner"]["id"] for row in rows})
    outs = callouts(get, living)
    assert counted["credira"]["callouts"] == len(outs)
    assert counted["credira"]["emails"] == sum(
        len(get("credira", "/emails", callout_id=key).json()["data"] or []) for key in outs
    )
    assert counted["credira"]["calls"] == sum(
        len(get("credira", "/calls", invoice_id=row["remote_id"]).json()["data"] or [])
        for row in rows
    )
    items = claims(get)
    assert counted["exante"]["invoices"] == len(items)
    assert counted["exante"]["emails"] == sum(
        len(get("exante", f"/api/invoices/{key}/outreach").json()["data"]["emails"])
        for key in items
    )
    assert counted["exante"]["parties"] == len(
        {item["parties"]["client"]["uid"] for item in items.values()}
    )


def test_answers_are_dated_by_the_company(living, get):
    """The date of an answer, and the time in Credira's, are the company's and not the host's."""
    first = get("credira", "/callouts", invoice_id="ERP-000001")
    assert first.headers["Date"] == "Tue, 30 Jun 2026 12:00:00 GMT"
    assert first.json()["meta"]["timestamp"] == "2026-06-30T12:00:02Z"
    living.pass_days(2)
    later = get("credira", "/callouts", invoice_id="ERP-000001")
    assert later.headers["Date"] == "Thu, 02 Jul 2026 12:00:00 GMT"
    assert later.json()["meta"]["timestamp"] == "2026-07-02T12:00:03Z"


def test_begin_on_a_later_day(living):
    """A sandbox that starts some days later serves what one does that has lived them."""
    living.pass_days(4)
    other = Sandbox(invoices=120, seed=7, day=4)
    assert other.now == living.now == NOW + timedelta(days=4)
    assert other.company.invoices == living.company.invoices


@pytest.mark.parametrize(("option", "words"), [("day", "-2 days"), ("bustle", "every -2 requests")])
def test_less_than_nothing(option, words):
    """A negative number of days or of requests is refused and named."""
    with pytest.raises(ValueError, match=words):
        Sandbox(invoices=1, **{option: -2})


def test_bustle():
    """With bustle one thing happens after every so many requests, and is seen at once."""
    with Sandbox(invoices=120, seed=7, bustle=3) as sandbox:
        get = getter(sandbox)
        ahead = len(sandbox.company.happenings())
        for asked in range(2, 14):
            get("stuut", "/v1/invoices", limit=1)
            assert len(sandbox.company.happenings()) == ahead - asked // 3
        assert NOW < sandbox.now < NOW + timedelta(days=1)


def test_bustle_goes_on_after_the_day():
    """When a day has nothing left to happen, the next one begins."""
    with Sandbox(invoices=3, seed=7, bustle=1) as sandbox:
        get = getter(sandbox)
        while sandbox.company.day < 2:
            assert get("stuut", "/v1/invoices", limit=1).status_code == 200
        assert sandbox.now == NOW + timedelta(days=2)


def test_rows_move_under_a_walk():
    """With bustle a walk from the latest outreach backwards misses rows and sees others twice."""
    with Sandbox(invoices=120, seed=7, bustle=1) as sandbox:
        get = getter(sandbox)
        seen = [row["id"] for row in walk(get, 2, sort_by="last_outreach_at", sort_order="desc")]
        there = sandbox.company.by_id.keys()
    assert len(set(seen)) < len(seen)
    assert there - set(seen)


def test_many_readers_and_a_changing_company():
    """Days pass and things happen while many ask at once, and every answer is whole."""
    with Sandbox(invoices=40, seed=7, bustle=2) as sandbox:
        get = getter(sandbox)

        def ask(number: int) -> int:
            if number % 10 == 0:
                sandbox.pass_days()
            answer = get("stuut", "/v1/invoices", limit=200)
            assert len(answer.json()["data"]) == answer.json()["total_records"]
            return int(answer.status_code)

        with ThreadPoolExecutor(6) as pool:
            assert set(pool.map(ask, range(60))) == {200}
        assert sandbox.company.day >= 6
