"""Exante: envelopes, paging, organizations, refusals, invoices, timelines, conversations, keys.

Field lists are written down from the reference and not taken from the sandbox, so that the two
can disagree.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from duetrail_sandbox.exante.app import ORGANIZATION
from support.answers import known_fields, union

KNOWN = known_fields("exante")
STRANGER = "11111111-2222-4333-8444-555555555555"


def refused(answer: Any, status: int) -> None:
    assert answer.status_code == status
    assert answer.json().keys() == {"error", "details"}


@pytest.fixture(scope="module")
def details(exante, items):
    return [exante(f"/api/invoices/{item['uid']}").json()["data"] for item in items]


@pytest.fixture(scope="module")
def emails(timelines):
    return [email for one in timelines for email in one["emails"]]


@pytest.fixture(scope="module")
def talks(exante):
    """Every conversation as the list shows it."""
    return exante("/api/conversations", per_page=100).json()["data"]["items"]


@pytest.fixture(scope="module")
def whole(exante, talks):
    """Every conversation with its messages."""
    return [exante(f"/api/conversations/{talk['uid']}").json()["data"] for talk in talks]


@pytest.fixture(scope="module")
def paths(items, talks):
    """A path of every endpoint that belongs to an organization: lists first."""
    uid = items[0]["uid"]
    lists = ["/api/invoices", "/api/conversations"]
    draft = f"/api/email/drafts?context_type=invoice&context_id={uid}"
    single = [f"/api/invoices/{uid}", f"/api/invoices/{uid}/outreach"]
    return [*lists, draft, *single, f"/api/conversations/{talks[0]['uid']}"]


def test_three_envelopes(exante, paths):
    """Invoices say success in three ways, conversations and keys in one, drafts in none."""
    for path in (paths[0], paths[3], paths[4]):
        body = exante(path).json()
        assert body | {"data": 0} == {
            "status": "success",
            "status_code": 200,
            "message": "Success",
            "data": 0,
        }
    for path in (paths[1], paths[5], "/api/api-keys"):
        assert exante(path).json().keys() == {"status", "data"}
    assert exante(paths[2]).json().keys() == {"items", "count"}


def test_other_organizations_are_refused(exante, paths):
    """The default organization may be left out, all others are refused."""
    for path in paths:
        asked = exante(path, organization_uid=ORGANIZATION.upper()).json()
        unasked = exante(path).json()
        for body in (asked, unasked):
            body.get("data", {}).pop("_links", None)
        assert asked == unasked
        refused(exante(path, organization_uid=STRANGER), 403)
        refused(exante(path, organization_uid="acme"), 400)
        refused(exante(path, token="wrong"), 401)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/api/invoices/{STRANGER}", 404),
        (f"/api/invoices/{STRANGER}/outreach", 404),
        (f"/api/conversations/{STRANGER}", 404),
        ("/api/parties", 404),
        ("/api/invoices/INV-1042", 400),
        ("/api/conversations/none", 400),
        ("/api/email/drafts", 400),
        (f"/api/email/drafts?context_type=contract&context_id={STRANGER}", 400),
        ("/api/email/drafts?context_type=invoice&context_id=INV-1042", 400),
        ("/api/invoices?page=0", 400),
        ("/api/invoices?per_page=101", 400),
        ("/api/conversations?page=one", 400),
    ],
)
def test_what_does_not_exist_is_404(exante, path, status):
    """What does not exist is 404; what is malformed or out of range is 400."""
    refused(exante(path), status)


@pytest.mark.parametrize("per_page", [1, 7, 100])
def test_pages_of_invoices(exante, items, per_page):
    """Following next until it is null gives every invoice once, whatever the page size."""
    seen: list[str] = []
    path: str | None = f"/api/invoices?per_page={per_page}"
    while path is not None:
        data = exante(path).json()["data"]
        assert data["_meta"]["total_items"] == len(items)
        assert (data["_links"]["prev"] is None) is (not seen)
        seen += [item["uid"] for item in data["items"]]
        path = (data["_links"]["next"] or "").removeprefix("/exante") or None
    assert seen == [item["uid"] for item in items]
    assert exante("/api/invoices", page=999).json()["data"]["items"] == []


def test_pages_of_conversations(exante, talks):
    """Conversations tell their pages in other words, the newest first."""
    seen: list[str] = []
    for page in range(1, -(-len(talks) // 7) + 1):
        data = exante("/api/conversations", page=page, per_page=7).json()["data"]
        pages = -(-len(talks) // 7)
        asked = {"page": page, "per_page": 7, "total": len(talks), "total_pages": pages}
        assert data["pagination"] == asked
        seen += [talk["uid"] for talk in data["items"]]
    assert seen == [talk["uid"] for talk in talks]
    times = [talk["updated_on"] for talk in talks]
    assert times == sorted(times, reverse=True)


# Invoices


def test_invoice_fields(items, details):
    """A list shows thin items, an invoice alone shows more, and they agree in what both show."""
    assert union(items) == KNOWN["common"] | {"blueprint", "parent_contract"}
    assert union(details) == KNOWN["common"] | KNOWN["detail"]
    for item, detail in zip(items, details, strict=True):
        shared = item.keys() & detail.keys()
        assert {key: item[key] for key in shared} == {key: detail[key] for key in shared}
        assert detail["target_party_uid"] == detail["parties"]["client"]["uid"]
        assert str(UUID(item["uid"])) == item["uid"]
    lines = [line for one in details for line in one["line_items"]]
    assert {line["context_type"] for line in lines} == {"PRODUCT", "DISCOUNT"}


def test_invoices_are_stuuts(sandbox, items, rows):
    """About half of the receivables are here, with the number and the sums of Stuut's."""
    owed = [one for one in sandbox.company.invoices if one.kind == "receivable"]
    assert 0.35 < len(items) / len(owed) < 0.65
    at_stuut = {row["number"]: row for row in rows if row.get("number")}
    numbers = [item["invoice_number"] for item in items if item.get("invoice_number")]
    assert len(numbers) == len(set(numbers)) + 1 < len(items)
    for item in items:
        row = at_stuut.get(item.get("invoice_number"))
        if row is not None and numbers.count(row["number"]) == 1:
            assert item["parties"]["client"]["name"] == row["partner"]["name"]
            assert item["total_cents"] == row["total_amount"]
            assert item["amount_paid_cents"] == (row.get("amount_paid") or 0)


