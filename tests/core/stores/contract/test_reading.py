"""What a store answers to people's questions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from duetrail.model import Call, Email, Invoice, InvoiceStatus, Link, LinkKind, Ref
from duetrail.pipeline.digest import content
from duetrail.pipeline.status import status
from duetrail.stores import (
    Changes,
    Checkpoint,
    CountQuery,
    LinkQuery,
    PageQuery,
    RecordQuery,
    Store,
    StoredPage,
    ValueQuery,
    to_row,
)
from duetrail.trail import find_invoice
from support.stored import DAYS

ONE = Invoice(connection="acme", id="i1", number="INV-1", remote_id="erp-1")

Keep = Callable[..., None]
Lose = Callable[[Ref, str], None]


@pytest.mark.parametrize("name", ["INV-1", "i1", "erp-1", "acme:i1"])
def test_a_stored_invoice_is_found_by_each_of_its_names(store: Store, keep: Keep, name) -> None:
    """Number, id and ERP id are names; connection and id together always are."""
    keep(ONE, Invoice(connection="acme", id="i2"))
    assert find_invoice(store, name) == ONE.ref


def test_links_name_invoices_only_where_none_is_stored(store: Store, keep: Keep) -> None:
    """A linked invoice of another vendor with that id does not count beside a stored one."""
    keep(Call(connection="b", id="c", invoices=(Ref("b", "invoices", "i1"),)))
    assert find_invoice(store, "i1") == Ref("b", "invoices", "i1")
    keep(ONE)
    assert find_invoice(store, "i1") == ONE.ref


def test_links_to_invoices_are_ordered(store: Store, keep: Keep) -> None:
    """By the touch and then by the invoice, over all invoices that were asked for."""
    two = Ref("acme", "invoices", "i2")
    keep(
        Email(connection="b", id="e", invoices=(ONE.ref, two)),
        Call(connection="a", id="c", invoices=(ONE.ref,)),
    )
    keyed = Link(Ref("a", "calls", "c"), two, LinkKind.KEYED)
    store.apply(Changes(links={keyed}))
    found = store.links(LinkQuery(invoices=[ONE.ref, two, Ref("acme", "invoices", "none")]))
    assert [(link.how, link.touch.id, link.invoice.id) for link in found] == [
        (LinkKind.NATIVE, "c", "i1"),
        (LinkKind.KEYED, "c", "i2"),
        (LinkKind.NATIVE, "e", "i1"),
        (LinkKind.NATIVE, "e", "i2"),
    ]


def test_a_record_tells_since_when_it_is_absent(store: Store, keep: Keep, lose: Lose) -> None:
    """And is the same record all the same; `is_present` leaves it out."""
    keep(ONE, Invoice(connection="acme", id="gone"))
    lose(Ref("acme", "invoices", "gone"), DAYS[0])
    gone, one = store.records(RecordQuery("invoices"))
    assert (gone.absent_since, one.absent_since) == (DAYS[0], None)
    assert gone == to_row(Invoice(connection="acme", id="gone"))
    assert list(store.records(RecordQuery("invoices", is_present=True))) == [one]


def test_values_are_in_order(store: Store, keep: Keep) -> None:
    """Each value once, with its ids sorted; no value, or an empty one, is none."""
    for id, number in [("c", "2"), ("b", "10"), ("a", "2"), ("d", None), ("e", "")]:
        keep(Invoice(connection="acme", id=id, number=number))
    keep(Invoice(connection="b", id="x", number="2"))
    found = store.values(ValueQuery("invoices", "number", "acme"))
    assert [(value, [ref.id for ref in refs]) for value, refs in found] == [
        ("10", ["b"]),
        ("2", ["a", "c"]),
    ]


def test_values_of_all_connections(store: Store, keep: Keep) -> None:
    """A value that records of several connections hold comes once, with all of them."""
    keep(ONE, Invoice(connection="b", id="x", number="INV-1"))
    found = list(store.values(ValueQuery("invoices", "number")))
    assert found == [("INV-1", [ONE.ref, Ref("b", "invoices", "x")])]


@pytest.mark.parametrize("value", ["2", "", 'with "quotes"', "two\nlines", "\x00", "é\U0001f600"])
def test_given_values(store: Store, keep: Keep, value: str) -> None:
    """Only the values that were asked for, whatever is written in them."""
    keep(Invoice(connection="acme", id="a", number=value))
    keep(Invoice(connection="acme", id="b", number="another"))
    found = list(store.values(ValueQuery("invoices", "number", "acme", [value, "none"])))
    assert found == [(value, [Ref("acme", "invoices", "a")])]


def test_values_may_leave_out_what_is_absent(store: Store, keep: Keep, lose: Lose) -> None:
    """With `is_present`, an absent record holds no value."""
    keep(ONE)
    lose(ONE.ref, DAYS[0])
    asked = ValueQuery("invoices", "number", "acme")
    assert list(store.values(asked)) == [("INV-1", [ONE.ref])]
    assert list(store.values(asked._replace(is_present=True))) == []


def test_content_is_every_row_that_is_present(store: Store, keep: Keep, lose: Lose) -> None:
    """Records, then links; without an absent record and the links from it."""
    call, gone = (Call(connection="acme", id=id, invoices=(ONE.ref,)) for id in ("c", "gone"))
    keep(ONE, call, gone)
    lose(gone.ref, DAYS[0])
    assert [line[:3] for line in content(store)] == [
        ("invoices", "acme", "i1"),
        ("calls", "acme", "c"),
        ("links", "acme", "calls"),
    ]


def test_records_are_counted_by_connection_and_table(store: Store, keep: Keep, lose: Lose) -> None:
    """Tables as in the model, connections in order, absent records apart."""
    keep(Call(connection="acme", id="c"), ONE, Invoice(connection="acme", id="i2"))
    keep(Invoice(connection="a", id="i1"))
    lose(Ref("acme", "invoices", "i2"), DAYS[0])
    found = status(store)
    assert found["counts"] == {"a": {"invoices": 1}, "acme": {"invoices": 1, "calls": 1}}
    assert found["absent"] == {"acme": {"invoices": 1}}


def test_rows_are_counted_by_any_column_and_connection(
    store: Store, keep: Keep, lose: Lose
) -> None:
    """Of the rows of a table by any column, of all connections or one, and of absent ones."""
    keep(ONE, Invoice(connection="acme", id="i2"), Invoice(connection="a", id="i3", number=""))
    lose(Ref("acme", "invoices", "i2"), DAYS[0])
    asked = CountQuery("invoices")
    assert list(store.counts(asked).items()) == [("a", 1), ("acme", 2)]
    assert store.counts(asked._replace(connection="a")) == {"a": 1}
    assert store.counts(asked._replace(where={"number": ""})) == {"a": 1, "acme": 1}
    assert store.counts(asked._replace(is_absent=True)) == {"acme": 1}
    assert store.counts(CountQuery("invoices", by="number")) == {None: 1, "": 1, "INV-1": 1}


def test_unknown_words_are_counted(store: Store, keep: Keep) -> None:
    """The vendor's own, in order; words that the model knows are none."""
    words = [("1", "unknown", "b"), ("2", "unknown", "a"), ("3", "unknown", "b")]
    for id, word, raw in [*words, ("4", "paid", "PAID")]:
        keep(Invoice(connection="acme", id=id, status=InvoiceStatus(word), status_raw=raw))
    asked = CountQuery("invoices", "status_raw", "acme", where={"status": "unknown"})
    assert list(store.counts(asked).items()) == [("a", 1), ("b", 2)]
    assert store.counts(asked._replace(connection="other")) == {}


def test_numbers_of_pages(store: Store) -> None:
    """In order, of some connections or of all."""
    with store.transaction():
        pages = [StoredPage(name, "calls", "", 1, "u", 200, DAYS[0], b"{}") for name in "aba"]
        store.apply(Changes(pages=dict(enumerate(pages, start=1))))
    for query, numbers in [
        (PageQuery(), [1, 2, 3]),
        (PageQuery({"a": None}), [1, 3]),
        (PageQuery([]), []),
    ]:
        assert [page.number for page in store.pages(query)] == numbers


def test_checkpoints_are_in_order(store: Store) -> None:
    """By connection, resource and shard."""
    for shard, cursor in [("b", "[2]"), ("a", "[1]"), ("c", None)]:
        point = Checkpoint("acme", "calls", shard, 1, DAYS[0], "done", cursor)
        store.apply(Changes(checkpoints=[point]))
    assert [point.cursor for point in store.checkpoints()] == ["[1]", "[2]", None]
