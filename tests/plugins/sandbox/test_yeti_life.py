"""Yeti, day by day: what comes, what changes, what vanishes."""

from __future__ import annotations

import runpy
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from duetrail_sandbox.company.clock import NOW
from duetrail_sandbox.company.telephony import Telephony

# Test folders are no packages, so what they share is run, not imported.
ask = runpy.run_path(str(Path(__file__).with_name("yeti_desk.py")))["ask"]

DAYS = 36


@pytest.fixture(scope="module")
def days():
    """The company on its first day and on those after it."""
    first = Telephony.build(200, 7)
    return [first, *(first.lived(day) for day in range(1, DAYS))]


def by_uid(found):
    return {one.uid: one for one in found}


def test_a_day_passes(days):
    """Each day is 24 hours after the one before, and the first is the company's."""
    assert days[0].now == NOW
    assert all((later.now - early.now).days == 1 for early, later in pairwise(days))


def test_days_are_reliable(days):
    """The same day is the same, whether one lived through the others or not."""
    alone = Telephony.build(200, 7).lived(DAYS - 1)
    again = days[3].lived(DAYS - 1)
    for one in (alone, again):
        assert one.bills == days[-1].bills
        assert one.calls == days[-1].calls
        assert one.payments == days[-1].payments


def test_nothing_is_made_before_it_is_asked_for():
    """A company that nobody asks for its calls has made none."""
    company = Telephony.build(10_000, 7)
    assert company.switchboard._days == {}
    assert company.calls
    assert company.switchboard._days != {}


def test_another_seed_is_another_company():
    """The seed decides."""
    one, other = (Telephony.build(30, seed) for seed in (1, 2))
    assert {row.id for row in one.calls} != {row.id for row in other.calls}


def test_calls_stay_and_new_ones_come(days):
    """Every day brings calls and changes none."""
    for early, later in pairwise(days):
        known = {row.id: row for row in later.calls}
        assert all(known[row.id] == row for row in early.calls)
        assert len(known) > len(early.calls)


def test_some_rows_come_late_with_a_lower_id(days):
    """A row may appear a day later than rows with higher ids, but not far below them."""
    late = []
    for early, later in pairwise(days):
        highest, known = max(row.id for row in early.calls), {row.id for row in early.calls}
        late += [
            highest - row.id for row in later.calls if row.id < highest and row.id not in known
        ]
    assert len(late) > DAYS / 4
    assert max(late) < 50


def test_late_rows_are_seen_through_the_api(days):
    """Who remembers the highest id alone misses a row; who steps back some ids finds it."""
    missed = 0
    for early, later in pairwise(days[:8]):
        highest = max(row.id for row in early.outgoing)
        since = {"filter[time-start-gteq]": "2026-05-01T00:00:00Z"}
        plain = ask(later, "/cdrs", **since, **{"filter[id-gt]": highest})
        back = ask(later, "/cdrs", **since, **{"filter[id-gt]": highest - 50, "page[size]": 1000})
        new = {str(row.id) for row in later.outgoing} - {str(row.id) for row in early.outgoing}
        assert new <= {row["id"] for row in back.document["data"]}
        missed += len(new) - plain.document["meta"]["total-count"]
    assert missed


def test_the_day_moves_along(days):
    """The hidden day of /cdrs is the last one by the company's clock."""
    for day in days[:4]:
        rows = ask(day, "/cdrs").document["data"]
        starts = [datetime.fromisoformat(row["attributes"]["time-start"]) for row in rows]
        assert timedelta() < day.now - max(starts) < day.now - min(starts) <= timedelta(hours=24)


def test_bills_come_when_periods_end(days):
    """New bills appear, none vanishes, and the first of them the day after the month."""
    assert len(days[1].bills) == len(days[0].bills) + 1
    for early, later in pairwise(days):
        assert by_uid(early.bills).keys() <= by_uid(later.bills).keys()
    ends = {bill.end for bill in days[-1].bills} - {bill.end for bill in days[0].bills}
    assert len(ends) > 1


def test_a_bill_is_approved_weeks_after_its_end(days):
    """Some bills appear long after their period, and after later periods were billed."""
    late = [
        (day.now - bill.end).days
        for early, day in pairwise(days)
        for bill in day.bills
        if bill.uid not in by_uid(early.bills)
    ]
    assert min(late) < 5
    assert sum(14 <= ago < 60 for ago in late) == 2


def test_a_document_comes_later(days):
    """A bill without a PDF has one some days later, and keeps it."""
    for early, later in pairwise(days):
        for uid, bill in by_uid(early.bills).items():
            assert bill.has_pdf(early.now) <= by_uid(later.bills)[uid].has_pdf(later.now)
    (flipped,) = (bill for bill in days[0].bills if bill.has_pdf(days[1].now) > bill.has_pdf(NOW))
    path = f"/invoices/{flipped.uid}/download"
    assert [ask(day, path).status for day in days[:2]] == [404, 200]


def test_new_bills_are_sums_of_calls(days):
    """A bill of a period that ended since agrees with the calls of that period."""
    old, last = by_uid(days[0].bills), days[-1]
    new = [bill for bill in last.bills if bill.uid not in old]
    for bill in new:
        rows = [
            row
            for row in last.outgoing
            if row.origin.account == bill.account and bill.start <= row.start < bill.end
        ]
        assert len(rows) == bill.originated.calls
    assert sum(bill.originated.calls for bill in new) > 100


def test_bills_never_change_but_for_their_document(days):
    """What a bill says stays as it was filled."""
    for early, later in pairwise(days):
        assert all(by_uid(later.bills)[uid] == bill for uid, bill in by_uid(early.bills).items())


def test_references_and_ids_stay_apart(days):
    """New bills have ids of their own, and no reference twice in one account."""
    last = days[-1]
    assert len(by_uid(last.bills)) == len(last.bills)
    pairs = [(bill.account, bill.reference) for bill in last.bills if bill.reference]
    assert len(set(pairs)) == len(pairs)


def test_payments_live(days):
    """In the first week payments come, are completed, and one is rolled back and vanishes."""
    week = days[:8]
    first, last = by_uid(week[0].payments), by_uid(week[-1].payments)
    assert last.keys() - first.keys()
    assert first.keys() - last.keys()
    states = [
        (one.status(week[0].now), one.status(week[-1].now))
        for uid, one in first.items()
        if uid in last
    ]
    assert ("pending", "completed") in states
    (gone, *_) = first.keys() - last.keys()
    assert [ask(day, f"/payments/{gone}").status for day in (week[0], week[-1])] == [200, 404]


def test_transactions_never_change(days):
    """Charges are added and stay what they are."""
    for early, later in pairwise(days):
        known = by_uid(later.transactions)
        assert all(known[one.uid] == one for one in early.transactions)
    assert len(days[-1].transactions) > len(days[0].transactions)


def test_trap_7_calls_are_dropped_after_120_days(days):
    """Rows are kept for 120 days; the bills they made up stay."""
    later = days[0].lived(100)
    assert min(row.start for row in later.calls).date().isoformat() > "2026-06-09"
    assert by_uid(days[0].bills).keys() <= by_uid(later.bills).keys()
