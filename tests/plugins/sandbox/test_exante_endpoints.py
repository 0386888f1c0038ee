"""Exante, the endpoints beside invoices and timelines: envelopes, paging, refusals, forms.

The field lists are written down from the reference and not taken from the sandbox, so that the
two can disagree.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from duetrail_sandbox.exante.face import ORGANIZATION, OTHER_ORGANIZATION


def named(text: str) -> set[str]:
    """Give field names as a set."""
    return set(text.split())


STRANGER = "11111111-2222-4333-8444-555555555555"
ATTACHMENT = named(
    "uid filename content_type file_size uploaded_by created_on description is_public "
    "invoice_uid presigned_url"
)
DRAFT = named(
    "uid from_account_id from_email to cc bcc subject body_text body_html context_type "
    "context_id planned_send_at status created_at updated_at"
)
OPTIONS = named(
    "invoice_statuses email_summary email_delivery_statuses outbound_email_statuses "
    "initiator_types customers agents users ranges date_ranges sort_fields"
)
STATUSES = named(
    "draft approved scheduled sent overdue paid disputed partially_paid void cancelled"
)
KEY = named(
    "uid name key_snippet user_uid organization_uid scopes last_used_at expires_at revoked_at "
    "created_at updated_at"
)
FILTER_OPTIONS = "/api/invoices/outreach/filter-options"


def refused(answer: Any, status: int) -> str:
    """Check the error form and give its text."""
    assert answer.status_code == status
    body = answer.json()
    assert body.keys() == {"error", "details"}
    error: str = body["error"]
    return error


def stats_of(organization: str) -> str:
    """The path of an organization's sums."""
    return f"/api/organization/{organization}/invoices/stats"


@pytest.fixture(scope="module")
def attachments(exante, items):
    """The first hundred files of every invoice."""
    paths = [f"/api/invoices/{item['uid']}/attachments" for item in items]
    return [exante(path, per_page=100).json()["data"]["items"] for path in paths]


@pytest.fixture(scope="module")
def drafts(exante, items):
    """The drafts about every invoice, by its uid."""
    asked = {"context_type": "invoice"}
    return {
        item["uid"]: exante("/api/email/drafts", **asked, context_id=item["uid"]).json()
        for item in items
    }


@pytest.fixture(scope="module")
def draft(drafts):
    """One of the drafts."""
    return next(one["items"][0] for one in drafts.values() if one["items"])


@pytest.fixture(scope="module")
def paths(items, draft, exante):
    """A path of every endpoint that belongs to an organization."""
    talk = exante("/api/conversations").json()["data"]["items"][0]["uid"]
    uid = items[0]["uid"]
    return [
        f"/api/invoices/{uid}/attachments",
        f"/api/email/drafts?context_type=invoice&context_id={uid}",
        f"/api/email/drafts/{draft['uid']}",
        "/api/conversations",
        f"/api/conversations/{talk}",
        FILTER_OPTIONS,
    ]


def test_three_envelopes(exante, paths):
    """Invoices say success in three ways, conversations and keys in one, drafts in none."""
    for path in (paths[0], FILTER_OPTIONS, stats_of(ORGANIZATION)):
        assert exante(path).json().keys() == {"status", "status_code", "message", "data"}
    for path in (paths[3], paths[4], "/api/api-keys"):
        body = exante(path).json()
        assert body.keys() == {"status", "data"}
        assert body["status"] == "success"
    assert exante(paths[1]).json().keys() == {"items", "count"}
    assert "status_code" not in exante(paths[2]).json()
    assert "data" not in exante(paths[2]).json()


def test_default_organization(exante, paths):
    """Leaving the organization out is asking for the default one, in any case of letters."""
    for path in paths[1:]:
        unasked = exante(path).json()
        assert exante(path, organization_uid=ORGANIZATION).json() == unasked
        assert exante(path, organization_uid=ORGANIZATION.upper()).json() == unasked


def test_organization_of_others(exante, paths):
    """An organization the key's user does not belong to is 403, what is no UUID is 400."""
    for path in paths:
        refused(exante(path, organization_uid=STRANGER), 403)
        refused(exante(path, organization_uid="acme"), 400)
    refused(exante(stats_of(STRANGER)), 403)
    refused(exante(stats_of("acme")), 400)


def test_other_organization(exante, paths):
    """The user's other organization is empty: lists have no rows, single things are 404."""
    asked = {"organization_uid": OTHER_ORGANIZATION}
    for single in (paths[0], paths[2], paths[4]):
        refused(exante(single, **asked), 404)
    assert exante(paths[1], **asked).json() == {"items": [], "count": 0}
    assert exante(paths[3], **asked).json()["data"]["items"] == []
    options = exante(FILTER_OPTIONS, **asked).json()["data"]
    assert options["customers"] == options["invoice_statuses"] == []
    assert options["ranges"]["amount_due_cents"] == {"min": None, "max": None}
    counts = exante(stats_of(OTHER_ORGANIZATION)).json()["data"]["countTotals"]
    assert set(counts.values()) == {0}


