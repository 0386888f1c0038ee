"""The one Exante answer that is published, through `duetrail sync`, column by column.

The sample is filler: every text is "<string>", every number 123, every uid the same. The expected
rows were written from Exante's documentation, not from what the code does. The list row that
brings the uid is made up; its form is not published.
"""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

UID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
NOON = "2023-11-07T05:31:56.000000Z"
S = "<string>"
ME = {"connection": "exante", "id": UID}
TIMELINE = f"/api/invoices/{UID}/outreach"


@pytest.fixture
def served(exante, vendor, page, seed):
    """Exante with the sample as the timeline of the only invoice of its list."""
    vendor.on("/api/invoices", page({"uid": UID, "total_cents": 456, "amount_due_cents": 123}))
    vendor.on(TIMELINE, seed)
    return exante


@pytest.fixture
def synced(served):
    result = served.run("sync")
    assert result.exit_code == 0, result.output
    return served


def test_the_document_is_as_published(seed):
    """Nobody tidied the seed body: what is served is what Exante's page shows."""
    digest = "c829880c3e02ca510e9191cbec3804e49d54c80321e36d88c89cc5d74abf7cd9"
    assert sha256(seed).hexdigest() == digest


def test_exante_t14_email(synced):
    """The email: sent by nobody knows whom, bounced, at a time that is no time."""
    (row,) = synced.rows("emails")
    assert row == {
        **ME,
        "channel": None,
        "channel_raw": None,
        "customer_id": None,
        "remote_id": None,
        "thread_id": None,
        "parent_id": None,
        "callout_id": None,
        # A timeline is outbound only; no word of Exante's says so.
        "direction": "outbound",
        "direction_raw": None,
        "status": "unknown",
        "status_raw": S,
        "delivery_status": "unknown",
        "delivery_status_raw": S,
        "bounced": 1,
        "bounced_addresses": '["<string>"]',
        "from_address": S,
        "to_addresses": '["<string>"]',
        "cc_addresses": '["<string>"]',
        "bcc_addresses": "[]",
        "reply_to_addresses": "[]",
        "subject": S,
        "text": S,
        "html": None,
        "preview": None,
        "planned_at": NOON,
        "sent_at": NOON,
        "opened_at": None,
        "clicked_at": None,
        # `detected_at` is "<string>".
        "bounced_at": None,
        "initiator_kind": "unknown",
        "initiator_kind_raw": S,
        "initiator_id": UID,
        "initiator_name": S,
        "is_automated": None,
        "is_generated": None,
        "reason": None,
        "error": S,
        "created_at": NOON,
        "updated_at": None,
        "absent_since": None,
        "changed_run": 1,
    }


def test_exante_t14_header(exante, seed, key):
    """The invoice above the timeline: an amount in a currency nobody knows stays in minor units."""
    batch = exante.map("exante", "outreach", seed, key())
    invoice, _ = [mapped.records[0] for mapped in batch.mapped]
    said = {"number": S, "status": "unknown", "status_raw": S, "customer_id": UID}
    times = {"issued_at": NOON, "due_at": NOON, "paid_at": NOON}
    said |= {"customer_name": S, "currency": S, "amount_due_minor": "123", **times}
    columns = dict(zip(_columns(), batch.mapped[0].rows[0].values, strict=True))
    assert {name: value for name, value in columns.items() if value is not None} == said
    assert (invoice.connection, invoice.id) == ("exante", UID)


def _columns():
    from duetrail.stores import table_of

    return [column.name for column in table_of("invoices").columns]


def test_the_list_and_the_header_make_the_invoice(synced):
    """The stored invoice: the list is the richer copy, the header gives the currency."""
    (row,) = synced.rows("invoices")
    assert {name: value for name, value in row.items() if value is not None} == {
        **ME,
        "kind": "receivable",
        "currency": S,
        "total_minor": "456",
        "amount_due_minor": "123",
        "changed_run": 1,
    }


def test_the_email_belongs_to_the_invoice_that_was_asked_about(synced):
    """The email belongs to the invoice whose timeline was asked for."""
    assert synced.links() == {("emails", UID, "exante", UID, "keyed")}


def test_exante_t1_a_bounce_callout_is_no_callout(synced):
    """The notice of a bounce makes no callout; nor is there any other record."""
    for table in ("callouts", "callout_attempts", "calls", "parties", "attachments", "rejects"):
        assert synced.rows(table) == []


def test_what_no_field_holds_comes_back(exante, seed, key):
    """What no field has a home for comes back, as received."""
    batch = exante.map("exante", "outreach", seed, key())
    invoice, email = [record for mapped in batch.mapped for record in mapped.with_extra()]
    # the bounced addresses of the whole invoice stand beside it
    assert invoice.extra == {"bouncing_recipient_emails": [S]}
    assert {k: v for k, v in email.extra.items() if v} == {
        # "<string>" is no time, so it is kept where it stood
        "bounce_callout": {"source": S, "recipient_emails": [S], "detected_at": S},
    }
    assert email.extra["bounce_details"] == {}


def test_two_requests_map_three_items(served):
    """Two requests, three items, all mapped."""
    summary = json.loads(served.run("sync", "--json").output)
    invoices, outreach = summary["resources"]
    assert (invoices["requests"], invoices["items"], invoices["mapped"]) == (1, 1, 1)
    assert (outreach["requests"], outreach["items"], outreach["mapped"]) == (1, 2, 2)
    assert (invoices["state"], outreach["state"]) == ("complete", "complete")


def test_the_same_answers_again_write_nothing(synced):
    """The same answers again write nothing."""
    summary = json.loads(synced.run("sync", "--json").output)
    assert summary["written"] == 0
    assert [one["unchanged"] for one in summary["resources"]] == [1, 2]


def test_requests_are_those_of_the_documentation(synced, vendor):
    """The requests are those of the documentation: GET, the uid in the path, the token."""
    assert [(one.method, one.path) for one in vendor.asked] == [
        ("GET", "/api/invoices"),
        ("GET", TIMELINE),
    ]
    assert {one.headers["authorization"] for one in vendor.asked} == {"Bearer made-up-token-0001"}


def test_as_a_process(served):
    """The command does the same in a process of its own."""
    script = Path(sys.executable).with_name("duetrail")
    command = [script, "--config", served.config, "sync"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "exante.outreach" in done.stdout
    assert [row["id"] for row in served.rows("emails")] == [UID]
