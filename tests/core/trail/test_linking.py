"""Invoices of several vendors are one where the user's rule proves it."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.config import SameInvoice
from duetrail.errors import UsageError
from duetrail.model import Call, Email, Invoice, Link, LinkKind, Ref
from duetrail.stores import Changes, LinkQuery, Store, open_store, to_row
from duetrail.trail import find_invoice, link_same_invoices, same_invoices, timeline
from support.nightly import examples

RULE = SameInvoice("same number", (("one", "number"), ("two", "number")))

Keep = Callable[..., None]


def _invoice(connection: str, id: str, number: str | None) -> Invoice:
    return Invoice(connection=connection, id=id, number=number)


def test_equal_numbers_are_linked_with_the_rules_name(store: Store, keep: Keep) -> None:
    """A derived link says which rule made it."""
    keep(_invoice("one", "a", "INV-1"), _invoice("two", "b", "INV-1"))
    assert link_same_invoices(store, [RULE], run=1) == 1
    (link,) = store.links(LinkQuery(touches=[Ref("two", "invoices", "b")]))
    assert link.invoice == Ref("one", "invoices", "a")
    assert (link.how, link.rule) == (LinkKind.DERIVED, "same number")


def test_a_second_time_nothing_is_written(store: Store, keep: Keep) -> None:
    """Links that are there stay."""
    keep(_invoice("one", "a", "INV-1"), _invoice("two", "b", "INV-1"))
    link_same_invoices(store, [RULE], run=1)
    assert link_same_invoices(store, [RULE], run=1) == 0


def test_links_go_with_their_rule(store: Store, keep: Keep) -> None:
    """A rule that is taken back takes its links along."""
    keep(_invoice("one", "a", "INV-1"), _invoice("two", "b", "INV-1"))
    link_same_invoices(store, [RULE], run=1)
    assert link_same_invoices(store, [], run=1) == 1
    assert not list(store.links(LinkQuery(touches=[Ref("two", "invoices", "b")])))


def test_a_number_that_is_not_unique_proves_nothing(store: Store, keep: Keep) -> None:
    """Two invoices of one vendor with one number are linked to none."""
    keep(
        _invoice("one", "a", "INV-1"),
        _invoice("one", "c", "INV-1"),
        _invoice("two", "b", "INV-1"),
    )
    assert link_same_invoices(store, [RULE], run=1) == 0


@pytest.mark.parametrize("number", [None, ""])
def test_no_number_is_no_equality(store: Store, keep: Keep, number: str | None) -> None:
    """Invoices without a number are not the same invoice."""
    keep(_invoice("one", "a", number), _invoice("two", "b", number))
    assert link_same_invoices(store, [RULE], run=1) == 0


def test_three_sides_are_one(store: Store, keep: Keep) -> None:
    """A rule over three vendors makes one invoice of the three, from wherever one looks."""
    rule = SameInvoice("n", (("one", "number"), ("two", "number"), ("three", "remote_id")))
    third = Invoice(connection="three", id="c", remote_id="INV-1")
    keep(_invoice("one", "a", "INV-1"), _invoice("two", "b", "INV-1"), third)
    link_same_invoices(store, [rule], run=1)
    assert {ref.id for ref in same_invoices(store, third.ref)} == {"a", "b", "c"}


def test_without_a_rule_a_shared_number_is_ambiguous(store: Store, keep: Keep) -> None:
    """Two vendors may use one number by accident: the candidates are listed, none is taken."""
    keep(_invoice("one", "a", "INV-1"), _invoice("two", "b", "INV-1"))
    with pytest.raises(UsageError) as error:
        find_invoice(store, "INV-1")
    assert "one:a" in error.value.hint
    assert "two:b" in error.value.hint


def test_with_a_rule_the_number_is_enough(store: Store, keep: Keep) -> None:
    """Invoices that are one can be asked for by their common number."""
    keep(_invoice("one", "a", "INV-1"), _invoice("two", "b", "INV-1"))
    link_same_invoices(store, [RULE], run=1)
    assert find_invoice(store, "INV-1") == Ref("one", "invoices", "a")


def test_the_timeline_tells_the_story_of_all_of_them(store: Store, keep: Keep) -> None:
    """Touches linked to any of the invoices stand on one trail."""
    one, two = _invoice("one", "a", "INV-1"), _invoice("two", "b", "INV-1")
    call = Call(connection="one", id="c", invoices=(one.ref,))
    email = Email(connection="two", id="e", invoices=(two.ref,))
    keep(one, two, call, email)
    link_same_invoices(store, [RULE], run=1)
    story = timeline(store, two.ref)
    assert {(event.connection, event.kind) for event in story.events} == {
        ("one", "call"),
        ("two", "email"),
    }
    assert story.same == (one.ref,)


# --- any invoices --------------------------------------------------------------------------------

NUMBERS = st.sampled_from(["1", "2", "10", "é", "\U0001f600", "~", "", "7 [erased]"])
WORLDS = st.lists(st.tuples(st.sampled_from(["one", "two", "three"]), NUMBERS), max_size=12)
SIDES = (("one", "number"), ("two", "number"), ("three", "number"))


def _expected(invoices: list[Invoice], rule: SameInvoice) -> set[Link]:
    """The links of a rule, as its sentence says: unique on each side, and the first side leads."""
    found: dict[str, dict[str, list[Ref]]] = defaultdict(lambda: defaultdict(list))
    for one in invoices:
        if one.number and "[erased]" not in one.number:
            found[one.number][one.connection].append(one.ref)
    links = set()
    for sides in found.values():
        if all(len(refs) == 1 for refs in sides.values()):
            refs = [sides[name][0] for name, _ in rule.invoices if name in sides]
            links |= {Link(other, refs[0], LinkKind.DERIVED, rule.name) for other in refs[1:]}
    return links


@settings(max_examples=examples(10, 30))
@given(worlds=st.lists(WORLDS, min_size=2, max_size=3))
def test_whatever_was_linked_before_the_links_are_the_rules(worlds) -> None:
    """However invoices change: the links that stand are those that follow, and changes counted."""
    rule = SameInvoice("n", SIDES)
    with TemporaryDirectory() as folder:
        store = open_store("sqlite:///a.db", folder=Path(folder), create=True)
        stored: dict[Ref, Invoice] = {}
        before: set[Link] = set()
        for world in worlds:
            invoices = [_invoice(name, f"{at}", number) for at, (name, number) in enumerate(world)]
            with store.transaction():
                rows = {one.ref: to_row(one) for one in invoices}
                store.apply(Changes(rows=rows, known=set(rows)))
            stored |= {one.ref: one for one in invoices}
            wanted = _expected(list(stored.values()), rule)
            assert link_same_invoices(store, [rule], run=1) == len(before ^ wanted)
            assert set(store.links(LinkQuery(invoices=stored))) == wanted
            before = wanted
        store.close()
