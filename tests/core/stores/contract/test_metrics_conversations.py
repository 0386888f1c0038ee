"""Calls to somebody who had just been spoken to: 12 CFR 1006.14(b)(2)(i)(B)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from duetrail.model import Call, CallOutcome, Direction, Invoice, InvoiceKind, Link, Party, Record
from duetrail.stores import Store
from support.books import ON, about, ask, call, column, fill, invoice, moment

ANSWERED: dict[str, Any] = {"outcome": CallOutcome.ANSWERED}
NAME = "called_after_conversation"


def test_a_call_within_seven_days_of_a_conversation_is_found(store: Store) -> None:
    """The day of the conversation is the first of the seven, so the seventh day is six later."""
    fill(
        store,
        call("talk", "2026-03-02T10:00:00", connection="tool", **ANSWERED),
        call("before", "2026-03-02T09:00:00"),
        call("same-day", "2026-03-02T15:00:00"),
        call("seventh", "2026-03-08T23:00:00"),
        call("eighth", "2026-03-09T01:00:00"),
        call("other-person", "2026-03-03", "+1 202 555 0199"),
    )
    columns = ("id", "days_after", "talk_connection", "talk_id", "talked_at", "about")
    talk = ("tool", "talk", moment("2026-03-02T10:00:00"), "not known")
    assert column(store, NAME, *columns) == [("same-day", 0, *talk), ("seventh", 6, *talk)]
    assert column(store, NAME, "id", quiet_days=1) == [("same-day",)]
    assert column(store, NAME, "id", quiet_days=8) == [("same-day",), ("seventh",), ("eighth",)]


def test_days_are_those_of_the_person(store: Store) -> None:
    """In Los Angeles it is still the seventh day while it is the eighth in UTC."""
    fill(
        store,
        Party(connection="voice", id="la", timezone="America/Los_Angeles"),
        call("talk", "2026-02-02T20:00:00", customer_id="la", **ANSWERED),
        call("late", "2026-02-09T07:00:00", customer_id="la"),
    )
    assert column(store, NAME, "id", "days_after") == [("late", 6)]


def test_days_are_those_of_the_person_however_many_are_quiet(store: Store) -> None:
    """A conversation long before the period is on the day on which it was in Tokyo."""
    fill(
        store,
        Party(connection="voice", id="tokyo", timezone="Asia/Tokyo"),
        call("talk", "2026-03-01T20:00:00", customer_id="tokyo", **ANSWERED),
        call("last-day", "2026-03-31T03:00:00", customer_id="tokyo"),
    )
    found = column(store, NAME, "id", "days_after", days=1, quiet_days=30)
    assert found == [("last-day", 29)]


@pytest.mark.parametrize(
    ("outcome", "is_conversation"),
    [
        (CallOutcome.ANSWERED, True),
        (CallOutcome.RIGHT_PARTY, True),
        (CallOutcome.WRONG_PARTY, False),
        (CallOutcome.VOICEMAIL, False),
        (CallOutcome.NO_ANSWER, False),
        (CallOutcome.UNKNOWN, False),
    ],
)
def test_what_a_conversation_is(store: Store, outcome: CallOutcome, is_conversation: bool) -> None:
    """An answer by the person, or by nobody says whom."""
    fill(store, call("talk", "2026-03-02", outcome=outcome), call("again", "2026-03-03"))
    assert bool(ask(store, NAME)) is is_conversation


def test_a_conversation_may_be_the_persons_own_call(store: Store) -> None:
    """Whoever called was spoken to; that they call again is no fault of anybody's."""
    inbound: dict[str, Any] = {
        "direction": Direction.INBOUND,
        "from_number": "+1 202 555 0101",
        **ANSWERED,
    }
    fill(
        store,
        call("talk", "2026-03-02", "+1 202 555 0000", **inbound),
        call("again", "2026-03-03"),
        call("theirs", "2026-03-04", "+1 202 555 0000", **inbound),
    )
    assert column(store, NAME, "id") == [("again",)]


