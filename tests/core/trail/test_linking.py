"""Invoices of several vendors are one where the user's rule proves it."""

from collections.abc import Callable

import pytest

from duetrail.config import SameInvoice
from duetrail.errors import UsageError
from duetrail.model import Call, Email, How, Invoice, Ref
from duetrail.stores import Store
from duetrail.trail import find_invoice, link_same_invoices, same_invoices, timeline

RULE = SameInvoice("same number", (("one", "number"), ("two", "number")))

Keep = Callable[..., None]


def _invoice(connection: str, id: str, number: str | None) -> Invoice:
    return Invoice(connection=connection, id=id, number=number)


def test_equal_numbers_are_linked_with_the_rules_name(store: Store, keep: Keep) -> None:
    """A derived link says which rule made it."""
    keep(_invoice("one", "a", "INV-1"), _invoice("two", "b", "INV-1"))
    assert link_same_invoices(store, [RULE]) == 1
    (link,) = store.links([Ref("two", "invoices", "b")])
    assert link.invoice == Ref("one", "invoices", "a")
    assert (link.how, link.rule) == (How.DERIVED, "same number")


def test_a_second_time_nothing_is_written(store: Store, keep: Keep) -> None:
    """Links that are there stay."""
    keep(_invoice("one", "a", "INV-1"), _invoice("two", "b", "INV-1"))
    link_same_invoices(store, [RULE])
    assert link_same_invoices(store, [RULE]) == 0


def test_links_go_with_their_rule(store: Store, keep: Keep) -> None:
    """A rule that is taken back takes its links along."""
    keep(_invoice("one", "a", "INV-1"), _invoice("two", "b", "INV-1"))
    link_same_invoices(store, [RULE])
    assert link_same_invoices(store, []) == 1
    assert store.links([Ref("two", "invoices", "b")]) == set()


def test_a_number_that_is_not_unique_proves_nothing(store: Store, keep: Keep) -> None:
    """Two invoices of one vendor with one number are linked to none."""
    keep(
        _invoice("one", "a", "INV-1"),
        _invoice("one", "c", "INV-1"),
        _invoice("two", "b", "INV-1"),
    )
    assert link_same_invoices(store, [RULE]) == 0


@pytest.mark.parametrize("number", [None, ""])
def test_no_number_is_no_equality(store: Store, keep: Keep, number: str | None) -> None:
    """Invoices without a number are not the same invoice."""
    keep(_invoice("one", "a", number), _invoice("two", "b", number))
    assert link_same_invoices(store, [RULE]) == 0


def test_three_sides_are_one(store: Store, keep: Keep) -> None:
    """A rule over three vendors makes one invoice of the three, from wherever one looks."""
    rule = SameInvoice("n", (("one", "number"), ("two", "number"), ("three", "remote_id")))
    third = Invoice(connection="three", id="c", remote_id="INV-1")
    keep(_invoice("one", "a", "INV-1"), _invoice("two", "b", "INV-1"), third)
    link_same_invoices(store, [rule])
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
    link_same_invoices(store, [RULE])
    assert find_invoice(store, "INV-1") == Ref("one", "invoices", "a")


def test_the_timeline_tells_the_story_of_all_of_them(store: Store, keep: Keep) -> None:
    """Touches linked to any of the invoices stand on one trail."""
    one, two = _invoice("one", "a", "INV-1"), _invoice("two", "b", "INV-1")
    call = Call(connection="one", id="c", invoices=(one.ref,))
    email = Email(connection="two", id="e", invoices=(two.ref,))
    keep(one, two, call, email)
    link_same_invoices(store, [RULE])
    story = timeline(store, two.ref)
    assert {(event.connection, event.kind) for event in story.events} == {
        ("one", "call"),
        ("two", "email"),
    }
    assert story.same == (one.ref,)
