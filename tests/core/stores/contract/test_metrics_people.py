"""Metrics of people and vendors: called too often, at night, unreachable, told differently."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from duetrail.model import (
    CallOutcome,
    CallStatus,
    Channel,
    Contact,
    DeliveryStatus,
    Direction,
    Link,
    LinkKind,
    Party,
    Record,
)
from duetrail.stores import Store
from support.books import ON, ask, call, column, email, fill, invoice, moment, paid


def test_calls_of_two_vendors_to_one_person_are_counted_together(store: Store) -> None:
    """Four calls of one and four of the other are eight, however the number is written."""
    spelt = ["+1 (202) 555-0101", "0012025550101", "202.555.0101", "1-202-555-0101"]
    calls = [
        call(f"{vendor}{at}", f"2026-03-0{at + 1}", number, connection=vendor)
        for vendor in ("a", "b")
        for at, number in enumerate(spelt)
    ]
    fill(store, *calls, *(call(f"o{at}", "2026-03-02", "+44 20 7946 0018") for at in range(7)))
    assert column(
        store, "contact_frequency", "person", "calls", "from_day", "to_day", "connections"
    ) == [("12025550101", 8, date(2026, 2, 26), date(2026, 3, 4), 2)]
    assert column(store, "contact_frequency", "calls", most_calls=8) == []


def test_seven_days_in_a_row_are_a_week_and_eight_are_not(store: Store) -> None:
    """A call a day is never too many; an eighth in seven days is."""
    daily = [call(f"d{at}", f"2026-03-{at + 1:02}") for at in range(20)]
    fill(store, *daily)
    assert column(store, "contact_frequency", "calls") == []
    fill(store, call("extra", "2026-03-10T15:00:00"))
    assert column(store, "contact_frequency", "calls", "to_day") == [(8, date(2026, 3, 10))]


def test_a_call_that_two_vendors_list_is_one(store: Store) -> None:
    """The telephony provider's id tells that it is the same."""
    tool = [call(f"t{at}", f"2026-03-0{at + 1}", provider_id=f"p{at}") for at in range(5)]
    provider = [call(f"p{at}", f"2026-03-0{at + 1}", connection="phone") for at in range(5)]
    fill(store, *tool, *provider)
    assert column(store, "contact_frequency", "calls", most_calls=4) == [(5,)]


def test_calls_of_two_vendors_with_one_id_are_two(store: Store) -> None:
    """Unless one of them is the telephony provider of the other."""
    days = [f"2026-03-1{at}" for at in range(3)]
    fill(
        store,
        *(call(str(at), day, connection="tool") for at, day in enumerate(days)),
        *(call(str(at), day, connection="voice") for at, day in enumerate(days)),
        call("x", days[0], connection="third", provider_id="0"),
    )
    assert column(store, "contact_frequency", "calls", most_calls=1) == [(5,)]


def test_calls_that_were_not_placed_do_not_count(store: Store) -> None:
    """Planned, cancelled, failed, to a bad number, inbound."""
    odd: list[dict[str, object]] = [
        {"status": CallStatus.PLANNED},
        {"status": CallStatus.FAILED, "outcome": CallOutcome.UNKNOWN},
        {"outcome": CallOutcome.CANCELLED},
        {"outcome": CallOutcome.BAD_NUMBER},
        {"direction": Direction.INBOUND},
    ]
    fill(store, *(call(str(at), "2026-03-01", **facts) for at, facts in enumerate(odd)))
    assert column(store, "contact_frequency", "calls", most_calls=0) == []


@pytest.mark.parametrize("outcome", [CallOutcome.NO_ANSWER, CallOutcome.REJECTED])
def test_a_call_that_rang_was_placed(store: Store, outcome: CallOutcome) -> None:
    """Also where its vendor calls a call `failed` that nobody took, as a switch does."""
    fill(store, call("1", "2026-03-01", status=CallStatus.FAILED, outcome=outcome))
    assert column(store, "contact_frequency", "calls", most_calls=0) == [(1,)]


def test_people_who_were_erased_are_not_one_person(store: Store) -> None:
    """What is struck out tells nobody from anybody."""
    calls = [call(str(at), "2026-03-01", "[erased]", customer_id=str(at)) for at in range(9)]
    fill(store, *calls)
    assert column(store, "contact_frequency", "calls") == []