def test_token_is_asked_for(exante, paths):
    """Without the key the answer is 401 everywhere."""
    for path in (*paths, stats_of(ORGANIZATION), "/api/api-keys"):
        refused(exante(path, token=None), 401)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_read_only(exante, draft, method):
    """Anything but GET is 405: no draft is sent or deleted by accident."""
    refused(exante(f"/api/email/drafts/{draft['uid']}", method=method), 405)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/api/invoices/{}/attachments", "Invoice not found"),
        ("/api/email/drafts/{}", "Draft not found"),
        ("/api/conversations/{}", "Conversation not found"),
    ],
)
def test_not_found(exante, path, error):
    """What does not exist is 404, and what is no UUID is 400."""
    assert refused(exante(path.format(STRANGER)), 404) == error
    refused(exante(path.format("INV-1042")), 400)


@pytest.mark.parametrize(("name", "value"), [("page", 0), ("per_page", 101), ("per_page", "ten")])
def test_bad_paging(exante, paths, name, value):
    """A page or page size out of range is refused and named."""
    for path in (paths[0], paths[3]):
        answer = exante(path, **{name: value})
        refused(answer, 400)
        assert answer.json()["details"][0].startswith(f"{name} must be")


def test_attachment_fields(attachments):
    """Files together have the documented fields and no others."""
    files = [file for found in attachments for file in found]
    assert {key for file in files for key in file} == ATTACHMENT
    for file in files:
        assert str(UUID(file["uid"])) == file["uid"]
        assert type(file["uploaded_by"]) is int
        assert type(file["file_size"]) is int
    assert len({file["uid"] for file in files}) == len(files)


def test_attachments_of_an_invoice(attachments, items):
    """A file names its invoice, and every invoice has at least one."""
    for item, found in zip(items, attachments, strict=True):
        assert {file["invoice_uid"] for file in found} == {item["uid"]}


def test_attachment_pages(exante, items, attachments):
    """Files are paged with links, ten a page unless asked otherwise."""
    item, found = max(zip(items, attachments, strict=True), key=lambda pair: len(pair[1]))
    path = f"/api/invoices/{item['uid']}/attachments"
    assert exante(path).json()["data"]["_meta"]["per_page"] == 10
    seen: list[str] = []
    following: str | None = f"{path}?per_page=2"
    while following is not None:
        data = exante(following).json()["data"]
        assert data.keys() == {"items", "_meta", "_links"}
        seen += [file["uid"] for file in data["items"]]
        link = data["_links"]["next"]
        following = link.removeprefix("/exante") if link else None
    assert seen == [file["uid"] for file in found]
    assert len(seen) == data["_meta"]["total_items"] > 2


def test_links_are_canaries(exante, items):
    """A file's link is a secret and another one at every request; the rest stays the same."""
    path = f"/api/invoices/{items[0]['uid']}/attachments"
    first, second = (exante(path).json()["data"]["items"] for _ in range(2))
    for one, other in zip(first, second, strict=True):
        links = {one.pop("presigned_url"), other.pop("presigned_url")}
        assert len(links) == 2
        assert all("sandbox-secret-" in link for link in links)
        assert one == other


def test_drafts_are_the_unsent_rows(drafts, timelines):
    """The drafts about an invoice are the rows of its timeline that have not gone out."""
    words = {"DRAFT": "draft", "PENDING": "pending"}
    for timeline in timelines:
        answer = drafts[timeline["invoice"]["uid"]]
        unsent = [one for one in timeline["emails"] if one["status"] in words]
        assert answer["count"] == len(answer["items"])
        assert [one["uid"] for one in answer["items"]] == [one["uid"] for one in unsent]
        for one, row in zip(answer["items"], unsent, strict=True):
            assert one["status"] == words[row["status"]]
            assert one["to"] == (row.get("to_emails") or [])
            assert one["cc"] == (row.get("cc_emails") or [])
            for name in ("from_email", "subject", "body_text", "created_at"):
                assert one[name] == row[name]
            assert one["planned_send_at"] == row.get("planned_send_at")
    assert {one["status"] for answer in drafts.values() for one in answer["items"]} == {
        "draft",
        "pending",
    }


def test_draft_fields(drafts):
    """A draft has blind copies and HTML too, and a planned time that may be null."""
    found = [one for answer in drafts.values() for one in answer["items"]]
    assert {key for one in found for key in one} == DRAFT
    assert all("planned_send_at" in one for one in found)
    assert any(one["planned_send_at"] is None for one in found)
    assert any(one["bcc"] for one in found)
    for one in found:
        assert one["body_html"].startswith("<p>")
        assert one["context_type"] == "invoice"


