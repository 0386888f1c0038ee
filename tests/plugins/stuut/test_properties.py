"""Whatever Stuut sends: no leaf is lost, every claimed leaf counts, money is exact."""

import copy
import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.http.cutting import cut
from duetrail.model.money import exponent
from duetrail.stores import table_of
from duetrail_stuut import wire

SECRETS = ("account_key", "linked_integration", "presigned_url")

# Where an item of each shape stands on a page.
SHAPES = {
    "invoice": (wire.Invoice, lambda item: item),
    "invoice.partner": (wire.Partner, lambda item: {"id": "i", "partner": item}),
    "invoice.call": (wire.Call, lambda item: {"id": "i", "calls": [item]}),
    "invoice.call.partner": (
        wire.Partner,
        lambda item: {"id": "i", "calls": [{"id": "c", "partner": item}]},
    ),
    "invoice.email": (wire.Email, lambda item: {"id": "i", "emails": [item]}),
}


@pytest.fixture(scope="module")
def mapped(offline):
    """The one item of a shape on a page, mapped."""

    def map_(shape, item):
        page = {"data": [SHAPES[shape][1](copy.deepcopy(item))]}
        cut(page, SECRETS)
        batch = offline.map_parsed("stuut", "invoices", page)
        assert batch.rejected == ()
        (one,) = [m for m in batch.mapped if m.shape.name == shape]
        return one

    return map_


@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_no_leaf_is_lost(mapped, generated, shape, data):
    """Every leaf is claimed by a wire field, comes back in `extra`, or is never stored."""
    kind = SHAPES[shape][0]
    item = data.draw(generated.items(kind, SECRETS))
    extra = next(mapped(shape, item).with_extra()).extra
    for path, value in generated.leaves(item):
        if set(path) & set(SECRETS):
            with pytest.raises((KeyError, IndexError, TypeError)):
                generated.at(extra, path)
        elif not generated.covers(kind, path):
            assert generated.at(extra, path) == value


@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_claimed_leaf_counts(mapped, generated, shape, data):
    """Changing any leaf that a wire field claims changes a record."""
    kind = SHAPES[shape][0]
    item = data.draw(generated.items(kind))
    path, type_, value = data.draw(st.sampled_from(list(generated.claimed(kind, item))))
    other = generated.changed(item, path, generated.another(type_, value))
    before, after = mapped(shape, item), mapped(shape, other)
    assert before.rows != after.rows
    assert before.hash != after.hash


CODES = ["USD", "EUR", "JPY", "KWD", "CLF", "ADP", "ITL"]


@given(minor=st.integers(-(10**37), 10**37), currency=st.sampled_from(CODES))
@settings(max_examples=200, deadline=None)
def test_minor_units_are_exact(mapped, minor, currency):
    """The text in the store is the amount to the last digit, with the currency's own decimals."""
    item = {"id": "i", "total_amount": minor, "currency": currency}
    digits = exponent(currency)
    text = _total(mapped("invoice", item))
    assert int(text.replace(".", "")) == minor
    assert re.fullmatch(r"-?\d+" + (rf"\.\d{{{digits}}}" if digits else ""), text)


@given(amount=st.decimals(-(10**20), 10**20, allow_nan=False, places=4))
@settings(max_examples=100, deadline=None)
def test_major_units_are_exact(offline, amount):
    """With whole units the text in the store is the text on the wire."""
    page = {"data": [{"id": "i", "total_amount": amount, "currency": "ZZZ"}]}
    (mapped,) = offline.map_parsed("whole", "invoices", page).mapped
    assert _total(mapped) == format(amount, "f")


@given(total=st.integers(-(10**12), 10**12), paid=st.integers(0, 10**12))
@settings(max_examples=100, deadline=None)
def test_stuut_7_2_both_readings_agree(mapped, total, paid):
    """Due before or after payments: the same remains."""
    fields = {"id": "i", "currency": "USD", "total_amount": total, "amount_paid": paid}
    items = [fields | {"amount_due": due} for due in (total, total - paid)]
    left = {mapped("invoice", item).records[0].amount_remaining.amount for item in items}
    assert left == {Decimal(total - paid).scaleb(-2)}


def _total(mapped):
    """The text of the total in the row of an invoice."""
    names = [column.name for column in table_of("invoices").columns]
    return dict(zip(names, mapped.rows[0].values, strict=True))["total"]
