"""Which run changed a record last, and what is left of one that was removed, in any store."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

import pytest
from attrs import evolve

from duetrail.model import Call, Callout, Invoice, InvoiceLine, Link, LinkKind, Record, Ref
from duetrail.source import Period
from duetrail.stores import Changes, RecordQuery, Store, to_row
from duetrail.stores.queries import RemovalQuery
from duetrail.stores.removals import Removal, is_removed
from support.stored import INVOICE, observed

CALL = Call(connection="acme", id="c1")
LINK = Link(CALL.ref, INVOICE.ref, LinkKind.KEYED)
NOW = "2026-01-01T00:00:00.000000Z"


@pytest.fixture
def write(store: Store) -> Callable[..., None]:
    """Writes records, or whatever else, in a run."""

    def do(run: int, *records: Record, known: Collection[Ref] = (), **more: object) -> None:
        rows = {one.ref: to_row(one) for one in records}
        with store.transaction():
            store.apply(Changes(run, rows=rows, known=set(known), **more))

    return do


@pytest.fixture
def runs(store: Store) -> Callable[[str], dict[str, int]]:
    """The run that changed each record of a table last, by its id."""

    def read(table: str = "invoices") -> dict[str, int]:
        return {row.id: row.changed_run for row in store.records(RecordQuery(table))}

    return read


def removed(store: Store, table: str = "invoices", since: int = 0) -> list[Removal]:
    return list(store.removals(RemovalQuery(table, since)))


def test_what_is_written_has_its_run(write, runs):
    """A record that is new or changed has the run that wrote it; all others keep theirs."""
    write(3, INVOICE, evolve(INVOICE, id="2"))
    write(4, evolve(INVOICE, number="x"), known={INVOICE.ref})
    assert runs() == {"1": 4, "2": 3}


def test_many_at_once(write, runs):
    """So it is however many records come at once."""
    many = [evolve(INVOICE, id=str(at)) for at in range(40)]
    write(3, *many)
    write(5, *many[:20], known={one.ref for one in many})
    assert runs() == {str(at): 5 if at < 20 else 3 for at in range(40)}


def test_records_that_a_later_run_changed(store, write):
    """Only those that a later run changed are asked for, of one connection if need be."""
    write(3, INVOICE)
    write(4, evolve(INVOICE, id="2"), evolve(INVOICE, connection="b"))

    def found(**asked: object) -> list[str]:
        return [row.id for row in store.records(RecordQuery("invoices", **asked))]

    assert found(changed_since=2) == ["1", "2", "1"]
    assert found(changed_since=3, connection="acme") == ["2"]
    assert found(changed_since=4) == []


def test_absence_changes_a_record(store, write, runs, lose):
    """A record that is marked as absent, or is present again, has the run that found it so."""
    write(1, INVOICE)
    lose(INVOICE.ref, NOW)
    assert runs() == {"1": 2}
    write(3, present={INVOICE.ref})
    assert runs() == {"1": 3}


def test_what_is_absent_with_another_is_changed_with_it(store, write, runs):
    """What is derived from a record that is absent has the run, too."""
    callout = Callout(connection="acme", id="call:c1")
    seen = observed("c1", 1)._replace(record="calls", missing=2)
    write(1, CALL, callout, derived={CALL.ref: frozenset({callout.ref})})
    write(1, observations={(seen.ref, seen.place): seen})
    with store.transaction():
        store.mark_absent([CALL.ref], NOW, [], run=2)
    assert (runs("calls"), runs("callouts")) == ({"c1": 2}, {"call:c1": 2})


def test_links_change_a_touch(write, runs):
    """A link that comes or goes changes the touch it is of, and no other."""
    write(1, CALL, evolve(CALL, id="c2"), INVOICE)
    write(2, links={LINK})
    assert runs("calls") == {"c1": 2, "c2": 1}
    write(3, dropped_links={LINK})
    assert (runs("calls"), runs()) == ({"c1": 3, "c2": 1}, {"1": 1})


def test_links_of_what_is_written_anyhow(write, runs):
    """A touch that comes with its links has the one run."""
    write(2, CALL, links={LINK})
    assert runs("calls") == {"c1": 2}


def test_links_by_rules_change_what_they_are_of(store, write, runs):
    """An invoice that a rule links, or does not link any more, is changed; others are not."""
    other = evolve(INVOICE, connection="b", id="2")
    write(1, INVOICE, other)
    for run, links in ((2, [Link(other.ref, INVOICE.ref, LinkKind.DERIVED, "r")]), (4, [])):
        for again in (run, run + 1):
            with store.transaction():
                store.replace_links("invoices", links, run=again)
            assert runs() == {"1": 1, "2": run}


def test_links_by_periods_change_touches(store, write, runs):
    """A touch that falls into a period, or does not any more, is changed; others are not."""
    start, end, at = (f"2026-0{month}-01T00:00:00+00:00" for month in (1, 3, 2))
    invoice = Invoice(
        connection="acme",
        id="1",
        customer_id="k",
        period_start_at=datetime.fromisoformat(start),
        period_end_at=datetime.fromisoformat(end),
    )
    inside = Call(
        connection="acme", id="in", customer_id="k", started_at=datetime.fromisoformat(at)
    )
    rule = Period(name="usage", touch=Call, at="started_at")
    write(1, invoice, inside, evolve(inside, id="out", customer_id="other"))
    for run, rules in ((2, [rule]), (4, [])):
        for again in (run, run + 1):
            with store.transaction():
                store.link_periods("acme", rules, run=again)
            assert runs("calls") == {"in": run, "out": 1}


def test_what_is_removed_leaves_its_id(store, write):
    """A record that is removed is told with the run that removed it, until it is back."""
    write(1, INVOICE, evolve(INVOICE, id="2"))
    write(3, removed={INVOICE.ref, Ref("acme", "invoices", "never stored")})
    assert removed(store) == [Removal("acme", "invoices", "1", 3)]
    assert removed(store, since=3) == removed(store, "calls") == []
    write(4, INVOICE)
    assert removed(store) == []
    write(5, removed={INVOICE.ref})
    assert removed(store, since=4) == [Removal("acme", "invoices", "1", 5)]


def test_what_is_erased_leaves_a_hash(store, write):
    """Of a record whose id was a person a salted hash is left: enough to find a copy by."""
    write(1, evolve(INVOICE, id="jo@example.com"), evolve(INVOICE, id="2"))
    with store.transaction():
        store.remove("invoices", ["id"], lambda id: "@" in id, run=4, dry_run=True)
        assert removed(store) == []
        store.remove("invoices", ["id"], lambda id: "@" in id, run=4)
    (gone,) = removed(store)
    assert gone[:2] + gone[3:] == ("acme", "invoices", 4)
    assert "jo" not in gone.id
    assert is_removed(gone.id, "jo@example.com")
    assert not is_removed(gone.id, "2")


def test_what_is_rewritten_is_changed(store, write, runs):
    """A record of which a column, or a child, is rewritten has the run; all others keep theirs."""
    line = InvoiceLine(name="a", description="of Jo")
    write(1, INVOICE, evolve(INVOICE, id="2", number="x"), evolve(INVOICE, id="3", lines=(line,)))
    with store.transaction():
        store.rewrite("invoices", {"number": lambda text: text.replace("x", "y")}, run=5)
        struck = {"description": lambda text: text.replace("Jo", "?")}
        store.rewrite("invoice_lines", struck, run=6, dry_run=True)
        store.rewrite("invoice_lines", struck, run=6)
    assert runs() == {"1": 1, "2": 5, "3": 6}


def test_links_that_are_erased_change_their_touches(store, write, runs):
    """A touch that loses the link to an invoice whose id was a person is changed."""
    write(1, CALL, evolve(CALL, id="c2"), links={LINK})
    with store.transaction():
        store.remove("links", ["id", "invoice_id"], lambda id: id == INVOICE.id, run=5)
    assert runs("calls") == {"c1": 5, "c2": 1}


def test_a_run_is_settled_when_it_has_ended(store):
    """While a run goes on, the last one before it is the last that is settled."""
    assert store.settled_run() == 0
    for number in (1, 2):
        with store.exclusive():
            run = store.begin_run(NOW)
            assert store.settled_run() == number - 1
            store.end_run(run, NOW, "read", "{}")  # linking is still to come
            assert store.settled_run() == number - 1
            store.end_run(run, NOW, "ended", "{}")
            assert store.settled_run() == number
        assert store.settled_run() == number


@pytest.mark.parametrize("state", ["running", "read"])
def test_a_run_that_was_killed_is_settled(store, state):
    """A run that was cut off can write no more: it is settled, as soon as that is known."""
    with store.exclusive():
        run = store.begin_run(NOW)
        if state == "read":
            store.end_run(run, NOW, state, "{}")
    assert store.settled_run() == run
    with store.exclusive():
        later = store.begin_run(NOW)
        assert store.settled_run() == run
        store.end_run(later, NOW, "ended", "{}")
    assert store.settled_run() == later
