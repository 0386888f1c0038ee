"""The two Credira answers that are published, through `duetrail sync`, column by column.

The expected rows were written from Credira's documentation, not from what the code does.
"""

import json

import pytest

INVOICE = "inv_987654321"


@pytest.fixture
def synced(credira):
    result = credira.run("sync", "--select", "calls,callouts")
    assert result.exit_code == 0, result.output
    return credira


def test_a_call_tells_neither_direction_nor_start(synced):
    """The call: a list row tells neither direction nor start, and so do we."""
    (row,) = synced.rows("calls")
    assert (row.pop("absent_since"), row.pop("changed_run")) == (None, 1)
    assert row == {
        "connection": "credira",
        "id": "call_123456789",
        "customer_id": None,
        "provider_id": None,
        "callout_id": None,
        "direction": None,
        "direction_raw": None,
        "status": "completed",
        "status_raw": "completed",
        "outcome": None,
        "outcome_raw": None,
        "voicemail": None,
        "from_number": "+1234567890",
        # No country code begins with 0; kept as it is.
        "to_number": "+0987654321",
        "started_at": None,
        "answered_at": None,
        "ended_at": None,
        "duration_seconds": 180,
        "billed_seconds": None,
        "reason": None,
        "agent_kind": "ai",
        "agent_kind_raw": None,
        "agent_id": "agent_456789123",
        "recording_url": "https://api.credira.com/recordings/call_123456789.mp3",
        "transcript_url": "https://api.credira.com/transcriptions/call_123456789.txt",
        "transcript": None,
        "transcript_parts": None,
        "summary": None,
        "sentiment": None,
        "sentiment_raw": None,
        "keywords": "[]",
        "tags": "[]",
        "currency": None,
        "cost": None,
        "cost_minor": None,
        "created_at": "2024-01-15T10:30:00.000000Z",
        "updated_at": None,
    }


def test_a_callout_is_native_and_by_telephone(synced):
    """The callout: native, by telephone only, to one person."""
    (row,) = synced.rows("callouts")
    assert (row.pop("absent_since"), row.pop("changed_run")) == (None, 1)
    assert row == {
        "connection": "credira",
        "id": "callout_123456789",
        "customer_id": None,
        "derived": 0,
        "kind": "payment_reminder",
        "kind_raw": "payment_reminder",
        "status": "scheduled",
        "status_raw": "scheduled",
        "priority": "high",
        "priority_raw": "high",
        "channels": '["call"]',
        "scheduled_at": "2024-01-20T10:00:00.000000Z",
        "started_at": None,
        "completed_at": None,
        "contact_name": "John Doe",
        "contact_email": "john.doe@example.com",
        "contact_phone": "+1234567890",
        "agent_id": "agent_456789123",
        "attempts_total": None,
        "attempts_successful": None,
        "created_at": "2024-01-19T09:00:00.000000Z",
        "updated_at": "2024-01-19T09:00:00.000000Z",
    }


def test_both_name_their_invoice(synced):
    """Both name their invoice; Credira has none to store, and none is made up."""
    assert synced.links() == {
        ("calls", "call_123456789", "credira", INVOICE, "native"),
        ("callouts", "callout_123456789", "credira", INVOICE, "native"),
    }
    for table in ("invoices", "parties", "emails", "callout_attempts", "rejects"):
        assert synced.rows(table) == []


def test_what_no_field_holds_comes_back(credira):
    """What no field has a home for comes back from `read`, as received."""
    (call,) = credira.read("credira", "calls")
    assert {k: str(v) for k, v in call.extra.items()} == {
        "confidence_score": "0.95",
        "timezone": "America/New_York",
        "account_id": "acc_789123456",
    }
    (callout,) = credira.read("credira", "callouts")
    assert callout.extra == {
        "account_id": "acc_789123456",
        "metadata": {"campaign_id": "camp_123", "department": "billing"},
    }


def test_the_same_answers_again_write_nothing(synced):
    """The same answers again write nothing."""
    result = synced.run("sync", "--select", "calls,callouts", "--json")
    assert json.loads(result.output)["written"] == 0


def test_requests_are_those_of_the_documentation(synced, vendor):
    """The requests are those of the documentation: GET, the invoice as a parameter, the token."""
    assert sorted((one.method, one.target) for one in vendor.asked) == [
        ("GET", f"/callouts?invoice_id={INVOICE}"),
        ("GET", f"/calls?invoice_id={INVOICE}"),
    ]
    tokens = {one.headers["authorization"] for one in vendor.asked}
    assert tokens == {"Bearer made-up-token-0001"}


def test_emails_are_asked_for(credira, vendor):
    """With nothing left out, the callout's emails are asked for, disabled though they are."""
    vendor.on("/emails", {"success": True, "data": False, "meta": {"total_emails": 0}})
    assert credira.run("sync").exit_code == 0
    assert "/emails?callout_id=callout_123456789" in [one.target for one in vendor.asked]


def test_fed_by_the_other_sample(credira, stuut, vendor, seeds):
    """Asked with an id of the Stuut sample, both samples hang together by the key."""
    credira.config.write_text(
        credira.config.read_text().replace(f'["{INVOICE}"]', '"stuut:remote_id"')
    )
    encoded = "%3Cstring%3E"
    vendor.on(f"/calls?invoice_id={encoded}", (seeds / "credira/calls.json").read_bytes())
    vendor.on(f"/callouts?invoice_id={encoded}", {"success": True, "data": [], "meta": {}})
    assert credira.run("sync").exit_code == 0
    keyed = ("calls", "call_123456789", "stuut", "<string>", "keyed")
    native = ("calls", "call_123456789", "credira", INVOICE, "native")
    assert {keyed, native} <= credira.links()
