"""Exante, conversations: what customers wrote and what was written back."""

from __future__ import annotations

from typing import Any

import pytest


def named(text: str) -> set[str]:
    """Give field names as a set."""
    return set(text.split())


CONVERSATION = named(
    "uid organization_uid channel direction status subject categories sent_at is_read has_reply "
    "message_count metadata agent_uid party_uid created_by_uid parent_conversation_uid "
    "created_on updated_on"
)
METADATA = named(
    "from_email from_name to_emails cc_emails snippet labels provider_message_id thread_id "
    "has_attachments attachment_count history_id"
)
MESSAGE = named(
    "uid conversation_uid sender_uid sender_type direction message_direction "
    "provider_message_id from to cc subject snippet body_text body_html sent_at is_read "
    "has_attachments attachment_count party_id labels content content_type categories metadata "
    "created_on"
)


@pytest.fixture(scope="module")
def talks(exante):
    """Every conversation as the list shows it."""
    return exante("/api/conversations", per_page=100).json()["data"]["items"]


@pytest.fixture(scope="module")
def whole(exante, talks):
    """Every conversation with its messages."""
    return [exante(f"/api/conversations/{talk['uid']}").json()["data"] for talk in talks]


@pytest.fixture(scope="module")
def messages(whole):
    return [message for talk in whole for message in talk["messages"]]


def test_pages(exante, talks):
    """Pages tell their number, size and the total, in other words than invoices do."""
    seen: list[str] = []
    page, pages = 1, 1
    while page <= pages:
        data = exante("/api/conversations", page=page, per_page=7).json()["data"]
        assert data.keys() == {"items", "pagination"}
        pages = data["pagination"]["total_pages"]
        assert data["pagination"] == {
            "page": page,
            "per_page": 7,
            "total": len(talks),
            "total_pages": pages,
        }
        seen += [talk["uid"] for talk in data["items"]]
        page += 1
    assert seen == [talk["uid"] for talk in talks]
    assert len(set(seen)) == len(seen) > 14


def test_newest_first(talks):
    """What changed last comes first."""
    times = [talk["updated_on"] for talk in talks]
    assert times == sorted(times, reverse=True)


def test_fields(talks):
    """Conversations together have the documented fields and no others."""
    assert {key for talk in talks for key in talk} == CONVERSATION
    assert {key for talk in talks for key in talk["metadata"]} == METADATA
    assert {(talk["channel"], talk["direction"]) for talk in talks} == {("email", "inbound")}


def test_message_fields(messages):
    """Messages together have the documented fields and no others."""
    assert {key for message in messages for key in message} == MESSAGE
    assert {key for message in messages for key in message["from"]} == {"email", "name"}


def test_alone_as_in_the_list(whole, talks):
    """Alone, a conversation is what the list shows and its messages besides."""
    for alone, talk in zip(whole, talks, strict=True):
        assert alone.keys() == talk.keys() | {"messages"}
        assert {key: alone[key] for key in talk} == talk
        assert talk["message_count"] == len(alone["messages"])


def test_no_invoice(whole, items):
    """Nothing in a conversation names an invoice's uid; the customer is one of the invoices'."""
    uids = {item["uid"] for item in items}
    parties = {item["parties"]["client"]["uid"] for item in items}
    for talk in whole:
        assert talk["party_uid"] in parties
        assert not any(uid in str(talk) for uid in uids)


def test_messages_in_order(whole):
    """The first message came in, the others follow in time, each belongs to its conversation."""
    for talk in whole:
        times = [message["sent_at"] for message in talk["messages"]]
        assert times == sorted(times)
        assert talk["messages"][0]["direction"] == "inbound"
        assert talk["sent_at"] == times[0]
        assert talk["updated_on"] >= times[-1]
        assert {message["conversation_uid"] for message in talk["messages"]} == {talk["uid"]}


def test_replies(whole):
    """A conversation has a reply where a message went out, and both kinds occur."""
    for talk in whole:
        went_out = {"outbound"} & {message["direction"] for message in talk["messages"]}
        assert talk["has_reply"] is bool(went_out)
    assert {talk["has_reply"] for talk in whole} == {True, False}


def test_inbound_emails(messages, rows, items):
    """What came in is what came in about the invoices that Exante has, each email once."""
    numbers = {item.get("invoice_number") for item in items}
    arrived = {
        (email["subject"], email["from_email"], email["sent_at"])
        for row in rows
        for email in row["emails"]
        if email["direction"] == "inbound" and email.get("sent_at") and row.get("number") in numbers
    }
    came_in = [one for one in messages if one["direction"] == "inbound"]
    found = [(one["subject"], one["from"]["email"], one["sent_at"]) for one in came_in]
    assert len(found) == len(set(found))
    # An invoice may share its number with one that Exante does not have.
    assert set(found) <= arrived
    assert len(found) > 0.9 * len(arrived)


def test_outbound_emails(messages, timelines):
    """What went out is in a timeline too, under another uid, and in one conversation only."""
    sent = {
        (email["subject"], email["sent_at"]): email
        for one in timelines
        for email in one["emails"]
        if email.get("sent_at")
    }
    went_out = [one for one in messages if one["direction"] == "outbound"]
    keys = [(one["subject"], one["sent_at"]) for one in went_out]
    assert keys
    assert len(keys) == len(set(keys))
    for one in went_out:
        email = sent[one["subject"], one["sent_at"]]
        assert one["body_text"] == email["body_text"]
        assert one["from"]["email"] == email["from_email"]
        assert one["uid"] != email["uid"]


def test_uids_are_unique(messages, talks):
    """No two messages or conversations have one uid."""
    uids = [one["uid"] for one in (*messages, *talks)]
    assert len(uids) == len(set(uids))


def test_markup_stays(messages):
    """What strangers write as markup comes through as they wrote it."""
    assert any("<script>" in message["body_html"] for message in messages)


def listed(answer: Any) -> list[dict[str, Any]]:
    """Give the rows of a list."""
    rows: list[dict[str, Any]] = answer.json()["data"]["items"]
    return rows


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("False", False)])
def test_filter_by_read(exante, talks, text, value):
    """Only what has been read, or only what has not, can be asked for."""
    found = listed(exante("/api/conversations", is_read=text, per_page=100))
    assert found == [talk for talk in talks if talk["is_read"] is value]
    assert found


@pytest.mark.parametrize("words", ["draft", "sent", "closed", "draft,closed", "sent, draft"])
def test_filter_by_status(exante, talks, words):
    """Statuses can be asked for, several of them with commas between."""
    wanted = {word.strip() for word in words.split(",")}
    found = listed(exante("/api/conversations", status=words, per_page=100))
    assert found == [talk for talk in talks if talk["status"] in wanted]
    assert {talk["status"] for talk in found} == wanted


def test_unknown_status(exante):
    """A status that nothing has lets nothing through."""
    answer = exante("/api/conversations", status="sleeping").json()["data"]
    assert answer["items"] == []
    assert answer["pagination"] == {"page": 1, "per_page": 10, "total": 0, "total_pages": 0}


def test_bad_read(exante):
    """A value for is_read that is no boolean is refused."""
    answer = exante("/api/conversations", is_read="perhaps")
    assert answer.status_code == 400
    assert answer.json().keys() == {"error", "details"}
