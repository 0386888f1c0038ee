"""A walk over numbered pages notices when rows move under it."""

import random
from decimal import Decimal
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.errors import FetchError, Incomplete, ProtocolError
from duetrail.http import Listing, count, walk
from duetrail.source import Page

PAGE = Page(url="https://acme.example/bills", status=200, headers={}, body=b"", data=None)


class Vendor:
    """A list that is asked page by page, and may be stirred before each answer."""

    def __init__(self, rows, *, total=True, more=True, most=None, fixed=None, echo=False, off=0):
        self.rows = list(rows)
        self.off = off  # by how much the total is wrong
        self.stir = lambda: None
        self.asked = []
        self._tells = (total, more, echo)
        self._most, self._fixed = most, fixed

    def ask(self, number, size):
        self.asked.append((number, size))
        self.stir()
        total, more, echo = self._tells
        real = self._fixed or min(size, self._most or size)
        end = (number + 1) * real
        return Listing(
            page=PAGE,
            rows=[{"id": id} for id in self.rows[number * real : end]],
            total=len(self.rows) + self.off if total else None,
            more=end < len(self.rows) if more else None,
            size=real if echo else None,
        )

    def walk(self, size=10):
        return walk(self.ask, vendor="Acme", rows="bills", size=size)

    def read(self, size=10):
        return [row["id"] for listing in self.walk(size) for row in listing.rows]


# --- a list that stands still --------------------------------------------------------------------


@settings(deadline=None)
@given(rows=st.integers(0, 300), size=st.integers(1, 60), total=st.booleans(), more=st.booleans())
def test_everything_arrives_in_order(rows, size, total, more):
    """Whatever the vendor tells of totals and further pages, one walk shows each row."""
    vendor = Vendor(range(rows), total=total, more=more)
    assert list(dict.fromkeys(vendor.read(size))) == list(range(rows))
    assert vendor.asked.count((0, size)) == 1


@pytest.mark.parametrize("size", [20, 50, 200])
def test_pages_overlap(size):
    """Each page begins with rows of the page before, so that a shift between them shows."""
    vendor = Vendor(range(1_000))
    vendor.read(size)
    spans = [(number * size, (number + 1) * size) for number, size in vendor.asked]
    for (_, end), (start, following) in pairwise(spans):
        assert start < end < following


def test_overlapping_costs_little():
    """A fifth more pages than without, for pages of fifty."""
    vendor = Vendor(range(5_000))
    vendor.read(size=50)
    assert len(vendor.asked) <= 125


@settings(deadline=None)
@given(rows=st.integers(0, 200), size=st.integers(1, 50), most=st.integers(1, 50), echo=...)
def test_a_vendor_that_gives_smaller_pages(rows: int, size: int, most: int, echo: bool):
    """The size the vendor has in force counts, whether it says so or only shows it."""
    vendor = Vendor(range(rows), most=most, echo=echo)
    assert set(vendor.read(size)) == set(range(rows))


@settings(deadline=None)
@given(rows=st.integers(0, 200), size=st.integers(1, 50), fixed=st.integers(1, 50), echo=...)
def test_a_vendor_that_ignores_the_size(rows: int, size: int, fixed: int, echo: bool):
    """Pages of a fixed size are walked without overlap."""
    vendor = Vendor(range(rows), fixed=fixed, echo=echo)
    assert set(vendor.read(size)) == set(range(rows))


@settings(deadline=None)
@given(rows=st.integers(0, 200), size=st.integers(1, 50), real=st.integers(1, 50), is_most=...)
def test_a_vendor_whose_total_alone_shows_that_its_pages_are_smaller(
    rows: int, size: int, real: int, is_most: bool
):
    """A first page that is short of what was asked and of the total is a page of its size."""
    sizes = {"most": real} if is_most else {"fixed": real}
    vendor = Vendor(range(rows), more=False, **sizes)
    assert set(vendor.read(size)) == set(range(rows))


@settings(deadline=None)
@given(
    rows=st.integers(0, 200),
    size=st.integers(1, 50),
    most=st.integers(1, 10).map(lambda fives: 5 * fives),
)
def test_a_vendor_that_tells_nothing_and_gives_at_most_a_round_number_of_rows(
    rows: int, size: int, most: int
):
    """A first page that is short, and as long as such limits are, may not be the last one."""
    vendor = Vendor(range(rows), most=most, total=False, more=False)
    assert set(vendor.read(size)) == set(range(rows))


