"""Asking for timelines: of which invoices, in which organization, and whose emails they are."""

import pytest

ORGANIZATION = "00000000-0000-4000-9000-000000000001"


@pytest.fixture
def outreach(exante, scripted):
    """Sync with this answer as the timeline of invoice 1; the summary of the timelines."""

    def sync(body, vendor, target):
        scripted()
        vendor.on(target, body)
        return exante.sync().resources[1]

    return sync


def test_exante_4_one_request_per_invoice(exante, vendor, page, invoice, timeline, timeline_of):
    """Every invoice of the list is asked about, once."""
    vendor.on("/api/invoices", page(invoice(1), invoice(2)))
    for number in (1, 2):
        vendor.on(timeline_of(number), timeline(number=number))
    assert exante.run("sync").exit_code == 0
    paths = sorted(one.path for one in vendor.asked)
    assert paths == ["/api/invoices", timeline_of(1), timeline_of(2)]


def test_an_email_belongs_to_the_invoice_of_its_timeline(exante, scripted, email, uid):
    """It names none itself: it was given for that invoice's uid."""
    scripted(email(901))
    exante.sync()
    assert exante.links() == {("emails", uid(901), "exante", uid(1), "keyed")}


def test_an_email_about_two_invoices(
    exante, vendor, page, invoice, email, timeline, timeline_of, uid
):
    """It stands on two timelines and is one email, keyed to both."""
    vendor.on("/api/invoices", page(invoice(1), invoice(2)))
    for number in (1, 2):
        vendor.on(timeline_of(number), timeline(email(901), number=number))
    exante.sync()
    assert [row["id"] for row in exante.rows("emails")] == [uid(901)]
    assert {link[3:] for link in exante.links()} == {(uid(1), "keyed"), (uid(2), "keyed")}
    assert exante.sync().written == 0


@pytest.mark.parametrize("emails", [[], None])
def test_exante_t14_no_emails(exante, outreach, vendor, timeline, timeline_of, emails):
    """An invoice nobody wrote about is complete, and has its currency."""
    body = timeline()
    body["data"]["emails"] = emails
    assert outreach(body, vendor, timeline_of(1)).state == "complete"
    assert exante.rows("invoices", "currency") == [{"currency": "USD"}]
    assert exante.rows("emails") == []


@pytest.mark.parametrize("header", [{"uid": "00000000-0000-4000-8000-000000000002"}, {}, None])
def test_exante_t15_a_header_of_another_invoice(
    exante, outreach, vendor, timeline, timeline_of, email, header
):
    """Emails above which another invoice stands, or none, are nobody's: the timeline fails."""
    body = timeline(email())
    body["data"]["invoice"] = header
    resource = outreach(body, vendor, timeline_of(1))
    assert resource.state == "failed"
    assert "another object than the one asked for" in resource.problems[0].message
    assert exante.rows("emails") == []


@pytest.mark.parametrize("data", [None, [], "absent", {"invoice": True}])
def test_exante_t8_no_timeline_is_no_empty_one(outreach, vendor, uid, timeline_of, data):
    """An answer without `data`, or without its emails, fails; it is never taken for "none"."""
    body = {"status": "success"} if data == "absent" else {"data": data}
    if data == {"invoice": True}:
        body = {"data": {"invoice": {"uid": uid(1)}}}
    resource = outreach(body, vendor, timeline_of(1))
    assert resource.state == "failed"
    assert "answered without" in resource.problems[0].message


def test_exante_t8_emails_that_are_no_list(outreach, vendor, timeline, timeline_of):
    """Something else in the place of the emails fails."""
    body = timeline()
    body["data"]["emails"] = {}
    assert outreach(body, vendor, timeline_of(1)).state == "failed"


def test_exante_t9_any_order(exante, scripted, email, uid):
    """Old, new, old: every email is read, whichever comes first."""
    scripted(email(902, sent_at="2026-01-02T00:00:00Z"), email(903), email(901))
    exante.sync()
    assert [row["id"] for row in exante.rows("emails")] == [uid(901), uid(902), uid(903)]


def test_exante_t4_bounces_arrive_late(exante, scripted, email):
    """An email that was fine is read again and is bounced, at the same timestamps."""
    scripted(email(sent_at="2026-01-02T00:00:00Z"))
    exante.sync()
    scripted(email(sent_at="2026-01-02T00:00:00Z", is_bounced=True))
    exante.sync()
    assert exante.rows("emails", "bounced") == [{"bounced": 1}]


def test_exante_t2_the_aggregate_is_kept(exante, vendor, scripted, timeline_of, timeline, email):
    """A bounced address of the invoice that no email lists is in the kept page."""
    scripted()
    vendor.on(timeline_of(1), timeline(email(), bouncing=["nobody@z.example"]))
    exante.sync()
    assert any(b"nobody@z.example" in kept for kept in exante.everything())


def test_exante_t5_the_organization_is_sent_where_it_is_documented(connect, scripted, timeline_of):
    """With every timeline, and not with the list."""
    vendor = scripted()
    connect(organization_uid=ORGANIZATION).sync()
    queries = {one.path: one.query for one in vendor.asked}
    assert queries[timeline_of(1)] == {"organization_uid": [ORGANIZATION]}
    assert "organization_uid" not in queries["/api/invoices"]


def test_exante_t5_no_organization(exante, scripted, timeline_of):
    """Without the setting nothing is sent: the default organization of the key's user."""
    vendor = scripted()
    exante.sync()
    assert {one.path: one.query for one in vendor.asked}[timeline_of(1)] == {}


@pytest.mark.parametrize("word", ["outreach", "INV-1", "../api-keys"])
def test_exante_t16_only_uuids_are_asked_about(connect, vendor, page, invoice, ran, word):
    """A uid that is none could be another endpoint's name: it is not put into a question."""
    vendor.on("/api/invoices", page(invoice(uid=word)))
    connect(include=["details", "drafts"])
    found = ran()
    for name in ("outreach", "details", "drafts"):
        assert found[name].state == "failed"
        assert "no UUID" in found[name].problems[0].message
    assert [one.path for one in vendor.asked] == ["/api/invoices"]


def test_exante_t15_the_number_is_no_key(exante, scripted, vendor):
    """Two invoices may have one number: the uid stands in the path."""
    scripted()
    exante.sync()
    assert not any("INV-1" in one.target for one in vendor.asked)


def test_only_reads(exante, scripted, email):
    """Nothing but GET is ever sent, and no other endpoint asked."""
    vendor = scripted(email())
    exante.sync()
    assert {one.method for one in vendor.asked} == {"GET"}
    assert len(vendor.asked) == 2
