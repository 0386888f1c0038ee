"""Exante, the outreach timeline: its form, its bounces, and how it fits the invoice's story."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.clock import NOW


def named(text: str) -> set[str]:
    """Give field names as a set."""
    return set(text.split())


# As the reference's sample prints them (Get outreach timeline for one invoice).
HEADER = named(
    "uid invoice_number target_party_uid counterparty_name amount_due_cents currency status "
    "issue_date due_date paid_date"
)
EMAIL = named(
    "uid initiator from_email to_emails cc_emails subject body_text status delivery_status "
    "bounce_details is_bounced bounce_callout bouncing_recipient_emails error_message sent_at "
    "planned_send_at created_at"
)


def time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def emails(timelines):
    return [email for one in timelines for email in one["emails"]]


@pytest.fixture(scope="module")
def bounced(emails):
    return [email for email in emails if email.get("bounce_callout")]


def test_timeline_fields(timelines, emails):
    """Header, emails, initiators and notices have the sample's fields and no others."""
    assert all(
        one.keys() == {"invoice", "emails", "bouncing_recipient_emails"} for one in timelines
    )
    assert {key for one in timelines for key in one["invoice"]} == HEADER
    assert {key for email in emails for key in email} == EMAIL
    assert all(email["initiator"].keys() == {"type", "uid", "name"} for email in emails)


def test_notice_fields(bounced):
    """A bounce notice has the sample's fields."""
    assert bounced
    for email in bounced:
        assert email["bounce_callout"].keys() == {"source", "detected_at", "recipient_emails"}


def test_header_is_the_invoice(exante, items, timelines):
    """The header repeats the invoice asked for, with currency and party uid."""
    for item, one in zip(items, timelines, strict=True):
        header = one["invoice"]
        assert header["uid"] == item["uid"]
        assert header["amount_due_cents"] == item["amount_due_cents"]
        assert header["target_party_uid"] == item["parties"]["client"]["uid"]
        assert header["currency"]


def test_most_recent_first(timelines):
    """Emails come in the order of their making, the newest first."""
    for one in timelines:
        made = [email["created_at"] for email in one["emails"]]
        assert made == sorted(made, reverse=True)


def test_order_is_not_that_of_sending():
    """Sorted by when they go out, the emails of some invoice stand in another order."""
    assert any(
        [note.sent or note.planned or note.created for note in claim.notes]
        != sorted((note.sent or note.planned or note.created for note in claim.notes), reverse=True)
        for seed in range(5)
        for claim in Company.build(200, seed).claims.values()
    )


def test_some_have_no_emails(timelines):
    """An invoice without outreach has an empty timeline."""
    assert any(one["emails"] == [] for one in timelines)


def test_words(emails):
    """All four states occur, and initiators of a type that no document names."""
    assert {email["status"] for email in emails} == {"DRAFT", "PENDING", "SENT", "FAILED"}
    assert {email["initiator"]["type"] for email in emails} == {"AGENT", "USER", "SCHEDULE"}
    assert any(email["initiator"]["name"] is None for email in emails)
    assert {email.get("delivery_status") for email in emails} == {"bounce_detected", None}


def test_only_what_was_sent_has_a_time(emails):
    """Planned, handed over and refused emails have no sent_at."""
    for email in emails:
        assert (email.get("sent_at") is not None) is (email["status"] == "SENT")
        assert (email.get("error_message") is not None) is (email["status"] == "FAILED")


def test_planned_drafts(emails):
    """Some drafts wait for a day to come, others for whoever is writing them."""
    drafts = [email for email in emails if email["status"] == "DRAFT"]
    planned = [email for email in drafts if email.get("planned_send_at")]
    assert planned
    assert len(planned) < len(drafts)
    assert all(time(email["planned_send_at"]) > NOW for email in planned)


def test_failure_is_no_bounce(emails):
    """A refused email was not sent and did not bounce."""
    failed = [email for email in emails if email["status"] == "FAILED"]
    assert failed
    for email in failed:
        assert email["is_bounced"] is False
        assert not email.get("bounce_callout")
        assert not email.get("bouncing_recipient_emails")


def signals(email: dict[str, Any]) -> tuple[object, object, bool]:
    """Give the three things that tell of a bounce."""
    return (
        email.get("is_bounced"),
        email.get("delivery_status"),
        bool(email.get("bounce_callout")),
    )


def test_bounces_are_sent(emails):
    """What bounced had been sent."""
    told = [email for email in emails if email.get("is_bounced")]
    assert told
    assert {email["status"] for email in told} == {"SENT"}


def test_signals_disagree(emails):
    """The three signals of a bounce occur in all agreement and in contradiction."""
    found = {signals(email) for email in emails}
    assert found == {
        (False, None, False),
        (None, None, False),
        (True, "bounce_detected", True),
        (False, "bounce_detected", False),
        (None, None, True),
    }


def test_partial_bounce(emails):
    """One of two recipients may bounce."""
    partial = [
        email
        for email in emails
        if set(email.get("bouncing_recipient_emails") or ()) < set(email.get("to_emails") or ())
        and email.get("bouncing_recipient_emails")
    ]
    assert partial
    assert all(len(email["to_emails"]) == 2 for email in partial)


def test_forwarded_bounce(emails):
    """A bounced address may be neither in to nor in cc."""
    assert any(
        not set(email["bouncing_recipient_emails"])
        & {*(email.get("to_emails") or ()), *(email.get("cc_emails") or ())}
        for email in emails
        if email.get("bouncing_recipient_emails")
    )


def test_letter_case_differs(bounced):
    """The notice may spell an address in other letters than the email."""
    noticed = {one for email in bounced for one in email["bounce_callout"]["recipient_emails"]}
    assert any(one != one.lower() for one in noticed)


