"""Metrics of what is owed, against figures worked out by hand and in textbooks."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from duetrail.errors import UsageError
from duetrail.model import (
    Instalment,
    InvoiceKind,
    InvoiceStatus,
    Link,
    LinkKind,
    Money,
)
from duetrail.stores import Store
from duetrail.stores.metrics import METRICS, MetricParameters, read_metric
from support.books import ON, about, amount, ask, call, column, fill, invoice, noon, paid

NAMES = [metric.name for metric in METRICS]


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_store_has_no_rows(store: Store, name: str) -> None:
    """Nothing stored gives nothing, and no error."""
    assert ask(store, name) == []


def test_ageing_worked_out_by_hand(store: Store) -> None:
    """Each item is in the bucket of its days past due; the ends of a bucket belong to it."""
    fill(
        store,
        invoice("due-later", "100.10", "2026-04-15"),
        invoice("due-today", "200.20", "2026-03-31"),
        invoice("1-day", "1.01", "2026-03-30"),
        invoice("30-days", "2.02", "2026-03-01"),
        invoice("31-days", "4.04", "2026-02-28"),
        invoice("90-days", "8.08", "2025-12-31"),
        invoice("91-days", "16.16", "2025-12-30"),
        invoice("partly", "1000", "2026-03-30", amount_paid="999.67"),
        invoice("no-day", "0.05"),
        paid("paid", "5000", "2026-03-01", due="2026-02-01"),
    )
    assert column(store, "ar_ageing", "bucket", "items", "amount") == [
        ("current", 2, Decimal("300.30")),
        ("1-30", 3, Decimal("3.36")),
        ("31-60", 1, Decimal("4.04")),
        ("61-90", 1, Decimal("8.08")),
        ("90+", 1, Decimal("16.16")),
        ("no due date", 1, Decimal("0.05")),
    ]


def test_buckets_are_a_parameter(store: Store) -> None:
    """Other bounds make other buckets."""
    fill(store, invoice("a", 1, "2026-03-17"), invoice("b", 2, "2026-03-16"))
    found = column(store, "ar_ageing", "bucket", "items", buckets=(14,))
    assert found == [("current", 0), ("1-14", 1), ("14+", 1), ("no due date", 0)]


def test_currencies_are_never_added_up(store: Store) -> None:
    """Each currency has its own rows, by its own exponent."""
    fill(
        store,
        invoice("usd", "0.10", "2026-03-01"),
        invoice("jpy", "7", "2026-03-01", currency="JPY"),
        invoice("kwd", "0.123", "2026-03-01", currency="KWD"),
        invoice("more", "0.20", "2026-03-01"),
    )
    found = [row for row in ask(store, "ar_ageing") if row["items"]]
    assert [(row["currency"], row["amount"], row["amount_chart"]) for row in found] == [
        ("JPY", Decimal(7), 7.0),
        ("KWD", Decimal("0.123"), 0.123),
        ("USD", Decimal("0.30"), 0.3),
    ]


def test_sums_of_large_amounts_are_exact(store: Store) -> None:
    """A million million and a cent, often, to the cent."""
    fill(store, *(invoice(str(at), "1000000000000.01", "2026-03-01") for at in range(300)))
    found = [row["amount"] for row in ask(store, "ar_ageing") if row["items"]]
    assert found == [Decimal("300000000000003.00")]


def test_what_is_no_receivable_never_ages(store: Store) -> None:
    """Usage bills, payables and unknown kinds are listed apart, each with the reason."""
    fill(
        store,
        invoice("bill", 1, "2025-01-01", kind=InvoiceKind.USAGE_BILL),
        invoice("owed", 1, "2025-01-01", kind=InvoiceKind.PAYABLE),
        invoice("odd", 1, "2025-01-01", kind=None),
        invoice("draft", 1, "2025-01-01", status=InvoiceStatus.DRAFT),
    )
    assert column(store, "ar_ageing", "items") == []
    assert column(store, "ar_left_out", "id", "reason") == [
        ("bill", "usage_bill"),
        ("odd", "kind not known"),
        ("owed", "payable"),
    ]


def test_amounts_without_an_exponent_are_listed_apart(store: Store) -> None:
    """What cannot be counted in whole minor units is in no sum, and is shown as it is stored."""
    fill(
        store,
        invoice("xau", "1.5", currency="XAU"),
        invoice("none", 2, currency=None),
        invoice("minor", Money(None, "???", Decimal(1234)), currency="???"),
        invoice("split", "0.005"),
        invoice("zeros", "0.0500"),
        invoice("huge", "92233720368547758.07"),
        invoice("just-too-large", "-10000000000000"),
        invoice("largest", "9999999999999.99"),
        invoice("unknown", None),
    )
    assert column(store, "ar_left_out", "id", "reason", "amount", "minor") == [
        ("huge", "too large", "92233720368547758.07", None),
        ("just-too-large", "too large", "-10000000000000", None),
        ("minor", "currency without an exponent", None, "1234"),
        ("none", "no currency", "2", None),
        ("split", "no whole minor units", "0.005", None),
        ("unknown", "amount not known", None, None),
        ("xau", "currency without an exponent", "1.5", None),
    ]
    assert column(store, "ar_open", "id", "remaining") == [
        ("largest", Decimal("9999999999999.99")),
        ("zeros", Decimal("0.05")),
    ]


def test_an_invoice_of_two_vendors_is_counted_once(store: Store) -> None:
    """It counts as the vendor has it that the others are linked to."""
    one, two = invoice("1", 10, "2026-03-01"), invoice("2", 11, "2026-03-01", connection="a-tool")
    fill(store, one, two, links=[Link(two.ref, one.ref, LinkKind.DERIVED, "same")])
    assert column(store, "ar_open", "connection", "id") == [("erp", "1")]
    assert column(store, "ar_left_out", "id", "reason") == []


def test_what_another_vendor_counts_is_not_left_out(store: Store) -> None:
    """Whatever is wrong with it there; unless no vendor's can be counted."""
    one, two = invoice("1", 10, "2026-03-01"), invoice("2", 10, kind=None, connection="tool")
    bare = invoice("3", 10, currency=None)
    three = invoice("4", 10, kind=InvoiceKind.UNKNOWN, connection="tool")
    links = [Link(two.ref, one.ref, LinkKind.DERIVED, "same")]
    links.append(Link(three.ref, bare.ref, LinkKind.DERIVED, "same"))
    fill(store, one, two, bare, three, links=links)
    assert column(store, "ar_left_out", "id", "reason") == [("3", "no currency")]


