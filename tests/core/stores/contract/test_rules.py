"""Links by rules, as a store replaces them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from duetrail.config import TouchRule
from duetrail.model import Call, Contact, Email, Invoice, Link, LinkKind, Party, Ref
from duetrail.stores import Changes, LinkQuery, Store, to_row
from duetrail.trail import link_touches

ONE = Ref("acme", "invoices", "i1")
SAME = Link(Ref("b", "invoices", "x"), ONE, LinkKind.DERIVED, "same number")
NEW = Link(Ref("b", "invoices", "y"), ONE, LinkKind.DERIVED, "same number")
OTHERS = [
    Link(Ref("b", "calls", "c"), ONE, LinkKind.DERIVED, "period"),
    Link(Ref("b", "invoices", "x"), ONE, LinkKind.NATIVE),
]


@pytest.fixture
def linked(store: Store) -> Store:
    """A store with a derived link of an invoice, and two that are none."""
    with store.transaction():
        store.apply(Changes(links={SAME, *OTHERS}))
    return store


def _replace(store: Store, *links: Link) -> int:
    with store.transaction():
        return store.replace_links("invoices", iter(links), run=7)


def test_only_what_differs_is_changed(linked: Store) -> None:
    """Links that stay are neither added nor removed; one that is given twice is one."""
    assert _replace(linked, SAME) == 0
    assert _replace(linked, SAME, NEW, NEW) == 1
    assert _replace(linked, NEW) == 1
    assert _replace(linked) == 1


def test_links_of_other_kinds_stay(linked: Store) -> None:
    """Those of other tables, and those that no rule made."""
    _replace(linked, NEW)
    assert list(linked.links(LinkQuery(invoices=[ONE]))) == [OTHERS[0], OTHERS[1], NEW]


def test_a_rule_that_fails_changes_nothing(linked: Store) -> None:
    """Nothing is left of what was begun, and the next time it works."""

    def failing() -> Iterator[Link]:
        yield NEW
        raise RuntimeError

    with pytest.raises(RuntimeError), linked.transaction():
        linked.replace_links("invoices", failing(), run=7)
    assert SAME in list(linked.links(LinkQuery(invoices=[ONE])))
    assert _replace(linked, NEW) == 2


def test_links_of_other_rules_stay(linked: Store) -> None:
    """Where rules are named, only their links are replaced: of one table, or of all touches."""
    mine = Link(Ref("b", "emails", "e"), ONE, LinkKind.DERIVED, "number")
    with linked.transaction():
        assert linked.replace_links(None, [mine], 7, ["number"]) == 1
    with linked.transaction():
        assert linked.replace_links(None, [mine], 8, ["number"]) == 0
    assert {SAME, *OTHERS, mine} == set(linked.links(LinkQuery(invoices=[ONE])))
    with linked.transaction():
        assert linked.replace_links(None, [], 9, ["number", "none"]) == 1
    assert {SAME, *OTHERS} == set(linked.links(LinkQuery(invoices=[ONE])))


def test_links_by_period_are_not_all(linked: Store) -> None:
    """Links of touches whose rule is none of a connection's go, unless they are named."""
    mine = Link(Ref("b", "calls", "d"), ONE, LinkKind.DERIVED, "telephone")
    with linked.transaction():
        linked.apply(Changes(links={mine}))
    with linked.transaction():
        assert linked.link_periods("b", [], 7, ["telephone"]) == 1  # "period" goes
    assert mine in set(linked.links(LinkQuery(invoices=[ONE])))
    with linked.transaction():
        assert linked.link_periods("b", [], 7) == 1


def test_touches_are_linked_alike_in_every_store(store: Store) -> None:
    """By number, contact and thread, with what is ambiguous counted; a second time nothing."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    bill = {"connection": "books", "issued_at": noon - timedelta(days=9)}
    records = [
        Invoice(**bill, id="i1", number="INV-1", customer_id="c1"),
        Invoice(**bill, id="i2", number="INV-2", customer_id="c2"),
        Party(connection="books", id="c1", contacts=(Contact(phone="+1 202 555 0101"),)),
        Call(connection="tel", id="t1", to_number="202 555 0101", started_at=noon),
        Email(connection="mail", id="e1", subject="inv-1 is due", thread_id="a"),
        Email(connection="mail", id="e2", subject="Re: your message", thread_id="a"),
        Email(connection="mail", id="e3", subject="INV-1 and INV-2"),
    ]
    rows = {record.ref: to_row(record) for record in records}
    with store.transaction():
        store.apply(Changes(1, rows=rows))
    rules = [
        TouchRule("number", "number", ("mail", "emails"), ("books", "number")),
        TouchRule("telephone", "contact", ("tel", "calls"), ("books", "")),
        TouchRule("thread", "thread", ("mail", "emails")),
    ]
    done = link_touches(store, rules, run=2)
    assert (done.changed, [(r.linked, r.ambiguous) for r in done.touch_rules]) == (
        3,
        [(1, 1), (1, 0), (1, 0)],
    )
    assert {(link.touch.id, link.invoice.id, link.rule) for link in store.links(LinkQuery())} == {
        ("e1", "i1", "number"),
        ("e2", "i1", "thread"),
        ("t1", "i1", "telephone"),
    }
    assert link_touches(store, rules, run=3).changed == 0