def test_calls_outside_the_customers_hours(store: Store) -> None:
    """Eight to nine in the evening, by the clock of the customer."""
    fill(
        store,
        Party(connection="voice", id="la", name="Coast", timezone="America/Los_Angeles"),
        Party(connection="voice", id="kt", timezone="Asia/Kathmandu"),
        call("la-early", "2026-03-10T14:59:59", customer_id="la"),
        call("la-first", "2026-03-10T15:00:00", customer_id="la"),
        call("la-last", "2026-03-11T03:59:59", customer_id="la"),
        call("la-late", "2026-03-11T04:00:00", customer_id="la"),
        call("kt-early", "2026-03-10T02:14:59", "+977 1 4444444", customer_id="kt"),
        call("kt-first", "2026-03-10T02:15:00", "+977 1 4444444", customer_id="kt"),
        call("unknown", "2026-03-10T02:15:00", "+49 30 123456"),
    )
    assert column(store, "contact_hours", "id", "local_day", "local_hour") == [
        ("kt-early", date(2026, 3, 10), 7),
        ("la-early", date(2026, 3, 10), 7),
        ("la-late", date(2026, 3, 10), 21),
    ]
    assert column(store, "contact_hours", "id", from_hour=7, to_hour=22) == []


def test_the_last_moment_of_an_hour_belongs_to_it(store: Store) -> None:
    """However little is left of the hour."""
    fill(
        store,
        Party(connection="voice", id="1", timezone="Europe/London"),
        call("last", "2026-03-10T20:59:59.999999", customer_id="1"),
        call("first", "2026-03-11T21:00:00", customer_id="1"),
    )
    assert column(store, "contact_hours", "id", "local_hour") == [("first", 21)]


def test_vendors_that_disagree_about_an_invoice(store: Store) -> None:
    """Each field that both fill differently; what is written differently only is the same."""
    one = invoice("1", "10.50", "2026-03-01", amount_remaining=5)
    two = paid("2", "10.5", "2026-03-01", connection="tool", due="2026-03-02")
    silent = invoice("3", None, connection="third", status=None)
    links = [Link(other.ref, one.ref, LinkKind.DERIVED, "same") for other in (two, silent)]
    fill(store, one, two, silent, links=links)
    assert column(store, "vendors_disagree", "other_connection", "field", "says", "other_says") == [
        ("tool", "amount_remaining", "5", "0"),
        ("tool", "due_on", "2026-03-01", "2026-03-02"),
        ("tool", "status", "open", "paid"),
    ]


def test_customers_who_can_be_reached_in_no_way(store: Store) -> None:
    """Only those who owe something; each way with what is wrong."""
    disabled = Contact(email="a@x.example", email_disabled=True, phone="1", phone_disabled=True)
    fill(
        store,
        Party(connection="erp", id="fine", email="a@y.example"),
        Party(connection="erp", id="phone", phone="+1 202 555 0102"),
        Party(connection="erp", id="nothing", name="Nobody"),
        Party(connection="erp", id="disabled", contacts=(disabled,)),
        Party(connection="erp", id="failing", email="b@y.example", phone="+1 202 555 0103"),
        Party(connection="erp", id="settled"),
        *(
            invoice(id, "1.25", customer_id=id)
            for id in ("fine", "phone", "nothing", "disabled", "failing")
        ),
        invoice("billed", 1, customer_id="billed", billing_email="c@y.example"),
        email("1", "2026-03-01", connection="erp", customer_id="failing"),
        email("2", "2026-03-02", connection="erp", customer_id="failing", bounced=True),
        call(
            "3",
            "2026-03-02",
            connection="erp",
            customer_id="failing",
            outcome=CallOutcome.BAD_NUMBER,
        ),
    )
    assert column(store, "unreachable_customers", "customer_id", "email", "phone", "amount") == [
        ("disabled", "disabled", "disabled", Decimal("1.25")),
        ("failing", "bounced", "bad number", Decimal("1.25")),
        ("nothing", "none", "none", Decimal("1.25")),
    ]


def test_how_a_customer_cannot_be_reached_is_said_by_the_last_email_and_call(store: Store) -> None:
    """A text message is no email, and a call that is only planned says nothing of a number."""
    facts: dict[str, str] = {"connection": "erp", "customer_id": "1"}
    bounced = {"delivery_status": DeliveryStatus.BOUNCED}
    planned = {"status": CallStatus.PLANNED, "outcome": None}
    fill(
        store,
        Party(connection="erp", id="1", email="a@y.example", phone="+1 202 555 0102"),
        invoice("1", 1, customer_id="1"),
        email("bounced", "2026-03-01", **facts, **bounced),
        email("sms", "2026-03-02", channel=Channel.SMS, **facts),
        call("bad", "2026-03-01", outcome=CallOutcome.BAD_NUMBER, **facts),
        call("planned", "2026-03-02", **facts, **planned),
    )
    assert column(store, "unreachable_customers", "email", "phone") == [("bounced", "bad number")]


