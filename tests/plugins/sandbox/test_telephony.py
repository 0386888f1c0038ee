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


def test_trap_7_calls_are_dropped_after_120_days(days):
    """Rows are kept for 120 days; the bills they made up stay."""
    later = days[0].lived(100)
    assert min(row.start for row in later.calls).date().isoformat() > "2026-06-09"
    assert by_uid(days[0].bills).keys() <= by_uid(later.bills).keys()
