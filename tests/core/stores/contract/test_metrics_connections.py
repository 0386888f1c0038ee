"""Metrics of some connections: as if the store had no others."""

from decimal import Decimal

import pytest

from duetrail.errors import UsageError
from duetrail.model import Instalment, Link, LinkKind
from duetrail.stores import Store
from duetrail.stores.metrics import METRICS, MetricParameters, metric_sql
from support.books import ON, about, amount, ask, call, column, fill, invoice


@pytest.fixture
def books(store: Store) -> Store:
    """An ERP and two tools that have one invoice, and a call of a third connection about it."""
    part = Instalment(currency="USD", amount=amount(10))
    erp = invoice("1", 10, "2026-03-01", instalments=(part,))
    one = invoice("2", 11, "2026-03-01", connection="one")
    two = invoice("3", 12, "2026-03-01", connection="it's")
    touch = call("a", "2026-03-20")
    same = [Link(other.ref, erp.ref, LinkKind.DERIVED, "same") for other in (one, two)]
    fill(store, erp, one, two, touch, links=[*same, *about(touch, erp)])
    return store


def test_an_invoice_counts_as_the_chosen_connection_has_it(books: Store) -> None:
    """Also where that of another would be; two that are the same by a third are one."""
    amounts = {
        of: column(books, "ar_open", "connection", "remaining", connections=of)
        for of in ((), ("one",), ("it's",), ("it's", "one"))
    }
    assert amounts == {
        (): [("erp", Decimal(10))],
        ("one",): [("one", Decimal(11))],
        ("it's",): [("it's", Decimal(12))],
        ("it's", "one"): [("it's", Decimal(12))],
    }


def test_a_touch_counts_for_the_chosen_invoice(books: Store) -> None:
    """It is linked to another one that is the same; of a connection left out it is none."""
    assert column(books, "ar_silent", "id", "touches", connections=("one", "voice")) == [("2", 1)]
    assert column(books, "ar_silent", "id", "touches", connections=("one",)) == [("2", 0)]


@pytest.mark.parametrize("name", [metric.name for metric in METRICS])
def test_of_a_connection_without_records_there_is_nothing(books: Store, name: str) -> None:
    """Every metric reads the chosen connections alone."""
    assert ask(books, name, connections=("nobody",)) == []


def test_views_are_of_all_connections(books: Store) -> None:
    """A view of a dashboard stands beside the tables, and cannot stand for them."""
    with pytest.raises(UsageError, match="all connections"):
        metric_sql(books, None, MetricParameters(on=ON, connections=("one",)))
