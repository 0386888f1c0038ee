"""The company at its carrier, day by day: what comes, what changes, what vanishes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from duetrail_sandbox.company.clock import NOW
from duetrail_sandbox.company.telephony import Telephony

DAYS = 36


@pytest.fixture(scope="module")
def days():
    """The company on its first day and on those after it."""
    first = Telephony.build(200, 7)
    return [first, *(first.lived(day) for day in range(1, DAYS))]


def by_uid(found):
    return {one.uid: one for one in found}


def test_days_are_reliable(days):
    """The same day is the same, whether one lived through the others or not."""
    for one in (Telephony.build(200, 7).lived(DAYS - 1), days[3].lived(DAYS - 1)):
        assert one.bills == days[-1].bills
        assert one.calls == days[-1].calls
        assert one.payments == days[-1].payments
    others = {row.id for row in Telephony.build(200, 8).calls}
    assert others != {row.id for row in days[0].calls}


def test_nothing_is_made_before_it_is_asked_for():
    """A company that nobody asks for its calls has made none."""
    company = Telephony.build(10_000, 7)
    assert company.switchboard._days == {}
    assert company.calls
    assert company.switchboard._days != {}


def test_calls_stay_and_new_ones_come_some_late(days):
    """Every day brings calls and changes none; a row may come late with a lower id."""
    late = []
    for early, later in pairwise(days):
        known = {row.id: row for row in later.calls}
        assert all(known[row.id] == row for row in early.calls)
        assert len(known) > len(early.calls)
        highest, old = max(row.id for row in early.calls), {row.id for row in early.calls}
        late += [highest - one for one in known if one < highest and one not in old]
    assert len(late) > DAYS / 4
    assert max(late) < 50


def test_bills_come_and_never_change(days):
    """Bills appear when periods end, some weeks later; what they say stays, a document comes."""
    assert len(days[1].bills) == len(days[0].bills) + 1
    waits = []
    for early, later in pairwise(days):
        known = by_uid(later.bills)
        for uid, bill in by_uid(early.bills).items():
            assert known[uid] == bill
            assert bill.has_pdf(early.now) <= bill.has_pdf(later.now)
        new = known.keys() - by_uid(early.bills).keys()
        waits += [(later.now - known[uid].end).days for uid in new]
    assert min(waits) < 5
    assert sum(14 <= wait < 60 for wait in waits) == 2
    assert any(bill.has_pdf(days[1].now) > bill.has_pdf(NOW) for bill in days[0].bills)


def test_new_bills_are_sums_of_calls(days):
    """A bill of a period that ended since agrees with the calls of that period."""
    old, last = by_uid(days[0].bills), days[-1]
    new = [bill for bill in last.bills if bill.uid not in old]
    for bill in new:
        rows = [row for row in last.outgoing if row.origin.account == bill.account]
        assert sum(bill.start <= row.start < bill.end for row in rows) == bill.originated.calls
    assert sum(bill.originated.calls for bill in new) > 100


def test_payments_live(days):
    """In the first week payments come, are completed, and one is rolled back and vanishes."""
    first, last = by_uid(days[0].payments), by_uid(days[7].payments)
    assert last.keys() - first.keys()
    assert first.keys() - last.keys()
    shared = [one for uid, one in first.items() if uid in last]
    states = {(one.status(days[0].now), one.status(days[7].now)) for one in shared}
    assert ("pending", "completed") in states


def test_trap_7_calls_are_dropped_after_120_days(days):
    """Rows are kept for 120 days; the bills they made up stay."""
    later = days[0].lived(100)
    assert min(row.start for row in later.calls).date().isoformat() > "2026-06-09"
    assert by_uid(days[0].bills).keys() <= by_uid(later.bills).keys()
