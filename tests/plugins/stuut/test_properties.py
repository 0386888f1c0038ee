"""Whatever Stuut sends: money is exact, and a row is that of its record."""

import re
from decimal import Decimal
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.http.body import decode
from duetrail.model.money import exponent
from duetrail.stores import table_of, to_row
from duetrail.stores.canonical import canonical
from duetrail.stores.declared import row_maker
from duetrail.wire import decode_json
from duetrail_stuut.customers import PARTNER
from duetrail_stuut.mapping import INVOICE, PAYMENT
from duetrail_stuut.touches import EMAIL, LISTED_CALL
from support.nightly import examples


def mapped(offline, **fields):
    """The invoice with these fields, mapped."""
    batch = offline.map_parsed("stuut", "invoices", {"data": [{"id": "i", **fields}]})
    assert batch.rejected == ()
    (one,) = batch.mapped
    return one


CODES = ["USD", "EUR", "JPY", "KWD", "CLF", "ADP", "ITL"]


@given(minor=st.integers(-(10**37), 10**37), currency=st.sampled_from(CODES))
@settings(max_examples=examples(40, 200), deadline=None)
def test_minor_units_are_exact(offline, minor, currency):
    """The text in the store is the amount to the last digit, with the currency's own decimals."""
    digits = exponent(currency)
    text = _total(mapped(offline, total_amount=minor, currency=currency))
    assert int(text.replace(".", "")) == minor
    assert re.fullmatch(r"-?\d+" + (rf"\.\d{{{digits}}}" if digits else ""), text)


@given(amount=st.decimals(-(10**20), 10**20, allow_nan=False, places=4))
@settings(max_examples=examples(20, 100), deadline=None)
def test_major_units_are_exact(offline, amount):
    """With whole units the text in the store is the text on the wire."""
    page = {"data": [{"id": "i", "total_amount": amount, "currency": "ZZZ"}]}
    (one,) = offline.map_parsed("whole", "invoices", page).mapped
    assert _total(one) == format(amount, "f")


@given(total=st.integers(-(10**12), 10**12), paid=st.integers(0, 10**12))
@settings(max_examples=examples(20, 100), deadline=None)
def test_stuut_7_2_both_readings_agree(offline, total, paid):
    """Due before or after payments: the same remains."""
    fields = {"currency": "USD", "total_amount": total, "amount_paid": paid}
    found = [mapped(offline, amount_due=due, **fields) for due in (total, total - paid)]
    left = {one.records[0].amount_remaining.amount for one in found}
    assert left == {Decimal(total - paid).scaleb(-2)}


def _total(one):
    """The text of the total in the row of an invoice."""
    names = [column.name for column in table_of("invoices").columns]
    return dict(zip(names, one.rows[0].values, strict=True))["total"]


@pytest.mark.parametrize(
    "mapping", [INVOICE, PARTNER, PAYMENT, LISTED_CALL, EMAIL], ids=lambda one: one.kind.__name__
)
@pytest.mark.parametrize("amounts", ["major", "minor"])
@given(data=st.data())
@settings(max_examples=examples(20, 60), deadline=None)
def test_a_row_made_at_once_is_that_of_the_record(generated, mapping, amounts, data):
    """Whatever Stuut sends, a declared mapping gives one row in both its forms.

    What is no typed field stands as Stuut wrote it, and is compared by value.
    """
    body = msgspec.json.encode(data.draw(generated.items(mapping.wire)))
    options = SimpleNamespace(amounts=amounts)
    maker = row_maker(mapping, options)
    parts = maker.read(body)
    try:
        row = maker.make(parts, "c")
    except Exception:
        return  # not the plain case
    record = mapping.record(decode_json(mapping.wire, body, decode), "c", options)
    assert canonical(row) == canonical(to_row(record))
