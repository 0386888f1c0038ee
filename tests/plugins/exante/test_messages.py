"""What is written in Exante's conversations, as emails: from whom, to whom, and whose customer."""

from datetime import UTC, datetime

import pytest

NOON = "2026-03-04T12:00:00Z"


@pytest.fixture
def written(exante, message, talk):
    """The record of one message, without a request; a reject is an error here."""

    def map_(around=None, **fields):
        data = talk(401, **(around or {})) | {"messages": [message(**fields)]}
        batch = exante.map("exante", "conversations", {"status": "success", "data": data})
        assert batch.rejected == ()
        (one,) = [record for mapped in batch.mapped for record in mapped.with_extra()]
        return one

    return map_


def test_a_message_is_an_email(written, uid):
    """Every field has its place, and what has none comes back as received."""
    one = written(
        conversation_uid=uid(401),
        provider_message_id="18f2a",
        subject="Re: Invoice 1",
        snippet="Paid on",
        body_text="Paid on Monday.",
        body_html="<p>Paid on Monday.</p>",
        to=["ar@us.example"],
        cc=["Boss@x.example"],
        sent_at=NOON,
        created_on=NOON,
        is_read=False,
        labels=["INBOX"],
        **{"from": {"email": "Ann@x.example", "name": "Ann"}},
    )
    assert (one.thread_id, one.remote_id, one.direction) == (uid(401), "18f2a", "inbound")
    assert (one.subject, one.preview) == ("Re: Invoice 1", "Paid on")
    assert (one.text, one.html) == ("Paid on Monday.", "<p>Paid on Monday.</p>")
    assert (one.from_address, one.to_addresses) == ("Ann@x.example", ("ar@us.example",))
    assert one.cc_addresses == ("Boss@x.example",)
    assert one.sent_at == one.created_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert one.extra == {"from": {"name": "Ann"}, "is_read": False, "labels": ["INBOX"]}


def test_it_concerns_a_customer_and_no_invoice(written, uid):
    """The conversation names its party; which invoice is meant nobody says."""
    one = written(around={"party_uid": uid(700)})
    assert (one.customer_id, one.invoices) == (uid(700), ())


@pytest.mark.parametrize("party", [None, 700, {"uid": "x"}])
def test_exante_t14_no_customer(written, party):
    """What is no uid is nobody's."""
    assert written(around={"party_uid": party}).customer_id is None


def test_no_link_is_made(connect, page, vendor, talks, talk, message, project):
    """In the store, too, it stands with its customer alone."""
    talks(talk(messages=[message()])).on("/api/invoices", page())
    connect(include=["conversations"]).sync()
    assert (len(project.rows("emails")), project.links()) == (1, set())


def test_the_thread(written, uid):
    """A message that does not name its conversation is of the one it stands in."""
    assert written(conversation_uid=None).thread_id == uid(401)


@pytest.mark.parametrize(
    ("fields", "direction", "raw"),
    [
        ({"direction": "inbound"}, "inbound", "inbound"),
        ({"direction": "OUTBOUND"}, "outbound", "OUTBOUND"),
        ({"direction": None, "message_direction": "outbound"}, "outbound", "outbound"),
        ({"direction": "draft"}, "unknown", "draft"),
        ({"direction": None}, None, None),
    ],
)
def test_exante_t12_directions(written, fields, direction, raw):
    """Words in either case; another is unknown; the word itself stays as written."""
    one = written(**fields)
    assert (one.direction, one.direction_raw) == (direction, raw)


def test_the_messages_own_direction(written):
    """Of two that disagree the message's own counts, and the other one is kept."""
    one = written(direction="inbound", message_direction="outbound")
    assert (one.direction, one.extra["direction"]) == ("outbound", "inbound")
    assert "direction" not in written(direction="inbound", message_direction="inbound").extra


@pytest.mark.parametrize(
    ("word", "kind"), [("user", "human"), ("AGENT", "ai"), ("workflow", "unknown")]
)
def test_exante_t12_who_of_ours_wrote_it(written, uid, word, kind):
    """Senders are named by the words of timelines; an unknown one survives."""
    one = written(direction="outbound", sender_type=word, sender_uid=uid(7))
    assert (one.initiator_kind, one.initiator_kind_raw) == (kind, word)
    assert one.initiator_id == uid(7)


@pytest.mark.parametrize("word", ["party", "PARTY"])
def test_a_customer_initiates_nothing(written, uid, word):
    """Who wrote to us is the customer: it stays in `extra`."""
    one = written(sender_type=word, sender_uid=uid(7))
    assert (one.initiator_kind, one.initiator_kind_raw, one.initiator_id) == (None, None, None)
    assert one.extra == {"sender_type": word, "sender_uid": uid(7)}


def test_exante_t3_nothing_is_said_about_its_delivery(written):
    """No status, no bounce: a message tells of neither."""
    one = written()
    assert (one.status, one.delivery_status, one.bounced) == (None, None, None)


@pytest.mark.parametrize("field", ["to", "subject", "sent_at", "from"])
def test_another_type_is_a_reject(exante, message, talk, field):
    """What is not of the documented type is set aside with its path."""
    data = talk() | {"messages": [message(**{field: 5})]}
    (reject,) = exante.map("exante", "conversations", {"data": data}).rejected
    assert reject.json_path == f"$.{field}"


def test_exante_t17_no_link_that_opens_a_file(connect, page, vendor, talks, talk, message, project):
    """It is cut from messages as from everything."""
    secret = {"attachments": [{"presigned_url": "https://files.example/canary"}]}
    talks(talk(messages=[message(**secret)])).on("/api/invoices", page())
    connect(include=["conversations"]).sync()
    assert len(project.rows("emails")) == 1
    assert not any(b"canary" in kept for kept in project.everything())
