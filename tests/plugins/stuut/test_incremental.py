"""Reading Stuut's new invoices: four short passes, newest first, down to what was read before."""

import json
from datetime import UTC, datetime

import pytest
from attrs import evolve

from duetrail.errors import Incomplete
from duetrail.http import Listing
from duetrail.source import Page
from duetrail_stuut.incremental import SORT_ORDERS, Watermarks, newest

ORDERS = ["issued_at", "paid_at", "last_outreach_at", "last_inbound_at"]
NOW = datetime(2026, 3, 31, tzinfo=UTC)


@pytest.fixture
def old(lists, invoice, day):
    """Twenty invoices of the first days of March."""
    rows = [invoice(f"inv_{at:02}", issued_at=day(1 + at // 4)) for at in range(20)]
    return lists.holds("/v1/invoices", rows)


@pytest.fixture
def again(paged, old):
    """Read in full; then change the rows, and read what is new. The ids that came then."""

    def run(*changes, **settings):
        project = paged(**settings)
        assert project.sync().exit_code == 0
        rows = old._lists["/v1/invoices"]
        for change in changes:
            change(rows)
        old.asked.clear()
        assert project.sync().exit_code == 0
        return project

    return run


def cursor(project):
    (text,) = [row["cursor"] for row in project.rows("checkpoints") if row["cursor"]]
    return json.loads(text)


def numbers(project):
    return {row["id"]: row["number"] for row in project.rows("invoices")}


# --- the cursor ----------------------------------------------------------------------------------


def test_stuut_4_a_full_reading_ends_with_marks(paged, lists, invoice, email, call, day):
    """The greatest time of each kind is where the next run begins, in Stuut's own words."""
    heard = email(direction="inbound", sent_at=day(4))
    rang = call(direction="Inbound", start_time=day(6))
    rows = [
        invoice("a", issued_at=day(1), paid_at=day(9), last_outreach_at=day(3), emails=[heard]),
        invoice("b", issued_at="2026-03-02T23:30:00-05:00", paid_at=day(8), calls=[rang]),
    ]
    lists.holds("/v1/invoices", rows)
    project = paged()
    project.sync()
    assert cursor(project) == {
        "issued_at": "2026-03-02T23:30:00-05:00",
        "paid_at": day(9),
        "last_outreach_at": day(3),
        "last_inbound_at": day(6),
    }


def test_times_are_compared_as_instants(invoice):
    """The text that is greater may be the earlier time."""
    watermarks = Watermarks(NOW)
    later, earlier = "2026-03-01T23:00:00-05:00", "2026-03-02T01:00:00Z"
    watermarks.observe([invoice(issued_at=later), invoice(issued_at=earlier)])
    assert watermarks.value["issued_at"] == later


def test_marks_never_go_down(again, day):
    """What has gone since does not take a mark back."""
    project = again(lambda rows: rows.clear())
    assert cursor(project)["issued_at"] == day(5)


def test_an_invoice_dated_ahead_is_no_mark(invoice, day):
    """A date after the run began would hide all that comes before it."""
    watermarks = Watermarks(NOW)
    watermarks.observe([invoice(issued_at="2099-01-01T00:00:00Z"), invoice(issued_at=day(3))])
    assert watermarks.value["issued_at"] == day(3)


@pytest.mark.parametrize("value", [None, "", "soon", 5, {}, ["2026-01-01T00:00:00Z"], "2026-01-01"])
def test_stuut_7_14_what_is_no_time_is_no_mark(invoice, value):
    """Null, empty and unreadable times are passed over, and so is what is no invoice."""
    watermarks = Watermarks(NOW)
    watermarks.observe([invoice(issued_at=value, emails=value, calls=[value]), value])
    assert set(watermarks.value.values()) == {None}


def test_the_first_moment_of_the_calendar(invoice):
    """A filler for "no time" is a mark like any other: a pass begins below it, if nowhere else."""
    watermarks = Watermarks(NOW)
    watermarks.observe([invoice(paid_at="0001-01-01T00:00:00Z")])
    assert watermarks.lower_bound("paid_at") == datetime(1, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("touch", "mark"),
    [
        ({"direction": "outbound", "sent_at": "2026-03-01T00:00:00Z"}, None),
        ({"sent_at": "2026-03-01T00:00:00Z"}, None),
        ({"direction": "inbound"}, None),
        ({"direction": "inbound", "created_at": "2026-03-01T00:00:00Z"}, "2026-03-01T00:00:00Z"),
    ],
)
def test_stuut_4_the_evidence_of_a_reply(invoice, email, touch, mark):
    """Stuut does not show by when it sorts replies: only what came in tells."""
    watermarks = Watermarks(NOW)
    watermarks.observe([invoice(emails=[email(**touch)])])
    assert watermarks.value["last_inbound_at"] == mark


# --- the orders ----------------------------------------------------------------------------------


def test_stuut_4_four_orders_newest_first(again, old):
    """An ordinary run asks by each sort key, descending, and for the first pages only."""
    again()
    queries = [one.query for one in old.asked]
    assert list(dict.fromkeys(query["sort_by"][0] for query in queries)) == ORDERS
    assert {query["sort_order"][0] for query in queries} == {"desc"}
    assert old.walked("issued_at") == [0, 1, 2]


def test_stuut_4_filters_that_leave_out_nothing(again, old):
    """Only what is paid was paid, and only what had outreach was contacted."""
    again()
    first = {one.query["sort_by"][0]: one.query for one in reversed(old.asked)}
    assert first["paid_at"]["status"] == ["paid"]
    assert first["last_outreach_at"]["has_outreach"] == ["true"]
    for key in ("issued_at", "last_inbound_at"):
        assert not {"status", "has_outreach"} & set(first[key])


def test_a_filter_of_the_user_is_not_overruled(again, old):
    """Where the user asks for open invoices, nothing else is asked for."""
    again(status=["open"], has_outreach=False)
    assert {tuple(one.query["status"]) for one in old.asked} == {("open",)}
    assert {tuple(one.query["has_outreach"]) for one in old.asked} == {("false",)}


@pytest.mark.parametrize(
    "change",
    [
        {"paid_at": "2026-03-20T00:00:00Z", "status": "paid"},
        {"last_outreach_at": "2026-03-20T00:00:00Z"},
        {"last_inbound_at": "2026-03-20T00:00:00Z"},
    ],
)
@pytest.mark.parametrize("nulls_first", [True, False])
def test_stuut_4_what_happened_to_an_old_invoice(again, old, change, nulls_first):
    """Paid, contacted or answered: the oldest invoice comes again, wherever nulls stand."""
    old.nulls_first = nulls_first
    reply = {"direction": "inbound", "sent_at": change.get("last_inbound_at"), "id": "e"}
    emails = [reply] if reply["sent_at"] else []
    project = again(lambda rows: rows[0].update(number="new", emails=emails, **change))
    assert numbers(project)["inv_00"] == "new"


def test_stuut_4_a_new_invoice(again, invoice, day):
    """What was issued since comes with the first page."""
    project = again(lambda rows: rows.append(invoice("new", issued_at=day(20))))
    assert "new" in numbers(project)


def test_stuut_4_back_dated_by_a_few_hours(again, invoice):
    """A pass reads on for a day below what was read: nothing slips under the mark."""
    late = invoice("late", issued_at="2026-03-04T13:00:00Z")
    assert "late" in numbers(again(lambda rows: rows.append(late)))


def test_stuut_4_blind_to_other_changes(again, day):
    """What moves none of the four times waits for the next full reading."""
    project = again(lambda rows: rows[5].update(in_dispute=True, modified_at=day(20)))
    assert project.rows("invoices")[5]["in_dispute"] is None
    project.sync(full=True)
    assert project.rows("invoices")[5]["in_dispute"] == 1


def test_a_full_reading_after_some_days(again, old):
    """With `full_every` over, everything is read again, oldest first."""
    again(full_every=1e-9)
    assert {one.query["sort_order"][0] for one in old.asked} == {"asc"}


def test_an_ordinary_run_marks_nothing_absent(again):
    """That the passes do not show an invoice proves nothing."""
    project = again(lambda rows: rows.clear())
    assert not any(row["absent_since"] for row in project.rows("invoices"))


# --- since ---------------------------------------------------------------------------------------


def test_stuut_4_since_a_day(paged, old, invoice, day):
    """`--since` reads down to that day, by all four times, and no further."""
    old._lists["/v1/invoices"][0].update(status="paid", paid_at=day(20))
    project = paged()
    assert project.sync(since=datetime(2026, 3, 5, tzinfo=UTC)).exit_code == 0
    found = set(numbers(project))
    assert found >= {"inv_00", "inv_16", "inv_17", "inv_18", "inv_19"}
    assert "inv_04" not in found
    assert [row["cursor"] for row in project.rows("checkpoints") if row["cursor"]] == []


# --- nulls ---------------------------------------------------------------------------------------


class Row:
    """Pages of a list of times, some of them null, and how many were asked for."""

    def __init__(self, times, *, counted=True):
        self.rows = [{"id": str(at), "issued_at": time} for at, time in enumerate(times)]
        self.counted = counted
        self.asked = []

    def ask(self, number, size):
        self.asked.append(number)
        rows = self.rows[number * size : (number + 1) * size]
        page = Page(url="list", status=200, headers={}, body=b"", data=rows)
        if not self.counted:
            return Listing(page=page, rows=rows)
        more = (number + 1) * size < len(self.rows)
        return Listing(page=page, rows=rows, total=len(self.rows), more=more)


def read(row, lower_bound, size=5):
    """The times that a pass by `issued_at` reads."""
    listings = newest(row.ask, SORT_ORDERS[0], lower_bound, size)
    return [one["issued_at"] for listing in listings for one in listing.rows]


@pytest.mark.parametrize("counted", [True, False])
def test_stuut_4_nulls_that_come_first_are_leapt_over(day, counted):
    """A thousand pages of nulls cost a few looks, and the first dated row is found."""
    row = Row([None] * 4_998 + [day(9), day(8), day(7)] + [day(1)] * 500, counted=counted)
    found = read(row, datetime(2026, 3, 5, tzinfo=UTC))
    assert {day(9), day(8), day(7)} <= set(found)
    assert len(row.asked) < 40


@pytest.mark.parametrize("counted", [True, False])
def test_stuut_4_nulls_that_come_last_are_not_walked_through(day, counted):
    """Where all that has a time was read, what has none is looked at here and there."""
    row = Row([day(9), day(8)] + [None] * 5_000, counted=counted)
    assert {day(9), day(8)} <= set(read(row, datetime(2026, 3, 5, tzinfo=UTC)))
    assert len(row.asked) < 40


def test_stuut_4_nothing_but_nulls(day):
    """A list in which nothing has a time ends after a few looks."""
    row = Row([None] * 5_000)
    read(row, None)
    assert len(row.asked) < 20


@pytest.mark.parametrize("nulls", range(23))
@pytest.mark.parametrize("counted", [True, False])
def test_stuut_4_the_first_dated_row_wherever_it_stands(day, nulls, counted):
    """However many nulls come first, no row above the lower bound is missed."""
    new = [f"2026-03-20T{hour:02}:00:00Z" for hour in range(7)]
    row = Row([None] * nulls + new + [day(1)] * 9, counted=counted)
    assert set(new) <= set(read(row, datetime(2026, 3, 10, tzinfo=UTC), size=3))


def test_stuut_4_a_null_never_ends_a_pass(day):
    """A page with a null and rows above the lower_bound leads on."""
    row = Row([day(9), None, day(8), day(7), day(1), day(1)])
    assert day(7) in read(row, datetime(2026, 3, 5, tzinfo=UTC), size=2)


def test_stuut_4_a_pass_ends_after_a_whole_page_below(day):
    """One row below the lower_bound is not enough: the page must hold nothing above it."""
    row = Row([day(9), day(1), day(8), day(1), day(1), day(1), day(1), day(1)])
    assert day(8) in read(row, datetime(2026, 3, 5, tzinfo=UTC), size=2)
    assert row.asked == [0, 1, 2]


@pytest.mark.parametrize("at", [0, 1])
def test_an_empty_page_that_says_more_follow(day, at):
    """It does not end the pass in silence: what follows it was not read."""
    row = Row([day(9)] * 20)

    def ask(number, size):
        listing = row.ask(number, size)
        return evolve(listing, rows=[]) if number == at else listing

    with pytest.raises(Incomplete, match="says that more follow"):
        list(newest(ask, SORT_ORDERS[0], None, 5))


def test_after_an_empty_page_the_cursor_stays(stuut, vendor, invoice, page, day):
    """Such a run is incomplete, and the next one begins where it had begun."""
    vendor.on("/v1/invoices", page(invoice("a", issued_at=day(1)), next_page=None))
    stuut.sync()
    before = cursor(stuut)
    vendor.on("/v1/invoices", page(invoice("b", issued_at=day(9)), next_page=1), page(next_page=2))
    (resource,) = stuut.sync().resources
    assert (resource.state, cursor(stuut)) == ("incomplete", before)


def test_a_count_too_low_where_a_page_is_full(day):
    """A full page that ends where the count does need not be the last."""
    row = Row([day(9)] * 10 + [day(8)], counted=False)

    def ask(number, size):
        return evolve(row.ask(number, size), total=10)

    found = newest(ask, SORT_ORDERS[0], None, 5)
    assert day(8) in [one["issued_at"] for listing in found for one in listing.rows]


def test_a_list_that_ignores_pages_ends(paged, vendor, connect, invoice, day):
    """A server that answers the same rows to each page number is told, not asked for ever."""
    project = connect(page_size=1)
    vendor.on("/v1/invoices", {"data": [invoice(issued_at=day(1))], "next_page": None})
    project.sync()
    vendor.on("/v1/invoices", {"data": [invoice(issued_at=day(2))]})
    (resource,) = project.sync().resources
    assert resource.state == "incomplete"
    assert "rows of the page before" in resource.problems[0].message
