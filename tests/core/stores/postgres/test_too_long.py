"""A value that is too long for an index sets its item aside; everything else goes on."""

from __future__ import annotations

import random
import string

import pytest

from duetrail import api
from duetrail.model import Invoice
from duetrail.pipeline.digest import digest
from duetrail.stores import Changes, RejectQuery, StateChanges, open_store, to_row
from support.stored import count, observed, put

MOST = 2400


def _letters(size: int) -> str:
    """A text that does not compress."""
    return "".join(random.Random(size).choices(string.ascii_letters + string.digits, k=size))


@pytest.mark.parametrize("column", ["number", "remote_id", "customer_id"])
def test_what_is_short_enough_is_kept(store, keep, column):
    """Just so many bytes, and not one more, however they are spelled."""
    fits = Invoice(connection="acme", id="1", **{column: _letters(MOST)})
    assert store.too_long(to_row(fits), "") is None
    keep(fits)
    assert count(store, "invoices") == 1
    for text in (_letters(MOST + 1), "ü" * (MOST // 2 + 1)):
        more = Invoice(connection="acme", id="2", **{column: text})
        assert store.too_long(to_row(more), "") == column


def test_what_nobody_looks_up_may_be_long(store, url):
    """As long as a vendor likes, until a user's key is in it."""
    one = Invoice(connection="acme", id="1", purchase_order=_letters(9000))
    assert store.too_long(to_row(one), "") is None
    with store.transaction():
        store.put_sync_state(StateChanges(indexes=[("invoices", "purchase_order")]))
    assert store.too_long(to_row(one), "") == "purchase_order"
    again = open_store(url)
    assert again.too_long(to_row(one), "") == "purchase_order"
    again.close()


def test_a_long_place(store):
    """An id and what is around it may have as many bytes together."""
    row = to_row(Invoice(connection="acme", id=_letters(1024)))
    assert store.too_long(row, _letters(MOST - 1024)) is None
    with store.transaction():
        store.apply(Changes(rows={row.ref: row}))
        put(store, observed(row.id, 1, within=_letters(MOST - 1024)))
    assert store.too_long(row, _letters(MOST - 1023)) is not None


def test_its_item_is_a_reject(company, opened, monkeypatch):
    """It is told like any other; when it fits, the next sync closes the reject."""
    from duetrail.stores.postgres.store import PostgresStore

    def third(store, row, within):
        return "number" if "INV-1003" in row.values else None

    from support.postgres import server

    url = server().new_url()
    with monkeypatch.context() as patched:
        patched.setattr(PostgresStore, "too_long", third)
        config = company.folder / "duetrail.toml"
        assert api.sync(config=config, store=url, workers=1).exit_code == 3
        rejects = list(opened(url).rejects(RejectQuery("stuut")))
        assert {one.reason for one in rejects} == {
            "its number is too long to be looked up in this store"
        }
        assert all("INV-1003" in one.raw for one in rejects)
    company.sync(url)
    assert list(opened(url).rejects()) == []
    assert digest(opened(url)) == digest(opened(company.sqlite))