def test_a_draft_is_not_counted_for_an_invoice(store: Store) -> None:
    """Where one vendor's is a draft still, the other's counts, whichever is linked to which."""
    draft, sent = invoice("1", 10, status=InvoiceStatus.DRAFT), invoice("2", 10, connection="tool")
    fill(store, draft, sent, links=[Link(sent.ref, draft.ref, LinkKind.DERIVED, "same")])
    assert column(store, "ar_open", "id") == [("2",)]


def test_what_is_issued_later_is_not_owed_yet(store: Store) -> None:
    """A date in the far future is no receivable of today; a due date there is not due."""
    fill(
        store,
        invoice("later", 1, "2026-05-01", issued_on=date(2026, 4, 1)),
        invoice("far", 2, "9999-12-31"),
    )
    assert column(store, "ar_open", "id", "bucket") == [("far", "current")]
    assert column(store, "ar_left_out", "id", "reason") == [("later", "not issued yet")]


def test_instalments_age_by_their_own_days(store: Store) -> None:
    """Each once, and not the invoice once more; where they do not add up, the invoice counts."""
    parts = (
        Instalment(
            currency="USD", amount=amount(40), due_on=date(2026, 1, 31), paid_at=noon("2026-02-01")
        ),
        Instalment(currency="USD", amount=amount(30), due_on=date(2026, 3, 1)),
        Instalment(
            currency="USD", amount=amount(30), amount_paid=amount(5), due_on=date(2026, 4, 30)
        ),
    )
    touch = call("a", "2026-03-03")
    one = invoice("1", 100, "2026-04-30", amount_paid=45, instalments=parts)
    fill(
        store,
        one,
        touch,
        invoice("2", 100, "2026-03-30", amount_paid=1, instalments=parts),
        links=about(touch, one),
    )
    assert column(store, "ar_open", "id", "part", "remaining", "bucket") == [
        ("1", 2, Decimal(30), "1-30"),
        ("1", 3, Decimal(25), "current"),
        ("2", 0, Decimal(99), "1-30"),
    ]
    assert column(store, "ar_silent", "id", "part", "touches", "days_to_first_touch") == [
        ("1", 2, 1, 2),
        ("2", 0, 0, None),
    ]
    assert column(store, "ar_first_touch", "overdue", "touched") == [(2, 1)]