def test_a_short_first_page_that_tells_nothing_may_have_no_page_behind_it():
    """Then it is the last one."""
    vendor = Vendor(range(5), total=False, more=False)
    vendor.stir = lambda: refuse_behind(vendor)
    assert vendor.read(10) == list(range(5))
    assert vendor.asked == [(0, 10), (1, 5)]


def test_a_list_that_fits_on_a_page_is_asked_for_once():
    """Unless it is as long as a vendor's own limit may be."""
    asked = []
    for rows in (0, 4, 5, 9):
        vendor = Vendor(range(rows), total=False, more=False)
        vendor.read(10)
        asked.append(vendor.asked)
    assert asked == [[(0, 10)], [(0, 10)], [(0, 10), (1, 5)], [(0, 10)]]


def test_a_short_first_page_whose_total_is_wrong():
    """The vendor has no page of that size behind it: so the list is whole, and its total wrong."""
    vendor = Vendor(range(3), more=False, off=1)
    vendor.stir = lambda: refuse_behind(vendor)
    assert set(vendor.read(10)) == {0, 1, 2}


def refuse_behind(vendor):
    """Have a page behind the last one be no page."""
    number, size = vendor.asked[-1]
    if number and number * size >= len(vendor.rows):
        raise FetchError("no such page", status=404)


# --- a list that moves ---------------------------------------------------------------------------


def test_a_shift_is_walked_again():
    """A row that vanishes from what was read would hide another one; the second walk finds it."""
    vendor = Vendor(range(100))

    def stir():
        if len(vendor.asked) == 3:
            del vendor.rows[0]

    vendor.stir = stir
    assert set(vendor.read()) == set(range(100))
    assert vendor.asked.count((0, 10)) == 2


@pytest.mark.parametrize("size", [5, 7, 10, 20])
@pytest.mark.parametrize("at", range(1, 30))
def test_a_shift_that_no_total_shows(size, at):
    """One row vanishes from what was read and two are added: no total shrinks, and it shows."""
    vendor = Vendor(range(30))

    def stir():
        if len(vendor.asked) == at:
            del vendor.rows[0]
            vendor.rows += ["new", "newer"]

    vendor.stir = stir
    assert set(vendor.read(size)) >= set(vendor.rows)


def test_new_rows_at_the_end_are_no_shift():
    """A list may grow while it is read: what is added behind is read as well, in one walk."""
    vendor = Vendor(range(50))
    vendor.stir = lambda: vendor.rows.extend([] if len(vendor.rows) > 52 else [50, 51, 52])
    assert set(vendor.read()) == set(range(53))
    assert vendor.asked.count((0, 10)) == 1


def test_a_list_that_never_rests_is_incomplete():
    """After three walks the vendor's numbers are told, and everything has been yielded."""
    vendor = Vendor(range(100))

    def stir():
        del vendor.rows[0]
        vendor.rows.append(1_000 + len(vendor.asked))

    vendor.stir = stir
    with pytest.raises(Incomplete, match=r"Acme reports 100 bills, [0-9]+ arrived") as raised:
        vendor.read()
    assert vendor.asked.count((0, 10)) == 3
    assert "the next run reads all of them again" in raised.value.hint


def test_ties_that_change_places():
    """Rows of one rank in an order of chance are proven by several walks, if all were met."""
    chance = random.Random(4)
    vendor = Vendor(range(60))
    vendor.stir = lambda: chance.shuffle(vendor.rows)
    try:
        assert set(vendor.read()) == set(range(60))
    except Incomplete:
        assert len(set(vendor.asked)) > 1


def test_a_total_that_is_wrong():
    """A vendor that counts far more than it gives is told so."""
    vendor = Vendor(range(5), total=False)

    def ask(number, size):
        listing = vendor.ask(number, size)
        return Listing(page=PAGE, rows=listing.rows, total=7, more=False)

    with pytest.raises(Incomplete, match="Acme reports 7 bills, 5 arrived in 5 rows"):
        list(walk(ask, vendor="Acme", rows="bills", size=10))


def test_a_last_page_of_rows_that_moved():
    """A row that moved to the very end stands there alone; the next walk proves the list."""
    vendor = Vendor(range(10))
    vendor.stir = lambda: vendor.rows.append(vendor.rows.pop(0)) if len(vendor.asked) == 2 else None
    assert set(vendor.read(size=4)) == set(range(10))


def test_a_page_that_repeats_ends_the_walk():
    """Nothing but rows that were read before: going on might never end."""

    def ask(number, size):
        return Listing(page=PAGE, rows=[{"id": "a"}, {"id": "b"}], more=True)

    with pytest.raises(Incomplete, match="nothing but rows that were read before"):
        list(walk(ask, vendor="Acme", rows="bills", size=2))


