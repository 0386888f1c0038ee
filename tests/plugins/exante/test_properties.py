"""Whatever Exante sends: no leaf is lost, every claimed leaf counts, cents are exact."""

import copy
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.http.cutting import cut
from duetrail.model.money import exponent
from duetrail.source import Key
from duetrail_exante import wire
from support.nightly import examples

SECRETS = ("presigned_url",)
KEYED = ("outreach", "details", "drafts")
UID = "00000000-0000-4000-8000-000000000001"


def _data(**data):
    return {"status": "success", "data": data}


# The resource of each shape, its wire class, and a page around one such item.
SHAPES = {
    "invoice": ("invoices", wire.Invoice, lambda item: _data(items=[item])),
    "invoice.client": (
        "invoices",
        wire.Client,
        lambda item: _data(items=[{"uid": "i", "parties": {"client": item}}]),
    ),
    "header": ("outreach", wire.Header, lambda item: _data(invoice=item, emails=[])),
    "email": ("outreach", wire.Email, lambda item: _data(invoice={"uid": "i"}, emails=[item])),
    "detail": ("details", wire.Detail, lambda item: {"status": "success", "data": item}),
    "draft": ("drafts", wire.Draft, lambda item: {"items": [item], "count": 1}),
    "message": ("conversations", wire.Message, lambda item: _data(uid="t", messages=[item])),
}


@pytest.fixture(scope="module")
def mapped(offline):
    """The one item of a shape on a page, mapped."""

    def map_(shape, item):
        resource, _, around = SHAPES[shape]
        page = around(copy.deepcopy(item))
        cut(page, SECRETS)
        key = Key(UID) if resource in KEYED else None
        batch = offline.map_parsed("exante", resource, page, key)
        assert shape not in [reject.shape.name for reject in batch.rejected]
        (one,) = [m for m in batch.mapped if m.shape.name == shape]
        return one

    return map_


@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
@settings(max_examples=examples(8, 40), deadline=None)
def test_no_leaf_is_lost(mapped, generated, shape, data):
    """Every leaf is claimed by a wire field, comes back in `extra`, or is never stored."""
    kind = SHAPES[shape][1]
    item = data.draw(generated.items(kind, SECRETS))
    extra = next(mapped(shape, item).with_extra()).extra
    for path, value in generated.leaves(item):
        if shape == "invoice" and path[:2] == ("parties", "client"):
            continue  # an item of its own
        if set(path) & set(SECRETS):
            with pytest.raises((KeyError, IndexError, TypeError)):
                generated.at(extra, path)
        elif not generated.covers(kind, path):
            assert generated.at(extra, path) == value


@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
@settings(max_examples=examples(12, 60), deadline=None)
def test_every_claimed_leaf_counts(mapped, generated, shape, data):
    """Changing any leaf that a wire field claims changes the record, or what stays beside it."""
    kind = SHAPES[shape][1]
    item = data.draw(generated.items(kind))
    path, type_, value = data.draw(st.sampled_from(list(generated.claimed(kind, item))))
    value = True if value is None and _agrees_with_a_notice(item, path) else value
    other = generated.changed(item, path, generated.another(type_, value))
    before, after = (next(mapped(shape, one).with_extra()) for one in (item, other))
    assert (before, before.extra) != (after, after.extra)


def _agrees_with_a_notice(item, path):
    """Where a notice says that an email bounced, only another word than that would count."""
    return path == ("is_bounced",) and item.get("bounce_callout") is not None


CODES = ["USD", "EUR", "JPY", "KWD", "CLF", "ADP"]


@given(cents=st.integers(-(2**63), 2**63 - 1), currency=st.sampled_from(CODES))
@settings(max_examples=examples(20, 100), deadline=None)
def test_exante_t10_cents_are_exact(mapped, cents, currency):
    """Minor units of the currency, to the last digit, in an invoice and in its lines."""
    line = {"unit_price": cents, "line_total": cents}
    item = {"uid": "i", "total_cents": cents, "currency": currency, "line_items": [line]}
    (invoice,) = mapped("detail", item).records
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
def test_exante_t3_no_sign_of_a_bounce_is_lost(mapped, signs):
    """One sign is enough, none is no answer, and a flag that is overruled is kept."""
    one = next(mapped("email", {"uid": "e", **signs}).with_extra())
    delivery = (signs.get("delivery_status") or "").casefold()
    flag, notice = signs.get("is_bounced"), signs.get("bounce_callout")
    is_told = notice is not None or delivery == "bounce_detected"
    assert one.bounced is (True if is_told else flag)
    assert ("is_bounced" in one.extra) == (is_told and flag is False)
    assert one.delivery_status_raw == signs.get("delivery_status")
