"""What the new endpoints tell grows with the company, at Stuut and at Exante."""

from __future__ import annotations

import gc
import weakref
from itertools import pairwise

import pytest

from duetrail_sandbox.company import Company
from duetrail_sandbox.exante.conversations import conversations
from duetrail_sandbox.stuut.balances import aging
from duetrail_sandbox.stuut.calls import calls
from duetrail_sandbox.stuut.remittances import remittances
from duetrail_sandbox.stuut.tasks import errands

DAYS = 8


@pytest.fixture(scope="module")
def life():
    """A company on the days of a week."""
    days = [Company.build(60, 7)]
    while len(days) < DAYS:
        days.append(days[-1].tomorrow())
    return days


@pytest.mark.parametrize("gathered", [calls, conversations, errands, remittances])
def test_more_every_week(life, gathered):
    """After a week there are things that were not there before, and most of the old ones."""
    before, later = gathered(life[0]), gathered(life[-1])
    assert later.keys() - before.keys()
    assert len(later.keys() & before.keys()) > 0.7 * len(before)


def test_nothing_is_ahead_of_time(life):
    """Nothing has happened later than the company's clock says."""
    for company in life:
        assert all(talk.updated <= company.now for talk in conversations(company).values())
        assert all(one.created <= company.now for one in remittances(company).values())
        assert all(one.changed <= company.now for one in errands(company).values())


def test_a_change_is_dated(life):
    """A conversation that has new messages was updated since."""
    for before, after in pairwise(life):
        old, new = conversations(before), conversations(after)
        for uid in old.keys() & new.keys():
            if len(new[uid].received) > len(old[uid].received):
                assert new[uid].updated > old[uid].updated


def test_aging_moves_on(life):
    """What is late grows later."""
    assert aging(life[0]) != aging(life[-1])


def test_an_empty_company():
    """A company without invoices has nothing to tell, which is no error."""
    empty = Company.build(0, 7)
    assert not calls(empty)
    assert not conversations(empty)
    assert set(aging(empty).values()) == {0}


def test_kept_no_longer_than_the_company():
    """What was gathered goes when the company goes."""
    company = Company.build(20, 7)
    gone = weakref.ref(company)
    for gathered in (aging, calls, conversations, errands, remittances):
        gathered(company)
    del company
    gc.collect()
    assert gone() is None


def test_gathered_once():
    """Asking twice gives the same objects, and another company gives others."""
    company = Company.build(20, 7)
    assert calls(company) is calls(company)
    assert calls(company) is not calls(Company.build(20, 7))
    assert calls(company).keys() == calls(Company.build(20, 7)).keys()
