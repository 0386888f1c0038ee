"""Calls and emails inside Stuut's invoices: what they become, and what they belong to."""

from datetime import UTC, datetime

import pytest

START, END = "2026-03-04T12:00:00Z", "2026-03-04T12:03:20Z"


@pytest.fixture
def of_call(mapped, invoice, call):
    """The record of a call with these fields."""
    return lambda **fields: mapped(invoice(calls=[call(**fields)]), "calls")


@pytest.fixture
def of_email(mapped, invoice, email):
    """The record of an email with these fields."""
    return lambda **fields: mapped(invoice(emails=[email(**fields)]), "emails")


# --- calls ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        (START, END, 200),
        (START, START, 0),
        (END, START, None),
        (START, None, None),
        (None, END, None),
        ("", END, None),
    ],
)
def test_stuut_6_2_duration(of_call, start, end, seconds):
    """The duration is the difference, where both times are there in order."""
    assert of_call(start_time=start, end_time=end).duration_seconds == seconds


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending_approval", "planned"),
        ("ended", "unknown"),
        ("registered", "unknown"),
        (None, None),
    ],
)
def test_stuut_7_13_call_status(of_call, word, status):
    """One word is documented; those of Stuut's voice provider are not Stuut's."""
    one = of_call(status=word)
    assert (one.status, one.status_raw) == (status, word)


def test_stuut_6_2_the_voicemail_flag_beats_the_text(of_call):
    """A call that went to voicemail did, whatever ended it."""
    one = of_call(in_voicemail=True, disconnection_reason="user hung up")
    assert (one.outcome, one.outcome_raw, one.voicemail) == ("voicemail", "user hung up", True)
    other = of_call(in_voicemail=False, disconnection_reason="user hung up")
    assert (other.outcome, other.outcome_raw, other.voicemail) == ("unknown", "user hung up", False)


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("user_hangup", "answered"),
        ("agent_hangup", "answered"),
        ("call_transfer", "answered"),
        ("voicemail_reached", "voicemail"),
        ("dial_no_answer", "no_answer"),
        ("dial_busy", "busy"),
        ("user_declined", "rejected"),
        ("invalid_destination", "bad_number"),
        ("dial_failed", "failed"),
        ("inactivity", "unknown"),
        (None, None),
    ],
)
def test_why_a_call_ended_says_what_was_reached(of_call, reason, outcome):
    """In the published words of the voice provider; a call that was hung up had been answered."""
    one = of_call(in_voicemail=False, disconnection_reason=reason)
    assert (one.outcome, one.outcome_raw) == (outcome, reason)


@pytest.mark.parametrize(("flag", "kind"), [(True, "ai"), (False, "human"), (None, None)])
def test_stuut_6_2_who_called(of_call, flag, kind):
    """`is_automated` tells a machine from a person; without it nobody knows."""
    assert of_call(is_automated=flag).agent_kind == kind


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://media.example/1.mp3", "https://media.example/1.mp3"),
        ({"url": "https://media.example/1.mp3"}, "https://media.example/1.mp3"),
        (None, None),
    ],
)
def test_stuut_7_15_a_recording(of_call, value, url):
    """A URL is taken from a text, or from an object that holds nothing else."""
    assert of_call(recording_url=value).recording_url == url


@pytest.mark.parametrize("value", [0, True, [], {}, ["a"], {"url": 1}, {"a": "b", "c": "d"}, 1.5])
@pytest.mark.parametrize("field", ["recording_url", "transcript"])
def test_stuut_7_15_what_is_not_typed_may_be_anything(stuut, invoice, call, page, field, value):
    """No JSON in a field without a type sets a call aside."""
    data = page(invoice(calls=[call(**{field: value})]))
    assert stuut.map("stuut", "invoices", data).rejected == ()


def test_stuut_7_15_transcripts(of_call):
    """The plain text and the structure are two fields; the structure stays as it is."""
    turns = [{"who": "agent", "text": "Hello"}]
    one = of_call(transcript_str="Hello", transcript=turns)
    assert (one.transcript, one.transcript_parts) == ("Hello", turns)


@pytest.mark.parametrize(
    ("word", "sentiment"), [("positive", "positive"), ("Neutral", "neutral"), ("mixed", "unknown")]
)
def test_stuut_7_12_sentiment_is_open(of_call, word, sentiment):
    """An unknown mood is unknown, and its word stays."""
    one = of_call(sentiment=word)
    assert (one.sentiment, one.sentiment_raw) == (sentiment, word)


# --- emails --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("draft", "draft"),
        ("pending", "queued"),
        ("sending", "sending"),
        ("sent", "sent"),
        ("error", "failed"),
        ("scheduled_later", "unknown"),
    ],
)
def test_stuut_6_4_email_status(of_email, word, status):
    """Every documented word has its place; sent says nothing of delivery."""
    one = of_email(status=word)
    assert (one.status, one.status_raw, one.delivery_status) == (status, word, None)


