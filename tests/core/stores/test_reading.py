"""What a store answers to people's questions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from duetrail.model import Call, Email, How, Invoice, Link, Ref
from duetrail.stores import Changes, Store, moment

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


def test_derived_links_are_of_one_table(store: Store) -> None:
    """Links that no rule made, and those of other tables, are left out."""
    same = Link(Ref("b", "invoices", "x"), ONE.ref, How.DERIVED, "same number")
    others = [
        Link(Ref("b", "calls", "c"), ONE.ref, How.DERIVED, "period"),
        Link(Ref("b", "invoices", "y"), ONE.ref, How.NATIVE),
    ]
    store.apply(Changes(links={same, *others}))
    assert store.derived_links("invoices") == {same}


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
