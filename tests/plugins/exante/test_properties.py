"""Whatever Exante sends: cents are exact, and no sign of a bounce is lost."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.model.money import exponent
from duetrail.source import Key
from support.nightly import examples

KEY = Key("00000000-0000-4000-8000-000000000001")


def mapped(offline, resource, page):
    batch = offline.map_parsed("exante", resource, page, KEY)
    assert batch.rejected == ()
    return batch.mapped


CODES = ["USD", "EUR", "JPY", "KWD", "CLF", "ADP"]


@given(cents=st.integers(-(2**63), 2**63 - 1), currency=st.sampled_from(CODES))
@settings(max_examples=examples(20, 100), deadline=None)
def test_exante_t10_cents_are_exact(offline, cents, currency):
    """Minor units of the currency, to the last digit, in an invoice and in its lines."""
    line = {"unit_price": cents, "line_total": cents}
    item = {"uid": "i", "total_cents": cents, "currency": currency, "line_items": [line]}
    page = {"status": "success", "data": item}
    ((invoice,),) = (one.records for one in mapped(offline, "details", page))
    amount = Decimal(cents).scaleb(-(exponent(currency) or 0))
    (only,) = invoice.lines
    assert invoice.total.amount == only.unit_price.amount == only.total.amount == amount


SIGNS = {
    "is_bounced": st.sampled_from([True, False, None]),
    "delivery_status": st.sampled_from(["bounce_detected", "BOUNCE_DETECTED", "delivered", None]),
    "bounce_callout": st.sampled_from([{}, {"detected_at": "yesterday"}, None]),
    "status": st.sampled_from(["SENT", "FAILED", None]),
}


@given(signs=st.fixed_dictionaries({}, optional=SIGNS))
@settings(max_examples=examples(20, 100), deadline=None)
def test_exante_t3_no_sign_of_a_bounce_is_lost(offline, signs):
    """One sign is enough, none is no answer, and a flag that is overruled is kept."""
    data = {"invoice": {"uid": "i"}, "emails": [{"uid": "e", **signs}]}
    _, email = mapped(offline, "outreach", {"status": "success", "data": data})
    one = next(email.with_extra())
    delivery = (signs.get("delivery_status") or "").casefold()
    flag, notice = signs.get("is_bounced"), signs.get("bounce_callout")
    is_told = notice is not None or delivery == "bounce_detected"
    assert one.bounced is (True if is_told else flag)
    assert ("is_bounced" in one.extra) == (is_told and flag is False)
    assert one.delivery_status_raw == signs.get("delivery_status")
