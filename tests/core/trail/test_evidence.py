"""What a touch shows of its invoice: numbers that are numbers, one spelling of contacts, time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.model import (
    Call,
    Callout,
    Contact,
    Direction,
    Email,
    Invoice,
    InvoiceKind,
    InvoiceStatus,
    Party,
)
from duetrail.trail.evidence import contacts_of, contacts_of_party, numbers_in, time_of, was_open

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WHO = {"connection": "a", "id": "1"}


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        ("Invoice 1042", {"1042"}),
        ("Re: Invoice no. #1042 is overdue.", {"1042"}),
        ("INV-1042 - reminder", {"inv-1042"}),
        ("(Inv_1042): hello", {"inv_1042"}),
        ("Rechnung Nr. 2026/17", {"2026/17"}),
        ("Rechnung Nr.1042", {"1042"}),
        ("Facture n° 1042", {"1042"}),
        ("Factura nº 1042, nº 1043", {"1042", "1043"}),
        ("Invoices no. 1042 and no. 1043", {"1042", "1043"}),
        ("Factures n° 1042 et n° 1043", {"1042", "1043"}),
        ("Rechnungen Nr.1042, Nr.1043", {"1042", "1043"}),
        ("Fattura n. 1042", {"1042"}),
        ("Invoice No.INV-1042", {"inv-1042"}),
        ("Invoices 7, 8 and 9", {"7", "8", "9"}),
        ("INV-1 (as for INV-2)", {"inv-1", "inv-2"}),
    ],
)
def test_numbers_are_found(subject, numbers):
    """With letters wherever they stand; digits alone behind a word for an invoice."""
    assert numbers_in(subject) == numbers


@pytest.mark.parametrize(
    "subject",
    [
        "1042.00 USD for you",
        "$1042 due",
        "1,042 due",
        "Order no. 1042",
        "Order Nr.1042",
        "Commande n° 1042",
        "PO 1042, 10% off",
        "Statement March 2026",
        "Invoice of 30 March",
        "pat1042@acme.example",
        "https://acme.example/?id=1042",
        "",
    ],
)
def test_what_only_looks_like_one_is_none(subject):
    """Amounts, years, orders, addresses."""
    assert "1042" not in numbers_in(subject)
    assert not {"30", "2026", "10"} & numbers_in(subject)


@pytest.mark.parametrize("subject", ["INV-10420", "INV-1042-2", "XINV-1042", "INV-1042/7"])
def test_a_longer_number_is_another_one(subject):
    """A number that stands inside another is not meant."""
    assert "inv-1042" not in numbers_in(subject)


def test_a_list_of_numbers_without_end_is_none():
    """However long a subject is, few numbers are looked up."""
    assert len(numbers_in(" ".join(f"INV-{n}" for n in range(20)))) == 20
    assert numbers_in(" ".join(f"INV-{n}" for n in range(50_000))) == set()


@given(st.text(max_size=60))
def test_any_subject_can_be_read(subject):
    """Whatever it says: what is found has a digit, and stands in it."""
    for number in numbers_in(subject):
        assert any(c.isdecimal() for c in number)
        assert number in subject.casefold()


def test_the_customers_side_is_looked_at():
    """Who was called, or who calls; both where the direction is not known."""
    numbers = {"from_number": "+44 20 7946 0001", "to_number": "+44 20 7946 0002"}
    sides = {
        Direction.OUTBOUND: {"442079460002"},
        Direction.INBOUND: {"442079460001"},
        None: {"442079460001", "442079460002"},
    }
    for direction, found in sides.items():
        assert contacts_of(Call(**WHO, direction=direction, **numbers)) == found
    mail = {"from_address": "a@x.example", "to_addresses": ("B@y.example",)}
    assert contacts_of(Email(**WHO, direction=Direction.OUTBOUND, **mail)) == {"b@y.example"}
    assert contacts_of(Email(**WHO, direction=Direction.INBOUND, **mail)) == {"a@x.example"}
    assert contacts_of(Callout(**WHO, contact_email="c@z.example")) == {"c@z.example"}


def test_a_contact_has_one_spelling():
    """However a number is written; a North American one with its country or without."""
    party = Party(**WHO, phone="(202) 555-0101", contacts=(Contact(email="Pat@Acme.Example"),))
    call = Call(**WHO, direction=Direction.OUTBOUND, to_number="+1 202 555 0101")
    assert contacts_of(call) & contacts_of_party(party)
    assert "pat@acme.example" in contacts_of_party(party)


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("Pat Doe <Pat@acme.example>", "pat@acme.example"),
        ("whatsapp:+44 20 7946 0001", "442079460001"),
        ("mailto:pat@acme.example", "pat@acme.example"),
    ],
)
def test_what_stands_around_a_contact_is_left_out(text, contact):
    """A name, a scheme."""
    assert contacts_of(Call(**WHO, to_number=text)) == {contact}


@pytest.mark.parametrize("text", ["anonymous", "[erased]", "Pat Doe", "12", ""])
def test_what_is_no_contact_finds_nobody(text):
    """Words, what was erased, too few digits."""
    assert contacts_of(Call(**WHO, to_number=text)) == set()


@pytest.mark.parametrize(
    ("fields", "is_open"),
    [
        ({"issued_at": NOON - DAY, "status": InvoiceStatus.OPEN}, True),
        ({"issued_on": date(2026, 3, 1)}, True),
        ({"issued_at": NOON + DAY}, False),
        ({"issued_at": NOON - DAY, "paid_at": NOON + DAY, "status": InvoiceStatus.PAID}, True),
        ({"issued_at": NOON - DAY, "paid_at": NOON - DAY / 2}, False),
        ({"issued_at": NOON - DAY, "voided_at": NOON - DAY / 2}, False),
        ({"issued_at": NOON - DAY, "written_off_at": NOON - DAY / 2}, False),
        ({"issued_at": NOON - DAY, "status": InvoiceStatus.PAID}, None),
        ({"status": InvoiceStatus.OPEN}, None),
        ({"issued_at": NOON - DAY, "status": InvoiceStatus.DRAFT}, False),
        ({"issued_at": NOON - DAY, "kind": InvoiceKind.USAGE_BILL}, False),
        ({"issued_at": NOON - DAY, "kind": InvoiceKind.CREDIT_NOTE}, False),
        ({"issued_at": NOON - DAY, "kind": InvoiceKind.PAYABLE}, False),
    ],
)
def test_open_at_a_time(fields, is_open):
    """Issued before and settled after; not certain where a time is missing."""
    assert was_open(Invoice(**WHO, **fields), NOON) is is_open


@pytest.mark.parametrize(
    ("fields", "days", "is_open"),
    [
        ({}, -1, True),
        ({}, 0, None),
        ({}, 1, False),
        ({"paid_at": NOON + timedelta(hours=1)}, 0, True),
        ({"voided_at": NOON - timedelta(hours=1)}, 0, False),
    ],
)
def test_open_around_a_day_of_payment(fields, days, is_open):
    """Until the day begins, and not from its end on; on the day nobody knows, without a time."""
    invoice = Invoice(**WHO, issued_at=NOON - 9 * DAY, paid_on=NOON.date(), **fields)
    assert was_open(invoice, NOON + days * DAY) is is_open


def test_when_a_touch_happened():
    """When it began or was sent; else when it is planned, or was recorded."""
    assert time_of(Call(**WHO, started_at=NOON, created_at=NOON - DAY)) == NOON
    assert time_of(Email(**WHO, planned_at=NOON)) == NOON
    assert time_of(Callout(**WHO, created_at=NOON)) == NOON
    assert time_of(Email(**WHO)) is None
