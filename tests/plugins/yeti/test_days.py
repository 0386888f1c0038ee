"""A customer's days at a switch: what a daily run finds, and what only a full reading does."""

from contextlib import closing
from datetime import timedelta

import pytest

from duetrail.pipeline import digest
from duetrail_sandbox.company.clock import FOREVER
from duetrail_sandbox.server import Sandbox

LOGIN, PASSWORD = "sandbox-yeti-login", "sandbox-yeti-password"


@pytest.fixture
def sandbox():
    with Sandbox(invoices=40, vendors=("stuut", "credira", "yeti")) as running:
        yield running


@pytest.fixture
def customer(connect, sandbox):
    """A project that reads the sandbox's switch, calls that came in included."""
    settings = {"login": LOGIN, "password": PASSWORD, "include": ["incoming-cdrs"]}
    return connect(base_url=sandbox.base_urls["yeti"], **settings)


@pytest.fixture
def live(customer, sandbox):
    """Sync, on as many days as told, each day once."""

    def live(days):
        for _ in range(days):
            sandbox.pass_days()
            summary = customer.sync(now=sandbox.now)
            assert summary.exit_code == 0
        return summary

    assert customer.sync(now=sandbox.now).exit_code == 0
    return live


def present(customer, table):
    return {row["id"] for row in customer.rows(table) if row["absent_since"] is None}


def calls(sandbox):
    """The calls the switch shows, from the company and not from any answer."""
    telephony = sandbox.company.telephony
    return {f"cdrs:{row.id}" for row in telephony.outgoing} | {
        f"incoming-cdrs:{row.id}" for row in telephony.incoming
    }


def test_yeti_7_8_all_calls_are_there(customer, sandbox):
    """The last attempt of a call that was made, and each that came in, failed ones included."""
    assert customer.sync(now=sandbox.now).exit_code == 0
    assert present(customer, "calls") == calls(sandbox)


def test_yeti_4_no_day_misses_a_call(customer, sandbox, live):
    """Long calls, and numbers that are seen late, are found by the run of the next day."""
    for _ in range(5):
        live(1)
        assert present(customer, "calls") == calls(sandbox)


def test_yeti_4_invoices_as_they_are_approved(customer, sandbox, live):
    """Day by day every invoice is there, and so is a PDF that came later."""
    live(6)
    bills = sandbox.company.telephony.bills
    assert present(customer, "invoices") == {bill.uid for bill in bills}
    shown = {row["id"]: row["document_url"] is not None for row in customer.rows("invoices")}
    assert shown == {bill.uid: (bill.printed or FOREVER) <= sandbox.now for bill in bills}


def test_yeti_4_payments_are_decided_and_vanish(customer, sandbox, live):
    """A status is new on the next day; what was rolled back goes with the weekly full reading."""
    live(8)
    payments = {
        one.uid: one.outcome if one.settled <= sandbox.now else "pending"
        for one in sandbox.company.telephony.payments
    }
    words = {"completed": "settled", "pending": "pending", "canceled": "cancelled"}
    rows = {row["id"]: row["status"] for row in customer.rows("payments")}
    assert {id: rows[id] for id in payments} == {id: words[raw] for id, raw in payments.items()}


def test_the_week_is_the_same_in_one_reading(customer, sandbox, live, tmp_path):
    """What a week of daily runs leaves is what one full reading of that day finds."""
    live(7)
    customer.sync(now=sandbox.now, full=True)
    daily = {table: present(customer, table) for table in ("invoices", "payments", "parties")}
    customer.database = tmp_path / "again.db"
    store = f"sqlite:///{customer.database}"
    customer.sync(now=sandbox.now, store=store)
    assert {table: present(customer, table) for table in daily} == daily


def test_a_quiet_hour_costs_few_requests(customer, sandbox, live):
    """A run right after another one sends one request for each list, and keeps nothing.

    One more asks which of the recent calls are reverse-billed.
    """
    live(1)
    customer.sync(now=sandbox.now)
    sandbox.requests.clear()
    with closing(customer.store()) as store:
        before = digest(store)
    summary = customer.sync(now=sandbox.now + timedelta(minutes=1))
    with closing(customer.store()) as store:
        assert digest(store) == before
    assert summary.written == 0
    assert [one.method for one in sandbox.requests].count("GET") == 6
    assert {one.status for one in sandbox.requests} == {200, 201, 304}


def test_yeti_7_1_every_question_for_calls_has_a_beginning(sandbox, live):
    """The sandbox, too, shows a single day to whoever sends none."""
    live(2)
    asked = [one for one in sandbox.requests if one.path.endswith("cdrs")]
    assert asked
    assert all("filter%5Btime-start-gteq%5D=2026-" in one.query for one in asked)


def test_tokens_that_end_between_runs(customer, sandbox):
    """Each run logs in for itself."""
    for _ in range(2):
        assert customer.sync(now=sandbox.now).exit_code == 0
        sandbox.expire_tokens()
    assert [one.method for one in sandbox.requests].count("POST") == 2