def test_calls_about_different_invoices_are_about_different_debts(store: Store) -> None:
    """About the same one, also as another vendor has it; or nobody knows, and says so."""
    one, other, twin = invoice("1", 10), invoice("2", 10), invoice("3", 10, connection="tool")
    talk = call("talk", "2026-03-02", **ANSWERED)
    same = call("same", "2026-03-03")
    apart = call("apart", "2026-03-03T13:00:00")
    bare = call("bare", "2026-03-03T14:00:00")
    fill(
        store,
        *(one, other, twin, talk, same, apart, bare),
        links=[
            Link(twin.ref, one.ref, about(talk, one)[0].how, "same"),
            *about(talk, twin),
            *about(same, one),
            *about(apart, other),
        ],
    )
    assert column(store, NAME, "id", "about") == [
        ("same", "the same invoice"),
        ("bare", "not known"),
    ]


def test_a_call_about_a_usage_bill_is_about_no_debt(store: Store) -> None:
    """A switch links calls to the bill of its customer; nobody collects by them."""
    bill = invoice("b", 10, kind=InvoiceKind.USAGE_BILL)
    talk, again = call("talk", "2026-03-02", **ANSWERED), call("again", "2026-03-03")
    fill(store, bill, talk, again, links=[*about(talk, bill), *about(again, bill)])
    assert ask(store, NAME) == []


def test_a_call_that_two_vendors_list_is_no_second_call(store: Store) -> None:
    """Neither where one of them does not know that it was answered."""
    fill(
        store,
        call("t", "2026-03-02T10:00:05", provider_id="p", outcome=CallOutcome.UNKNOWN),
        call("p", "2026-03-02T10:00:00", connection="phone", **ANSWERED),
        call("t2", "2026-03-04", provider_id="p2"),
        call("p2", "2026-03-04T12:00:01", connection="phone"),
    )
    assert column(store, NAME, "id", "talk_connection") == [("t2", "phone")]


# --- random companies ----------------------------------------------------------------------------

_COMPANIES = 1000


def _company(rng: Random, name: int) -> tuple[list[Record], list[Link], set[str]]:
    """A company's calls by two vendors about its invoices, and those that came too soon.

    All of it is found out here call by call, with no SQL.
    """
    invoices = [invoice(f"{name}-{at}", 10) for at in range(3)]
    zone, hours = rng.choice((("Asia/Tokyo", 9), ("UTC", 0), ("America/Bogota", -5)))
    records: list[Record] = [*invoices]
    records += [Party(connection=of, id=str(name), timezone=zone) for of in "ab"]
    links: list[Link] = []
    made: list[tuple[datetime, Call, Invoice | None]] = []
    for at in range(rng.choice((2, 4, 8))):
        when = datetime(2026, 1, 10) + timedelta(minutes=rng.randint(0, 60 * 24 * 40))
        one = call(
            f"{name}-{at}",
            when.isoformat(),
            f"+4930{name:06}",
            connection=rng.choice("ab"),
            customer_id=str(name),
            outcome=rng.choice((CallOutcome.ANSWERED, CallOutcome.NO_ANSWER, CallOutcome.UNKNOWN)),
        )
        debt = rng.choice((*invoices, None))
        made.append((when + timedelta(hours=hours), one, debt))
        records.append(one)
        links += about(one, debt) if debt else []
    early = {
        one.id
        for when, one, debt in made
        for before, talk, talked in made
        if talk.outcome == CallOutcome.ANSWERED
        and before < when
        and (when.date() - before.date()).days <= 6
        and (debt is None or talked is None or debt.id == talked.id)
    }
    return records, links, early


def test_every_planted_violation_is_found_and_none_invented(store: Store) -> None:
    """In a thousand random companies of two vendors each."""
    rng = Random(14)
    records: list[Record] = []
    links: list[Link] = []
    expected: set[str] = set()
    for name in range(_COMPANIES):
        some, linked, early = _company(rng, name)
        records += some
        links += linked
        expected |= early
    fill(store, *records, links=links)
    assert len(expected) > 100
    assert {row["id"] for row in ask(store, NAME, on=ON)} == expected


def test_a_call_before_the_period_is_not_told(store: Store) -> None:
    """The conversation may be before it."""
    fill(
        store,
        call("talk", "2026-02-27", **ANSWERED),
        call("before", "2026-02-28"),
        call("in", "2026-03-01"),
    )
    assert column(store, NAME, "id", days=31, on=date(2026, 3, 31)) == [("in",)]
