"""Exante: envelopes, paging, organizations, errors, thin items and full invoices.

The field lists are written down from the reference (List Invoices, Get Invoice) and not taken
from the sandbox, so that the two can disagree.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from duetrail_sandbox.exante.face import ORGANIZATION, OTHER_ORGANIZATION


def named(text: str) -> set[str]:
    """Give field names as a set."""
    return set(text.split())


COMMON = named(
    "uid invoice_number subtotal_cents discount_cents tax_cents total total_cents "
    "pre_payment_credit_notes_cents amount_due_cents amount_paid_cents amount_remaining_cents "
    "overdue_days issue_date due_date paid_date document_uid status collection_method parties"
)
ITEM = COMMON | named("blueprint parent_contract")
DETAIL = COMMON | named(
    "currency invoice_type invoice_link invoice_blueprint_uid target_party_uid age "
    "has_comments line_items invoice_fields"
)
CLIENT = named("uid name address role billing_contact")
CONTACT = named("uid party_uid name title email phone")
LINE = named(
    "uid invoice_uid context_type_uid context_type context_name currency quantity unit_price "
    "line_total"
)
STATUSES = named(
    "draft approved scheduled sent overdue paid disputed partially_paid void cancelled"
)
STRANGER = "11111111-2222-4333-8444-555555555555"
ENVELOPE = {"status", "status_code", "message", "data"}


def refused(answer: Any, status: int) -> str:
    """Check the error form and give its text."""
    assert answer.status_code == status
    body = answer.json()
    assert body.keys() == {"error", "details"}
    assert isinstance(body["details"], list)
    error: str = body["error"]
    return error


@pytest.fixture(scope="module")
def details(exante, items):
    return [exante(f"/api/invoices/{item['uid']}").json()["data"] for item in items]


@pytest.fixture(scope="module")
def showpiece(items):
    (found,) = [item for item in items if item.get("invoice_number") == "INV-1042"]
    return found["uid"]


@pytest.mark.parametrize("rest", ["", "/{uid}", "/{uid}/outreach"])
def test_success_envelope(exante, showpiece, rest):
    """Every answer says success in three ways beside its data."""
    answer = exante(f"/api/invoices{rest}".format(uid=showpiece))
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == ENVELOPE
    assert (body["status"], body["status_code"], body["message"]) == ("success", 200, "Success")


def test_page(exante):
    """A page has items, where it stands, and links."""
    data = exante("/api/invoices").json()["data"]
    assert data.keys() == {"items", "_meta", "_links"}
    assert data["_meta"].keys() == {"page", "per_page", "total_pages", "total_items"}
    assert data["_links"].keys() == {"self", "next", "prev"}
    assert (data["_meta"]["page"], data["_meta"]["per_page"]) == (1, 10)
    assert len(data["items"]) == 10


@pytest.mark.parametrize("per_page", [1, 7, 10, 64, 100])
def test_walk_is_complete(exante, items, per_page):
    """Counting pages up to total_pages gives every invoice once, whatever the page size."""
    first = exante("/api/invoices", per_page=per_page).json()["data"]
    seen = [item["uid"] for item in first["items"]]
    for page in range(2, first["_meta"]["total_pages"] + 1):
        data = exante("/api/invoices", page=page, per_page=per_page).json()["data"]
        assert data["_meta"] == {**first["_meta"], "page": page}
        seen += [item["uid"] for item in data["items"]]
    assert len(seen) == len(set(seen)) == first["_meta"]["total_items"] == len(items)


def test_links_lead_on_and_back(exante, items):
    """Following next until it is null gives the same walk; prev leads back."""
    seen: list[str] = []
    path: str | None = "/api/invoices?per_page=40"
    while path is not None:
        data = exante(path).json()["data"]
        seen += [item["uid"] for item in data["items"]]
        assert (data["_links"]["prev"] is None) is (len(seen) <= 40)
        following = data["_links"]["next"]
        path = following.removeprefix("/exante") if following else None
        assert path is None or urlsplit(following).netloc == ""
    assert seen == [item["uid"] for item in items]


def test_beyond_the_end(exante):
    """A page beyond the last is empty and leads nowhere."""
    data = exante("/api/invoices", page=99).json()["data"]
    assert data["items"] == []
    assert data["_links"]["next"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("page", value) for value in (0, -1, "one", "", "1.5")),
        *(("per_page", value) for value in (0, 101, "ten")),
    ],
)
def test_bad_paging(exante, name, value):
    """A page or page size out of range is refused and named."""
    answer = exante("/api/invoices", **{name: value})
    refused(answer, 400)
    (detail,) = answer.json()["details"]
    assert detail.startswith(f"{name} must be")


PATHS = ["/api/invoices", "/api/invoices/{uid}", "/api/invoices/{uid}/outreach"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("organization", [ORGANIZATION, ORGANIZATION.upper()])
def test_the_default_organization(exante, showpiece, path, organization):
    """Leaving the organization out is asking for the default one."""
    path = path.format(uid=showpiece)
    asked = exante(path, organization_uid=organization).json()["data"]
    unasked = exante(path).json()["data"]
    asked.pop("_links", None)
    unasked.pop("_links", None)
    assert asked == unasked


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("organization", ["", "acme", "1234", f"{STRANGER}0"])
def test_organization_that_is_no_uuid(exante, showpiece, path, organization):
    """An organization that is not a UUID is 400."""
    refused(exante(path.format(uid=showpiece), organization_uid=organization), 400)


@pytest.mark.parametrize("path", PATHS)
def test_organization_of_others(exante, showpiece, path):
    """An organization that the key's user does not belong to is 403."""
    refused(exante(path.format(uid=showpiece), organization_uid=STRANGER), 403)


