"""Whatever Yeti sends: amounts are exact."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from support.nightly import examples

AMOUNTS = st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,12})?", fullmatch=True)


@given(text=AMOUNTS, currency=st.sampled_from(["USD", "JPY", "KWD", "ZZZ", None]))
@settings(max_examples=examples(20, 100), deadline=None)
def test_amounts_stay_as_they_are(offline, text, currency):
    """An amount is in whole units of any currency, known or not, and never rounded."""
    linkage = {"account": {"data": {"type": "accounts", "id": "a"}}}
    row = {"id": "i", "attributes": {"amount-spent": text}, "relationships": linkage}
    account = {"id": "a", "type": "accounts", "attributes": {"currency": currency}}
    page = {"data": [row], "included": [account]}
    ((invoice,),) = (one.records for one in offline.map_parsed("yeti", "invoices", page).mapped)
    assert invoice.total.amount == Decimal(text)
    assert (invoice.total.currency, invoice.currency, invoice.total.minor) == (
        currency,
        currency,
        None,
    )
