"""Exante's drafts: emails of a timeline before they are sent, under other names."""

from datetime import UTC, datetime

import pytest

NOON = "2026-03-04T12:00:00Z"


@pytest.fixture
def drafts(connect, scripted, vendor, bare):
    """A project that reads drafts, and what it is shown of invoice 1: drafts, and a timeline."""
    project = connect(include=["drafts"])

    def script(*rows, sent=(), **more):
        scripted(*sent)
        vendor.on("/api/email/drafts", bare(*rows, **more))
        return project

    return script


@pytest.fixture
def stored(project):
    """Columns of the one stored email."""

    def read(columns):
        (row,) = project.rows("emails", columns)
        return row

    return read


def test_asked_for_by_invoice(drafts, vendor, uid):
    """The one kind of context there is, and the invoice's uid; no page and no organization."""
    drafts().sync()
    (asked,) = [one.query for one in vendor.asked if one.path == "/api/email/drafts"]
    assert asked == {"context_type": ["invoice"], "context_id": [uid(1)]}


def test_read_only_where_they_are_named(exante, scripted, vendor):
    """A request per invoice more is not made unasked."""
    scripted()
    exante.sync()
    assert not any(one.path == "/api/email/drafts" for one in vendor.asked)


def test_exante_t13_a_draft_is_a_planned_email(exante, draft, bare, key, uid):
    """Every field under its other name; it was not sent."""
    row = draft(
        from_account_id=uid(31),
        from_email="ar@us.example",
        to=["Ann@x.example"],
        cc=["b@x.example"],
        bcc=["archive@us.example"],
        subject="Invoice 1",
        body_text="Dear Ann",
        body_html="<p>Dear Ann</p>",
        planned_send_at=NOON,
        created_at=NOON,
        updated_at=NOON,
    )
    (mapped,) = exante.map("exante", "drafts", bare(row), key()).mapped
    (one,) = mapped.with_extra()
    assert (one.direction, one.status, one.status_raw) == ("outbound", "draft", "draft")
    assert (one.from_address, one.to_addresses) == ("ar@us.example", ("Ann@x.example",))
    assert (one.cc_addresses, one.bcc_addresses) == (("b@x.example",), ("archive@us.example",))
    assert (one.subject, one.text, one.html) == ("Invoice 1", "Dear Ann", "<p>Dear Ann</p>")
    assert (
        one.planned_at == one.created_at == one.updated_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    )
    assert one.sent_at is None
    assert one.extra == {"context_type": "invoice", "from_account_id": uid(31)}


@pytest.mark.parametrize(("word", "status"), [("draft", "draft"), ("PENDING", "queued")])
def test_exante_t12_status_words(exante, draft, bare, key, word, status):
    """Drafts are written in lower case and timelines in upper: both are the same words."""
    (mapped,) = exante.map("exante", "drafts", bare(draft(status=word)), key()).mapped
    assert (mapped.records[0].status, mapped.records[0].status_raw) == (status, word)


def test_it_belongs_to_its_invoice(drafts, draft, project, uid):
    """It names it, and was given for it."""
    drafts(draft()).sync()
    email, invoice = ("emails", uid(901)), ("exante", uid(1))
    assert project.links() == {(*email, *invoice, "native"), (*email, *invoice, "keyed")}


def test_on_a_timeline_as_well(drafts, draft, email, stored, uid):
    """One uid is one email: the timeline has the first word, the draft adds what only it shows."""
    planned = email(901, status="DRAFT", body_text="New text", planned_send_at=NOON)
    first = draft(901, body_text="Old text", body_html="<p>Old</p>", bcc=["archive@us.example"])
    drafts(first, sent=[planned]).sync()
    row = stored("id, status, status_raw, text, html, bcc_addresses")
    assert row == {
        "id": uid(901),
        "status": "draft",
        "status_raw": "DRAFT",
        "text": "New text",
        "html": "<p>Old</p>",
        "bcc_addresses": '["archive@us.example"]',
    }


def test_once_it_is_sent(drafts, draft, email, stored):
    """It is no draft any more: its timeline tells all there is, and nothing stale stays behind."""
    drafts(draft(body_html="<p>Hi</p>", updated_at="2030-01-01T00:00:00Z")).sync()
    assert stored("status, sent_at, html") == {
        "status": "draft",
        "sent_at": None,
        "html": "<p>Hi</p>",
    }
    drafts(sent=[email(status="SENT", sent_at=NOON, created_at=NOON)]).sync()
    row = stored("status, sent_at, html, absent_since")
    sent_at = "2026-03-04T12:00:00.000000Z"
    assert row == {"status": "sent", "sent_at": sent_at, "html": None, "absent_since": None}