def test_other_organization(exante, showpiece):
    """In the user's other organization there is nothing, which is not an error."""
    data = exante("/api/invoices", organization_uid=OTHER_ORGANIZATION).json()["data"]
    assert data["items"] == []
    assert data["_meta"]["total_items"] == data["_meta"]["total_pages"] == 0
    assert OTHER_ORGANIZATION in data["_links"]["self"]
    outreach = f"/api/invoices/{showpiece}/outreach"
    refused(exante(outreach, organization_uid=OTHER_ORGANIZATION), 404)


@pytest.mark.parametrize("rest", ["", "/outreach"])
def test_unknown_invoice(exante, rest):
    """An invoice that does not exist is 404."""
    assert refused(exante(f"/api/invoices/{STRANGER}{rest}"), 404) == "Invoice not found"


@pytest.mark.parametrize("name", ["INV-1042", "ERP-000042", "outreach"])
def test_invoices_go_by_uuid(exante, name):
    """A number, the ERP's id and the name of another endpoint are no invoices."""
    refused(exante(f"/api/invoices/{name}"), 400)


@pytest.mark.parametrize("token", [None, "", "wrong", "sandbox-stuut-token"])
def test_token_is_asked_for(exante, token):
    """Without the right key the answer is 401."""
    refused(exante("/api/invoices", token=token), 401)


