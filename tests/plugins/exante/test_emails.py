"""Exante's emails: bounces in their many signs, words in either case, and who sent them."""

from datetime import UTC, datetime

import pytest

NOON = "2026-03-04T12:00:00Z"
NOTICE = {"source": "gmail", "detected_at": NOON, "recipient_emails": ["a@x.example"]}


def test_exante_t3_sent_and_bounced_is_the_normal_bounce(sent, email):
    """Gmail accepted it, the notice came later: three independent facts."""
    one = sent(email(status="SENT", is_bounced=True, delivery_status="bounce_detected"))
    assert (one.status, one.delivery_status, one.bounced) == ("sent", "bounced", True)


def test_exante_t3_failed_is_no_bounce(sent, email):
    """A refusal at sending is an error, not a bounce."""
    one = sent(email(status="FAILED", error_message="550 quota"))
    assert (one.status, one.error, one.bounced) == ("failed", "550 quota", False)


@pytest.mark.parametrize(
    ("signs", "bounced"),
    [
        ({"is_bounced": True}, True),
        ({"is_bounced": False}, False),
        ({"is_bounced": None}, None),
        ({"is_bounced": False, "delivery_status": "bounce_detected"}, True),
        ({"is_bounced": None, "delivery_status": "BOUNCE_DETECTED"}, True),
        ({"is_bounced": False, "bounce_callout": NOTICE}, True),
        ({"is_bounced": None, "bounce_callout": None, "delivery_status": None}, None),
        ({"is_bounced": False, "delivery_status": "delivered"}, False),
        ({"is_bounced": None, "delivery_status": "deferred"}, None),
    ],
)
def test_exante_t3_bounced_by_any_sign(sent, email, signs, bounced):
    """Any of three signs is enough; where nothing is said, nothing is known."""
    assert sent(email(**signs)).bounced is bounced


def test_exante_t3_delivery_status_is_kept_when_it_disagrees(sent, email):
    """What Exante said of the delivery stays beside what is concluded."""
    one = sent(email(is_bounced=True, delivery_status="delivered"))
    assert (one.bounced, one.delivery_status_raw) == (True, "delivered")


def test_exante_t3_is_bounced_is_kept_when_it_disagrees(sent, email):
    """An `is_bounced` that is overruled is kept as it was."""
    one = sent(email(is_bounced=False, bounce_callout=NOTICE))
    assert one.extra["is_bounced"] is False


def test_exante_t2_bounced_addresses_are_the_emails_own(sent, email):
    """The list of the email counts: neither the notice's nor the invoice's, nor its recipients."""
    own = email(
        to_emails=["A@x.example"],
        bouncing_recipient_emails=["forwarded@y.example"],
        bounce_callout=NOTICE,
    )
    one = sent(own, bouncing=["other@z.example"])
    assert one.bounced_addresses == ("forwarded@y.example",)
    assert one.extra["bounce_callout"]["recipient_emails"] == ["a@x.example"]


def test_exante_t2_a_bounce_elsewhere_on_the_invoice(sent, email):
    """The invoice's bounced addresses are not copied onto its emails."""
    one = sent(email(), bouncing=["other@z.example"])
    assert (one.bounced, one.bounced_addresses) == (False, ())


def test_exante_t2_one_of_several_recipients(sent, email):
    """A partial bounce is a bounce, and says of whom."""
    people = ["a@x.example", "b@x.example"]
    one = sent(email(to_emails=people, is_bounced=True, bouncing_recipient_emails=people[1:]))
    assert (one.bounced, one.bounced_addresses) == (True, ("b@x.example",))


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-04T12:00:00Z",
        "2026-03-04T13:00:00.000+01:00",
        "Wed, 04 Mar 2026 12:00:00 +0000",
        "Wed, 4 Mar 2026 07:00:00 -0500",
    ],
)
def test_exante_t3_the_time_of_a_bounce_is_read_leniently(sent, email, text):
    """`detected_at` is typed as text only: a time as in JSON or as in emails is one."""
    one = sent(email(bounce_callout={"detected_at": text}))
    assert one.bounced_at == datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["<string>", "", "yesterday", "2026-03-04T12:00:00", "0001-01-01T00:00:00+14:00", None]
)
def test_exante_t3_an_illegible_time_costs_nothing_else(sent, email, text):
    """Text that is no certain instant gives no time; the email lands, bounced."""
    one = sent(email(bounce_callout={"detected_at": text}))
    assert (one.bounced, one.bounced_at) == (True, None)


