"""The hashes of an item and of its document: equal hashes, nothing changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.model import Invoice


def invoices(*rows):
    return {"invoices": list(rows)}


ROW = {"id": "i1", "number": "1", "age_days": 3, "more": {"age_days": 3, "colour": ["red"]}}


def hash_of(toy, row):
    """Over what was made of an item, whether or not its document can be recognised."""
    return toy.batch(invoices(row)).mapped[0].hash


def hashes_of(toy, row):
    """What tells that nothing changed, whether or not a field claims it."""
    mapped = toy.batch(invoices(row)).mapped[0]
    return mapped.hash, mapped.document.hash


def odd(row):
    """The same object with something in it that is rejected."""
    return {**row, "emails": [5]}


@pytest.mark.parametrize(
    "row",
    [
        {**ROW, "age_days": 4},
        {**ROW, "more": {"age_days": 9, "colour": ["red"]}},
        {**ROW, "emails": [{"id": "e1"}]},
        dict(reversed(ROW.items())),
    ],
    ids=["volatile", "volatile below", "an item inside", "the order of keys"],
)
def test_what_changes_by_itself_makes_no_other_item(toy, row):
    """What changes by itself, what is an item of its own, and order make no item another."""
    assert hash_of(toy, row) == hash_of(toy, ROW)
    assert hash_of(toy, odd(row)) == hash_of(toy, odd(ROW))


@pytest.mark.parametrize(
    "row",
    [
        {**ROW, "number": "2"},
        {**ROW, "more": {"age_days": 3, "colour": ["blue"]}},
        {**ROW, "more": {"age_days": 3, "colour": []}},
        {**ROW, "new": None},
    ],
    ids=["claimed", "unclaimed", "unclaimed and gone", "unclaimed and new"],
)
def test_every_other_leaf_counts(toy, row):
    """Every other leaf counts, whether or not a field claims it."""
    assert hashes_of(toy, row) != hashes_of(toy, ROW)
    assert hashes_of(toy, odd(row)) != hashes_of(toy, odd(ROW))


def test_volatile_bytes(toy):
    """What changes by itself does not change the hash of a document either."""
    resource = toy.source.resource("invoices")
    other = {**ROW, "age_days": 4, "more": {"age_days": 9, "colour": ["red"]}}
    assert "age_days" in resource.volatile
    assert hashes_of(toy, other) == hashes_of(toy, ROW)


@given(st.dictionaries(st.text(max_size=3), st.integers(-3, 3), max_size=4), st.data())
def test_any_unclaimed_leaf(toy, leaves, data):
    """Whatever unclaimed leaf changes, a hash does."""
    base = {"id": "i1", "more": leaves}
    key = data.draw(st.text(max_size=3).filter(lambda key: key != "age_days"))
    value = data.draw(st.integers(-3, 3).filter(lambda value: value != leaves.get(key)))
    other = {"id": "i1", "more": {**leaves, key: value}}
    assert hashes_of(toy, base) != hashes_of(toy, other)
    assert hashes_of(toy, odd(base)) != hashes_of(toy, odd(other))


def test_mapping_counts(toy):
    """What was made of an item counts, too: a better mapping of the same item is a change."""
    better = toy.hooked(
        map_item=lambda item, connection: [Invoice(connection="echo", id=item.id, number="x")]
    )
    plain = toy.batch(invoices({"id": "i1"})).mapped[0]
    assert toy.batch(invoices({"id": "i1"}), plugin=better).mapped[0].hash != plain.hash
