"""Yeti's invoices and accounts: what they say, and what they never say."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from duetrail.model import Money


def test_kind_is_a_usage_bill(mapped, invoice):
    """The reader of the API owes it: it is no receivable."""
    assert mapped(invoice()).kind == "usage_bill"


def test_status_is_not_known(mapped, invoice):
    """The API shows approved invoices only, and never says whether one is paid."""
    one = mapped(invoice())
    assert (one.status, one.status_raw, one.overdue) == (None, None, None)


def test_no_date_is_made_up(mapped, invoice):
    """The end of the period is neither the day of issue nor the day it is due."""
    one = mapped(
        invoice(start_date="2026-01-01T00:00:00.000Z", end_date="2026-02-01T00:00:00.000Z")
    )
    assert (one.issued_at, one.issued_on, one.due_at, one.due_on, one.created_at) == (None,) * 5
    assert (one.amount_due, one.amount_paid, one.amount_remaining, one.tax) == (None,) * 4


def test_yeti_7_3_times_come_in_the_zone_of_the_server(mapped, invoice):
    """An offset that changes with the season within one answer is converted on reading."""
    one = mapped(
        invoice(
            start_date="2026-03-01T00:00:00.000+01:00", end_date="2026-04-01T00:00:00.000+02:00"
        )
    )
    assert one.period_start_at == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert one.period_end_at == datetime(2026, 3, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize("value", ["2026-03-01T00:00:00.000", "yesterday", 1767225600])
def test_yeti_7_3_a_time_without_a_zone_is_a_reject(rejected, invoice, value):
    """A time in an unknown zone is not guessed."""
    assert rejected(invoice(start_date=value)).json_path == "$.attributes.start-date"


@pytest.mark.parametrize(
    "text", ["0.0", "12.345678", "0.00000001", "-3.5", "90071992547409931.01", "7"]
)
def test_amounts_are_exact(yeti, switch, invoice, account, page, text):
    """An amount is text in major units, and is kept with as many digits as there are."""
    switch.on("/invoices", page(invoice(amount_spent=text), included=[account()]))
    yeti.sync(select=["invoices"])
    (row,) = yeti.rows("invoices", "currency, total, total_minor")
    assert row == {"currency": "EUR", "total": text, "total_minor": None}


@pytest.mark.parametrize(
    "value", [1.5, 3, "", "1e3", "NaN", "Infinity", "1,5", " 1", "٣", "1_000", True, "9" * 39]
)
def test_what_is_no_amount(rejected, invoice, value):
    """What is no text in plain decimal notation sets the invoice aside, with the path."""
    assert rejected(invoice(amount_spent=value)).json_path == "$.attributes.amount-spent"


@pytest.mark.parametrize("id", ["acc-1", "acc-2"])
def test_yeti_7_4_each_account_has_its_currency(mapped, invoice, account, id):
    """Currency and customer are those of the invoice's own account among the included ones."""
    two = account("acc-1", currency="EUR"), account("acc-2", currency="USD", name=None)
    one = mapped(invoice(account=id), *two)
    shown = (one.customer_id, one.currency, one.total.currency, one.customer_name)
    assert (
        shown
        == {
            "acc-1": ("acc-1", "EUR", "EUR", "Account acc-1"),
            "acc-2": ("acc-2", "USD", "USD", None),
        }[id]
    )


def test_yeti_7_4_a_reference_is_no_key(yeti, switch, invoice, page):
    """Two accounts may count from one: both invoices are kept."""
    twins = invoice("a", reference="23"), invoice("b", "acc-2", reference="23")
    switch.on("/invoices", page(*twins))
    yeti.sync()
    assert [row["number"] for row in yeti.rows("invoices")] == ["23", "23"]


@pytest.mark.parametrize("reference", [{}, {"reference": None}])
def test_a_reference_may_be_missing(mapped, invoice, reference):
    """Then the invoice has no number."""
    assert mapped(invoice(**reference)).number is None


@pytest.mark.parametrize("whose", [None, "not asked"])
def test_yeti_7_5_the_account_may_be_gone(mapped, invoice, account, whose):
    """Null for a deleted account, absent where it was not asked for: no customer, no currency."""
    one = mapped(invoice(account=whose), account())
    assert (one.customer_id, one.customer_name, one.currency) == (None, None, None)
    assert one.total == Money(Decimal("1.0"), None)


def test_yeti_7_5_the_account_may_not_be_shown(mapped, invoice, account):
    """An account that is named and not included is known by its id."""
    one = mapped(invoice(account="acc-1"), account("acc-2"))
    assert (one.customer_id, one.customer_name, one.currency) == ("acc-1", None, None)


@pytest.mark.parametrize("relationships", [None, {}, {"account": None}, {"account": {}}])
def test_yeti_7_5_no_relationship_at_all(mapped, invoice, relationships):
    """An answer without relationships is an invoice without a customer."""
    assert mapped(invoice() | {"relationships": relationships}).customer_id is None


def test_other_included_objects(mapped, invoice, account):
    """Only accounts are looked for, whatever else has their id."""
    service = account(currency="USD") | {"type": "services"}
    assert mapped(invoice(), service, "nonsense", account(currency="EUR")).currency == "EUR"