def test_an_overpaid_instalment_takes_off_the_others(store: Store) -> None:
    """The items of an invoice add up to what is left of it: it ages as a whole."""
    parts = (
        Instalment(currency="USD", amount=amount(50), amount_paid=amount(60)),
        Instalment(currency="USD", amount=amount(60), due_on=date(2026, 3, 1)),
    )
    fill(store, invoice("1", 110, "2026-03-01", amount_paid=60, instalments=parts))
    assert column(store, "ar_open", "part", "remaining") == [(0, Decimal(50))]


def test_customers_without_an_id_are_told_apart_by_their_names(store: Store) -> None:
    """What one of them owes is no debt of another; one with an id is one, whatever its names."""
    fill(
        store,
        invoice("1", 10, "2026-03-01", customer_name="Acme"),
        invoice("2", 20, "2026-03-01", customer_name="Zeta"),
        invoice("3", 5, "2026-03-01", customer_name="Zeta"),
        invoice("4", 7, "2026-03-01"),
        invoice("5", 1, "2026-03-01", customer_id="c", customer_name="One"),
        invoice("6", 2, "2026-03-01", customer_id="c", customer_name="One Ltd"),
    )
    assert column(store, "ar_ageing_by_customer", "customer_id", "customer", "amount") == [
        (None, None, Decimal(7)),
        (None, "Acme", Decimal(10)),
        (None, "Zeta", Decimal(25)),
        ("c", "One", Decimal(3)),
    ]


def test_dso_of_a_textbook(store: Store) -> None:
    """10869 owed, of it 8000 not due, sales of 5538, 4566 and 7570 in 90 days: DSO 55.35."""
    fill(
        store,
        invoice("1", 8000, "2026-04-30", issued_on=date(2026, 3, 1)),
        invoice("2", 2869, "2026-03-01", issued_on=date(2026, 1, 15)),
        paid("3", 6805, "2026-03-15", issued_on=date(2026, 2, 1)),
        paid("old", 999, "2026-01-15", issued_on=date(2025, 12, 31)),
    )
    ((dso, best, late),) = column(
        store, "ar_dso", "dso", "best_possible_dso", "average_days_delinquent"
    )
    assert dso == pytest.approx(10869 * 90 / (5538 + 4566 + 7570))
    assert f"{dso:.2f}" == "55.35"
    assert best == pytest.approx(8000 * 90 / 17674)
    assert late == pytest.approx(dso - best)


def test_there_is_no_dso_without_sales(store: Store) -> None:
    """Nothing is divided by nothing."""
    fill(store, invoice("1", 10, issued_on=None))
    assert column(store, "ar_dso", "receivables", "dso") == [(Decimal(10), None)]