@pytest.mark.parametrize(
    ("addresses", "bounced"), [(["a@example.com"], True), ([], False), (None, None)]
)
def test_stuut_6_4_bounced_is_a_fact_of_its_own(of_email, addresses, bounced):
    """There is no bounced status: the list tells, and its absence tells nothing."""
    one = of_email(status="sent", bounced_addresses=addresses)
    assert (one.bounced, one.bounced_addresses) == (bounced, tuple(addresses or ()))
    assert one.status == "sent"


def test_stuut_6_4_addresses_as_given(of_email):
    """Addresses keep order, case and repetition."""
    to = ["B@Example.com", "a@example.com", "b@example.com"]
    assert of_email(to=to, cc=["c@example.com"]).to_addresses == tuple(to)


def test_stuut_6_4_a_draft_was_not_sent(of_email):
    """Without `sent_at` there is no time of sending; when it was made is not it."""
    one = of_email(status="draft", sent_at=None, created_at=START)
    assert one.sent_at is None
    assert one.created_at == datetime(2026, 3, 4, 12, tzinfo=UTC)


PERSON = {"id": "usr_1", "name": "Ann Example", "email": "ann@example.com"}


@pytest.mark.parametrize(
    ("fields", "kind", "id", "name"),
    [
        ({"author": PERSON, "author_id": "usr_1", "sent_by_id": "usr_1"},
         "human", "usr_1", "Ann Example"),
        ({"author": PERSON}, "human", "usr_1", "Ann Example"),
        ({"author_id": "usr_1"}, "human", "usr_1", None),
        ({"sent_by_id": "usr_2"}, "human", "usr_2", None),
        ({"author": PERSON, "sent_by_id": "usr_2"}, "human", "usr_2", None),
        ({"author": {"name": "Ann Example"}}, "human", None, "Ann Example"),
        ({"is_automated": False}, None, None, None),
        ({"is_automated": True}, "automation", None, None),
        ({"is_automated": True, "author": PERSON}, None, "usr_1", "Ann Example"),
        ({"is_automated": True, "sent_by_id": "usr_2"}, None, "usr_2", None),
        ({"is_generated": True}, None, None, None),
        ({"author": None, "author_id": "", "sent_by_id": ""}, None, None, None),
    ],
)  # fmt: skip
def test_stuut_6_4_who_sent_it(of_email, fields, kind, id, name):
    """A person who is named, or a machine where nobody is; where both are said, neither."""
    one = of_email(**fields)
    assert (one.initiator_kind, one.initiator_id, one.initiator_name) == (kind, id, name)


def test_stuut_6_4_the_author_is_kept_beside_the_sender(offline, page, invoice, email):
    """Where another person wrote it than sent it, the author stays in what has no field."""
    sent = email(author=PERSON, author_id="usr_1", sent_by_id="usr_2")
    batch = offline.map("stuut", "invoices", page(invoice(emails=[sent])))
    (one,) = [m for m in batch.mapped if m.shape.name == "invoice.email"]
    extra = next(one.with_extra()).extra
    assert (extra["author_id"], extra["author"]) == ("usr_1", PERSON)


def test_stuut_7_20_text_of_third_parties_is_kept_and_not_shown(
    stuut, vendor, invoice, email, call, page
):
    """Markup and transcripts stay as they came; no message, log or repr repeats them."""
    html = "<script>alert('Dear Ms Doe')</script>"
    said = "Ignore what you were told, Ms Doe"
    good = invoice(emails=[email(body=html)], calls=[call(transcript_str=said)])
    bad = invoice("inv_2", private_note="Ms Doe", number=5)
    vendor.on("/v1/invoices", page(good, bad))
    result = stuut.run("sync")
    assert "Doe" not in result.output + result.stderr
    assert [row["html"] for row in stuut.rows("emails")] == [html]
    assert [row["transcript"] for row in stuut.rows("calls")] == [said]
    records = stuut.map("stuut", "invoices", page(good)).mapped
    assert "Doe" not in repr([m.records for m in records])


# --- what belongs to what ------------------------------------------------------------------------


def test_stuut_6_4_one_email_in_three_invoices(stuut, vendor, invoice, email, page):
    """It is one email with three links, on however many pages."""
    same = email("eml_1", status="draft", direction="outbound", to=["a@example.com"])
    first = page(invoice("a", emails=[same]), invoice("b", emails=[same]), next_page=1)
    vendor.on("/v1/invoices", first, page(invoice("c", emails=[same])))
    assert stuut.run("sync").exit_code == 0
    assert [row["id"] for row in stuut.rows("emails")] == ["eml_1"]
    assert [row["id"] for row in stuut.rows("callouts")] == ["email:eml_1"]
    assert stuut.links() == {
        (table, id, "stuut", invoice, "contained")
        for table, id in (("emails", "eml_1"), ("callouts", "email:eml_1"))
        for invoice in "abc"
    }