def test_one_draft(exante, drafts):
    """A draft asked for alone is the bare object that the list shows, with its invoice's uid."""
    for invoice_uid, answer in drafts.items():
        for one in answer["items"]:
            alone = exante(f"/api/email/drafts/{one['uid']}")
            assert alone.status_code == 200
            assert alone.json() == one
            assert one["context_id"] == invoice_uid


def test_sent_is_no_draft(exante, timelines):
    """An email that went out is 404 as a draft."""
    emails = [email for one in timelines for email in one["emails"]]
    sent = next(email for email in emails if email["status"] == "SENT")
    refused(exante(f"/api/email/drafts/{sent['uid']}"), 404)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"context_type": ""},
        {"context_id": STRANGER},
        {"context_type": "contract", "context_id": STRANGER},
        {"context_type": "invoice"},
        {"context_type": "invoice", "context_id": "INV-1042"},
    ],
)
def test_drafts_need_a_context(exante, asked):
    """Without the type of context, or with one that does not exist, the answer is 400."""
    refused(exante("/api/email/drafts", **asked), 400)


def test_drafts_of_an_unknown_invoice(exante):
    """An invoice that nobody has has no drafts, which is not an error."""
    answer = exante("/api/email/drafts", context_type="invoice", context_id=STRANGER)
    assert answer.json() == {"items": [], "count": 0}


def test_outreach_is_no_invoice(exante):
    """The filter options are found though their path looks like an invoice's."""
    assert exante(FILTER_OPTIONS).status_code == 200
    refused(exante("/api/invoices/outreach"), 400)
    refused(exante("/api/invoices/outreach/attachments"), 400)


def test_filter_options(exante, items, timelines):
    """The values that outreach can be filtered by are those that occur."""
    data = exante(FILTER_OPTIONS).json()["data"]
    emails = [email for one in timelines for email in one["emails"]]
    assert data.keys() == OPTIONS
    assert set(data["invoice_statuses"]) == {item["status"] for item in items}
    assert set(data["outbound_email_statuses"]) == {email["status"] for email in emails}
    assert set(data["initiator_types"]) == {email["initiator"]["type"] for email in emails}
    assert data["email_delivery_statuses"] == ["bounce_detected"]
    assert {key for one in data["email_summary"] for key in one} == {"value", "label"}
    clients = {item["parties"]["client"]["uid"]: item["parties"]["client"] for item in items}
    assert {one["uid"]: one["name"] for one in data["customers"]} == {
        uid: client["name"] for uid, client in clients.items()
    }
    assert all(one.keys() == {"uid", "name"} for one in data["agents"])
    assert all(one.keys() == {"uid", "email"} for one in data["users"])


def test_filter_ranges(exante, items):
    """Ranges and dates reach from the smallest to the largest value."""
    data = exante(FILTER_OPTIONS).json()["data"]
    assert data["ranges"].keys() == {"amount_due_cents", "contacts_count"}
    due = [item["amount_due_cents"] for item in items]
    assert data["ranges"]["amount_due_cents"] == {"min": min(due), "max": max(due)}
    dates = data["date_ranges"]
    assert dates.keys() == {"issue_date", "due_date", "paid_date", "last_contact_at"}
    for name in ("issue_date", "due_date", "paid_date"):
        known = [item[name] for item in items if item.get(name)]
        assert dates[name] == {"min": min(known), "max": max(known)}


def test_stats(exante, items):
    """Sums and counts are of the invoices in the list, by status, also where there are none."""
    data = exante(stats_of(ORGANIZATION)).json()["data"]
    assert data.keys() == {"amountTotals", "countTotals"}
    assert data["amountTotals"].keys() == data["countTotals"].keys() == STATUSES
    for status in STATUSES:
        found = [item["amount_due_cents"] for item in items if item["status"] == status]
        assert data["countTotals"][status] == len(found)
        assert data["amountTotals"][status] == sum(found)


def test_api_keys(exante):
    """Keys are listed without their full value: in use, expired, revoked."""
    data = exante("/api/api-keys").json()["data"]
    assert data.keys() == {"items"}
    assert {key for one in data["items"] for key in one} == KEY
    assert "sandbox-exante-token" not in str(data)
    for one in data["items"]:
        assert re.fullmatch(r"ex_live_\.\.\.\w{4}", one["key_snippet"])
        assert one["organization_uid"] == ORGANIZATION
    ends = [(bool(one.get("expires_at")), bool(one.get("revoked_at"))) for one in data["items"]]
    assert sorted(ends) == [(False, False), (False, True), (True, False)]
