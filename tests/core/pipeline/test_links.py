"""Which touch belongs to which invoice: native links follow the vendor, the others add up."""

import pytest

from duetrail.model import Ref
from duetrail.source import Key


def inside(invoice, **call):
    return {"invoices": [{"id": invoice, "calls": [{"id": "c1", **call}]}]}


def asked(toy, key, *invoices, **call):
    """The answer to a key that stands for these invoices of another connection."""
    whole = Key(key, invoices=tuple(Ref("other", "invoices", id) for id in invoices))
    return toy.batch({"calls": [{"id": "c1", **call}]}, "calls", key=whole)


def test_native_links_are_replaced(toy, ledger):
    """When a touch no longer names an invoice, that link goes, and the new one comes."""
    ledger.commit(toy.batch(inside("i1", about=["i1", "i2"], revision=1)))
    outcome = ledger.commit(toy.batch(inside("i1", about=["i2", "i3"], revision=2)))
    assert outcome.links == 2
    assert ledger.links() == {
        ("c1", "i1", "contained"),
        ("c1", "i2", "native"),
        ("c1", "i3", "native"),
    }


def test_native_links_end(toy, ledger):
    """A touch that names none any more has no native link."""
    ledger.commit(toy.batch(inside("i1", about=["i1"], revision=1)))
    ledger.commit(toy.batch(inside("i1", revision=2)))
    assert ledger.links() == {("c1", "i1", "contained")}


def test_contained_links_accumulate(toy, ledger):
    """A touch that stands in several invoices is one record with a link to each."""
    ledger.commit(toy.batch(inside("i1")))
    outcome = ledger.commit(toy.batch(inside("i2")))
    assert (outcome.unchanged, outcome.links) == (1, 1)
    assert ledger.links() == {("c1", "i1", "contained"), ("c1", "i2", "contained")}
    assert ledger.count("calls") == 1


def test_keyed_links_accumulate(project):
    """So does a touch that several keys give, one of them the number of two invoices."""
    numbers = {"o1": "1", "o2": "2", "o3": "2"}
    rows = [{"id": id, "number": number} for id, number in numbers.items()]
    calls = {number: [{"calls": [{"id": "c1"}]}] for number in numbers.values()}
    project.answer(invoices=[{"invoices": rows}], calls=calls).sync()
    links = project.rows("SELECT id, invoice_id, how FROM links ORDER BY 2")
    assert links == [("c1", id, "keyed") for id in numbers]


def test_kinds_are_kept_apart(toy, ledger):
    """Native links go without taking those of other kinds to the same invoice along."""
    ledger.commit(toy.batch(inside("i1", about=["i1"], revision=1)))
    ledger.commit(asked(toy, "1", "o1", revision=1))
    ledger.commit(toy.batch(inside("i1", about=[], revision=2)))
    assert ledger.links() == {("c1", "i1", "contained"), ("c1", "o1", "keyed")}


def test_named_twice(toy, ledger):
    """An invoice named twice is one link."""
    ledger.commit(toy.batch(inside("i1", about=["i2", "i2"])))
    assert sorted(ledger.links()) == [("c1", "i1", "contained"), ("c1", "i2", "native")]


@pytest.mark.parametrize("resource", ["calls", "invoices"])
def test_the_same_links_are_not_written_again(toy, ledger, resource):
    """The same links again are not written."""
    batch = asked(toy, "1", "o1") if resource == "calls" else toy.batch(inside("i1", about=["i2"]))
    ledger.commit(batch)
    assert ledger.run().commit(batch).links == 0


def test_unread_invoices(toy, ledger):
    """A link may point to an invoice that has not been read."""
    ledger.commit(toy.batch(inside("i1", about=["never-read"])))
    assert ("c1", "never-read", "native") in ledger.links()
