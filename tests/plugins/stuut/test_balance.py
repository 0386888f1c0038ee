"""Stuut's ageing balance: whether what was read adds up to what Stuut says is open."""

import tracemalloc
from decimal import Decimal
from types import SimpleNamespace

import pytest

from duetrail.http import spilling
from duetrail_stuut.balance import Balance
from duetrail_stuut.wire import AgingBalance
from support.nightly import examples

AGING = "/v1/analytics/collections/aging-balance"
BUCKETS = ("days_0", "days_1_30", "days_31_60", "days_61_90", "days_91_plus")


def aging(count=0, amount=0):
    """The vendor's balance, all of it in one bucket."""
    told = {f"{bucket}_{what}": 0 for bucket in BUCKETS for what in ("count", "amount")}
    return told | {"days_31_60_count": count, "days_31_60_amount": amount}


@pytest.fixture
def owed(invoice):
    """An open receivable of which 1000 are left."""

    def make(id="inv_1", **fields):
        usual = {"type": "receivable", "status": "open", "amount_paid": 0}
        return invoice(id, line_items=[], payments=[], **usual | fields)

    return make


@pytest.fixture
def notices(connect, vendor, page):
    """What is told after a full reading of these invoices, with this balance."""

    def sync(*invoices, says, **settings):
        vendor.on("/v1/invoices", page(*invoices)).on(AGING, says)
        summary = connect(**{"cross_check": True} | settings).sync()
        assert summary.exit_code == 0
        return [notice for one in summary.resources for notice in one.notices]

    return sync


def test_stuut_7_2_the_balance_agrees(notices, owed):
    """Where number and sum are as Stuut says, nothing is told."""
    paid = {"amount_paid": 300}
    invoices = [owed("a"), owed("b", status="overdue", **paid), owed("c", status="processing")]
    assert notices(*invoices, says=aging(3, 2700)) == []


def test_stuut_7_2_another_number(notices, owed):
    """An invoice more at Stuut than was read is told, as a number and without names."""
    (told,) = notices(owed(), says=aging(2, 1000))
    assert "has 2 open invoices where 1 were read" in told


def test_stuut_7_2_another_sum(notices, owed):
    """Another sum is told in cents, as Stuut gives it."""
    (told,) = notices(owed(), says=aging(1, 100000))
    assert "has 100000 cents open where 1000 were read" in told


@pytest.mark.parametrize("status", ["draft", "paid", "void", "uncollectible", {"name": "Paid"}])
def test_stuut_7_5_what_is_settled_is_not_open(notices, owed, status):
    """What is paid, void, written off or not issued yet is not in the balance."""
    assert notices(owed(status=status), says=aging(0, 0)) == []


def test_stuut_7_10_payables_are_not_in_the_balance(notices, owed):
    """What the reader owes is no receivable."""
    assert notices(owed(type="payable"), says=aging(0, 0)) == []


@pytest.mark.parametrize("says", [aging(1, 1000), aging(1, 700), aging(0, 0)])
@pytest.mark.parametrize(
    "doubt",
    [{"amount_paid": None}, {"status": "on_hold"}, {"status": None}, {"type": None}],
)
def test_stuut_7_2_what_is_not_certain_is_a_range(notices, owed, doubt, says):
    """An invoice that may be open, or of which less may be left, agrees with either."""
    assert notices(owed(**doubt), says=says) == []


def test_stuut_7_2_a_range_has_ends(notices, owed):
    """Beyond what is due even an uncertain invoice explains nothing."""
    told = notices(owed("a"), owed("b", amount_paid=None), says=aging(3, 2001))
    assert "3 open invoices where 1 to 2 were read" in told[0]
    assert "2001 cents open where 1000 to 2000 were read" in told[1]


@pytest.mark.parametrize("says", [aging(1, 1000), aging(2, 600)])
def test_stuut_7_11_credits_may_be_in_it_or_not(notices, owed, says):
    """Whether Stuut takes credits off the balance is not documented: both agree."""
    credit = owed("credit", amount_due=-400, total_amount=-400)
    assert notices(owed(), credit, says=says) == []


def test_stuut_7_2_several_currencies_have_no_sum(notices, owed):
    """Dollars and euros are not added up; they are counted."""
    both = [owed("a"), owed("b", currency="EUR")]
    assert notices(*both, says=aging(2, 5)) == []


def test_an_amount_without_bounds_has_no_sum(notices, owed):
    """Where nobody knows what is due, only the number is compared."""
    assert notices(owed(amount_due=None), says=aging(1, 5)) == []


def test_stuut_7_1_whole_units_are_compared_in_cents(notices, owed):
    """With `amounts = "major"` a balance in cents is a hundred times the number."""
    assert notices(owed(), says=aging(1, 100000), amounts="major") == []