def test_sums_words_and_times(items):
    """Money is whole minor units; status words are documented ones; a draft has no times."""
    for item in items:
        left = item["amount_due_cents"] - item["amount_paid_cents"]
        assert item["amount_remaining_cents"] == left
        assert (item.get("issue_date") is None) is (item["status"] == "draft")
        assert (item.get("paid_date") is not None) is (item["status"] == "paid")
    words = {"draft", "sent", "overdue", "paid", "disputed", "partially_paid", "void", "cancelled"}
    assert {item["status"] for item in items} == words
    assert any(item["pre_payment_credit_notes_cents"] for item in items)


# Timelines


def test_a_timeline_repeats_its_invoice(items, timelines):
    """The header repeats the invoice asked for; emails stand in the order of their making."""
    for item, one in zip(items, timelines, strict=True):
        assert one["invoice"]["uid"] == item["uid"]
        assert one["invoice"]["amount_due_cents"] == item["amount_due_cents"]
        made = [email["created_at"] for email in one["emails"]]
        assert made == sorted(made, reverse=True)
        listed = set(one["bouncing_recipient_emails"] or ())
        told = {a for email in one["emails"] for a in email.get("bouncing_recipient_emails") or ()}
        assert told <= listed
    found = [one["bouncing_recipient_emails"] for one in timelines]
    assert None in found
    assert [] in found
    assert any(one["emails"] == [] for one in timelines)


def test_states_of_emails(emails):
    """All four states occur, and initiators of a type that no document names."""
    assert {email["status"] for email in emails} == {"DRAFT", "PENDING", "SENT", "FAILED"}
    assert {email["initiator"]["type"] for email in emails} == {"AGENT", "USER", "SCHEDULE"}
    for email in emails:
        assert (email.get("sent_at") is not None) is (email["status"] == "SENT")
        assert (email.get("error_message") is not None) is (email["status"] == "FAILED")
    for name in ("to_emails", "cc_emails", "bouncing_recipient_emails"):
        assert {bool(email.get(name)) for email in emails} == {True, False}
    assert {"absent", None} <= {email.get("planned_send_at", "absent") for email in emails}


