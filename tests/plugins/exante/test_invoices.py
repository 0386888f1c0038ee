"""Exante's invoices: the thin list, the header that knows the currency, and both together."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from duetrail.model import Money


@pytest.fixture
def header(exante, timeline, key):
    """The record of a header, without a request."""

    def map_(**fields):
        batch = exante.map("exante", "outreach", timeline(**fields), key())
        assert batch.rejected == ()
        return batch.mapped[0].records[0]

    return map_


@pytest.mark.parametrize("case", [str.lower, str.upper])
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("draft", "draft"),
        ("approved", "open"),
        ("scheduled", "open"),
        ("sent", "open"),
        ("overdue", "open"),
        ("paid", "paid"),
        ("disputed", "disputed"),
        ("partially_paid", "partially_paid"),
        ("void", "void"),
        ("cancelled", "void"),
        ("on_hold", "unknown"),
    ],
)
def test_exante_t12_status_words(mapped, header, invoice, case, word, status):
    """Every known word has its place, in list and header, in either case; the word stays."""
    for one in (mapped(invoice(status=case(word))), header(status=case(word))):
        assert (one.status, one.status_raw) == (status, case(word))


@pytest.mark.parametrize(
    ("word", "overdue"), [("overdue", True), ("OVERDUE", True), ("sent", None)]
)
def test_overdue_is_a_fact_about_an_open_invoice(mapped, invoice, word, overdue):
    """Another status does not say that it is not overdue; our clock is not asked."""
    assert mapped(invoice(status=word, due_date="2001-01-01T00:00:00Z")).overdue is overdue


@pytest.mark.parametrize(("word", "disputed"), [("Disputed", True), ("sent", None), (None, None)])
def test_disputed_is_a_fact_as_well(header, word, disputed):
    """A disputed invoice is in dispute; another word does not say that it is not."""
    assert header(status=word).in_dispute is disputed


def test_exante_t11_the_list_has_no_currency(mapped, invoice):
    """Amounts of the list stay in minor units: no currency is made up."""
    one = mapped(invoice(total_cents=12345, amount_paid_cents=45, amount_remaining_cents=12300))
    assert (one.currency, one.total) == (None, Money(None, None, Decimal(12345)))
    assert (one.amount_paid.minor, one.amount_remaining.minor) == (45, 12300)


def test_exante_t11_list_and_header_are_one_invoice(
    exante, vendor, page, invoice, timeline_of, timeline
):
    """The list gives the amounts, the header the currency: then they are amounts."""
    row = invoice(1, total_cents=12345, tax_cents=345, amount_due_cents=12000)
    vendor.on("/api/invoices", page(row))
    vendor.on(timeline_of(1), timeline(currency="KWD", amount_due_cents=12000))
    exante.sync()
    columns = "currency, total, total_minor, tax, amount_due, amount_due_minor"
    assert exante.rows("invoices", columns) == [
        {
            "currency": "KWD",
            "total": "12.345",
            "total_minor": None,
            "tax": "0.345",
            "amount_due": "12.000",
            "amount_due_minor": None,
        }
    ]


def test_exante_t11_the_header_alone(header):
    """A header knows what is due, in which currency, and whose invoice it is."""
    one = header(amount_due_cents=12345, currency="JPY", counterparty_name="Acme")
    assert (one.amount_due, one.customer_name) == (Money(Decimal(12345), "JPY"), "Acme")
    assert one.total is None


def test_exante_t2_the_bounces_of_the_whole_invoice(exante, timeline, email, key):
    """They stay with the invoice, also those that no email lists, and make no email bounced."""
    data = timeline(email(), bouncing=["nobody@z.example"])
    header, sent = [
        next(m.with_extra()) for m in exante.map("exante", "outreach", data, key()).mapped
    ]
    assert header.extra == {"bouncing_recipient_emails": ["nobody@z.example"]}
    assert (sent.bounced, sent.bounced_addresses) == (False, ())


def test_exante_t10_due_and_remaining_are_two(mapped, invoice):
    """Neither is computed from the other."""
    one = mapped(invoice(amount_due_cents=1000))
    assert (one.amount_due.minor, one.amount_remaining) == (1000, None)


@pytest.mark.parametrize("value", ["1000", True, 10.5, {"value": 1000}])
def test_exante_t10_an_amount_is_a_whole_number(rejected, invoice, value):
    """Text, flags and fractions are no cents, and the reject says where they stand."""
    assert rejected(invoice(total_cents=value)).json_path == "$.total_cents"


def test_exante_t10_total_is_not_total_cents(mapped, invoice):
    """`total` has a unit nobody states: it is no amount and stays in `extra`."""
    one = mapped(invoice(total=123.45))
    assert (one.total, one.extra["total"]) == (None, Decimal("123.45"))


def test_exante_t10_negative_amounts(header):
    """A credit may be negative: nothing is clamped."""
    assert header(amount_due_cents=-500).amount_due == Money(Decimal("-5.00"), "USD")


def test_midnight_utc_is_a_day(mapped, invoice):
    """A date written as midnight UTC has that calendar day; another time keeps its instant."""
    one = mapped(invoice(issue_date="2026-03-04T00:00:00Z", due_date="2026-04-04T00:00:00-05:00"))
    assert (one.issued_on, one.due_on) == (date(2026, 3, 4), None)
    assert one.due_at == datetime(2026, 4, 4, 5, tzinfo=UTC)


def test_the_list_has_receivables(mapped, header, invoice):
    """By the reference it has no others; a header is of any invoice and has no kind."""
    assert (mapped(invoice()).kind, header().kind) == ("receivable", None)


def test_the_customer(mapped, invoice, uid):
    """The client is a party with its billing contact, and the invoice names it."""
    contact = {"uid": uid(8), "party_uid": uid(7), "name": "Ada", "title": "CFO"}
    contact |= {"email": "ada@x.example", "phone": "+1"}
    client = {"uid": uid(7), "name": "Acme", "role": "CLIENT", "billing_contact": contact}
    row = invoice(parties={"client": client, "vendor": {"uid": uid(9)}})
    one, party = mapped(row), mapped(row, "parties")
    assert (one.customer_id, one.customer_name) == (uid(7), "Acme")
    assert one.billing_email == "ada@x.example"
    assert one.extra == {"parties": {"vendor": {"uid": uid(9)}}}
    (person,) = party.contacts
    assert (party.id, party.name, party.email) == (uid(7), "Acme", None)
    assert (person.id, person.name, person.job_title) == (uid(8), "Ada", "CFO")
    assert (person.email, person.phone) == ("ada@x.example", "+1")
    assert party.extra == {"role": "CLIENT", "billing_contact": {"party_uid": uid(7)}}


@pytest.mark.parametrize("parties", [None, {}, {"client": None}, {"client": {"uid": "p"}}])
def test_exante_t14_no_customer(mapped, invoice, parties):
    """Parties, the client and its contact may each be missing."""
    assert mapped(invoice(parties=parties)).billing_email is None


def test_a_bad_customer_costs_no_invoice(exante, page, invoice):
    """A client that cannot be mapped is set aside by itself."""
    client = {"uid": "p", "billing_contact": {"phone": 5}}
    batch = exante.map("exante", "invoices", page(invoice(parties={"client": client})))
    assert [mapped.shape.name for mapped in batch.mapped] == ["invoice"]
    assert [reject.shape.name for reject in batch.rejected] == ["invoice.client"]


def test_exante_4_ages_are_no_change(exante, vendor, page, invoice, timeline_of, timeline):
    """Days overdue grow by themselves: nothing is written for that."""
    vendor.on(timeline_of(1), timeline())
    vendor.on("/api/invoices", page(invoice(overdue_days=1, age=31)))
    exante.sync()
    vendor.on("/api/invoices", page(invoice(overdue_days=2, age=32)))
    assert exante.sync().written == 0


def test_exante_t17_presigned_links_are_never_stored(
    exante, vendor, page, invoice, timeline_of, timeline
):
    """A link that opens a file for whoever has it is cut before anything is written."""
    secret = {"attachments": [{"presigned_url": "https://files.example/canary"}]}
    vendor.on("/api/invoices", page(invoice(**secret)))
    vendor.on(timeline_of(1), timeline(**secret))
    exante.sync()
    assert not any(b"canary" in kept for kept in exante.everything())


def test_an_unknown_field_is_kept(mapped, invoice):
    """What no field has a home for comes back, as received."""
    one = mapped(invoice(collection_method="send_invoice", blueprint={"is_active": True}))
    assert one.extra == {"collection_method": "send_invoice", "blueprint": {"is_active": True}}


def test_every_amount_has_its_currency(company):
    """The list brings the amounts, the timelines the currencies: no amount is left in cents."""
    assert company.sync().exit_code == 0
    rows = company.rows("invoices", "currency, total, total_minor, amount_due_minor")
    assert {(row["total_minor"], row["amount_due_minor"]) for row in rows} == {(None, None)}
    assert all(row["currency"] and row["total"] for row in rows)
