"""What changed since a run: whoever applies it has what the store has."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, field

from duetrail.errors import UsageError
from duetrail.model import (
    Address,
    Call,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    Link,
    LinkKind,
    Money,
    Ref,
)
from duetrail.pipeline.change_feed import ChangeFeed, RecordChange, changes
from duetrail.stores import Changes, RecordQuery, Store, open_store, to_row
from duetrail.stores.removals import is_removed
from support.stored import mark

INVOICE = Invoice(connection="acme", id="i1", number="1042")
CALL = Call(connection="pbx", id="c1")
NOW = "2026-01-01T00:00:00.000000Z"


@pytest.fixture
def write(store: Store) -> Callable[..., int]:
    """Writes records in a run that ends; its number."""

    def do(*records: Any, **more: Any) -> int:
        with store.exclusive():
            run = store.begin_run(NOW)
            _apply(store, run, *records, **more)
            store.end_run(run, NOW, "ended", "{}")
        return run

    return do


def _apply(store: Store, run: int, *records: Any, **more: Any) -> None:
    rows = {one.ref: to_row(one) for one in records}
    with store.transaction():
        store.apply(Changes(run, rows=rows, known=set(rows), **more))


def _told(feed: ChangeFeed) -> list[tuple[Any, ...]]:
    return [(one.kind, one.table, one.id, one.run) for one in feed]


def test_everything_first_and_then_what_changed(store, write):
    """From 0 everything is told, from the cursor only what changed after it."""
    write(INVOICE, CALL, evolve(INVOICE, id="i2"))
    first = changes(store)
    assert (first.since, first.cursor) == (0, 1)
    told = [("upsert", "invoices", "i1", 1), ("upsert", "invoices", "i2", 1)]
    assert _told(first) == [*told, ("upsert", "calls", "c1", 1)]
    write(evolve(INVOICE, number="x"))
    second = changes(store, first.cursor)
    assert _told(second) == [("upsert", "invoices", "i1", 2)]
    assert _told(changes(store, second.cursor)) == []


def test_values_have_types(store, write):
    """A row has exact decimals, aware times, days, words, mappings, its children and links."""
    at = datetime(2026, 1, 2, 3, 4, 5, 600000, UTC)
    write(
        evolve(
            INVOICE,
            currency="EUR",
            status=InvoiceStatus.OPEN,
            total=Money(Decimal("12345678901234567.89"), "EUR"),
            due_on=date(2026, 2, 1),
            issued_at=at,
            overdue=True,
            billing_address=Address(city="Bonn"),
            lines=(InvoiceLine(name="a", quantity=Decimal("0.10")), InvoiceLine(name="b")),
        ),
        links={Link(INVOICE.ref, Ref("b", "invoices", "x"), LinkKind.DERIVED, "number")},
    )
    (told,) = changes(store)
    row = told.row
    assert row is not None
    assert (row["total"], row["total_minor"]) == (Decimal("12345678901234567.89"), None)
    assert (row["due_on"], row["issued_at"], row["overdue"]) == (date(2026, 2, 1), at, True)
    assert (row["status"], row["billing_address"]["city"]) == ("open", "Bonn")
    assert [(line["name"], line["quantity"]) for line in row["lines"]] == [
        ("a", Decimal("0.10")),
        ("b", None),
    ]
    assert row["links"] == [
        {"invoice_connection": "b", "invoice_id": "x", "how": "derived", "rule": "number"}
    ]
    assert (row["absent_since"], row["changed_run"]) == (None, 1)


def test_what_is_gone(store, write):
    """What was removed is told before what is there; what was never told is, too: nobody minds."""
    write(INVOICE, evolve(INVOICE, id="i2"))
    write(evolve(INVOICE, id="i0"), removed={Ref("acme", "invoices", "i2")})
    told = [("delete", "invoices", "i2", 2), ("upsert", "invoices", "i0", 2)]
    assert _told(changes(store, 1)) == told
    assert next(iter(changes(store, 1))).row is None


def test_what_is_absent(store, write):
    """What its vendor does not list any more is told with the time, and again when back."""
    write(INVOICE)
    with store.transaction():
        mark(store, INVOICE.ref, NOW, 1)
    (told,) = changes(store)
    assert told.kind == "absent"
    assert told.row is not None
    assert told.row["absent_since"] == datetime(2026, 1, 1, tzinfo=UTC)
    write(present={INVOICE.ref})
    assert _told(changes(store, 1)) == [("upsert", "invoices", "i1", 2)]


def test_a_run_that_goes_on_is_told_again(store, write):
    """What a run writes that goes on is told at once, and the cursor stays before that run."""
    write(INVOICE)
    with store.exclusive():
        run = store.begin_run(NOW)
        _apply(store, run, CALL)
        feed = changes(store, 1)
        assert feed.cursor == 1
        assert _told(feed) == [("upsert", "calls", "c1", 2)]
        _apply(store, run, evolve(CALL, id="c0"))
        store.end_run(run, NOW, "ended", "{}")
    assert len(_told(changes(store, feed.cursor))) == 2


def test_a_run_that_was_killed_is_not_lost(store, write):
    """What a killed run has written is told, whether or not anybody asked while it went on."""
    with store.exclusive():
        run = store.begin_run(NOW)
        _apply(store, run, INVOICE)
        during = changes(store)
        assert (during.cursor, len(list(during))) == (0, 1)
        _apply(store, run, CALL)
    after = changes(store, during.cursor)
    assert (after.cursor, len(list(after))) == (1, 2)
    write(evolve(INVOICE, id="i2"))
    assert _told(changes(store, after.cursor)) == [("upsert", "invoices", "i2", 2)]


def test_only_some_tables_and_connections(store, write):
    """Tables and connections can be chosen."""
    write(INVOICE, CALL, evolve(INVOICE, connection="b"))
    assert len(list(changes(store, tables=["invoices"]))) == 2
    assert _told(changes(store, connections=["pbx"])) == [("upsert", "calls", "c1", 1)]
    assert _told(changes(store, tables=["calls"], connections=["acme"])) == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"since": 7}, "there was no run 7: the last one is 1"),
        ({"since": -1}, "there was no run -1: the last one is 1"),
        ({"tables": ["invoice"]}, "there is no record table 'invoice'"),
        ({"tables": ["links"]}, "there is no record table 'links'"),
    ],
)
def test_what_makes_no_sense_is_refused(store, write, asked, message):
    """A cursor of another store, and a table there is none of, are told before anything is read."""
    write(INVOICE)
    with pytest.raises(UsageError, match=message):
        changes(store, **asked)


# --- whoever keeps a copy -------------------------------------------------------------------------


@define
class Copy:
    """A copy of a store, kept by its changes alone."""

    cursor: int = 0
    rows: dict[tuple[str, str, str], Any] = field(factory=dict)

    def apply(self, change: RecordChange) -> None:
        if change.row is None:
            place = (change.table, change.connection)
            gone = [key for key in self.rows if key[:2] == place and is_removed(change.id, key[2])]
            for key in gone:
                del self.rows[key]
        else:
            row = {name: value for name, value in change.row.items() if name != "changed_run"}
            self.rows[change.table, change.connection, change.id] = row


@define
class World:
    """A store that several runs write to at once, as shards on several machines do."""

    store: Store
    dice: random.Random
    live: list[int] = field(factory=list)

    def settled(self) -> int:
        """What a store says that knows which runs go on."""
        last = next(self.store.runs(), None)
        return min(self.live) - 1 if self.live else (last.run if last else 0)

    def step(self) -> None:
        """Something happens."""
        if not self.live or (len(self.live) < 3 and self.dice.random() < 0.15):
            self.live.append(self.store.begin_run(NOW))
        run = self.dice.choice(self.live)
        self.dice.choice([self._write] * 4 + [self._remove, self._mark, self._link])(run)
        if self.dice.random() < 0.2:
            self.live.remove(run)
            if self.dice.random() < 0.6:  # otherwise it was killed
                self.store.end_run(run, NOW, "ended", "{}")
        if not self.live and self.dice.random() < 0.3:
            self._erase()

    def _ref(self) -> Ref:
        return Ref("acme", self.dice.choice(["invoices", "calls"]), str(self.dice.randrange(8)))

    def _write(self, run: int) -> None:
        _, table, id = self._ref()
        word = str(self.dice.random())
        invoice = Invoice(connection="acme", id=id, number=word, lines=(InvoiceLine(name=word),))
        _apply(
            self.store,
            run,
            invoice if table == "invoices" else Call(connection="acme", id=id, reason=word),
        )

    def _remove(self, run: int) -> None:
        _apply(self.store, run, removed={self._ref()})

    def _mark(self, run: int) -> None:
        refs = {self._ref() for _ in range(3)}
        absent = [
            row.ref
            for table in ("invoices", "calls")
            for row in self.store.records(RecordQuery(table))
            if row.absent_since and row.ref in refs
        ]
        _apply(self.store, run, present=set(absent))
        with self.store.transaction():
            for ref in refs - set(absent):
                mark(self.store, ref, NOW, run)

    def _link(self, run: int) -> None:
        link = Link(self._ref(), Ref("acme", "invoices", "x"), LinkKind.KEYED)
        kind = self.dice.choice(["links", "dropped_links"])
        _apply(self.store, run, **{kind: {link}})

    def _erase(self) -> None:
        run = next(self.store.runs()).run + 1
        gone = str(self.dice.randrange(8))
        with self.store.transaction():
            self.store.remove("links", ["id"], lambda id: id == gone, run=run)
            self.store.remove("invoices", ["id"], lambda id: id == gone, run=run)
            self.store.remove("invoice_lines", ["invoice_id"], lambda id: id == gone, run=run)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: Any) -> Iterator[World]:
    """A world of its own for each seed."""
    store = open_store("sqlite:///w.db", folder=tmp_path, create=True)
    one = World(store, random.Random(request.param))
    monkeypatch.setattr(store, "settled_run", one.settled)
    yield one
    store.close()


@pytest.mark.parametrize("world", range(40), indirect=True)
def test_a_copy_is_what_the_store_is(world):
    """Runs commit in any order, some are killed, readers give up half-way: nothing is missed."""
    copy = Copy()
    for _ in range(60):
        world.step()
        if world.dice.random() < 0.3:
            feed = changes(world.store, copy.cursor)
            found = iter(feed)
            for change in islice(found, world.dice.randrange(6)):
                copy.apply(change)
            if world.dice.random() < 0.3:
                continue  # it failed, and asks again from the cursor it had
            world.step()  # while it reads
            for change in found:
                copy.apply(change)
            copy.cursor = feed.cursor
    for change in changes(world.store, copy.cursor):
        copy.apply(change)
    whole = Copy()
    for change in changes(world.store):
        whole.apply(change)
    assert copy.rows == whole.rows
    assert len(whole.rows) == sum(
        len(list(world.store.records(RecordQuery(table)))) for table in ("invoices", "calls")
    )