@pytest.mark.parametrize("path", ["/api/parties", "/api/email/sent", "/invoices", "/"])
def test_unknown_path(exante, path):
    """What is not served here is 404 in the same form."""
    refused(exante(path), 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_read_only(exante, method):
    """Anything but GET is 405: no debtor gets an email by accident."""
    for path in ("/api/invoices", "/api/email/send"):
        answer = exante(path, method=method)
        refused(answer, 405)
        assert answer.headers["Allow"] == "GET"


def test_item_fields(items):
    """List items together have the reference's fields and no others: no currency, no times."""
    assert {key for item in items for key in item} == ITEM


def test_detail_fields(details):
    """An invoice alone has more fields, but neither contract nor blueprint."""
    assert {key for one in details for key in one} == DETAIL


def test_party_fields(items, details):
    """The client and its billing contact have the reference's fields, in both places."""
    for one in (*items, *details):
        assert one["parties"].keys() == {"client"}
        assert one["parties"]["client"].keys() == CLIENT
        assert one["parties"]["client"]["billing_contact"].keys() == CONTACT


def test_item_objects(items):
    """Blueprint and contract are objects here and null or absent there."""
    blueprints = [item["blueprint"] for item in items if item.get("blueprint")]
    contracts = [item["parent_contract"] for item in items if item.get("parent_contract")]
    assert {key for one in blueprints for key in one} == {"is_active"}
    assert {key for one in contracts for key in one} == {"filename", "uid", "is_archived"}
    assert {
        item.get("parent_contract", "absent")
        for item in items
        if item not in contracts and not item.get("parent_contract")
    } == {None, "absent"}


def test_line_fields(details):
    """Lines have the reference's fields, and discounts are lines of their own."""
    lines = [line for one in details for line in one["line_items"]]
    assert {key for line in lines for key in line} == LINE
    assert {line["context_type"] for line in lines} == {"PRODUCT", "DISCOUNT"}
    fields = [field for one in details for field in one["invoice_fields"]]
    assert {key for field in fields for key in field} == {"key", "value"}
    assert {key for one in fields for key in one["value"]} == {"type", "original_type", "value"}


def test_item_and_detail_agree(items, details):
    """What both forms show is the same."""
    for item, detail in zip(items, details, strict=True):
        shared = item.keys() & detail.keys()
        assert {key: item[key] for key in shared} == {key: detail[key] for key in shared}


def test_uids_are_uuids(items, rows):
    """Every uid is a UUID of Exante's own."""
    uids = [item["uid"] for item in items]
    assert [str(UUID(uid)) for uid in uids] == uids
    assert not set(uids) & {row["id"] for row in rows}


def test_about_half_of_the_receivables(sandbox, items):
    """Exante has about half of what the company's customers owe, drafts included."""
    owed = [one for one in sandbox.company.invoices if one.kind == "receivable"]
    assert 0.35 < len(items) / len(owed) < 0.65


def test_same_number_as_at_stuut(items, rows):
    """An invoice has its number at both vendors, with the same customer and sums."""
    at_stuut = {row["number"]: row for row in rows if row.get("number")}
    numbers = [item["invoice_number"] for item in items if item.get("invoice_number")]
    assert set(numbers) <= set(at_stuut)
    for item in items:
        number = item.get("invoice_number")
        if number is not None and numbers.count(number) == 1:
            row = at_stuut[number]
            assert item["parties"]["client"]["name"] == row["partner"]["name"]
            assert item["total_cents"] == row["total_amount"]
            assert item["amount_paid_cents"] == (row.get("amount_paid") or 0)
            assert item.get("due_date") == row.get("due_date")


def test_one_number_twice(items):
    """One number belongs to two invoices, and drafts have none: a number is no key."""
    numbers = [item.get("invoice_number") for item in items]
    known = [number for number in numbers if number is not None]
    assert len(known) == len(set(known)) + 1
    assert None in numbers
    assert known.count("INV-1042") == 1


def test_money(items, details):
    """Money is whole minor units; due less paid is what remains; total has another unit."""
    for item in items:
        for name, value in item.items():
            assert not name.endswith("_cents") or type(value) is int
        left = item["amount_due_cents"] - item["amount_paid_cents"]
        assert item["amount_remaining_cents"] == left
    assert any(item["pre_payment_credit_notes_cents"] for item in items)
    assert any(item["total"] != item["total_cents"] for item in items)
    assert {"JPY", "EUR", "USD"} <= {one["currency"] for one in details}


def test_lines_add_up(details, rows):
    """Complete lines add up to the subtotal less the discount."""
    parts = {row["number"] for row in rows if row["requires_line_item_sync"] and row.get("number")}
    for one in details:
        total = sum(line["line_total"] for line in one["line_items"])
        if one.get("invoice_number") not in parts:
            assert total == one["subtotal_cents"] - one["discount_cents"]


def test_statuses(items):
    """Status words are documented ones, and most of them occur."""
    found = {item["status"] for item in items}
    assert found <= STATUSES
    assert found >= named("draft sent overdue paid disputed partially_paid void cancelled")


def test_times(items):
    """Times have a zone; a draft has none of them."""
    for item in items:
        for name in ("issue_date", "due_date", "paid_date"):
            shown = item.get(name)
            assert shown is None or re.fullmatch(r"[-\d]{10}T[:\d]{8}Z", shown)
        assert (item.get("issue_date") is None) is (item["status"] == "draft")
        assert (item.get("paid_date") is not None) is (item["status"] == "paid")


def test_party_is_one(details):
    """The target party is the client, and its contact belongs to it."""
    for one in details:
        client = one["parties"]["client"]
        assert one["target_party_uid"] == client["uid"]
        assert client["billing_contact"]["party_uid"] == client["uid"]
    assert {one["invoice_type"] for one in details} == {"ACCOUNTS_RECEIVABLE"}
