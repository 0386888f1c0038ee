"""Stuut has no callouts: planned outreach is read off calls and emails, and says so."""

import pytest

LATER = "2026-02-02T00:00:00Z"


@pytest.fixture
def callouts(stuut, vendor, page):
    """Sync with these invoices as the one page; the callouts there are then."""

    def sync(*invoices):
        vendor.on("/v1/invoices", page(*invoices))
        assert stuut.sync().exit_code == 0
        return [row["id"] for row in stuut.rows("callouts")]

    return sync


@pytest.mark.parametrize(
    ("direction", "status", "planned"),
    [
        ("outbound", "draft", True),
        ("outbound", "pending", True),
        ("outbound", "sending", False),
        ("outbound", "sent", False),
        ("outbound", "error", False),
        ("inbound", "draft", False),
        ("inbound", "pending", False),
        (None, "draft", False),
    ],
)
def test_stuut_6_3_which_emails(callouts, invoice, email, direction, status, planned):
    """An email is planned outreach while it is outbound and in draft or pending."""
    found = callouts(invoice(emails=[email(direction=direction, status=status)]))
    assert found == (["email:eml_1"] if planned else [])


@pytest.mark.parametrize(
    ("status", "planned"), [("pending_approval", True), ("completed", False), (None, False)]
)
def test_stuut_6_3_which_calls(callouts, invoice, call, status, planned):
    """A call is planned outreach while it waits for approval."""
    found = callouts(invoice(calls=[call(status=status)]))
    assert found == (["call:call_1"] if planned else [])


def test_stuut_6_3_what_an_email_tells(stuut, callouts, invoice, email):
    """Kind, status, channel and target come from the email; when it is due nobody says."""
    planned = email(
        direction="outbound",
        status="pending",
        email_reason="payment_reminder",
        to=["a@example.com", "b@example.com"],
        created_at="2026-01-01T00:00:00Z",
    )
    callouts(invoice(emails=[planned]))
    (row,) = stuut.rows("callouts")
    assert (row["derived"], row["kind"], row["status"]) == (1, "payment_reminder", "scheduled")
    assert (row["channels"], row["contact_email"]) == ('["email"]', "a@example.com")
    assert (row["status_raw"], row["scheduled_at"]) == ("pending", None)


def test_stuut_6_3_an_email_to_nobody(callouts, invoice, email):
    """A draft without a recipient yet is planned outreach all the same."""
    draft = email(direction="outbound", status="draft", to=[])
    assert callouts(invoice(emails=[draft])) == ["email:eml_1"]


def test_stuut_6_3_gone_when_the_email_is_sent(stuut, callouts, invoice, email):
    """Sent is no longer planned: the callout and its links go, the email and its link stay."""
    assert callouts(invoice(emails=[email(direction="outbound", status="draft")]))
    sent = email(direction="outbound", status="sent", modified_at=LATER)
    assert callouts(invoice(emails=[sent])) == []
    assert stuut.links() == {("emails", "eml_1", "stuut", "inv_1", "contained")}
    assert [row["status"] for row in stuut.rows("emails")] == ["sent"]


def test_stuut_6_3_gone_when_the_call_is_placed(stuut, callouts, invoice, call):
    """Placed is no longer planned."""
    assert callouts(invoice(calls=[call(status="pending_approval")]))
    assert callouts(invoice(calls=[call(status="completed", modified_at=LATER)])) == []
    assert stuut.links() == {("calls", "call_1", "stuut", "inv_1", "contained")}


def test_stuut_6_3_back_when_it_is_planned_again(callouts, invoice, email):
    """An email that returns to draft is planned again, under the same id."""
    outbound = {"direction": "outbound"}
    first = callouts(invoice(emails=[email(status="draft", **outbound)]))
    callouts(invoice(emails=[email(status="sending", modified_at=LATER, **outbound)]))
    again = email(status="draft", modified_at="2026-03-03T00:00:00Z", **outbound)
    assert callouts(invoice(emails=[again])) == first


def test_stuut_6_3_the_last_outreach_is_none(callouts, invoice):
    """`last_outreach_*` points at an email or call already counted."""
    fields = {"last_outreach_at": LATER, "last_outreach_channel": "email"}
    assert callouts(invoice(last_outreach_to="a@example.com", **fields)) == []


def test_stuut_6_3_two_sources_two_callouts(callouts, invoice, call, email):
    """A call and an email of one id are two callouts."""
    both = invoice(
        calls=[call("same", status="pending_approval")],
        emails=[email("same", direction="outbound", status="draft")],
    )
    assert callouts(both) == ["call:same", "email:same"]


def test_stuut_7_12_case_is_no_difference(callouts, invoice, call, email):
    """Words are compared without regard to case, here as for the status itself."""
    both = invoice(
        calls=[call(status="Pending_Approval")],
        emails=[email(direction="Outbound", status="Draft")],
    )
    assert callouts(both) == ["call:call_1", "email:eml_1"]
