"""Whatever Yeti sends: no leaf is lost, every claimed leaf counts, amounts are exact."""

import copy
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail_yeti import wire
from support.nightly import examples

SHAPES = {
    "accounts": wire.Account,
    "invoices": wire.Invoice,
    "cdrs": wire.Cdr,
    "incoming-cdrs": wire.IncomingCdr,
    "payments": wire.Payment,
}
AMOUNT = {
    "invoices": "amount-spent",
    "cdrs": "customer-price",
    "payments": "amount",
}
# Shown only where the number after normalization is not.
INSTEAD = {
    f"{end}-prefix-{place}": f"{end}-prefix-routing"
    for end in ("src", "dst")
    for place in ("in", "out")
}
AMOUNTS = st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,12})?", fullmatch=True)


@pytest.fixture(scope="module")
def mapped(offline):
    """The one row on a page, mapped."""

    def map_(resource, row, included=()):
        page = {"data": [copy.deepcopy(row)], "included": list(included)}
        url = f"https://yeti.example.org/{resource}?filter%5Bid-not-in%5D=0"
        batch = offline.map_parsed("yeti", resource, page, url=url)
        assert batch.rejected == ()
        (one,) = batch.mapped
        return one

    return map_


def rows(generated, resource):
    """Rows of a resource; an amount among them is text, but not any text."""
    key = AMOUNT.get(resource)

    def mended(row, amount):
        attributes = row.get("attributes") or {}
        if attributes.get(key) is None:
            return row
        return row | {"attributes": attributes | {key: amount}}

    return st.builds(mended, generated.items(SHAPES[resource]), AMOUNTS)


def counts(row, path):
    """Whether a leaf has a word in the record; one in whose place another stands is in `extra`."""
    return path[-1] not in INSTEAD or not row["attributes"].get(INSTEAD[path[-1]])


@pytest.mark.parametrize("resource", SHAPES)
@given(data=st.data())
@settings(max_examples=examples(12, 60), deadline=None)
def test_no_leaf_is_lost(mapped, generated, resource, data):
    """Every leaf is claimed by a wire field, or comes back in `extra`."""
    kind = SHAPES[resource]
    row = data.draw(rows(generated, resource))
    extra = next(mapped(resource, row).with_extra()).extra
    for path, value in generated.leaves(row):
        if not generated.covers(kind, path) or (value and not counts(row, path)):
            assert generated.at(extra, path) == value


@pytest.mark.parametrize("resource", SHAPES)
@given(data=st.data())
@settings(max_examples=examples(20, 100), deadline=None)
def test_every_claimed_leaf_counts(mapped, generated, resource, data):
    """Changing any leaf that a wire field claims changes a record."""
    kind = SHAPES[resource]
    row = data.draw(rows(generated, resource))
    leaves = [leaf for leaf in generated.claimed(kind, row) if counts(row, leaf[0])]
    path, type_, value = data.draw(st.sampled_from(leaves))
    is_amount = path == ("attributes", AMOUNT.get(resource))
    new = f"{value or ''}1" if is_amount else generated.another(type_, value)
    before, after = mapped(resource, row), mapped(resource, generated.changed(row, path, new))
    assert before.rows != after.rows
    assert (before.hash, before.document.hash) != (after.hash, after.document.hash)


@given(text=AMOUNTS, currency=st.sampled_from(["USD", "JPY", "KWD", "ZZZ", None]))
@settings(max_examples=examples(20, 100), deadline=None)
def test_amounts_stay_as_they_are(mapped, text, currency):
    """An amount is in whole units of any currency, known or not, and never rounded."""
    linkage = {"account": {"data": {"type": "accounts", "id": "a"}}}
    row = {"id": "i", "attributes": {"amount-spent": text}, "relationships": linkage}
    account = {"id": "a", "type": "accounts", "attributes": {"currency": currency}}
    (invoice,) = mapped("invoices", row, [account]).records
    assert invoice.total.amount == Decimal(text)
    assert (invoice.total.currency, invoice.currency, invoice.total.minor) == (
        currency,
        currency,
        None,
    )
