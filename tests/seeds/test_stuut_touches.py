"""The calls and emails of the one Stuut answer that is published, column by column.

See `test_stuut.py` for what the sample is and where the expected rows come from.
"""

NOON = "2023-11-07T05:31:56.000000Z"
S = "<string>"
ME = {"connection": "stuut", "id": S}
CLOCKS = {"created_at": NOON, "updated_at": NOON}


def test_a_call_that_waits_for_approval_is_not_placed(row):
    """The call: waiting for approval means not placed, whatever else the sample fills in."""
    assert row("calls") == {
        **ME,
        "customer_id": S,
        "provider_id": S,
        "callout_id": None,
        "direction": "inbound",
        "direction_raw": "inbound",
        "status": "planned",
        "status_raw": "pending_approval",
        # The flag beats the free text.
        "outcome": "voicemail",
        "outcome_raw": S,
        "voicemail": 1,
        "from_number": S,
        "to_number": S,
        "started_at": NOON,
        "answered_at": None,
        "ended_at": NOON,
        "duration_seconds": 0,
        "billed_seconds": None,
        "reason": S,
        "agent_kind": "ai",
        "agent_kind_raw": None,
        "agent_id": S,
        "recording_url": "<unknown>",
        "transcript_url": None,
        "transcript": S,
        "transcript_parts": '"<unknown>"',
        "summary": S,
        "sentiment": "positive",
        "sentiment_raw": "positive",
        "keywords": "[]",
        "tags": "[]",
        "currency": None,
        "cost": None,
        "cost_minor": None,
        **CLOCKS,
    }


def test_one_callout_is_derived(row):
    """One callout is derived: of the call awaiting approval; the draft is inbound, no outreach."""
    assert row("callouts") == {
        "connection": "stuut",
        "id": f"call:{S}",
        "customer_id": S,
        "derived": 1,
        "kind": "unknown",
        "kind_raw": S,
        "status": "pending_approval",
        "status_raw": "pending_approval",
        "priority": None,
        "priority_raw": None,
        "channels": '["call"]',
        # None is published: when it was created is not when it is due.
        "scheduled_at": None,
        "started_at": None,
        "completed_at": None,
        "contact_name": None,
        "contact_email": None,
        "contact_phone": S,
        "agent_id": S,
        "attempts_total": None,
        "attempts_successful": None,
        **CLOCKS,
    }


def test_the_email_is_an_inbound_draft(row):
    """The email: an inbound draft with a bounced address, which only a sample can be."""
    assert row("emails") == {
        **ME,
        "channel": None,
        "channel_raw": None,
        "customer_id": None,
        "remote_id": S,
        "thread_id": S,
        "parent_id": S,
        "callout_id": None,
        "direction": "inbound",
        "direction_raw": "inbound",
        "status": "draft",
        "status_raw": "draft",
        "delivery_status": None,
        "delivery_status_raw": None,
        "bounced": 1,
        "bounced_addresses": '["<string>"]',
        "from_address": S,
        "to_addresses": '["<string>"]',
        "cc_addresses": '["<string>"]',
        "bcc_addresses": '["<string>"]',
        "reply_to_addresses": '["<string>"]',
        "subject": S,
        "text": None,
        "html": S,
        "preview": S,
        "planned_at": None,
        "sent_at": NOON,
        "opened_at": None,
        "clicked_at": None,
        "bounced_at": None,
        "initiator_kind": None,
        "initiator_kind_raw": None,
        "initiator_id": S,
        "initiator_name": S,
        "is_automated": 1,
        "is_generated": 1,
        "reason": S,
        "error": S,
        **CLOCKS,
    }


def test_the_file_is_kept_without_its_link(row):
    """What is known of the file, without the link that opens it."""
    assert row("attachments") == {
        "connection": "stuut",
        "position": 0,
        "email_id": S,
        "id": S,
        "name": S,
        "media_type": S,
        "size_bytes": 123,
        "created_at": NOON,
    }


def test_what_stood_in_the_invoice_is_linked_to_it(synced):
    """Call, callout and email stood inside the invoice; nothing else says so."""
    assert synced.links() == {
        ("calls", S, "stuut", S, "contained"),
        ("callouts", f"call:{S}", "stuut", S, "contained"),
        ("emails", S, "stuut", S, "contained"),
    }
    assert synced.rows("callout_attempts") == []
    assert synced.rows("rejects") == []
