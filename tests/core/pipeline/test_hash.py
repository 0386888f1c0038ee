"""The hash of an item: equal hashes, nothing changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.model import Invoice


def invoices(*rows):
    return {"invoices": list(rows)}


ROW = {"id": "i1", "number": "1", "age_days": 3, "more": {"age_days": 3, "colour": ["red"]}}


def hash_of(toy, row):
    return toy.batch(invoices(row)).mapped[0].hash


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
def test_unchanged(toy, row):
    """What changes by itself, what is an item of its own, and order make no item another."""
    assert hash_of(toy, row) == hash_of(toy, ROW)


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
def test_changed(toy, row):
    """Every other leaf counts, whether or not a field claims it."""
    assert hash_of(toy, row) != hash_of(toy, ROW)


@given(st.dictionaries(st.text(max_size=3), st.integers(-3, 3), max_size=4), st.data())
def test_any_unclaimed_leaf(toy, leaves, data):
    """Whatever unclaimed leaf changes, the hash does."""
    base = {"id": "i1", "more": leaves}
    key = data.draw(st.text(max_size=3).filter(lambda key: key != "age_days"))
    value = data.draw(st.integers(-3, 3).filter(lambda value: value != leaves.get(key)))
    assert hash_of(toy, base) != hash_of(toy, {"id": "i1", "more": {**leaves, key: value}})


def test_mapping_counts(toy):
    """What was made of an item counts, too: a better mapping of the same item is a change."""
    better = toy.hooked(
        map_item=lambda item, connection: [Invoice(connection="echo", id=item.id, number="x")]
    )
    plain = toy.batch(invoices({"id": "i1"})).mapped[0]
    assert toy.batch(invoices({"id": "i1"}), plugin=better).mapped[0].hash != plain.hash
