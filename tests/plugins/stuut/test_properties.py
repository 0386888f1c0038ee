"""Whatever Stuut sends: no leaf is lost, every claimed leaf counts, money is exact."""

import copy
import re
from decimal import Decimal
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.http.body import decode
from duetrail.http.cutting import cut
from duetrail.model.money import exponent
from duetrail.stores import table_of, to_row
from duetrail.stores.declared import row_maker
from duetrail.wire import decode_json
from duetrail_stuut import wire
from duetrail_stuut.customers import PARTNER
from duetrail_stuut.mapping import INVOICE, PAYMENT
from duetrail_stuut.touches import CALL, EMAIL, LISTED_CALL
from support.nightly import examples

SECRETS = ("account_key", "linked_integration", "presigned_url")


def _with_ids(invoice):
    """Payments inside an invoice are items of their own, and need ids as such."""
    for share in invoice.get("payments") or ():
        if share.get("payment"):
            share["payment"]["id"] = "p"
    return invoice


# Where an item of each shape stands: the resource, its wire class, and the page around it.
SHAPES = {
    "invoice": ("invoices", INVOICE.wire, lambda item: _with_ids(item)),
    "invoice.partner": ("invoices", PARTNER.wire, lambda item: {"id": "i", "partner": item}),
    "invoice.payment": (
        "invoices",
        PAYMENT.wire,
        lambda item: {"id": "i", "payments": [{"payment": item}]},
    ),
    "invoice.call": ("invoices", CALL.wire, lambda item: {"id": "i", "calls": [item]}),
    "invoice.call.partner": (
        "invoices",
        PARTNER.wire,
        lambda item: {"id": "i", "calls": [{"id": "c", "partner": item}]},
    ),
    "invoice.email": ("invoices", EMAIL.wire, lambda item: {"id": "i", "emails": [item]}),
    "call": ("calls", LISTED_CALL.wire, lambda item: item),
    "call.partner": ("calls", PARTNER.wire, lambda item: {"id": "c", "partner": item}),
    "partner": ("partners", PARTNER.wire, lambda item: item),
    "remittance.email": ("remittances", EMAIL.wire, lambda item: {"id": "r", "email": item}),
    "task": ("tasks", wire.Task, lambda item: item),
}


@pytest.fixture(scope="module")
def mapped(offline):
    """The one item of a shape on a page, mapped."""

    def map_(shape, item):
        resource, _, around = SHAPES[shape]
        page = {"data": [around(copy.deepcopy(item))]}
        cut(page, SECRETS)
        batch = offline.map_parsed("stuut", resource, page)
        assert batch.rejected == ()
        (one,) = [m for m in batch.mapped if m.shape.name == shape]
        return one

    return map_


def _elsewhere(shape, path):
    """Whether a leaf belongs to an item of its own, inside this one."""
    return shape == "invoice" and path[:1] == ("payments",) and path[2:3] == ("payment",)


@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
@settings(max_examples=examples(8, 40), deadline=None)
def test_no_leaf_is_lost(mapped, generated, shape, data):
    """Every leaf is claimed by a wire field, comes back in `extra`, or is never stored."""
    kind = SHAPES[shape][1]
    item = data.draw(generated.items(kind, SECRETS))
    extra = next(mapped(shape, item).with_extra()).extra
    for path, value in generated.leaves(item):
        if set(path) & set(SECRETS):
            with pytest.raises((KeyError, IndexError, TypeError)):
                generated.at(extra, path)
        elif not generated.covers(kind, path) and not _elsewhere(shape, path):
            assert generated.at(extra, path) == value


@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
@settings(max_examples=examples(12, 60), deadline=None)
def test_every_claimed_leaf_counts(mapped, generated, shape, data):
    """Changing any leaf that a wire field claims changes a record, or what is kept beside it."""
    kind = SHAPES[shape][1]
    item = data.draw(generated.items(kind))
    path, type_, value = data.draw(st.sampled_from(list(generated.claimed(kind, item))))
    other = generated.changed(item, path, generated.another(type_, value))
    before, after = mapped(shape, item), mapped(shape, other)
    assert (before.rows, _extra(before)) != (after.rows, _extra(after))
    assert (before.hash, before.document.hash) != (after.hash, after.document.hash)


CODES = ["USD", "EUR", "JPY", "KWD", "CLF", "ADP", "ITL"]


@given(minor=st.integers(-(10**37), 10**37), currency=st.sampled_from(CODES))
@settings(max_examples=examples(40, 200), deadline=None)
def test_minor_units_are_exact(mapped, minor, currency):
    """The text in the store is the amount to the last digit, with the currency's own decimals."""
    item = {"id": "i", "total_amount": minor, "currency": currency}
    digits = exponent(currency)
    text = _total(mapped("invoice", item))
    assert int(text.replace(".", "")) == minor
    assert re.fullmatch(r"-?\d+" + (rf"\.\d{{{digits}}}" if digits else ""), text)


@given(amount=st.decimals(-(10**20), 10**20, allow_nan=False, places=4))
@settings(max_examples=examples(20, 100), deadline=None)
def test_major_units_are_exact(offline, amount):
    """With whole units the text in the store is the text on the wire."""
    page = {"data": [{"id": "i", "total_amount": amount, "currency": "ZZZ"}]}
    (mapped,) = offline.map_parsed("whole", "invoices", page).mapped
    assert _total(mapped) == format(amount, "f")


@given(total=st.integers(-(10**12), 10**12), paid=st.integers(0, 10**12))
@settings(max_examples=examples(20, 100), deadline=None)
def test_stuut_7_2_both_readings_agree(mapped, total, paid):
    """Due before or after payments: the same remains."""
    fields = {"id": "i", "currency": "USD", "total_amount": total, "amount_paid": paid}
    items = [fields | {"amount_due": due} for due in (total, total - paid)]
    left = {mapped("invoice", item).records[0].amount_remaining.amount for item in items}
    assert left == {Decimal(total - paid).scaleb(-2)}


def _extra(mapped):
    return next(mapped.with_extra()).extra


def _total(mapped):
    """The text of the total in the row of an invoice."""
    names = [column.name for column in table_of("invoices").columns]
    return dict(zip(names, mapped.rows[0].values, strict=True))["total"]


@pytest.mark.parametrize(
    "mapping", [INVOICE, PARTNER, PAYMENT, LISTED_CALL, EMAIL], ids=lambda one: one.kind.__name__
)
@pytest.mark.parametrize("amounts", ["major", "minor"])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_row_made_at_once_is_that_of_the_record(generated, mapping, amounts, data):
    """Whatever Stuut sends, a declared mapping gives one row in both its forms."""
    body = msgspec.json.encode(data.draw(generated.items(mapping.wire)))
    options = SimpleNamespace(amounts=amounts)
    maker = row_maker(mapping, options)
    parts = maker.read(body)
    try:
        row = maker.make(parts, "c")
    except Exception:
        return  # not the plain case
    assert row == to_row(mapping.record(decode_json(mapping.wire, body, decode), "c", options))