# --- random companies ----------------------------------------------------------------------------

_COMPANIES = 1000


def _company(rng: Random, name: str) -> tuple[list[Record], set[str], set[str]]:
    """A company's calls by two vendors, who was called too often, and the calls at night.

    All of it is found out here by counting, day by day, with no SQL.
    """
    records: list[Record] = []
    often, night = set(), set()
    for place in range(rng.randint(1, 3)):
        person = f"{int(name):04}{place}"
        number = f"49301{person}"
        zone, hours = rng.choice((("Asia/Tokyo", 9), ("UTC", 0), ("America/Bogota", -5)))
        for vendor in ("a", "b"):
            id = f"{vendor}{person}"
            records.append(Party(connection=vendor, id=id, timezone=zone))
        days: Counter[date] = Counter()
        for at in range(rng.choice((3, 8, 20))):
            vendor = rng.choice("ab")
            when = datetime(2026, 1, 10) + timedelta(minutes=rng.randint(0, 60 * 24 * 30))
            local = when + timedelta(hours=hours)
            spelt = rng.choice((f"+{number}", f"00{number}", f"+49 301 {person}"))
            made = call(
                f"{name}-{place}-{at}",
                when.isoformat(),
                spelt,
                connection=vendor,
                customer_id=f"{vendor}{person}",
            )
            records.append(made)
            days[local.date()] += 1
            if not 8 <= local.hour < 21:
                night.add(made.id)
        spans = (sum(days[day - timedelta(days=back)] for back in range(7)) for day in [*days])
        if max(spans) > 7:
            often.add(number)
    return records, often, night


def test_every_planted_violation_is_found_and_none_invented(store: Store) -> None:
    """In a thousand random companies of two vendors each."""
    rng = Random(15)
    records: list[Record] = []
    often: set[str] = set()
    night: set[str] = set()
    for name in range(_COMPANIES):
        some, too_often, at_night = _company(rng, str(name))
        records += some
        often |= too_often
        night |= at_night
    fill(store, *records)
    assert len(often) > 100
    assert {row["person"] for row in ask(store, "contact_frequency", on=ON)} == often
    assert {row["id"] for row in ask(store, "contact_hours", on=ON)} == night


def test_the_customer_is_one_of_the_connection_that_is_named(store: Store) -> None:
    """The ids of two vendors say nothing of each other."""
    fill(
        store,
        Party(connection="a", id="9", name="Acme"),
        Party(connection="a", id="1", name="Somebody else"),
        Party(connection="b", id="1", name="Acme, too"),
        *(call(f"a{at}", "2026-03-10", connection="a", customer_id="9") for at in range(4)),
        *(call(f"b{at}", "2026-03-10", connection="b", customer_id="1") for at in range(4)),
    )
    columns = ("calls", "connections", "connection", "customer_id", "customer")
    assert column(store, "contact_frequency", *columns) == [(8, 2, "a", "9", "Acme")]


@pytest.mark.parametrize("name", ["ar_open", "contact_frequency", "contact_hours"])
def test_a_customer_without_another_name_has_the_registered_one(store: Store, name: str) -> None:
    """As on a timeline."""
    fill(
        store,
        Party(connection="voice", id="1", legal_name="Acme GmbH", timezone="UTC"),
        invoice("1", 1, connection="voice", customer_id="1"),
        call("1", "2026-03-10T23:00:00", customer_id="1"),
    )
    assert column(store, name, "customer", most_calls=0) == [("Acme GmbH",)]


def test_a_week_that_ended_before_the_period_is_not_told(store: Store) -> None:
    """The period looks at the end of the seven days."""
    fill(store, *(call(str(at), "2026-01-10") for at in range(9)))
    assert column(store, "contact_frequency", "calls", days=30) == []
    assert column(store, "contact_frequency", "calls") == [(9,)]
    assert moment("2026-01-10").hour == 12


def test_a_week_that_ends_after_the_day_is_not_told(store: Store) -> None:
    """In Tokyo the next day has begun while it is still the last day of the period in UTC."""
    fill(
        store,
        Party(connection="voice", id="tokyo", timezone="Asia/Tokyo"),
        *(call(str(at), f"{ON}T2{at}:00:00", customer_id="tokyo") for at in range(3)),
    )
    assert column(store, "contact_frequency", "calls", most_calls=2) == []
    later = ON + timedelta(days=1)
    found = column(store, "contact_frequency", "calls", "to_day", most_calls=2, on=later)
    assert found == [(3, later)]
