"""What a store answers to people's questions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from duetrail.model import Call, Email, How, Invoice, InvoiceStatus, Link, Ref
from duetrail.stores import Changes, Checkpoint, Store, StoredPage, moment

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE = Invoice(connection="acme", id="i1", number="INV-1", remote_id="erp-1")

Keep = Callable[..., None]


@pytest.mark.parametrize("name", ["INV-1", "i1", "erp-1", "other name"])
def test_a_stored_invoice_is_found_by_each_of_its_names(store: Store, keep: Keep, name) -> None:
    """Number, id and ERP id are names; connection and id together always are."""
    keep(ONE, Invoice(connection="acme", id="i2"))
    exact = ONE.ref if name == "other name" else Ref("", "invoices", "")
    assert store.find_invoices(name, exact) == [ONE.ref]


def test_links_name_invoices_only_where_none_is_stored(store: Store, keep: Keep) -> None:
    """A linked invoice of another vendor with that id does not count beside a stored one."""
    keep(Call(connection="b", id="c", invoices=(Ref("b", "invoices", "i1"),)))
    assert store.find_invoices("i1", ONE.ref) == [Ref("b", "invoices", "i1")]
    keep(ONE)
    assert store.find_invoices("i1", ONE.ref) == [ONE.ref]


def test_links_to_invoices_are_ordered(store: Store, keep: Keep) -> None:
    """By how, descending, and then by the touch, over all invoices that were asked for."""
    two = Ref("acme", "invoices", "i2")
    keep(
        Email(connection="b", id="e", invoices=(ONE.ref, two)),
        Call(connection="a", id="c", invoices=(ONE.ref,)),
    )
    keyed = Link(Ref("a", "calls", "c"), two, How.KEYED)
    store.apply(Changes(links={keyed}))
    found = store.links_to([ONE.ref, two, Ref("acme", "invoices", "none")])
    assert [(link.how, link.touch.id, link.invoice.id) for link in found] == [
        (How.NATIVE, "c", "i1"),
        (How.NATIVE, "e", "i1"),
        (How.NATIVE, "e", "i2"),
        (How.KEYED, "c", "i2"),
    ]


def test_absence_is_told_of_stored_records_alone(store: Store, keep: Keep) -> None:
    """A record is absent since a time, or it is not; one that is not stored is left out."""
    call = Call(connection="acme", id="i1")
    keep(ONE, call)
    store.select("UPDATE calls SET absent_since = ? RETURNING id", (moment(NOON),))
    asked = [ONE.ref, call.ref, Ref("acme", "invoices", "none"), Ref("b", "calls", "i1")]
    assert store.absent_since(asked) == {ONE.ref: None, call.ref: NOON}


def test_ids_by_value_are_in_order(store: Store, keep: Keep) -> None:
    """Each value once, with its ids sorted; no value, or an empty one, is none."""
    for id, number in [("c", "2"), ("b", "10"), ("a", "2"), ("d", None), ("e", "")]:
        keep(Invoice(connection="acme", id=id, number=number))
    keep(Invoice(connection="b", id="x", number="2"))
    found = list(store.ids_by_value("invoices", "number", "acme"))
    assert found == [("10", ["b"]), ("2", ["a", "c"])]


@pytest.mark.parametrize("value", ["2", "", 'with "quotes"', "two\nlines", "\x00", "é\U0001f600"])
def test_ids_of_given_values(store: Store, keep: Keep, value: str) -> None:
    """Only the values that were asked for, whatever is written in them."""
    keep(Invoice(connection="acme", id="a", number=value))
    keep(Invoice(connection="acme", id="b", number="another"))
    found = list(store.ids_by_value("invoices", "number", "acme", [value, "none"]))
    assert found == [(value, ["a"])]


def test_ids_by_value_may_leave_out_what_is_absent(store: Store, keep: Keep) -> None:
    """With `present`, an absent record holds no value."""
    keep(ONE)
    store.select("UPDATE invoices SET absent_since = ? RETURNING id", (moment(NOON),))
    assert list(store.ids_by_value("invoices", "number", "acme")) == [("INV-1", ["i1"])]
    assert list(store.ids_by_value("invoices", "number", "acme", present=True)) == []


def test_origin_of_a_derived_record(store: Store) -> None:
    """What a record was read off; a record of its own has none."""
    call, callout = Ref("acme", "calls", "c"), Ref("acme", "callouts", "call:c")
    with store.transaction():
        store.apply(Changes(derived={call: frozenset({callout})}))
    assert store.origin(callout) == call
    assert store.origin(call) is None


def test_content_is_every_row_that_is_present(store: Store, keep: Keep) -> None:
    """Records, then links; without an absent record and the links from it."""
    call, gone = (Call(connection="acme", id=id, invoices=(ONE.ref,)) for id in ("c", "gone"))
    keep(ONE, call, gone)
    store.select("UPDATE calls SET absent_since = 'x' WHERE id = 'gone' RETURNING id")
    assert [line[:3] for line in store.content()] == [
        ("invoices", "acme", "i1"),
        ("calls", "acme", "c"),
        ("links", "acme", "calls"),
    ]


def test_records_are_counted_by_connection_and_table(store: Store, keep: Keep) -> None:
    """Tables as in the model, connections in order, absent records apart."""
    keep(Call(connection="acme", id="c"), ONE, Invoice(connection="acme", id="i2"))
    keep(Invoice(connection="a", id="i1"))
    store.select("UPDATE invoices SET absent_since = 'x' WHERE id = 'i2' RETURNING id")
    assert store.record_counts() == [
        ("a", "invoices", 1, 0),
        ("acme", "invoices", 1, 1),
        ("acme", "calls", 1, 0),
    ]


def test_a_checkpoint_makes_a_connection_known(store: Store) -> None:
    """Also of a connection from which no record came."""
    assert store.known_connections() == set()
    point = Checkpoint("acme", "calls", "b1", 1, "2026", "done")
    store.apply(Changes(checkpoints=[point]))
    assert store.known_connections() == {"acme"}


def test_unknown_words_are_counted(store: Store, keep: Keep) -> None:
    """The vendor's own, in order; words that the model knows are none."""
    words = [("1", "unknown", "b"), ("2", "unknown", "a"), ("3", "unknown", "b")]
    for id, status, raw in [*words, ("4", "paid", "PAID")]:
        keep(Invoice(connection="acme", id=id, status=InvoiceStatus(status), status_raw=raw))
    assert store.unknown_words("acme", "invoices", "status") == [("a", 1), ("b", 2)]
    assert store.unknown_words("other", "invoices", "status") == []


def test_numbers_of_pages(store: Store) -> None:
    """In order, of some connections or of all."""
    with store.transaction():
        pages = [StoredPage(name, "calls", "", 1, "u", 200, "2026", b"{}") for name in "aba"]
        store.apply(Changes(pages=dict(enumerate(pages, start=1))))
    assert store.page_numbers() == [1, 2, 3]
    assert store.page_numbers({"a": None}) == [1, 3]
    assert store.page_numbers([]) == []


def test_cursors_are_in_order(store: Store) -> None:
    """A checkpoint without one is left out."""
    for shard, cursor in [("b", "[2]"), ("a", "[1]"), ("c", None)]:
        point = Checkpoint("acme", "calls", shard, 1, "2026", "done", cursor)
        store.apply(Changes(checkpoints=[point]))
    found = {("acme", "calls", "a"): "[1]", ("acme", "calls", "b"): "[2]"}
    assert list(store.cursors().items()) == list(found.items())