def test_what_no_vendor_says_is_no_rate(store: Store) -> None:
    """Nobody said whether anything is disputed, when it was paid, or when it is due."""
    fill(
        store,
        invoice("1", 10, "2026-03-01", currency="EUR"),
        invoice("2", 10, "2026-01-01", currency="EUR", status=InvoiceStatus.PAID),
        invoice("3", 20),
    )
    assert column(store, "ar_disputes", "currency", "items", "dispute_known", "rate_by_amount") == [
        ("EUR", 1, 0, None),
        ("USD", 1, 0, None),
    ]
    assert column(store, "ar_cures", "overdue", "cured", "cure_rate") == [(1, 0, None)]
    assert column(store, "ar_dso", "dso", "best_possible_dso", "average_days_delinquent") == [
        (45.0, 0.0, 45.0),
        (90.0, None, None),
    ]


def test_days_late_invoice_by_invoice(store: Store) -> None:
    """Ten days late, two days early, on the day: 8 / 3 days on average, 10 of the late one."""
    fill(
        store,
        paid("late", 1, "2026-03-11", due="2026-03-01"),
        paid("early", 1, "2026-03-01", due="2026-03-03"),
        paid("sharp", 1, "2026-03-03", due="2026-03-03"),
        paid("long-ago", 1, "2025-06-01", due="2025-01-01"),
    )
    ((number, late, mean, of_late),) = column(
        store, "ar_paid_late", "invoices", "late", "average_days_late", "average_days_of_late"
    )
    assert (number, late, mean, of_late) == (3, 1, pytest.approx(8 / 3), 10)


def test_disputes_by_count_and_by_amount(store: Store) -> None:
    """A disputed item counts whether a flag says so or its status."""
    fill(
        store,
        invoice("1", 10, in_dispute=True),
        invoice("2", 20, status=InvoiceStatus.DISPUTED, amount_remaining=20),
        invoice("3", 30),
        invoice("4", 40, in_dispute=False),
    )
    ((items, disputed, amount_, by_count, by_amount),) = column(
        store, "ar_disputes", "dispute_known", "disputed_items", "disputed", "rate_by_count",
        "rate_by_amount",
    )  # fmt: skip
    assert (items, disputed, amount_, by_count, by_amount) == (4, 2, Decimal(30), 0.5, 0.3)


def test_cures_are_overdue_invoices_paid_in_full(store: Store) -> None:
    """Paid before it was due is no cure; still open is none either."""
    fill(
        store,
        paid("cured", 10, "2026-03-11", due="2026-03-01"),
        paid("in-time", 10, "2026-02-01", due="2026-03-01"),
        invoice("open", 10, "2026-03-01"),
        invoice("not-due", 10, "2026-04-01"),
    )
    ((overdue, cured, rate, mean),) = column(
        store, "ar_cures", "overdue", "cured", "cure_rate", "days_to_cure"
    )
    assert (overdue, cured, rate, mean) == (2, 1, 0.5, 10)


def test_what_was_given_up_before_it_was_due_was_never_overdue(store: Store) -> None:
    """A written-off invoice counts among the overdue ones only if its due date had passed."""
    facts: dict[str, Any] = {"status": InvoiceStatus.WRITTEN_OFF}
    given_up = noon("2026-03-10")
    fill(
        store,
        invoice("before", 10, "2026-03-20", written_off_at=given_up, **facts),
        invoice("after", 10, "2026-03-01", written_off_at=given_up, **facts),
    )
    assert column(store, "ar_cures", "overdue", "cured") == [(1, 0)]


@pytest.mark.parametrize("status", [None, InvoiceStatus.UNKNOWN])
def test_a_time_of_voiding_says_that_an_invoice_is_void(
    store: Store, status: InvoiceStatus | None
) -> None:
    """Where no known word says where it stands, it is no sale, no broken promise, not overdue."""
    facts: dict[str, Any] = {"voided_at": noon("2026-03-10"), "status": status}
    fill(store, invoice("1", 10, "2026-02-01", promised_to_pay_on=date(2026, 3, 1), **facts))
    assert ask(store, "ar_dso") == []
    assert ask(store, "promises") == []
    assert ask(store, "ar_cures") == []
    assert column(store, "ar_roll_rates", "state", days=60) == [("void",)]