def test_stuut_7_1_currencies_without_cents_are_told(notices, owed):
    """What "cents" means for yen is not documented: such amounts are named."""
    (told,) = notices(owed(currency="JPY"), says=aging(1, 1000))
    assert told.startswith("amounts in JPY are read in the smallest unit")


def test_of_two_sights_the_later_counts(paged, lists, owed, day):
    """An invoice that is paid while the list is walked is not open in the end."""
    rows = [owed(name, issued_at=day(at)) for at, name in enumerate("abcdef", 1)]
    lists.holds("/v1/invoices", rows).on(AGING, aging(5, 5000))
    paid = {"status": "paid", "issued_at": "2026-03-05T20:00:00Z"}
    lists.before(2, lambda rows: rows[0].update(paid, modified_at="2026-03-05T20:00:00Z"))
    (resource,) = paged(cross_check=True).sync().resources
    assert (resource.state, resource.notices) == ("complete", [])


def test_an_invoice_that_cannot_be_read(connect, vendor, page, owed):
    """It may be open, with any amount."""
    bad = owed("b", amount_due="much")
    vendor.on("/v1/invoices", page(owed("a"), bad)).on(AGING, aging(2, 5000))
    summary = connect(cross_check=True).sync()
    assert (summary.exit_code, summary.resources[0].notices) == (3, [])


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_refusal_is_told_and_fails_nothing(notices, owed, reply, status):
    """A token that may not read the balance reads the invoices all the same."""
    (told,) = notices(owed(), says=reply({"error": "no"}, status))
    assert told.startswith("not compared with Stuut's ageing balance: ")


@pytest.mark.parametrize("says", [{}, [], {"days_0_count": 1}, aging("3", 5), aging(1, 0.5)])
def test_a_balance_that_cannot_be_read(notices, owed, says):
    """Another form than documented is told, and fails nothing."""
    (told,) = notices(owed(), says=says)
    assert told.startswith("Stuut's ageing balance cannot be read: ")


@pytest.mark.parametrize(
    "settings",
    [
        {"cross_check": False},
        {"status": ["open"]},
        {"number": ["1"]},
        {"task": "tsk_1"},
        {"has_outreach": False},
        {"customer_outreach_paused": True},
    ],
)
def test_not_compared(notices, vendor, owed, settings):
    """Switched off, or with a filter, there is nothing to compare."""
    assert notices(owed(), says=aging(5, 5), **settings) == []
    assert AGING not in {one.path for one in vendor.asked}


def test_compared_after_a_full_reading_only(connect, vendor, page, owed, day):
    """An ordinary run has not read what it would have to add up."""
    vendor.on("/v1/invoices", page(owed(issued_at=day(1)))).on(AGING, aging(1, 1000))
    project = connect(cross_check=True)
    project.sync()
    vendor.asked.clear()
    project.sync()
    assert AGING not in {one.path for one in vendor.asked}


def test_the_sandbox_agrees(company):
    """Forty invoices in several currencies are as many as the sandbox says are open."""
    (resource,) = company.sync("stuut").resources
    assert not [notice for notice in resource.notices if "balance" in notice]


@pytest.fixture
def balance():
    """A comparison that has met nothing yet, of amounts in the smallest unit."""
    return Balance(SimpleNamespace(options=SimpleNamespace(amounts="minor")))


def test_memory_of_many_is_flat(balance, owed, monkeypatch):
    """Where all are in a file, more invoices take no more memory."""
    monkeypatch.setattr(spilling, "_BLOCK", 4)  # those that wait to be written are few
    balance._words._last._room = 0
    rows = examples(10_000, 50_000)
    kept = []
    tracemalloc.start()
    try:
        for number in range(2 * rows):
            balance.observe([owed(f"{number:036}", amount_due=number, total_amount=number)])
            if number + 1 in (rows, 2 * rows):
                kept.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert kept[1] - kept[0] < 5 * rows


@pytest.mark.parametrize("room", [0, 2**20])
def test_many_are_compared_as_few_are(balance, owed, room):
    """In a file or in memory, the last word on each invoice counts, once."""
    balance._words._last._room = room
    balance.observe([owed("a", amount_due=5, total_amount=5), owed("b")])
    balance.observe([owed("a", amount_due=7, total_amount=7)])
    told = list(balance.differences(AgingBalance(**aging(3, 9))))
    assert "3 open invoices where 2 were read" in told[0]
    assert "9 cents open where 1007 were read" in told[1]


@pytest.mark.parametrize("text", ["1000.00", "1000.00000000000000001", "-0.5", "1E+3", "0"])
def test_amounts_of_any_form(balance, owed, text):
    """However an amount is written, it is added up exactly."""
    amount = Decimal(text)
    balance.observe([owed(amount_due=amount, total_amount=amount), owed("b")])
    (told, *_) = balance.differences(AgingBalance(**aging(2, 9)))
    read = f"{amount + 1000}" if amount >= 0 else f"{amount + 1000} to 1000"
    assert f"where {read} were read" in told
