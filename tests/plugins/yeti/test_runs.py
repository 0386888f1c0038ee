"""Runs over a made-up customer: the same from one worker and from many, and once is enough."""

from contextlib import closing

import pytest

from duetrail.pipeline import digest


@pytest.fixture
def customer(connect, switch, account, invoice, words):
    """Three accounts and forty invoices, one of them broken, one of an account that is gone."""
    accounts = [account(f"acc-{n}", currency=c) for n, c in enumerate(("EUR", "USD", "JPY"))]
    rows = [invoice(f"{n:02}", f"acc-{n % 3}", amount_spent=f"{n}.5") for n in range(38)]
    rows += [invoice("38", None), invoice("39", amount_spent="much")]
    switch.shows("invoices", *rows, included=accounts)
    switch.shows("accounts", *accounts)
    return connect(login=words.login, password=words.password, page_size=10)


def content(project):
    with closing(project.store()) as store:
        return digest(store)


def test_everything_adds_up(customer):
    """Items are mapped or rejected, none is lost; what pages share is there twice, unchanged."""
    accounts, invoices, *_ = customer.sync().resources
    assert (accounts.items, accounts.mapped, accounts.rejected) == (3, 3, 0)
    assert (invoices.mapped, invoices.rejected) == (39, 1)
    assert invoices.items == 40 + invoices.unchanged > 40
    (reject,) = customer.rows("rejects")
    assert (reject["item"], reject["json_path"]) == ("39", "$.attributes.amount-spent")


def test_the_second_run_writes_nothing(customer):
    """The same answers again: nothing new, nothing changed, no page kept."""
    customer.sync()
    before, pages = content(customer), customer.rows("pages", "number")
    assert customer.sync(workers=4).written == 0
    assert (content(customer), customer.rows("pages", "number")) == (before, pages)


def test_workers_make_no_difference(customer, tmp_path):
    """One worker and sixteen leave the same digest."""
    digests = set()
    for workers in (1, 16):
        customer.database = tmp_path / f"{workers}.db"
        customer.sync(workers=workers, store=f"sqlite:///{customer.database}")
        digests.add(content(customer))
    assert len(digests) == 1


def test_only_the_login_is_no_get(customer, switch):
    """Nothing is ever written to the switch."""
    customer.sync()
    lists = ("accounts", "invoices", "cdrs", "payments")
    assert set(switch.order) == {"POST /auth", *(f"GET /{name}" for name in lists)}