def test_one_call_in_two_invoices(stuut, vendor, invoice, call, page):
    """A call about two invoices is one call with two links."""
    vendor.on("/v1/invoices", page(invoice("a", calls=[call()]), invoice("b", calls=[call()])))
    stuut.sync()
    assert {link[3] for link in stuut.links()} == {"a", "b"}
    assert len(stuut.rows("calls")) == 1


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        ({"subject": 5}, "$.subject"),
        ({"to": "a@example.com"}, "$.to"),
        ({"to": [None, "a@example.com", 5]}, "$.to[2]"),
        ({"sent_at": "yesterday"}, "$.sent_at"),
        ({"id": None}, "$.id"),
        ({"attachments": [{"size": "1 MB"}]}, "$.attachments[0].size"),
    ],
)
def test_a_bad_email_does_not_cost_the_invoice(
    stuut, vendor, invoice, email, call, page, bad, path
):
    """It alone is set aside, with the path of what is wrong; everything around it lands."""
    emails = [email("eml_good"), email("eml_bad") | bad]
    vendor.on("/v1/invoices", page(invoice(emails=emails, calls=[call()])))
    assert stuut.run("sync").exit_code == 3
    assert [row["id"] for row in stuut.rows("emails")] == ["eml_good"]
    assert [len(stuut.rows(table)) for table in ("invoices", "calls")] == [1, 1]
    (reject,) = stuut.rows("rejects")
    assert (reject["shape"], reject["path"]) == ("invoice.email", "$.data[0].emails[1]")
    assert reject["json_path"] == path


def test_a_null_and_a_time_that_never_was_do_not_cost_the_email(offline, invoice, email, page):
    """A null in a list is left out; of 0000-00-00 the text stays, and all else is a field."""
    odd = email("eml_1") | {"bounced_addresses": [None], "sent_at": "0000-00-00 00:00:00"}
    batch = offline.map("stuut", "invoices", page(invoice(due_date="0000-00-00", emails=[odd])))
    assert batch.rejected == ()
    bill, one = [next(mapped.with_extra()) for mapped in batch.mapped]
    assert (bill.due_at, bill.extra["due_date"]) == (None, "0000-00-00")
    assert (one.sent_at, one.extra["sent_at"]) == (None, "0000-00-00 00:00:00")


def test_a_good_email_in_a_bad_invoice(stuut, vendor, invoice, email, page):
    """The invoice is set aside; its email lands and still says where it belongs."""
    vendor.on("/v1/invoices", page(invoice("a", number=5, emails=[email()])))
    assert stuut.run("sync").exit_code == 3
    assert stuut.rows("invoices") == []
    assert stuut.links() == {("emails", "eml_1", "stuut", "a", "contained")}


def test_a_reject_that_was_mended(stuut, vendor, invoice, email, page):
    """Once the vendor sends it right, the email lands and nothing is set aside any more."""
    vendor.on(
        "/v1/invoices",
        page(invoice(emails=[email(subject=5)])),
        page(invoice(emails=[email(subject="5")])),
    )
    assert [stuut.sync().exit_code, stuut.sync().exit_code] == [3, 0]
    assert stuut.rows("rejects") == []
    assert [row["subject"] for row in stuut.rows("emails")] == ["5"]


@pytest.mark.parametrize("emails", ["none", 5, {"id": "eml_1"}])
def test_no_list_of_emails(stuut, vendor, invoice, page, emails):
    """Something else in place of the emails is set aside, not dropped; the invoice lands."""
    vendor.on("/v1/invoices", page(invoice(emails=emails)))
    assert stuut.run("sync").exit_code == 3
    assert len(stuut.rows("invoices")) == len(stuut.rows("rejects")) == 1


def test_stuut_7_16_an_older_copy_does_not_win(stuut, vendor, invoice, email, page):
    """Of two copies of an email in two invoices the one modified last stays, in either order."""
    new = email(subject="new", modified_at="2026-02-02T00:00:00Z")
    old = email(subject="old", modified_at="2026-01-01T00:00:00Z")
    one = page(invoice("a", emails=[new]), invoice("b", emails=[old]))
    other = page(invoice("a", emails=[old]), invoice("b", emails=[new]))
    for answer in (one, other):
        vendor.on("/v1/invoices", answer)
        stuut.sync()
        assert [row["subject"] for row in stuut.rows("emails")] == ["new"]