def test_an_empty_page_ends_the_walk():
    """A page without rows is the end, whatever the vendor says of further ones."""

    def ask(number, size):
        rows = [] if number else [{"id": "a"}, {"id": "b"}]
        return Listing(page=PAGE, rows=rows, total=18, more=True)

    with pytest.raises(Incomplete, match="Acme reports 18 bills, 2 arrived"):
        list(walk(ask, vendor="Acme", rows="bills", size=2))


def test_a_total_that_is_never_reached():
    """A fifth too many in the total, and no word of further pages: the walk ends all the same."""
    vendor = Vendor(range(80), more=False, off=20)
    with pytest.raises(Incomplete, match="Acme reports 100 bills, 80 arrived"):
        vendor.read(size=50)


@pytest.mark.parametrize("total", [None, 0, 55, 60, 61])
@pytest.mark.parametrize("rows", [55, 60], ids=["short", "full"])
def test_the_last_page_says_that_more_follow(rows, total):
    """Whatever the total, a list whose last page says that it goes on is not complete."""
    vendor = Vendor(range(rows))

    def ask(number, size):
        return evolve(vendor.ask(number, size), total=total, more=True)

    with pytest.raises(Incomplete, match=r"the last page said that more follow|were read before"):
        list(walk(ask, vendor="Acme", rows="bills", size=10))


# --- a count that is wrong ------------------------------------------------------------------------


def _notices(vendor, size=10):
    """The ids and the notices of a walk."""
    ids, notices = [], []
    for listing in vendor.walk(size):
        ids += [row["id"] for row in listing.rows]
        notices += listing.page.notices
    return set(ids), notices


@pytest.mark.parametrize("more", [True, False])
@pytest.mark.parametrize("size", [5, 10, 50, 200])
@pytest.mark.parametrize("off", [1, -1, 3, -3])
def test_a_wrong_count_is_told_and_the_list_believed(off, size, more):
    """A count that is always wrong by a little: one walk, all rows, and a notice that says so."""
    vendor = Vendor(range(403), more=more, off=off)
    ids, notices = _notices(vendor, size)
    assert ids == set(range(403))
    (notice,) = notices
    assert f"Acme's count is wrong: it counts {403 + off} bills and lists 403" in notice
    right = Vendor(range(403), more=more)
    right.read(size)
    if size >= 20:
        assert len(vendor.asked) <= len(right.asked) + 2


@pytest.mark.parametrize("rows", [1, 2, 5, 8, 10, 11])
@pytest.mark.parametrize("off", [1, -1])
def test_a_short_list_with_a_wrong_count(rows, off):
    """However few there are: one row too many or too few in the count is a wrong count."""
    ids, notices = _notices(Vendor(range(rows), off=off))
    assert ids == set(range(rows))
    assert len(notices) == 1


def test_a_count_and_no_rows():
    """A list that shows nothing and counts one is not believed."""
    with pytest.raises(Incomplete, match="reports 1 bills, 0 arrived"):
        Vendor([], off=1).read()


@pytest.mark.parametrize("status", [400, 404, 410, 416, 422])
def test_no_page_behind_the_last_one(status):
    """Some vendors know no page behind the last one, and say so with an error: that is the end."""
    vendor = Vendor(range(95), fixed=10, off=1)
    asked = vendor.ask

    def ask(number, size):
        listing = asked(number, size)
        if number and not listing.rows:
            raise FetchError("no such page", status=status)
        return listing

    vendor.ask = ask
    ids, notices = _notices(vendor)
    assert (ids, len(notices)) == (set(range(95)), 1)


@pytest.mark.parametrize("status", [401, 403, 500, None])
def test_an_error_behind_the_last_page(status):
    """Any other error there is one."""
    vendor = Vendor(range(95), fixed=10, off=1)
    asked = vendor.ask

    def ask(number, size):
        if number == 10:
            raise FetchError("no", status=status)
        return asked(number, size)

    vendor.ask = ask
    with pytest.raises(FetchError, match="no"):
        vendor.read()


def test_another_page_behind_the_last_one():
    """A vendor that answers the last page again where there is none: that is the end, too."""
    vendor = Vendor(range(95), fixed=10, off=1)
    asked = vendor.ask
    vendor.ask = lambda number, size: asked(min(number, 9), size)
    ids, notices = _notices(vendor)
    assert (ids, len(notices)) == (set(range(95)), 1)


