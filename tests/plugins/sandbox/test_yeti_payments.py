"""Yeti, payments, services and their transactions."""

from __future__ import annotations

import re
import runpy
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from duetrail_sandbox.company.telephony import Telephony

# Test folders are no packages, so what they share is run, not imported.
ask = runpy.run_path(str(Path(__file__).with_name("yeti_desk.py")))["ask"]

PAYMENT = {
    "amount",
    "notes",
    "status",
    "type-name",
    "created-at",
    "currency",
    "balance-before-payment",
    "rolledback-at",
}


@pytest.fixture(scope="module")
def payments(yeti):
    return yeti("/payments", include="account", **{"page[size]": 1000}).json()["data"]


@pytest.fixture(scope="module")
def transactions(yeti):
    asked = {"include": "account,service", "page[size]": 1000}
    return yeti("/transactions", **asked).json()["data"]


def refused(answer, status, code):
    assert answer.status_code == status
    assert answer.json()["errors"][0]["code"] == str(code)


def linked(row, name):
    return row["relationships"][name]["data"]


def test_fields(payments):
    """A payment has its attributes and an account, and leads to no invoice."""
    for one in payments:
        assert one["attributes"].keys() == PAYMENT
        assert one["relationships"].keys() == {"account"}
        assert linked(one, "account")["type"] == "accounts"


def test_amounts(payments):
    """Amounts are decimal text, never zero, and may be negative."""
    amounts = [one["attributes"]["amount"] for one in payments]
    assert all(re.fullmatch(r"-?\d+\.\d+", one) for one in amounts)
    assert all(Decimal(one) for one in amounts)
    assert any(Decimal(one) < 0 for one in amounts)


def test_states(payments):
    """Payments are completed, pending or canceled; those rolled back are not shown."""
    states = {one["attributes"]["status"] for one in payments}
    assert states == {"completed", "pending", "canceled"}
    assert {one["attributes"]["type-name"] for one in payments} == {"manual", "cryptomus"}
    assert {one["attributes"]["rolledback-at"] for one in payments} == {None}


@pytest.mark.parametrize("state", ["completed", "pending", "canceled"])
def test_filter_by_status(yeti, payments, state):
    """Payments of one status can be asked for."""
    found = yeti("/payments", **{"filter[status-eq]": state, "page[size]": 1000}).json()["data"]
    assert {one["id"] for one in found} == {
        one["id"] for one in payments if one["attributes"]["status"] == state
    }


@pytest.mark.parametrize("name", ["status-eq", "status-in"])
@pytest.mark.parametrize("value", ["rolled_back", "paid"])
def test_unknown_status(yeti, name, value):
    """A status that is none, and the one that is hidden, are 400/107."""
    refused(yeti("/payments", **{f"filter[{name}]": value}), 400, 107)


def test_order(yeti, payments):
    """The latest payment comes first; amount, notes and time are the only keys."""
    times = [one["attributes"]["created-at"] for one in payments]
    assert times == sorted(times, reverse=True)
    for key in ("amount", "-notes", "created-at"):
        assert yeti("/payments", sort=key).status_code == 200
    for key in ("id", "status", "uuid"):
        refused(yeti("/payments", sort=key), 400, 114)


@pytest.fixture(scope="module")
def batch():
    """A company whose payments were all booked at one moment."""
    telephony = Telephony.build(100, 7)
    at = telephony.payments[0].created
    alike = [attrs.evolve(one, created=at) for one in telephony.payments]
    vars(telephony)["payments"] = tuple(alike)
    return telephony


@pytest.mark.parametrize(
    ("sort", "is_whole"), [("created-at", False), ("created-at,amount,notes", True)]
)
def test_trap_c2_payments_of_one_time_move_between_pages(batch, sort, is_whole):
    """Their order is another one for every page, unless more than the time tells them apart."""
    count = len(batch.payments)
    seen = set()
    for number in range(1, -(-count // 5) + 1):
        answer = ask(batch, "/payments", **{"page[number]": number, "page[size]": 5, "sort": sort})
        seen |= {row["id"] for row in answer.document["data"]}
    assert (len(seen) == count) is is_whole


def test_since(yeti, payments):
    """Payments can be asked for by their time, which is a cursor."""
    since = payments[9]["attributes"]["created-at"]
    found = yeti("/payments", **{"filter[created-at-gteq]": since}).json()["data"]
    assert [one["id"] for one in found] == [one["id"] for one in payments[:10]]


def test_single_is_the_list_row(yeti, payments):
    """One payment asked for alone, and found by its UUID, is the one of the list."""
    one = payments[0]
    assert yeti(f"/payments/{one['id']}", include="account").json()["data"] == one
    found = yeti("/payments", include="account", **{"filter[uuid-eq]": one["id"]}).json()["data"]
    assert found == [one]
    assert (
        yeti(f"/payments/{one['id']}/account").json()["data"]["id"] == linked(one, "account")["id"]
    )


def test_unknown_and_malformed(yeti):
    """An unknown payment is 404 with a document, a malformed UUID never reaches the API."""
    refused(yeti("/payments/11111111-2222-1333-8444-555555555555"), 404, 404)
    assert yeti("/payments/23").headers["Content-Type"].startswith("text/html")


def test_transactions_make_up_bills(yeti, transactions):
    """What bills say of services is the sum of the transactions in their periods."""
    bills = yeti("/invoices", include="account", **{"page[size]": 1000}).json()["data"]
    for bill in bills:
        facts, owner = bill["attributes"], linked(bill, "account")
        if owner is None:
            continue
        within = [
            Decimal(one["attributes"]["amount"])
            for one in transactions
            if linked(one, "account") == owner
            and facts["start-date"] <= one["attributes"]["created-at"] < facts["end-date"]
        ]
        assert len(within) == facts["service-transactions-count"]
        assert sum(within) == Decimal(facts["services-amount-spent"])


def test_services_and_their_transactions(yeti, transactions):
    """A service leads to what was charged for it; some charges have none."""
    services = yeti("/services", include="transactions").json()["data"]
    assert len(services) == len(yeti("/accounts").json()["data"])
    for one in services:
        named = {each["id"] for each in linked(one, "transactions")}
        charged = [each["id"] for each in transactions if linked(each, "service") == ref(one)]
        assert named == set(charged)
        related = yeti(f"/services/{one['id']}/transactions").json()["data"]
        assert {each["id"] for each in related} == named
    assert None in [linked(each, "service") for each in transactions]


def ref(row):
    return {"type": row["type"], "id": row["id"]}


def test_services_are_sorted_by_name(yeti):
    """Services come by name; one that is disabled is not renewed."""
    found = [one["attributes"] for one in yeti("/services").json()["data"]]
    assert found == sorted(found, key=lambda one: one["name"])
    for one in found:
        assert (one["renew-at"] is None) is (one["renew-period"] == "Disabled")
