"""A value that is too long for an index sets its item aside; everything else goes on."""

from __future__ import annotations

import json
import random
import string
import tomllib

import pytest
from attrs import evolve

from duetrail import api
from duetrail.model import Call, Invoice, Payment, PaymentApplication, Ref
from duetrail.pipeline.digest import digest
from duetrail.stores import (
    Changes,
    CheckpointQuery,
    CountQuery,
    RejectQuery,
    StateChanges,
    ValueQuery,
    open_store,
    to_row,
)
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


def test_the_invoice_that_a_touch_names(store):
    """Its id may have half as many bytes: that of the touch stands in the same row of an index."""
    call = to_row(Call(connection="acme", id=_letters(1024)))
    fits, more = [
        evolve(call, invoices=(Ref("acme", "invoices", _letters(size)),))
        for size in (MOST // 2, MOST // 2 + 1)
    ]
    assert store.too_long(fits, "") is None
    with store.transaction():
        store.apply(Changes(1, rows={fits.ref: fits}))
    assert count(store, "links") == 1
    assert store.too_long(more, "") == "id, or that of its invoice,"


def test_the_invoice_that_a_payment_names(store, keep):
    """Its id is looked up, too."""
    fits, more = [
        Payment(
            connection="acme",
            id="1",
            applications=(PaymentApplication(), PaymentApplication(invoice_id=_letters(size))),
        )
        for size in (MOST, MOST + 1)
    ]
    assert store.too_long(to_row(fits), "") is None
    keep(fits)
    assert count(store, "payment_applications") == 2
    assert store.too_long(to_row(more), "") == "invoice_id"


def test_what_is_longer_when_it_is_kept(store):
    """PostgreSQL takes no U+0000, so that it is kept as more."""
    row = to_row(Invoice(connection="acme", id="1", number="\0" * (MOST // 4)))
    assert store.too_long(row, "") is None
    row = to_row(Invoice(connection="acme", id="1", number="\0" * (MOST // 4 + 1)))
    assert store.too_long(row, "") == "number"


def test_a_key_that_is_too_long(company, url, opened, run):
    """It is not asked, and told each time; the others are asked, and nothing stops."""
    query = ValueQuery("invoices", "remote_id", "stuut")
    keys = [value for value, _ in opened(company.sqlite).values(query)]
    config = _config(company, credira={"invoices": [_letters(3000), *keys]})
    for _ in range(2):
        done = run("--config", config, "--store", url, "sync", "--select", "credira.calls")
        assert done.code == 3, done.err
        assert "with 3,000 letters it is too long to be looked up" in done.out + done.err
        assert _calls(opened(url)) == _calls(opened(company.sqlite)) > 0


def test_keys_that_were_stored_before_they_were_keys(company, url, opened, run):
    """What was no key yet may have any length: it is not asked, and the others are."""
    company.sync(url)
    long = Invoice(connection="stuut", id="long", purchase_order=_letters(3000))
    store = opened(url)
    with store.transaction():
        store.apply(Changes(1, rows={long.ref: to_row(long)}))
    config = _config(company, stuut={}, credira={"invoices": "stuut:purchase_order"})
    done = run("--config", config, "--store", url, "sync", "--select", "credira.calls")
    assert done.code == 3, done.err
    assert "with 3,000 letters it is too long" in done.out + done.err
    orders = [value for value, _ in store.values(ValueQuery("invoices", "purchase_order", "stuut"))]
    asked = {point.shard for point in store.checkpoints(CheckpointQuery("credira", "calls"))}
    assert len(orders) > 1
    assert {*orders} - asked == {long.purchase_order}


def _config(company, **changed):
    """The configuration of some connections, with settings changed."""
    given = tomllib.loads((company.folder / "duetrail.toml").read_text())["connections"]
    lines = [
        line
        for name, settings in changed.items()
        for line in (
            f"[connections.{name}]",
            *(f"{key} = {json.dumps(value)}" for key, value in {**given[name], **settings}.items()),
        )
    ]
    (company.folder / "other.toml").write_text("\n".join(lines))
    return company.folder / "other.toml"


def _calls(store):
    return store.counts(CountQuery("calls"))["credira"]


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