def test_detection(bounced):
    """Mostly a bounce is noticed after sending; one notice has no time that can be read."""
    unread = []
    for email in bounced:
        try:
            assert time(email["bounce_callout"]["detected_at"]) > time(email["sent_at"])
        except ValueError:
            unread.append(email)
    assert 0 < len(unread) < len(bounced) / 2


def test_details_are_free_form(bounced):
    """Details of a bounce are filled, empty, or missing."""
    kinds = {bool(email.get("bounce_details")) for email in bounced}
    assert kinds == {True, False}
    assert any(email.get("bounce_details") == {} for email in bounced)


def test_addresses_of_the_whole_invoice(timelines):
    """The invoice's list holds all bounced addresses, and here and there one of no email."""
    more = 0
    for one in timelines:
        listed = set(one["bouncing_recipient_emails"] or ())
        told = {
            address
            for email in one["emails"]
            for address in email.get("bouncing_recipient_emails") or ()
        }
        noticed = {
            address.lower()
            for email in one["emails"]
            for address in (email.get("bounce_callout") or {}).get("recipient_emails", ())
        }
        assert told | noticed <= listed
        more += bool(listed - told - noticed)
    assert more


@pytest.mark.parametrize("name", ["to_emails", "cc_emails", "bouncing_recipient_emails"])
def test_null_lists(emails, name):
    """Lists may be null or absent where there is nothing to list."""
    found = [email.get(name) for email in emails]
    assert None in found
    assert any(found)


def test_null_absent_and_empty(emails):
    """A list without addresses is null, absent or empty."""
    found = [email.get("cc_emails", "absent") for email in emails]
    assert all(value in found for value in (None, "absent", []))


def test_null_and_empty_aggregate(timelines):
    """The invoice's list of addresses is null or empty where nothing bounced."""
    found = [one["bouncing_recipient_emails"] for one in timelines]
    assert None in found
    assert [] in found


def test_showpiece(timelines):
    """The showpiece has emails of every sort: bounced, partly bounced, planned."""
    (rich,) = [one for one in timelines if one["invoice"].get("invoice_number") == "INV-1042"]
    emails = rich["emails"]
    assert len(emails) >= 6
    assert sum(email.get("is_bounced") is True for email in emails) == 2
    assert {email["status"] for email in emails} == {"SENT", "DRAFT"}
    assert {email["initiator"]["type"] for email in emails} == {"AGENT", "USER"}
    assert len(rich["bouncing_recipient_emails"]) == 2


def test_emails_of_their_own(timelines, rows):
    """Exante's emails are no copies of Stuut's: other ids, other words, other mailboxes."""
    ours = [email for one in timelines for email in one["emails"]]
    theirs = [email for row in rows for email in row["emails"]]
    assert not {one["uid"] for one in ours} & {one["id"] for one in theirs}
    assert not {one["subject"] for one in ours} & {one["subject"] for one in theirs}
    assert "collections@example.com" not in {one["from_email"] for one in ours}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("invoices", [1, 12, 41, 120])
def test_showpiece_of_any_company(invoices, seed):
    """Whatever the company, its showpiece has a bounce, a new try and a planned email."""
    company = Company.build(invoices, seed)
    (rich,) = [one for one in company.claims.values() if one.invoice is company.showpiece]
    assert len([note for note in rich.notes if note.bounced]) == 2
    assert len([note for note in rich.notes if note.sent]) >= 5
    assert [note for note in rich.notes if note.status == "DRAFT"]


def test_no_invoices():
    """A company without invoices has none at Exante."""
    assert Company.build(0, 7).claims == {}


@pytest.mark.parametrize("seed", range(6))
def test_the_story_fits(seed):
    """After the issue, before today, and silent once paid, promised or handed over."""
    for claim in Company.build(120, seed).claims.values():
        bill = claim.invoice
        ends = [bill.voided_at, bill.written_off_at]
        ends += [callout.created for callout in bill.callouts]
        ends += [
            call.start
            for call in bill.calls
            if call.classification and call.classification.word == "promise_to_pay"
        ]
        for note in claim.notes:
            assert bill.issued is not None
            assert bill.issued < note.created <= NOW
            assert note.created <= (note.planned or note.sent or NOW)
            if note.sent is None:
                continue
            assert note.sent < NOW
            if note.subject.startswith("Thank you"):
                assert bill.paid_at is not None
                assert note.sent > bill.paid_at
            elif not note.subject.startswith("We are looking into"):
                assert all(note.sent < end for end in [*ends, bill.paid_at] if end is not None)


@pytest.mark.parametrize("seed", range(6))
def test_unheard_emails_are_written_again(seed):
    """After an email that reached nobody a person writes to the right address."""
    for claim in Company.build(120, seed).claims.values():
        told = sorted(claim.notes, key=lambda note: note.created)
        for lost, following in pairwise(told):
            if lost.to and lost.to[0].startswith("former."):
                assert following.subject.startswith("Resent:")
                assert following.initiator.type == "USER"
                assert following.to == (claim.invoice.customer.contacts[0].email,)


def test_uids_never_collide():
    """No two emails or invoices share a uid, in a company of two thousand invoices."""
    claims = Company.build(2000, 1).claims.values()
    uids = [note.uid for claim in claims for note in claim.notes]
    assert len(uids) == len(set(uids)) > 2000
    assert len({claim.uid for claim in claims}) == len(claims)


def test_people_are_made_up(emails):
    """Mail addresses are of the example domains."""
    addresses = [
        one for email in emails for one in [email["from_email"], *(email.get("to_emails") or ())]
    ]
    assert {one.rpartition("@")[2] for one in addresses} == {
        "example.com",
        "example.org",
        "example.net",
    }
