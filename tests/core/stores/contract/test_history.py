"""History as any store keeps it: states from when to when, and metrics as of a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from duetrail.errors import StoreError, UsageError
from duetrail.model import Link, LinkKind, PaymentAllocation, Record, Ref
from duetrail.pipeline import history
from duetrail.privacy import erasure
from duetrail.stores import Changes, Store
from duetrail.stores.history import HistoryState, State
from duetrail.stores.metrics import MetricParameters, read_metric
from support.books import about, amount, ask, call, column, fill, invoice, noon, paid
from support.stored import mark

DAYS = [date(2026, 3, day) for day in range(1, 8)]
NOW = noon("2026-04-01")


def on(store: Store, day: date, *records: Record, links: list[Link] | None = None) -> int:
    """A run at noon of a day that finds records so; history follows it."""
    run = begin(store, day)
    fill(store, *records, links=links or (), run=run)
    history.follow(store)
    store.end_run(run, f"{day}T13:00:00.000000Z", "ended", "{}")
    return run


def begin(store: Store, day: date) -> int:
    """A run that begins at noon of a day."""
    return store.begin_run(f"{day}T12:00:00.000000Z")


@pytest.fixture
def built(store: Store) -> Store:
    """A store with an open invoice since the first day, and history."""
    on(store, DAYS[0], invoice("1", 100, "2026-03-02"))
    history.build(store, NOW)
    return store


def open_as_of(store: Store, day: date) -> list[tuple[str, Decimal]]:
    """Open items as of a day."""
    rows = ask(store, "ar_open", on=day, as_of=day)
    return [(row["id"], row["remaining"]) for row in rows]


def test_each_day_is_as_it_was(built: Store) -> None:
    """What a run finds counts from its day on."""
    on(built, DAYS[2], invoice("1", 100, "2026-03-02", amount_remaining=40))
    on(built, DAYS[4], paid("1", 100, "2026-03-05"), invoice("2", 7))
    on(built, DAYS[5])
    assert [open_as_of(built, day) for day in DAYS] == [
        [("1", Decimal(100))],
        [("1", Decimal(100))],
        [("1", Decimal(40))],
        [("1", Decimal(40))],
        [("2", Decimal(7))],
        [("2", Decimal(7))],
        [("2", Decimal(7))],
    ]


def test_children_and_links_are_what_they_were(built: Store) -> None:
    """Allocations, and which touch belonged to which invoice."""
    one = invoice("1", 100, "2026-03-02")
    part = PaymentAllocation(
        currency="USD", amount=amount(30), approved=True, paid_at=noon("2026-02-01")
    )
    touch = call("c", "2026-03-03T09:00:00")
    on(built, DAYS[2], touch, links=about(touch, one))
    on(built, DAYS[4], invoice("1", 100, "2026-03-02", amount_paid=30, allocations=(part,)))
    asked = {"on": date(2026, 4, 1), "days": 20}
    assert column(built, "ar_silent", "touches", as_of=DAYS[1], **asked) == [(0,)]
    assert column(built, "ar_silent", "touches", as_of=DAYS[2], **asked) == [(1,)]
    assert column(built, "ar_open", "remaining", as_of=DAYS[3]) == [(Decimal(100),)]
    assert column(built, "ar_open", "remaining", as_of=DAYS[4]) == [(Decimal(70),)]
    assert column(built, "ar_open", "id", as_of=DAYS[4], connections=("erp",)) == [("1",)]
    assert column(built, "ar_open", "id", as_of=DAYS[4], connections=("mail",)) == []
    opening = [column(built, "ar_cei", "opening", as_of=day, **asked) for day in DAYS[3:5]]
    assert opening == [[(Decimal(100),)], [(Decimal(70),)]]


def test_opening_balances_are_what_they_were(built: Store) -> None:
    """Where history reaches for every connection: exact, though no payment has a day."""
    on(built, DAYS[0], invoice("2", 50, "2026-03-20"), invoice("3", 7, "2026-03-02"))
    on(built, DAYS[2], invoice("1", 100, "2026-03-02", amount_remaining=40))
    on(built, DAYS[5], paid("1", 100, "2026-03-06"), invoice("2", 50, "2026-03-20"))
    run = begin(built, DAYS[6])
    with built.transaction():
        built.apply(Changes(run=run, removed={Ref("erp", "invoices", "3")}))
    history.follow(built)

    def opening(day: date, **asked: Any) -> tuple[Any, ...]:
        columns = ("opening", "opening_undated", "opening_from")
        return column(built, "ar_cei", *columns, on=date(2026, 3, 31), days=31 - day.day, **asked)[
            0
        ]

    assert opening(DAYS[1]) == (Decimal(157), 0, "history")
    assert opening(DAYS[3]) == (Decimal(97), 0, "history")
    assert opening(DAYS[3], as_of=DAYS[1]) == (Decimal(157), 0, "history")
    rolled = column(
        built, "ar_roll_rates", "bucket", "state", "amount", "opening_from",
        on=date(2026, 3, 31), days=31 - DAYS[3].day,
    )  # fmt: skip
    assert rolled == [
        ("current", "1-30", Decimal(50), "history"),
        ("1-30", "no longer listed", Decimal(7), "history"),
        ("1-30", "paid", Decimal(40), "history"),
    ]


def test_a_later_connection_has_no_past(built: Store) -> None:
    """Its invoices are older than what history knows of it, so balances are worked out by dates."""
    facts = {"connection": "new", "issued_on": date(2026, 1, 1)}
    on(built, DAYS[4], invoice("1", 30, **facts))
    asked = {"on": date(2026, 3, 31), "days": 31 - DAYS[1].day}
    columns = ("opening", "opening_from")
    assert column(built, "ar_cei", *columns, **asked) == [(Decimal(130), "dates")]
    known = column(built, "ar_cei", *columns, connections=("erp",), **asked)
    assert known == [(Decimal(100), "history")]


def test_cash_of_a_week_is_what_was_known_of_it(built: Store) -> None:
    """A payment counts from the day on which it was read."""
    on(built, DAYS[4], paid("1", 100, "2026-03-02"))
    known = {day: sum(column(built, "cash_by_week", "amount", as_of=day), ()) for day in DAYS[3:5]}
    assert known == {DAYS[3]: (), DAYS[4]: (*[Decimal(0)] * 9, Decimal(100), *[Decimal(0)] * 4)}
    assert sum(row["due_items"] for row in ask(built, "ar_coming", on=DAYS[0], as_of=DAYS[3])) == 1
    assert ask(built, "touches_by_week", as_of=DAYS[4]) == []


def test_what_is_absent_is_absent_from_then_on(built: Store) -> None:
    """And what was removed is gone; both were there before."""
    on(built, DAYS[1], invoice("2", 5), invoice("3", 6))
    run = begin(built, DAYS[3])
    with built.transaction():
        mark(built, Ref("erp", "invoices", "1"), f"{DAYS[3]}T12:00:00.000000Z", run)
        built.apply(Changes(run=run, removed={Ref("erp", "invoices", "2")}))
    history.follow(built)
    assert [id for id, _ in open_as_of(built, DAYS[2])] == ["1", "2", "3"]
    assert [id for id, _ in open_as_of(built, DAYS[3])] == ["3"]


def test_a_run_that_was_cut_off_is_followed_by_the_next(built: Store) -> None:
    """What it had found counts from its own day on."""
    run = begin(built, DAYS[1])
    fill(built, invoice("1", 100, "2026-03-02", amount_remaining=90), run=run)
    history.follow(built)  # as the next run does before it begins
    on(built, DAYS[4], invoice("1", 100, "2026-03-02", amount_remaining=80))
    assert [amount for day in DAYS[:5] for _, amount in open_as_of(built, day)] == [
        100,
        90,
        90,
        90,
        80,
    ]


def test_to_follow_twice_is_to_follow_once(built: Store) -> None:
    """A run that goes on, or history that is built again, adds nothing."""
    on(built, DAYS[1], invoice("1", 100, "2026-03-02", amount_remaining=90))
    run = begin(built, DAYS[2])
    fill(built, invoice("1", 100, "2026-03-02", amount_remaining=80), run=run)
    history.follow(built)
    fill(built, invoice("1", 100, "2026-03-02", amount_remaining=70), run=run)
    built.note_history(HistoryState(f"{DAYS[0]}T12:00:00.000000Z", run - 1))
    history.follow(built)
    history.build(built, NOW)
    assert [amount for day in DAYS[:4] for _, amount in open_as_of(built, day)] == [100, 90, 70, 70]


def test_the_same_state_is_kept_once(built: Store) -> None:
    """A record that a later run wrote again just so begins no new state."""
    ref = Ref("erp", "invoices", "9")
    states = [State(ref, f"{day}T12:00:00.000000Z", 1, '{"record":"invoices"}') for day in DAYS]
    with built.transaction():
        for state in states:
            built.put_states([state])
    kept = list(built.answer("SELECT count(*) FROM history WHERE id = '9'"))
    assert [tuple(row) for row in kept] == [(1,)]


def states(store: Store) -> list[tuple[object, ...]]:
    """The states that are kept, in order."""
    rows = store.answer("SELECT id, run FROM history ORDER BY id, valid_from")
    return [tuple(row) for row in rows]


def test_what_is_replaced_is_kept_without_being_asked(store: Store) -> None:
    """A first sync and one that finds the same keep nothing; one that changes, what was before."""
    on(store, DAYS[0], invoice("1", 100), invoice("2", 5))
    on(store, DAYS[1])
    assert states(store) == []
    on(store, DAYS[2], invoice("1", 100, amount_remaining=1))
    assert states(store) == [("1", 1)]
    with pytest.raises(UsageError, match="does not know what it was") as error:
        open_as_of(store, DAYS[0])
    assert "duetrail history build" in error.value.hint


def test_history_reaches_back_to_the_first_run(store: Store) -> None:
    """Built at the end: each day since then is as it was, and an earlier one is refused."""
    on(store, DAYS[1], invoice("1", 100), invoice("2", 5), invoice("3", 6))
    on(store, DAYS[2], invoice("1", 100, amount_remaining=80))
    on(store, DAYS[3], invoice("1", 100, amount_remaining=70))
    run = begin(store, DAYS[4])
    with store.transaction():
        mark(store, Ref("erp", "invoices", "2"), f"{DAYS[4]}T12:00:00.000000Z", run)
        store.apply(Changes(run=run, removed={Ref("erp", "invoices", "3")}))
    run = on(store, DAYS[5], invoice("3", 6))
    with store.transaction():
        store.apply(Changes(run=run, present={Ref("erp", "invoices", "2")}))
    assert history.build(store, NOW).since == f"{DAYS[1]}T12:00:00.000000Z"
    assert [open_as_of(store, day) for day in DAYS[1:6]] == [
        [("1", Decimal(100)), ("2", Decimal(5)), ("3", Decimal(6))],
        [("1", Decimal(80)), ("2", Decimal(5)), ("3", Decimal(6))],
        [("1", Decimal(70)), ("2", Decimal(5)), ("3", Decimal(6))],
        [("1", Decimal(70))],
        [("1", Decimal(70)), ("2", Decimal(5)), ("3", Decimal(6))],
    ]
    with pytest.raises(UsageError, match="from 2026-03-02 on"):
        open_as_of(store, DAYS[0])


def test_what_a_run_finds_twice_is_one_state(store: Store) -> None:
    """As a run in shards, or one that goes on, may do."""
    on(store, DAYS[0], invoice("1", 100))
    run = begin(store, DAYS[1])
    for amount_ in (90, 80):
        fill(store, invoice("1", 100, amount_remaining=amount_), run=run)
    assert states(store) == [("1", 1)]
    history.build(store, NOW)
    assert [amount for day in DAYS[:2] for _, amount in open_as_of(store, day)] == [100, 80]


def test_a_clock_that_is_set_back_loses_no_state(store: Store) -> None:
    """No run is over before an earlier one began."""
    on(store, DAYS[3], invoice("1", 100))
    on(store, DAYS[1], invoice("1", 100, amount_remaining=90))
    on(store, DAYS[4], invoice("1", 100, amount_remaining=80))
    history.build(store, NOW)
    assert [amount for day in DAYS[3:5] for _, amount in open_as_of(store, day)] == [90, 80]


def test_links_by_rules_are_what_they_were(store: Store) -> None:
    """They come and go by statements of their own."""
    one, two = invoice("1", 100, "2026-03-02"), invoice("2", 100, "2026-03-02", connection="tool")
    same = Link(two.ref, one.ref, LinkKind.DERIVED, "same")
    on(store, DAYS[0], one, two)
    for day, links in ((DAYS[1], [same]), (DAYS[3], [])):
        run = begin(store, day)
        with store.transaction():
            store.replace_links("invoices", links, run)
    history.build(store, NOW)
    assert [len(open_as_of(store, day)) for day in DAYS[:5]] == [2, 1, 1, 2, 2]


def test_an_empty_store_knows_no_past(store: Store) -> None:
    """It is built all the same: what comes later is kept."""
    history.build(store, noon("2026-03-04"))
    with pytest.raises(UsageError, match="from 2026-03-04 on"):
        open_as_of(store, DAYS[2])
    assert open_as_of(store, DAYS[3]) == []
    on(store, DAYS[4], invoice("1", 1))
    assert open_as_of(store, DAYS[4]) == [("1", Decimal(1))]


def test_who_is_erased_is_erased_from_the_past(built: Store) -> None:
    """Of what was, too; and what was owed stays true."""
    person = {"customer_name": "Pat Doe", "billing_email": "pat@acme.example"}
    on(built, DAYS[1], invoice("1", 100, "2026-03-02", **person))
    on(built, DAYS[2], invoice("1", 50, "2026-03-02"), invoice("pat@acme.example", 5))
    done = erasure.erase(built, ["Pat Doe", "pat@acme.example"])
    assert done.changed["history"] == 1
    assert done.removed["history"] == 1
    contents = [content for (content,) in built.answer("SELECT content FROM history")]
    assert not any("Pat" in one or "pat@" in one for one in contents)
    assert column(built, "ar_open", "customer", "remaining", as_of=DAYS[1]) == [
        ("[erased]", Decimal(100))
    ]
    assert open_as_of(built, DAYS[2]) == [("1", Decimal(50))]


def test_who_is_erased_is_in_no_state_that_is_kept(store: Store) -> None:
    """Of what was replaced before, and of what changes because of the erasure."""
    person = {"customer_name": "Pat Doe", "billing_email": "pat@acme.example"}
    on(store, DAYS[0], invoice("1", 100, **person), invoice("2", 5, **person))
    on(store, DAYS[1], invoice("1", 50, **person), invoice("pat@acme.example", 5))
    on(store, DAYS[2], invoice("pat@acme.example", 4))
    erasure.erase(store, ["Pat Doe", "pat@acme.example"])
    on(store, DAYS[3], invoice("2", 4))
    history.build(store, NOW)
    rows = [tuple(row) for row in store.answer("SELECT id, content FROM history")]
    assert not any("Pat" in f"{row}" or "pat@" in f"{row}" for row in rows)
    assert [open_as_of(store, day) for day in DAYS[:4]] == [
        [("1", Decimal(100)), ("2", Decimal(5))],
        [("1", Decimal(50)), ("2", Decimal(5))],
        [("1", Decimal(50)), ("2", Decimal(5))],
        [("1", Decimal(50)), ("2", Decimal(4))],
    ]
    assert column(store, "ar_open", "customer", as_of=DAYS[0]) == [("[erased]",), ("[erased]",)]


def test_links_between_invoices_are_what_they_were(built: Store) -> None:
    """Two invoices were one from the day on which a rule said so."""
    one, two = invoice("1", 100, "2026-03-02"), invoice("2", 100, "2026-03-02", connection="tool")
    on(built, DAYS[2], two)
    same = Link(two.ref, one.ref, LinkKind.DERIVED, "same")
    on(built, DAYS[4], two, links=[same])
    assert [len(open_as_of(built, day)) for day in DAYS[2:6]] == [2, 2, 1, 1]


def test_history_that_is_dropped_begins_anew(built: Store) -> None:
    """Nothing of it is left; what changes from then on is kept."""
    on(built, DAYS[2], invoice("1", 100, amount_remaining=3))
    history.drop(built)
    assert states(built) == []
    on(built, DAYS[4], invoice("1", 100, amount_remaining=1))
    history.build(built, NOW)
    assert [amount for day in DAYS[2:5] for _, amount in open_as_of(built, day)] == [3, 3, 1]
    with pytest.raises(UsageError, match="from 2026-03-03 on"):
        open_as_of(built, DAYS[1])


def test_a_store_without_sql_says_so() -> None:
    """One that a plugin brings need have neither metrics nor history."""
    for asked in (
        lambda: history.build(object(), NOW),
        lambda: read_metric(object(), "ar_open", MetricParameters(on=DAYS[0])),
    ):
        with pytest.raises(StoreError, match=r"object (keeps no history|has no tables)"):
            asked()
    history.follow(object())
