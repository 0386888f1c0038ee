"""Runs over a made-up customer: the same from one worker and from many, and once is enough."""

from contextlib import closing

import pytest

from duetrail.pipeline import digest


@pytest.fixture
def customer(connect, switch, account, invoice, page, words):
    """Three accounts and forty invoices, one of them broken, one of an account that is gone."""
    accounts = [account(f"acc-{n}", currency=c) for n, c in enumerate(("EUR", "USD", "JPY"))]
    rows = [invoice(f"{n:02}", f"acc-{n % 3}", amount_spent=f"{n}.5") for n in range(38)]
    rows += [invoice("38", None), invoice("39", amount_spent="much")]
    pages = [
        page(*rows[at : at + 10], total=40, included=accounts) for at in range(0, len(rows), 10)
    ]
    for number, one in enumerate(pages, 1):
        query = f"sort=start-date%2Cid&include=account&page%5Bnumber%5D={number}&page%5Bsize%5D=10"
        switch.on(f"/invoices?{query}", one)
    switch.on("/accounts", page(*accounts))
    return connect(login=words.login, password=words.password, page_size=10)


def content(project):
    with closing(project.store()) as store:
        return digest(store)


def test_everything_adds_up(customer):
    """Items are mapped or rejected, none is lost."""
    accounts, invoices = customer.sync().resources
    assert (accounts.items, accounts.mapped, accounts.rejected) == (3, 3, 0)
    assert (invoices.items, invoices.mapped, invoices.rejected) == (40, 39, 1)
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
    assert {one.partition("?")[0] for one in switch.order} == {
        "POST /auth",
        "GET /accounts",
        "GET /invoices",
    }