def test_signals_of_bounces_disagree(emails):
    """Three things tell of a bounce: in all agreement, in contradiction, and vaguely."""
    found = {
        (email.get("is_bounced"), email.get("delivery_status"), bool(email.get("bounce_callout")))
        for email in emails
    }
    assert found == {
        (False, None, False),
        (None, None, False),
        (True, "bounce_detected", True),
        (False, "bounce_detected", False),
        (None, None, True),
    }
    notices = [email["bounce_callout"] for email in emails if email.get("bounce_callout")]
    unread = [one for one in notices if not re.match(r"\d{4}-", one["detected_at"])]
    assert 0 < len(unread) < len(notices) / 2
    assert any(a != a.lower() for one in notices for a in one["recipient_emails"])
    assert any(email.get("bounce_details") == {} for email in emails)


def test_addresses_of_bounces(emails):
    """One of two recipients may bounce, and an address that is neither in to nor in cc."""
    pairs = [
        (set(email["bouncing_recipient_emails"]), set(email["to_emails"]))
        for email in emails
        if email.get("bouncing_recipient_emails")
    ]
    assert any(bounced < to for bounced, to in pairs)
    assert any(not bounced & to for bounced, to in pairs)


def test_drafts_are_the_unsent_rows(exante, timelines):
    """The drafts about an invoice are the rows of its timeline that have not gone out."""
    found = []
    for one in timelines:
        uid = one["invoice"]["uid"]
        answer = exante("/api/email/drafts", context_type="invoice", context_id=uid).json()
        unsent = [email for email in one["emails"] if email["status"] in ("DRAFT", "PENDING")]
        assert answer["count"] == len(answer["items"]) == len(unsent)
        for draft, email in zip(answer["items"], unsent, strict=True):
            assert (draft["uid"], draft["context_id"]) == (email["uid"], uid)
            assert draft["status"] == email["status"].lower()
            assert draft["to"] == (email.get("to_emails") or [])
            assert draft["planned_send_at"] == email.get("planned_send_at")
        found += answer["items"]
    assert union(found) == KNOWN["draft"]
    assert {draft["status"] for draft in found} == {"draft", "pending"}


# Conversations and keys


def test_a_conversation_alone_has_its_messages(talks, whole, items):
    """Alone, a conversation is what the list shows and its messages; it names no invoice."""
    uids = {item["uid"] for item in items}
    parties = {item["parties"]["client"]["uid"] for item in items}
    assert union(talks) == KNOWN["conversation"]
    assert union([message for talk in whole for message in talk["messages"]]) == KNOWN["message"]
    for talk, alone in zip(talks, whole, strict=True):
        assert {key: alone[key] for key in talk} == talk
        assert talk["message_count"] == len(alone["messages"])
        assert talk["party_uid"] in parties
        assert not any(uid in str(alone) for uid in uids)
        times = [message["sent_at"] for message in alone["messages"]]
        assert times == sorted(times)
        assert alone["messages"][0]["direction"] == "inbound"
        sides = {message["direction"] for message in alone["messages"]}
        assert talk["has_reply"] is ("outbound" in sides)
    assert {talk["status"] for talk in talks} == {"draft", "sent", "closed"}


def test_messages_are_emails(whole, emails, rows):
    """What came in is Stuut's too, what went out is in a timeline, under another uid."""
    messages = [message for talk in whole for message in talk["messages"]]
    keys = [(one["direction"], one["subject"], one["sent_at"]) for one in messages]
    assert len({one["uid"] for one in messages}) == len(messages)
    ours = {("outbound", one["subject"], one.get("sent_at")) for one in emails}
    inbound = [one for row in rows for one in row["emails"] if one["direction"] == "inbound"]
    theirs = {("inbound", one["subject"], one.get("sent_at")) for one in inbound}
    assert set(keys) <= ours | theirs
    assert not {one["uid"] for one in messages} & {one["uid"] for one in emails}
    assert any("<script>" in message["body_html"] for message in messages)


def test_api_keys(exante):
    """Keys are listed without their full value: in use, expired, revoked."""
    found = exante("/api/api-keys").json()["data"]["items"]
    assert union(found) == KNOWN["key"]
    assert all(re.fullmatch(r"ex_live_\.\.\.\w{4}", one["key_snippet"]) for one in found)
    ends = [(bool(one.get("expires_at")), bool(one.get("revoked_at"))) for one in found]
    assert sorted(ends) == [(False, False), (False, True), (True, False)]