def test_sent_while_drafts_are_not_answered(drafts, draft, email, vendor, reply, stored, project):
    """What was last seen as a draft does not hold up its status."""
    drafts(draft(updated_at="2030-01-01T00:00:00Z")).sync()
    drafts(sent=[email(status="SENT", sent_at=NOON)])
    vendor.on("/api/email/drafts", reply({"error": "Not found"}, 404))
    project.sync()
    assert stored("status") == {"status": "sent"}


def test_a_deleted_draft_is_absent(drafts, draft, stored, ran):
    """Neither among the drafts nor on the timeline: absent since, and never removed."""
    drafts(draft()).sync()
    drafts()
    assert ran()["drafts"].absent == 1
    assert stored("absent_since")["absent_since"] is not None


def test_an_older_answer_is_no_change(drafts, draft, stored):
    """A draft that was changed later than what is shown now is kept as it was."""
    drafts(draft(subject="New", updated_at="2026-03-05T00:00:00Z")).sync()
    drafts(draft(subject="Old", updated_at="2026-03-04T00:00:00Z")).sync()
    assert stored("subject") == {"subject": "New"}


def test_the_same_twice_writes_nothing(drafts, draft, email):
    """The same twice writes nothing."""
    project = drafts(draft(), sent=[email(status="DRAFT")])
    project.sync()
    assert project.sync().written == 0


def test_exante_t8_a_bare_list_of_none(drafts, ran):
    """No envelope and no drafts is an answer."""
    drafts()
    found = ran()["drafts"]
    assert (found.state, found.empty_keys) == ("complete", 1)


def test_exante_t8_no_content_is_none(drafts, vendor, ran, reply):
    """A status that says that there is no content is an answer, too."""
    drafts()
    vendor.on("/api/email/drafts", reply(status=204))
    found = ran()["drafts"]
    assert (found.state, found.empty_keys) == ("complete", 1)


@pytest.mark.parametrize(
    "body",
    [
        {"status": "success", "status_code": 200, "data": {"items": []}},
        {"status": "success", "data": {"items": [], "pagination": {}}},
        {"items": None, "count": 0},
        {"count": 0},
        [],
    ],
    ids=["A", "B", "null", "absent", "list"],
)
def test_exante_t8_another_envelope_is_no_list_of_none(drafts, vendor, ran, body):
    """Drafts come bare: anything else fails, and is never taken for none."""
    drafts()
    vendor.on("/api/email/drafts", body)
    found = ran()["drafts"]
    assert found.state == "failed"
    assert "without a list in `items`" in found.problems[0].message


def test_exante_4_a_count_that_is_not_the_rows(drafts, draft, ran, project):
    """No paging is documented: where more are reported than arrived, that is told."""
    drafts(draft(), count=12)
    found = ran()["drafts"]
    assert found.state == "incomplete"
    assert "reports 12 drafts about an invoice, 1 arrived" in found.problems[0].message
    assert len(project.rows("emails")) == 1


@pytest.mark.parametrize(
    "other",
    [{"context_id": "00000000-0000-4000-8000-000000000002"}, {"context_type": "contract"}],
)
def test_exante_t15_a_draft_about_something_else(drafts, draft, ran, project, other):
    """Were the question not heard, every draft would hang on every invoice: that fails."""
    drafts(draft(902), draft(901, **other))
    assert ran()["drafts"].state == "failed"
    assert project.rows("emails") == []


def test_exante_t14_a_draft_that_says_nothing(drafts, uid, project):
    """With nothing but a uid it is an outbound email of the invoice it was given for."""
    drafts({"uid": uid(901)}).sync()
    assert project.links() == {("emails", uid(901), "exante", uid(1), "keyed")}


def test_exante_t6_404_is_an_unknown_key(drafts, draft, vendor, reply, ran, stored):
    """An invoice that is not known any more proves nothing about its drafts."""
    drafts(draft()).sync()
    vendor.on("/api/email/drafts", reply({"error": "Not found"}, 404))
    assert ran()["drafts"].unknown_keys == 1
    assert stored("absent_since") == {"absent_since": None}


def test_exante_t1_a_planned_email_is_no_callout(drafts, draft, project):
    """Nor is any other record made of it."""
    drafts(draft()).sync()
    assert (project.rows("callouts"), project.rows("calls")) == ([], [])