def test_without_overlap_a_second_walk_must_agree():
    """Of pages of a fixed size one walk proves no wrong count: a row that left may hide another."""
    vendor = Vendor(range(100), fixed=10)

    def stir():
        if len(vendor.asked) == 3:
            del vendor.rows[0]
            vendor.off = 1  # a count that lags behind

    vendor.stir = stir
    assert _notices(vendor)[0] == set(range(100))
    vendor = Vendor(range(95), fixed=10, off=1)
    assert len(_notices(vendor)[1]) == 1
    assert vendor.asked.count((0, 10)) == 2


@pytest.mark.parametrize("fixed", [None, 10])
def test_an_empty_place_inside_the_list(fixed):
    """A page in the middle that is one row short for good does not end the list in silence."""
    vendor = Vendor(range(104), fixed=fixed, more=False)

    def ask(number, size):
        listing = vendor.ask(number, size)
        return evolve(listing, rows=[row for row in listing.rows if row["id"] != 94])

    with pytest.raises(Incomplete):
        list(walk(ask, vendor="Acme", rows="bills", size=10))


def test_a_list_that_is_cut_off():
    """A vendor that shows a round number of rows and counts more is not believed."""

    def ask(number, size):
        end = min((number + 1) * size, 1_000)
        return Listing(
            page=PAGE, rows=[{"id": id} for id in range(number * size, end)], total=1_040
        )

    with pytest.raises(Incomplete, match="reports 1040 bills, 1000 arrived"):
        list(walk(ask, vendor="Acme", rows="bills", size=50))


def test_a_count_of_zero_behind_the_end():
    """A page behind the last one that counts nothing makes no list shrink."""
    vendor = Vendor(range(100), fixed=10, more=False)
    asked = vendor.ask

    def ask(number, size):
        listing = asked(number, size)
        return listing if listing.rows else evolve(listing, total=0)

    vendor.ask = ask
    assert set(vendor.read()) == set(range(100))
    assert vendor.asked.count((0, 10)) == 1


@pytest.mark.parametrize("fixed", [None, 49])
def test_a_count_too_low_where_the_last_page_is_full(fixed):
    """A full page that ends where the count does need not be the last: 99 of 99, not 98."""
    vendor = Vendor(range(99), more=False, fixed=fixed, off=-1)
    ids, notices = _notices(vendor, size=49)
    assert (ids, len(notices)) == (set(range(99)), 1)


@pytest.mark.parametrize("kinds", ["m", "md", "mdi"], ids=["moves", "leaves", "comes and goes"])
def test_nothing_is_lost_in_a_thousand_walks(kinds):
    """A hundredth of the rows moves, leaves or comes during the walk: all is read, or told."""
    outcomes = [_trial(random.Random(f"{kinds}/{seed}"), kinds) for seed in range(1_000)]
    assert set(outcomes) <= {"complete", "incomplete"}
    assert outcomes.count("complete") > 900


def _trial(chance, kinds, rows=400, size=25):
    vendor = Vendor(range(rows))
    stay, left = set(range(rows)), rows // 100

    def stir():
        nonlocal left
        if not left or chance.random() > 0.4:
            return
        left -= 1
        kind = chance.choice(kinds)
        row = 1_000 + left if kind == "i" else vendor.rows.pop(chance.randrange(len(vendor.rows)))
        if kind == "d":
            stay.discard(row)
        else:
            vendor.rows.insert(chance.randint(0, len(vendor.rows)), row)

    vendor.stir = stir
    got = set()
    try:
        for listing in vendor.walk(size):
            got.update(row["id"] for row in listing.rows)
    except Incomplete:
        return "incomplete"
    return "complete" if stay <= got else f"lost {stay - got}"


# --- counts --------------------------------------------------------------------------------------


def test_a_count_is_whole_and_not_negative_or_not_reported():
    """A number of rows is whole and not negative, or not reported."""
    assert count(PAGE, {"total": 3}, "total") == 3
    assert count(PAGE, {"total": "42"}, "total") == count(PAGE, {"total": Decimal("42.0")}, "total")
    assert count(PAGE, {"total": "42"}, "total") == 42
    assert count(PAGE, {"total": None}, "total") is None
    assert count(PAGE, {}, "total") is None


@pytest.mark.parametrize(
    "value",
    [
        -1,
        "-3",
        "three",
        "",
        "1.5",
        "9" * 19,
        "\N{ARABIC-INDIC DIGIT THREE}",
        True,
        Decimal("1.5"),
        [],
    ],
)
def test_no_counts(value):
    """Anything else is no answer the vendor documents."""
    with pytest.raises(ProtocolError, match="reports a `total` that is no count"):
        count(PAGE, {"total": value}, "total")
