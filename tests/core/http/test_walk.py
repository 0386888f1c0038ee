"""A page-numbered walk knows whether it saw everything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.errors import Incomplete, ProtocolError
from duetrail.http import Walk, count
from duetrail.source import Page

PAGE = Page(url="https://acme.example/bills", status=200, headers={}, body=b"", data=None)


def walked(*pages, totals=()):
    """The end of a walk over pages of ids, each with the total it reports, if any."""
    walk = Walk("Acme", "bills")
    for number, ids in enumerate(pages):
        total = totals[number] if number < len(totals) else None
        walk.add(PAGE, [{"id": id} for id in ids], id="id", total=total)
    walk.prove()


@given(st.lists(st.lists(st.integers(), min_size=1, unique=True), unique_by=tuple))
def test_every_row_once_is_everything(pages):
    """Whatever the pages hold: rows that come once, and as many as reported, prove the list."""
    distinct, kept = set(), []
    for page in pages:
        rest = [id for id in page if id not in distinct]
        distinct.update(rest)
        if rest:
            kept.append(rest)
    walked(*kept, totals=[len(distinct)] * len(kept))


def test_without_a_total():
    """A vendor that reports no total is believed where no row came twice."""
    walked([1, 2], [3])


def test_nothing_at_all():
    """An empty list is a list."""
    walked([], totals=[0])


@pytest.mark.parametrize(
    ("pages", "totals", "reported"),
    [
        ([[1, 2], [2, 3]], (), "no number of bills, 3 arrived in 4 rows"),
        ([[1, 2], [3]], (4, 4), "4 bills, 3 arrived in 3 rows"),
        ([[1, 2], [4]], (4, 3), "4, then 3 bills, 3 arrived in 3 rows"),
        ([[1, 2]], (1,), "1 bills, 2 arrived in 2 rows"),
    ],
    ids=["a row twice", "a row missing", "a total that changed", "a row too many"],
)
def test_what_does_not_add_up_is_incomplete(pages, totals, reported):
    """A list that moved is told with the numbers that show it."""
    with pytest.raises(Incomplete, match=f"Acme reports {reported}"):
        walked(*pages, totals=totals)


def test_a_page_of_known_rows_ends_the_walk():
    """A vendor that ignores the page number would answer for ever."""
    with pytest.raises(Incomplete, match="nothing but rows that were read before"):
        walked([1, 2], [2, 1])


@pytest.mark.parametrize("row", [None, "text", {}, {"id": None}, {"id": ""}, {"id": []}])
def test_rows_without_an_id_are_each_their_own(row):
    """They are counted: what is wrong with them is for the mapping to say."""
    walk = Walk("Acme", "bills")
    walk.add(PAGE, [row, row], id="id", total=2)
    walk.prove()


def test_counts():
    """A count that is absent or null is none; zero is one."""
    assert [count(PAGE, holder, "n") for holder in ({}, {"n": None}, {"n": 0}, {"n": 7})] == [
        None,
        None,
        0,
        7,
    ]


@pytest.mark.parametrize("value", ["7", 7.0, True, -1, []])
def test_no_counts(value):
    """Anything else is not what the vendor documents."""
    with pytest.raises(ProtocolError, match="reports a `n` that is no count"):
        count(PAGE, {"n": value}, "n")