def test_exante_t3_an_illegible_time_stays_in_extra(sent, email):
    """Text that could not be read as a time is not lost."""
    one = sent(email(bounce_callout={"detected_at": "yesterday"}))
    assert one.extra["bounce_callout"]["detected_at"] == "yesterday"


def test_exante_t3_an_illegible_time_is_kept(exante, scripted, email):
    """It is in the page, whence it can be mapped again."""
    scripted(email(bounce_callout={"detected_at": "yesterday"}))
    exante.sync()
    assert any(b'"yesterday"' in kept for kept in exante.everything())


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("DRAFT", "draft"),
        ("draft", "draft"),
        ("PENDING", "queued"),
        ("SENT", "sent"),
        ("Failed", "failed"),
        ("RECALLED", "unknown"),
        (None, None),
    ],
)
def test_exante_t12_status_words(sent, email, word, status):
    """Words come in either case; another is unknown; the word itself stays as written."""
    one = sent(email(status=word))
    assert (one.status, one.status_raw) == (status, word)


@pytest.mark.parametrize(
    ("word", "kind"),
    [("AGENT", "ai"), ("USER", "human"), ("user", "human"), ("WORKFLOW", "unknown"), (None, None)],
)
def test_exante_t12_initiators(sent, email, uid, word, kind):
    """An agent of Exante's is an AI; an unknown kind of initiator survives."""
    one = sent(email(initiator={"type": word, "uid": uid(7), "name": "Ada"}))
    assert (one.initiator_kind, one.initiator_kind_raw) == (kind, word)
    assert (one.initiator_id, one.initiator_name) == (uid(7), "Ada")


@pytest.mark.parametrize("status", ["DRAFT", "PENDING"])
def test_exante_t13_a_planned_email_is_not_sent(sent, email, status):
    """The time it is planned for, or made, is not taken for the time it was sent."""
    one = sent(email(status=status, planned_send_at=NOON, created_at=NOON))
    assert one.sent_at is None
    assert one.planned_at == one.created_at == datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize("nothing", [None, "absent"])
def test_exante_t14_everything_but_the_uid_may_be_null(sent, email, nothing):
    """An email of which nothing is known is an outbound email."""
    names = ("initiator", "from_email", "to_emails", "cc_emails", "subject", "body_text", "status")
    names += ("delivery_status", "bounce_details", "is_bounced", "bounce_callout", "sent_at")
    names += ("bouncing_recipient_emails", "error_message", "planned_send_at", "created_at")
    one = email(**dict.fromkeys(names))
    record = sent(one if nothing is None else {"uid": one["uid"]})
    assert (record.direction, record.bounced, record.status) == ("outbound", None, None)
    assert (record.to_addresses, record.cc_addresses, record.bounced_addresses) == ((), (), ())


@pytest.mark.parametrize(
    ("field", "value"),
    [("is_bounced", "true"), ("sent_at", "2026-03-04"), ("to_emails", "a@x"), ("subject", 5)],
)
def test_another_type_is_a_reject(rejected, email, field, value):
    """What is not of the documented type is set aside with its path."""
    assert rejected(email(**{field: value}), "outreach").json_path == f"$.{field}"


def test_one_bad_email_costs_no_other(exante, scripted, email):
    """The others and the invoice land; the bad one is kept whole."""
    scripted(email(901, subject=5), email(902), currency="EUR")
    assert exante.run("sync").exit_code == 3
    assert len(exante.rows("emails")) == 1
    assert exante.rows("invoices", "currency") == [{"currency": "EUR"}]
    assert '"subject":5' in exante.rows("rejects")[0]["raw"]


def test_exante_t2_addresses_keep_their_case(sent, email):
    """An address is as the sender wrote it."""
    one = sent(email(from_email="AR@Acme.example", cc_emails=["Boss@Acme.example"]))
    assert (one.from_address, one.cc_addresses) == ("AR@Acme.example", ("Boss@Acme.example",))
