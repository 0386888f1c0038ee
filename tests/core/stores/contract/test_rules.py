"""Links by rules, as a store replaces them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from duetrail.model import How, Link, Ref
from duetrail.stores import Changes, LinkQuery, Store

ONE = Ref("acme", "invoices", "i1")
SAME = Link(Ref("b", "invoices", "x"), ONE, How.DERIVED, "same number")
NEW = Link(Ref("b", "invoices", "y"), ONE, How.DERIVED, "same number")
OTHERS = [
    Link(Ref("b", "calls", "c"), ONE, How.DERIVED, "period"),
    Link(Ref("b", "invoices", "x"), ONE, How.NATIVE),
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
