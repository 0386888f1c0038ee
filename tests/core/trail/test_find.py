"""Finding the invoice somebody means."""

import pytest

from duetrail.config import SameInvoice
from duetrail.errors import UsageError
from duetrail.model import Call, Invoice, Ref
from duetrail.trail import find_invoice, timeline
from duetrail.trail.linking import link_same_invoices

ONE = Invoice(connection="acme", id="i1", number="INV-1", remote_id="erp-1")


@pytest.mark.parametrize("name", ["INV-1", "i1", "erp-1", "acme:i1"])
def test_an_invoice_is_found_by_any_of_its_names(store, keep, name):
    """An invoice is found by its number, its id, its ERP id, or connection and id."""
    keep(ONE, Invoice(connection="acme", id="i2", number="INV-2"))
    assert find_invoice(store, name) == ONE.ref


@pytest.mark.parametrize("name", ["INV", "inv-1", "acme:", "acme:INV-1", ":i1", "%", "' OR '1"])
def test_a_name_that_is_nearly_right_is_wrong(store, keep, name):
    """A name that is nearly right is wrong, and the message says what to ask by."""
    keep(ONE)
    with pytest.raises(UsageError, match=r"no invoice is called .*\n.*CONNECTION:ID"):
        find_invoice(store, name)


def test_a_name_of_several_is_answered_with_all(store, keep):
    """A name that several invoices have is answered with all of them; none is guessed."""
    keep(ONE, Invoice(connection="other", id="x:9", number="INV-1"))
    with pytest.raises(UsageError) as caught:
        find_invoice(store, "INV-1")
    assert str(caught.value) == (
        "'INV-1' may be any of 2 invoices\n  Ask for one of them:\n    acme:i1\n    other:x:9"
    )
    assert find_invoice(store, "other:x:9") == Ref("other", "invoices", "x:9")


def test_one_invoice_with_two_such_names(store, keep):
    """One invoice whose id is also its number is no ambiguity."""
    keep(Invoice(connection="acme", id="7", number="7", remote_id="7"))
    assert find_invoice(store, "7").id == "7"


def test_only_named_by_touches(store, keep):
    """An invoice that only touches name is found by id."""
    keep(Call(connection="calls", id="c", invoices=(Ref("erp", "invoices", "i9"),)))
    assert find_invoice(store, "i9") == find_invoice(store, "erp:i9")


def test_one_by_a_rule(store, keep):
    """Invoices that are one by a rule of the user are one, with one trail."""
    other = Invoice(connection="other", id="o1", number="INV-1")
    keep(ONE, other, Call(connection="other", id="c", invoices=(other.ref,)))
    rule = SameInvoice("same number", (("acme", "number"), ("other", "number")))
    assert link_same_invoices(store, [rule], run=1) == 1
    found = timeline(store, find_invoice(store, "INV-1"))
    assert {found.invoice, *found.same} == {ONE.ref, other.ref}
    assert [event.id for event in found.events] == ["c"]
