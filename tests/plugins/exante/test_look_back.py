"""Whose timelines are asked for again: open invoices always, closed ones until long after."""

from datetime import UTC, datetime, timedelta

import pytest

from duetrail.model import Invoice
from duetrail_exante.declaration import source

PAID = datetime(2026, 3, 1, tzinfo=UTC)
CLOSED = {"status": "paid", "paid_date": "2026-03-01T00:00:00Z"}
KEYED = ("outreach", "details", "drafts")


@pytest.fixture
def begin(connect, vendor, page, invoice, timeline, timeline_of, detail, bare, uid):
    """Connect an Exante of one invoice with these fields; keywords are settings."""

    def start(row, **more):
        vendor.on("/api/invoices", page(invoice(**row)))
        vendor.on(timeline_of(1), timeline())
        vendor.on(f"/api/invoices/{uid(1)}", detail())
        vendor.on("/api/email/drafts", bare())
        return connect(include=["details", "drafts"], **more)

    return start


@pytest.fixture
def settled(ran):
    """Run so many days after the payment; which resources asked no key."""

    def after(days, **how):
        found = ran(now=PAID + timedelta(days=days), **how)
        assert all(one.state == "complete" for one in found.values())
        return [name for name in KEYED if found[name].settled_keys]

    return after


def test_exante_t4_asked_again_as_long_as_a_bounce_may_come(begin, settled):
    """Within 90 days of the payment every run asks."""
    begin(CLOSED)
    assert [settled(days) for days in (0, 45, 89, 90)] == [[], [], [], []]


def test_exante_t4_settled_when_it_was_asked_late_enough(begin, settled):
    """Once an answer was had 90 days after the payment, it is not asked for again."""
    begin(CLOSED)
    assert settled(90) == []
    assert settled(91) == list(KEYED)


def test_exante_t4_a_bounce_after_the_payment_is_read(
    begin, vendor, email, timeline, timeline_of, settled, project
):
    """It came on the eightieth day, at unchanged times, and nobody paid attention until then."""
    begin(CLOSED)
    vendor.on(timeline_of(1), timeline(email(sent_at="2026-02-01T00:00:00Z")))
    settled(1)
    vendor.on(timeline_of(1), timeline(email(sent_at="2026-02-01T00:00:00Z", is_bounced=True)))
    settled(80)
    assert project.rows("emails", "bounced") == [{"bounced": 1}]


@pytest.mark.parametrize("word", ["sent", "overdue", "draft", "disputed", "partially_paid", "new"])
def test_exante_t4_an_open_invoice_is_always_asked_about(begin, settled, word):
    """However old: an email may be written today. An unknown word is no closed invoice."""
    begin({"status": word, "paid_date": "2026-03-01T00:00:00Z"})
    assert [settled(days) for days in (1000, 1001)] == [[], []]


@pytest.mark.parametrize("word", ["paid", "void", "cancelled"])
def test_exante_t4_closed_nobody_knows_when(begin, settled, word):
    """Without a time of closing no age is known: it is always asked about."""
    begin({"status": word})
    assert [settled(days) for days in (1000, 1001)] == [[], []]


@pytest.mark.parametrize("word", ["paid", "VOID", "cancelled"])
def test_exante_t4_every_closed_word(begin, settled, word):
    """Where a time is known it counts for each of them."""
    begin({"status": word, "paid_date": "2026-03-01T00:00:00Z"})
    settled(100)
    assert settled(101) == list(KEYED)


def test_full_asks_every_key(begin, settled):
    """`--full` asks for what is settled, too."""
    begin(CLOSED)
    settled(100)
    assert settled(101, full=True) == []


def test_open_again(begin, vendor, page, invoice, settled):
    """An invoice that is no longer paid is asked about from then on."""
    begin(CLOSED)
    settled(100)
    vendor.on("/api/invoices", page(invoice(status="disputed")))
    assert settled(101) == []


def test_a_refusal_settles_nothing(begin, vendor, timeline_of, reply, ran):
    """An answer that was never had is asked for again."""
    begin(CLOSED)
    vendor.on(timeline_of(1), reply({"error": "Invoice not found"}, 404))
    for days in (100, 101):
        assert ran(now=PAID + timedelta(days=days))["outreach"].unknown_keys == 1


def test_each_resource_has_answers_of_its_own(begin, ran):
    """Who includes drafts late gets those of old invoices once."""
    project = begin(CLOSED)
    text = project.config.read_text()
    project.config.write_text(text.replace(', "drafts"', ""))
    ran(now=PAID + timedelta(days=100))
    project.config.write_text(text)
    found = ran(now=PAID + timedelta(days=101))
    assert [found[name].settled_keys for name in KEYED] == [1, 1, 0]


@pytest.mark.parametrize(("days", "again"), [(7, list(KEYED)), (150, []), (0, [])])
def test_the_setting(begin, settled, days, again):
    """`look_back_days` says how long; with 0 every run asks."""
    begin(CLOSED, look_back_days=days)
    settled(100)
    assert settled(101) == again


def test_a_payment_at_the_end_of_time(begin, settled):
    """A date that is filler is a date: it lies ahead, and nothing overflows."""
    begin({"status": "paid", "paid_date": "9999-12-31T23:59:59Z"})
    assert [settled(days) for days in (1000, 1001)] == [[], []]


@pytest.mark.parametrize(("days", "is_settled"), [(89, False), (90, True)])
def test_exante_t4_to_the_day(days, is_settled):
    """The last answer was had so many whole days after the payment."""
    declared = source()
    invoice = Invoice(connection="exante", id="x", status="paid", paid_at=PAID)
    options = declared.options(token="env:X")
    settled = declared.resource("outreach").keys.is_final
    assert settled(invoice, PAID + timedelta(days=days, hours=1), options) is is_settled
