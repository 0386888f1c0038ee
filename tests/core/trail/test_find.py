"""Finding the invoice somebody means."""

import shlex
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from duetrail.config import SameInvoice
from duetrail.errors import UsageError
from duetrail.model import Call, Invoice, Money, Party, Ref
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


def test_candidates_are_told_apart_by_customer_date_and_amount(store, keep):
    """Each candidate comes with what tells it from the others, as far as that is known."""
    usd = Money(Decimal("1234.50"), "USD")
    keep(
        Invoice(
            connection="acme",
            id="i1",
            number="N",
            currency="USD",
            total=usd,
            issued_on=date(2026, 3, 1),
            customer_name="Northwind",
        ),
        Invoice(connection="acme", id="i 2", number="N", due_on=date(2026, 4, 1)),
        Invoice(
            connection="bills",
            id="b1",
            number="N",
            period_start_at=datetime(2026, 3, 1, tzinfo=UTC),
            customer_id="p1",
        ),
        Party(connection="bills", id="p1", legal_name="Contoso"),
        Invoice(connection="other", id="o1", number="N"),
    )
    with pytest.raises(UsageError) as caught:
        find_invoice(store, "N")
    assert caught.value.hint.splitlines() == [
        "Ask for one of them:",
        "    'acme:i 2' (due 2026-04-01)",
        "    acme:i1 (Northwind, issued 2026-03-01, 1,234.50 USD)",
        "    bills:b1 (Contoso, from 2026-03-01)",
        "    other:o1",
    ]


def test_a_customers_name_makes_no_line_of_the_list(store, keep):
    """Whatever breaks a line: nobody is led to an invoice that is no candidate."""
    name = "Acme\n    acme:i9 (Acme\r\u2028\x85and more"
    keep(*(Invoice(connection="acme", id=id, number="N", customer_name=name) for id in "ab"))
    with pytest.raises(UsageError) as caught:
        find_invoice(store, "N")
    assert caught.value.hint.splitlines()[1:] == [
        "    acme:a (Acme acme:i9 (Acme and more)",
        "    acme:b (Acme acme:i9 (Acme and more)",
    ]


def test_many_candidates_are_counted(store, keep):
    """Twenty are listed; more are counted."""
    keep(*(Invoice(connection="acme", id=f"i{i:02}", number="N") for i in range(23)))
    with pytest.raises(UsageError, match="any of 23 invoices") as caught:
        find_invoice(store, "N")
    listed = caught.value.hint.splitlines()[1:]
    assert (len(listed), listed[-2:]) == (21, ["    acme:i19", "    and 3 more"])


def test_each_candidate_can_be_asked_for(store, keep):
    """What a list says to ask by leads to that invoice, whatever ids and numbers others have."""
    refs = [("acme", "i1"), ("other", "acme:i1"), ("acme", "x y"), ("acme", "-h 'q' $(id)")]
    keep(*(Invoice(connection=c, id=id, number="N", remote_id="acme:i1") for c, id in refs))
    with pytest.raises(UsageError) as caught:
        find_invoice(store, "N")
    asked = [shlex.split(line)[0] for line in caught.value.hint.splitlines()[1:]]
    assert sorted(find_invoice(store, name)[::2] for name in asked) == sorted(refs)


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