def test_what_a_vendor_does_not_list_any_more_is_not_owed(store: Store, lose) -> None:
    """An absent invoice is in no sum; if it was open, it is listed apart."""
    gone = invoice("gone", 10, "2026-03-01")
    fill(store, gone)
    lose(gone.ref, "2026-03-15T00:00:00.000000Z")
    assert column(store, "ar_open", "id") == []
    assert column(store, "ar_left_out", "id", "reason") == [("gone", "no longer listed")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("on", date(1, 1, 1)),
        ("on", date(9999, 12, 31)),
        ("days", 0),
        ("buckets", ()),
        ("buckets", (60, 30)),
        ("buckets", (0,)),
        ("from_hour", 22),
        ("most_calls", -1),
    ],
)
def test_a_parameter_out_of_its_range_is_refused(name: str, value: Any) -> None:
    """The message names the parameter and what it may be."""
    with pytest.raises(UsageError, match=name):
        MetricParameters(**({"on": ON} | {name: value}))


def test_a_metric_that_is_not_there_is_named(store: Store) -> None:
    """A slip of the pen gets the nearest name."""
    with pytest.raises(UsageError, match="ar_ageing"):
        read_metric(store, "ar_aging", MetricParameters(on=ON))


@pytest.mark.parametrize("seed", range(3))
def test_random_books_add_up_to_the_last_digit(store: Store, seed: int) -> None:
    """Ageing is what adding up by hand gives, in every currency and bucket."""
    rng = Random(seed)
    digits = {"USD": 2, "JPY": 0, "KWD": 3, "CLF": 4}
    expected: dict[tuple[str, str], Decimal] = {}
    books = []
    for at in range(400):
        currency = rng.choice([*digits])
        total = Decimal(rng.randint(1, 10 ** rng.randint(1, 11))).scaleb(-digits[currency])
        used = Decimal(rng.randint(0, int(total))) if rng.random() < 0.5 else None
        due = ON - timedelta(days=rng.randint(-60, 200))
        facts = {} if used is None else {"amount_paid": str(used)}
        books.append(invoice(str(at), str(total), due.isoformat(), currency=currency, **facts))
        past = (ON - due).days
        bounds = ((0, "current"), (30, "1-30"), (60, "31-60"), (90, "61-90"), (999, "90+"))
        bucket = next(name for most, name in bounds if past <= most)
        left = total - (used or 0)
        expected[currency, bucket] = expected.get((currency, bucket), Decimal()) + left
    fill(store, *books)
    found = {(row["currency"], row["bucket"]): row["amount"] for row in ask(store, "ar_ageing")}
    assert {key: amount_ for key, amount_ in found.items() if amount_} == expected


def test_some_connections_are_counted_as_if_there_were_no_others(store: Store) -> None:
    """An invoice that two vendors have is counted for the one that is left."""
    one = invoice("1", 10)
    other = invoice("2", 10, connection="it's")
    same = [Link(other.ref, one.ref, LinkKind.DERIVED, "same number")]
    fill(store, one, other, invoice("3", 5, connection="third"), links=same)
    assert column(store, "ar_dso", "receivables") == [(Decimal(15),)]
    assert column(store, "ar_open", "connection", connections=("it's",)) == [("it's",)]
    assert column(store, "ar_open", "id", connections=("erp", "it's")) == [("1",)]
    assert column(store, "ar_open", "id", connections=("nobody",)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_connection_together_is_the_same_as_none_named(store: Store, name: str) -> None:
    """Whatever a metric reads, it reads it of the connections that are named."""
    one, said = invoice("1", 10, "2026-02-01"), call("1", "2026-03-01")
    fill(store, one, said, paid("2", 10, "2026-03-10"), links=about(said, one))
    assert ask(store, name, connections=("erp", "voice")) == ask(store, name)
