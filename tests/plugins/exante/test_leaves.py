"""Nothing Exante sends goes under: every leaf of an item shows in its records or in `extra`."""

import json
from copy import deepcopy
from functools import reduce

import pytest

DAY = "2026-03-04T00:00:00Z"
CONTACT = {"uid": "c", "party_uid": "p", "name": "n", "title": "t", "email": "e", "phone": "f"}
CLIENT = {"uid": "p", "name": "n", "address": "a", "role": "r", "billing_contact": CONTACT}
CENTS = ("subtotal", "discount", "tax", "total", "amount_due", "amount_paid", "amount_remaining")
ROW = {f"{name}_cents": 1 for name in (*CENTS, "pre_payment_credit_notes")} | {
    "invoice_number": "n",
    "total": 1,
    "overdue_days": 1,
    "issue_date": DAY,
    "due_date": DAY,
    "paid_date": DAY,
    "document_uid": "d",
    "status": "sent",
    "collection_method": "m",
    "blueprint": {"is_active": True},
    "parent_contract": {"filename": "f", "uid": "u", "is_archived": False},
    "parties": {"client": CLIENT},
}


def leaves(value, path=()):
    """The path to every leaf."""
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key], (*path, key))]
    if isinstance(value, list):
        return [leaf for at, part in enumerate(value) for leaf in leaves(part, (*path, at))]
    return [path]


def changed(item, path):
    """A copy with another value of the same type at the end of the path."""
    copy = deepcopy(item)
    around = reduce(lambda part, key: part[key], path[:-1], copy)
    old = around[path[-1]]
    if isinstance(old, bool):
        around[path[-1]] = not old
    elif isinstance(old, int):
        around[path[-1]] = old + 1
    else:
        around[path[-1]] = f"201{old[3:]}" if old.startswith("202") else f"{old}x"
    return copy


def seen(batch):
    """All that the items of a page became."""
    assert batch.rejected == ()
    return [(one, one.extra) for mapped in batch.mapped for one in mapped.with_extra()]


@pytest.mark.parametrize("path", leaves(ROW), ids=lambda path: ".".join(map(str, path)))
def test_of_a_list_row(exante, page, invoice, path):
    """Another value in the list is another record."""
    row = invoice(**ROW)
    before, after = [
        seen(exante.map("exante", "invoices", page(one))) for one in (row, changed(row, path))
    ]
    assert before != after


def test_of_a_timeline(exante, seed, key):
    """Another value in the sample is another record."""
    data = json.loads(seed)["data"]
    # With a notice, `is_bounced` decides nothing.
    data["emails"][0]["bounce_callout"] = None
    before = seen(exante.map("exante", "outreach", {"data": data}, key()))
    silent = [
        path
        for path in leaves(data)
        if path != ("emails", 0, "bounce_callout")
        and seen(exante.map("exante", "outreach", {"data": changed(data, path)}, key())) == before
    ]
    assert silent == []


def test_of_a_bounce_notice(exante, timeline, email, key):
    """Its time is the time of the bounce; its source and recipients are in `extra`."""
    notice = {"source": "gmail", "detected_at": DAY, "recipient_emails": ["a@x.example"]}
    for path in leaves(notice):
        pages = [timeline(email(bounce_callout=one)) for one in (notice, changed(notice, path))]
        before, after = [seen(exante.map("exante", "outreach", one, key())) for one in pages]
        assert before != after, path