def test_an_account_that_cannot_be_read(rejected, invoice, account):
    """An account of another form sets the invoice aside, and says that it is the account's."""
    reject = rejected(invoice(), account(currency=978))
    assert reject.json_path == "$.relationships.account.data"
    assert (
        "its account: expected text, got a whole number at $.attributes.currency" in reject.reason
    )


def test_yeti_7_12_old_releases_show_no_currency(connect, switch, invoice, account, page, words):
    """Then the configured one counts, for invoices and accounts; a shown one comes first.

    A deleted account shows none in any release: nobody knows what its money is.
    """
    old = account("old")
    del old["attributes"]["currency"]
    new = account("new", currency="USD")
    rows = invoice("a", "old"), invoice("b", "new"), invoice("c", None)
    switch.on("/accounts", page(old, new)).on("/invoices", page(*rows, included=[old, new]))
    project = connect(token=words.token, currency="CHF")
    assert project.sync().exit_code == 0
    assert [row["currency"] for row in project.rows("invoices")] == ["CHF", "USD", None]
    assert [row["currency"] for row in project.rows("parties")] == ["USD", "CHF"]


@pytest.mark.parametrize("name", ["invoices", "cdrs", "incoming-cdrs", "payments"])
def test_yeti_c3_a_deleted_account_had_a_currency_of_its_own(
    connect, switch, invoice, cdr, incoming, payment, words, name
):
    """A set `currency` is for accounts that show none, and not for money of a deleted one."""
    start = "2026-06-29T00:00:00.000Z"
    rows = {
        "invoices": invoice("a", None),
        "cdrs": cdr(1, None, time_start=start, customer_price="1.5"),
        "incoming-cdrs": incoming(1, None, time_start=start, vendor_price="1.5"),
        "payments": payment("a", None, amount="1.5", created_at=start),
    }
    switch.shows(name, rows[name])
    project = connect(token=words.token, currency="CHF")
    now = datetime(2026, 6, 30, tzinfo=UTC)
    assert project.sync(select=[name], now=now).exit_code == 0
    table = "calls" if "cdrs" in name else name
    assert [row["currency"] for row in project.rows(table)] == [None]


@pytest.mark.parametrize("currency", ["EUR", "JPY", "BGN", "XAU"])
def test_a_currency_that_is_one(connect, words, currency):
    """In use, withdrawn, or without an exponent: each may be what accounts are kept in."""
    assert connect(token=words.token, currency=currency).sync().exit_code == 0


def test_no_currency_is_assumed(yeti, switch, invoice, account, page):
    """Without either, the amount is kept and nobody says of what."""
    switch.on("/invoices", page(invoice(), included=[account(currency=None)]))
    yeti.sync()
    (row,) = yeti.rows("invoices", "currency, total, total_minor")
    assert row == {"currency": None, "total": "1.0", "total_minor": None}


def test_a_changed_currency_changes_the_invoice(yeti, switch, invoice, account, page):
    """What stands beside an invoice is part of it: when it changes, the row is written again."""
    for currency in ("EUR", "USD"):
        switch.on("/invoices", page(invoice(), included=[account(currency=currency)]))
        assert yeti.sync().written == 1
        assert [row["currency"] for row in yeti.rows("invoices")] == [currency]


def test_yeti_7_6_a_pdf_may_come_later(yeti, switch, invoice, page):
    """The document has an address when there is one."""
    switch.on("/invoices", page(invoice("a b", has_pdf=False)))
    yeti.sync()
    assert [row["document_url"] for row in yeti.rows("invoices")] == [None]
    switch.on("/invoices", page(invoice("a b", has_pdf=True)))
    yeti.sync()
    here = f"{switch.url}/invoices/a%20b/download"
    assert [row["document_url"] for row in yeti.rows("invoices")] == [here]


def test_a_pdf_is_not_fetched(yeti, switch, invoice, page):
    """Documents are linked to, not read."""
    switch.on("/invoices", page(invoice(has_pdf=True)))
    yeti.sync(select=["invoices"])
    assert switch.order == ["GET /invoices"]


@pytest.mark.parametrize("attributes", [None, {}])
def test_yeti_7_12_attributes_may_be_hidden(mapped, invoice, account, attributes):
    """An operator may hide every field: what is left is a record."""
    one = mapped(invoice() | {"attributes": attributes})
    assert (one.id, one.total, one.number) == ("inv-1", None, None)
    other = mapped(account() | {"attributes": attributes})
    assert (other.id, other.name, other.currency) == ("acc-1", None, None)


def test_an_account_is_a_party_with_its_balance_in_extra(mapped, account):
    """An account is a party, its balance left in `extra`: no invoice knows it."""
    one = mapped(account(**{"min-balance": "0.0", "origination-capacity": 10}))
    assert (one.table, one.id, one.name, one.currency) == (
        "parties",
        "acc-1",
        "Account acc-1",
        "EUR",
    )
    limits = {"balance": "-12.5", "min-balance": "0.0", "origination-capacity": 10}
    assert one.extra == {"type": "accounts", "attributes": limits}
