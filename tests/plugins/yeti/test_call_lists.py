"""Reading Yeti's calls: each once, by its number, and never without a bound on time."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetrail_yeti.documents import instant
from support.nightly import examples

NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
GTEQ, LT, GT = "filter[time-start-gteq]", "filter[time-start-lt]", "filter[id-gt]"


def at(days, **more):
    """A time so many days before noon, as Yeti prints it."""
    moment = NOON - timedelta(days=days, **more)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


@pytest.fixture
def reader(connect, words):
    """Reads calls of the last twenty days, two to a page."""
    return connect(token=words.token, calls_from=date(2026, 6, 10), call_page_size=2)


@pytest.fixture
def sync(reader):
    """Sync the calls some days later; what became of it."""

    def sync(days=0, **how):
        now = NOON + timedelta(days=days)
        (resource,) = reader.sync(select=["cdrs"], now=now, **how).resources
        return resource

    return sync


@pytest.fixture
def asked(switch):
    """The questions so far, and forget them."""

    def asked(name="cdrs"):
        found = switch.asked_for(name)
        switch.asked.clear()
        return found

    return asked


def ids(reader):
    return [int(row["id"].partition(":")[2]) for row in reader.rows("calls")]


# --- the first reading ---------------------------------------------------------------------------


def test_yeti_7_7_the_past_is_read_in_windows(sync, asked):
    """From the first day on, each with both ends bound, but for the one that is still going on."""
    sync()
    assert asked() == [
        {GTEQ: "2026-06-10T00:00:00Z", LT: "2026-06-17T00:00:00Z", GT: "0"},
        {GTEQ: "2026-06-17T00:00:00Z", LT: "2026-06-24T00:00:00Z", GT: "0"},
        {GTEQ: "2026-06-24T00:00:00Z", LT: "2026-06-28T12:00:00Z", GT: "0"},
        {GTEQ: "2026-06-28T12:00:00Z", GT: "0"},
    ]


def test_yeti_7_7_a_hundred_and_twenty_days(connect, words, asked):
    """So long Yeti's sample configuration keeps calls; the summary says what was not asked for."""
    project = connect(token=words.token, call_window_days=200)
    (resource,) = project.sync(select=["cdrs"], now=NOON).resources
    assert asked()[0][GTEQ] == "2026-03-02T00:00:00Z"
    assert "before 2026-03-02 were not asked for" in resource.notices[0]


@pytest.fixture
def first(connect, words, switch, asked):
    """When the first calls began that are asked for without `calls_from`, and how it ended."""

    def first(name="cdrs", **settings):
        project = connect(token=words.token, call_window_days=366, **settings)
        (resource,) = project.sync(select=[name], now=NOON).resources
        bills = [one.query for one in switch.asked if one.path.endswith("/invoices")]
        return (asked(name) or [{}])[0].get(GTEQ), resource, bills

    return first


@pytest.mark.parametrize("name", ["cdrs", "incoming-cdrs"])
def test_yeti_c4_the_first_reading_begins_with_the_earliest_bill(first, switch, invoice, name):
    """A bill is for calls that may be older than most switches keep them: they are asked for."""
    days = {"late": "2026-05-01", "first": "2025-06-15", "second": "2025-07-01"}
    rows = [invoice(id, start_date=f"{day}T22:00:00.000Z") for id, day in days.items()]
    switch.shows("invoices", *rows, invoice("none", start_date=None))
    begins, resource, (bill,) = first(name)
    assert (begins, resource.state) == ("2025-06-15T22:00:00Z", "complete")
    assert bill["sort"] == ["start-date,id"]
    assert (bill["page[size]"], bill["fields[invoices]"]) == (["1"], ["start-date"])
    assert "before 2025-06-15 were not asked for" in resource.notices[0]


@pytest.mark.parametrize(
    "start", [None, "2026-06-01T00:00:00.000Z", "2062-01-01T00:00:00.000Z", "soon", 5]
)
def test_a_hundred_and_twenty_days_at_least(first, switch, invoice, start):
    """Where the earliest bill is a recent one, or says nothing, older calls may be billed yet."""
    switch.shows("invoices", invoice("a"))
    switch.on("/invoices", {"data": [invoice("a", start_date=start)]})
    assert first()[0] == "2026-03-02T00:00:00Z"


def test_a_bill_of_before_there_was_a_switch(first, switch, invoice):
    """A date that was mistyped does not make windows of two thousand years."""
    switch.on("/invoices", {"data": [invoice("a", start_date="0021-01-01T00:00:00.000Z")]})
    assert first()[0] == "2010-01-01T00:00:00Z"


@pytest.mark.parametrize("status", [400, 403, 404])
def test_bills_that_are_not_shown(first, switch, words, status):
    """An operator may hide them: calls are read all the same."""
    switch.on("/invoices", words.errors(status, "No"))
    begins, resource, _ = first()
    assert (begins, resource.state) == ("2026-03-02T00:00:00Z", "complete")


def test_bills_that_cannot_be_read_now(first, switch, words):
    """A beginning that is not known yet is not replaced by another: the next run asks again."""
    switch.on("/invoices", words.errors(500, "Internal"))
    begins, resource, _ = first()
    assert (begins, resource.state) == (None, "failed")


def test_bills_are_asked_for_once(first, switch, invoice):
    """Neither where the user says from when on, nor when there is a cursor."""
    switch.shows("invoices", invoice("a", start_date="2025-06-15T00:00:00.000Z"))
    assert first(calls_from=date(2026, 6, 1))[2] == []
    switch.asked.clear()
    assert first()[2] == []


def test_a_first_day_is_no_surprise(sync):
    """Where `calls_from` says it, there is nothing to tell."""
    assert sync().notices == []


@pytest.mark.parametrize("day", [date(2026, 6, 29), date(2026, 6, 30)])
def test_nothing_past_to_read(connect, words, asked, day):
    """A first day so late leaves one question, without an upper bound."""
    project = connect(token=words.token, calls_from=day)
    assert project.sync(select=["cdrs"], now=NOON).exit_code == 0
    assert asked() == [{GTEQ: f"{day}T00:00:00Z", GT: "0"}]


def test_what_is_asked_with_it(connect, words, switch):
    """Order, account and size; a page may have many rows, as there are no PDFs."""
    connect(token=words.token).sync(select=["cdrs"], now=NOON)
    for one in (one for one in switch.asked if one.path.endswith("/cdrs")):
        assert (one.query["sort"], one.query["include"]) == (["id"], ["account"])
        assert one.query["page[size]"] == ["1000"]
        assert "page[number]" not in one.query


def test_yeti_4_pages_by_number(reader, switch, cdr, sync, asked):
    """Inside a window the next page begins after the last number, whatever else happens."""
    switch.shows("cdrs", *(cdr(id, time_start=at(18)) for id in (3, 8, 11, 29, 100)))
    resource = sync()
    assert (resource.state, resource.items) == ("complete", 5)
    assert [query[GT] for query in asked()] == ["0", "8", "29", "0", "0", "0"]
    assert sorted(ids(reader)) == [3, 8, 11, 29, 100]


@pytest.mark.parametrize("ids_", [(1, 2, 3), (1, 2, 3, 4)])
def test_without_a_count(reader, switch, cdr, sync, ids_):
    """Where no count is reported, a window ends with an empty page."""
    switch.shows("cdrs", *(cdr(id, time_start=at(1)) for id in ids_), counted=False)
    assert sync().state == "complete"
    assert sorted(ids(reader)) == [*ids_]


def test_fewer_than_reported(reader, switch, cdr, sync, page):
    """A count without rows proves nothing, and says so; what came is kept."""
    switch.on("/cdrs", page(cdr(1, time_start=at(18)), total=5), page(total=4))
    resource = sync()
    assert (resource.state, ids(reader)) == ("incomplete", [1])
    assert "reports 4 calls and shows none" in resource.problems[0].message


@pytest.mark.parametrize("broken", range(1, 7))
def test_a_first_reading_that_was_broken_off_goes_on(
    reader, switch, cdr, sync, asked, words, broken
):
    """Wherever it ended, the next run asks for what is missing and nothing else."""
    rows = [cdr(id, time_start=at(18)) for id in range(1, 6)]
    rows += [cdr(9, time_start=at(5)), cdr(10, time_start=at(0, hours=1))]
    switch.shows("cdrs", *rows)
    switch.ahead_of(broken, partial(switch.on, "/cdrs", words.errors(500, "Internal")))
    assert sync().state == "failed"
    before = asked()[:-1]
    switch.shows("cdrs", *rows)
    assert sync().state == "complete"
    steps = [(query[GTEQ][8:10], query[GT]) for query in before + asked()]
    assert steps == [("10", "0"), ("10", "2"), ("10", "4"), ("17", "0"), ("24", "0"), ("28", "0")]
    assert sorted(ids(reader)) == [1, 2, 3, 4, 5, 9, 10]


# --- what is new ---------------------------------------------------------------------------------


def test_yeti_4_the_next_run_asks_by_number(switch, cdr, sync, asked):
    """From a little before the last number on, of calls from two days before the newest one."""
    one = switch.shows("cdrs", cdr(50_000, time_start=at(3)), cdr(60_000, time_start=at(1)))
    sync()
    asked()
    one.rows.append(cdr(61_000, time_start=at(-1)))
    sync(2)
    assert asked()[0] == {GTEQ: "2026-06-28T12:00:00Z", GT: "50000"}
    sync(3)
    assert asked()[0] == {GTEQ: "2026-06-29T12:00:00Z", GT: "51000"}


def test_yeti_4_a_long_call_gets_its_number_late(reader, switch, cdr, sync):
    """It began before calls that were read, and ended after them."""
    one = switch.shows("cdrs", cdr(100, time_start=at(0, hours=1)))
    sync()
    one.rows.append(cdr(101, time_start=at(0, hours=30)))
    assert sync(1).mapped == 1
    assert sorted(ids(reader)) == [100, 101]


def test_yeti_4_a_number_may_be_seen_late(reader, switch, cdr, sync):
    """Two calls end at once, and the higher number is written first: the lower one is found."""
    one = switch.shows("cdrs", cdr(100, time_start=at(0, hours=1)))
    sync()
    one.rows.append(cdr(99, time_start=at(0, hours=1)))
    assert sync(1).mapped == 1
    assert sorted(ids(reader)) == [99, 100]


def test_the_cursor_never_goes_back(switch, cdr, sync, asked):
    """Neither a run that finds nothing nor rows that are read again move it."""
    one = switch.shows("cdrs", cdr(50_000, time_start=at(1)))
    sync()
    one.rows[:] = [cdr(45_000, time_start=at(2))]
    sync(1)
    one.rows.clear()
    for days in (2, 3):
        sync(days)
    assert asked()[-3:] == [{GTEQ: "2026-06-28T12:00:00Z", GT: "40000"}] * 3


def test_a_clock_that_is_ahead(switch, cdr, sync, asked):
    """A call that began in the future does not keep out those of today."""
    switch.shows("cdrs", cdr(1, time_start="2031-01-01T00:00:00.000Z"))
    sync()
    sync(1)
    assert asked()[-1][GTEQ] == "2026-06-28T12:00:00Z"


@pytest.mark.parametrize("days", [3, 40, 400])
def test_a_cursor_of_the_future_is_not_believed(reader, switch, cdr, sync, asked, days):
    """One run with the clock ahead reads windows to come: nothing of them is taken as read."""
    one = switch.shows("cdrs", cdr(1, time_start=at(18)))
    sync(days)
    asked()
    one.rows.append(cdr(2, time_start=at(-0.5)))
    one.rows.append(cdr(3, time_start=at(1)))
    assert sync(1).state == "complete"
    assert asked()[0][GTEQ] == "2026-06-10T00:00:00Z"
    assert sorted(ids(reader)) == [1, 2, 3]
    sync(2)
    assert asked()[0] == {GTEQ: "2026-06-29T12:00:00Z", GT: "0"}


@pytest.mark.parametrize("days", [15, 400])
def test_a_window_that_ends_in_the_future_is_not_believed(
    reader, switch, cdr, sync, asked, words, days
):
    """A run with the clock ahead, broken off inside a window that was not over yet."""
    one = switch.shows("cdrs", cdr(1, time_start=at(18)), cdr(2, time_start=at(1)))
    switch.ahead_of(8, partial(switch.on, "/cdrs", words.errors(500, "Internal")))
    sync(days)
    asked()
    one = switch.shows("cdrs", *one.rows, cdr(3, time_start=at(-0.5)))
    assert sync(1).state == "complete"
    assert sorted(ids(reader)) == [1, 2, 3]


def test_a_first_day_that_is_corrected_counts(connect, words, switch, cdr, asked):
    """A first day to come leaves nothing behind, once it is another one."""
    switch.shows("cdrs", cdr(1, time_start=at(18)))
    for day in (date(2026, 8, 1), date(2026, 6, 10)):
        project = connect(token=words.token, calls_from=day)
        asked()
        assert project.sync(select=["cdrs"], now=NOON).exit_code == 0
    assert asked()[0][GTEQ] == "2026-06-10T00:00:00Z"
    assert len(project.rows("calls")) == 1


def test_yeti_7_12_when_calls_began_may_be_hidden(reader, switch, cdr, sync, asked):
    """Then numbers alone lead on, and the bound on time stays where it was."""
    one = switch.shows("cdrs", cdr(1, time_start=at(1)), hides={"time-start"})
    sync()
    one.rows.append(cdr(2, time_start=at(-3)))
    asked()
    assert sync(4).mapped == 1
    assert asked()[0] == {GTEQ: "2026-06-28T12:00:00Z", GT: "0"}


def test_yeti_7_7_calls_that_were_dropped_stay(reader, switch, cdr, sync):
    """After its time the switch forgets a call, and that proves nothing."""
    one = switch.shows("cdrs", cdr(1, time_start=at(19)))
    sync()
    one.rows.clear()
    assert sync(30, full=True).absent == 0
    assert [row["absent_since"] for row in reader.rows("calls")] == [None]


def test_a_full_reading_begins_anew(switch, sync, asked):
    """`--full` asks for every window again."""
    sync()
    whole = asked()
    sync(full=True)
    assert asked() == whole


def test_since_reads_from_there_on(switch, cdr, sync, asked):
    """`--since` is when calls began; as it leaves a gap, the next run reads everything."""
    switch.shows("cdrs", cdr(1, time_start=at(15)), cdr(2, time_start=at(4)))
    since = datetime(2026, 6, 25, 3, 4, 5, 678, tzinfo=UTC)
    assert sync(since=since).items == 1
    assert asked() == [
        {GTEQ: "2026-06-25T03:04:05Z", LT: "2026-06-28T12:00:00Z", GT: "0"},
        {GTEQ: "2026-06-28T12:00:00Z", GT: "0"},
    ]
    assert sync().items == 2


def test_until_reads_up_to_there(switch, cdr, sync, asked):
    """`--until` is when calls began, too: the last window ends there."""
    sync(since=datetime(2026, 6, 1, tzinfo=UTC), until=datetime(2026, 6, 10, tzinfo=UTC))
    assert asked() == [
        {GTEQ: "2026-06-01T00:00:00Z", LT: "2026-06-08T00:00:00Z", GT: "0"},
        {GTEQ: "2026-06-08T00:00:00Z", LT: "2026-06-10T00:00:00Z", GT: "0"},
    ]


def test_an_until_with_a_part_of_a_second_ends(sync, asked):
    """Yeti is asked in whole seconds: the second that it lies in is read, and nothing after it."""
    until = datetime(2026, 6, 3, 10, 30, 0, 500_000, tzinfo=UTC)
    sync(since=datetime(2026, 6, 1, tzinfo=UTC), until=until)
    assert asked() == [{GTEQ: "2026-06-01T00:00:00Z", LT: "2026-06-03T10:30:01Z", GT: "0"}]


def test_since_counts_more_than_the_first_day(sync, asked):
    """Who asks for older calls wants them."""
    sync(since=datetime(2026, 6, 1, tzinfo=UTC))
    assert asked()[0][GTEQ] == "2026-06-01T00:00:00Z"


# --- the other list ------------------------------------------------------------------------------


def test_yeti_7_8_attempts_that_came_in_are_optional(connect, words, switch, incoming, asked):
    """Who wants each attempt that reached the customer names the list; it is read likewise."""
    switch.shows("incoming-cdrs", *(incoming(id, time_start=at(1)) for id in (1, 2)))
    settings = {"token": words.token, "calls_from": date(2026, 6, 27)}
    connect(**settings).sync(now=NOON)
    assert asked("incoming-cdrs") == []
    project = connect(**settings, include=["incoming-cdrs"])
    for _ in range(2):
        assert project.sync(now=NOON).exit_code == 0
    assert asked("incoming-cdrs") == [
        {GTEQ: "2026-06-27T00:00:00Z", LT: "2026-06-28T12:00:00Z", GT: "0"},
        {GTEQ: "2026-06-28T12:00:00Z", GT: "0"},
        {GTEQ: "2026-06-28T12:00:00Z", GT: "0"},
    ]
    assert sorted(row["id"] for row in project.rows("calls")) == [
        "incoming-cdrs:1",
        "incoming-cdrs:2",
    ]


def test_selected_by_name(reader, switch, incoming, asked):
    """`--select incoming-cdrs` reads them once."""
    switch.shows("incoming-cdrs", incoming(1, time_start=at(1)))
    (resource,) = reader.sync(select=["incoming-cdrs"], now=NOON).resources
    assert (resource.state, resource.items) == ("complete", 1)


# --- filters that are dropped in silence ---------------------------------------------------------


def test_yeti_7_1_every_question_has_a_beginning(reader, switch, cdr, sync, asked):
    """Without one Yeti shows a single day: a first reading, the next and `--since` send it."""
    switch.shows("cdrs", *(cdr(id, time_start=at(id)) for id in range(1, 15)))
    for how in ({}, {}, {"full": True}, {"since": datetime(2026, 6, 20, tzinfo=UTC)}):
        sync(**how)
    assert all(GTEQ in query for query in asked())


@pytest.mark.parametrize(("ignored", "days"), [(GTEQ, 25), (LT, 1), (GT, 18), ("sort", 18)])
def test_yeti_7_2_what_was_not_asked_for_is_noticed(reader, switch, cdr, sync, ignored, days):
    """A filter that was dropped, or an order: the reading fails, and says which."""
    rows = [cdr(id, time_start=at(18)) for id in range(1, 6)] + [cdr(9, time_start=at(days))]
    switch.shows("cdrs", *rows, ignores={ignored})
    resource = sync()
    assert resource.state == "failed"
    word = "another order" if ignored == "sort" else ignored
    assert word in resource.problems[0].message


def test_yeti_7_2_values_are_checked_before_they_are_sent():
    """A time without a zone is none to ask with."""
    with pytest.raises(ValueError, match="zone"):
        instant(datetime(2026, 6, 1))


@pytest.mark.parametrize("id", ["x", "", "-1", "1.5", "٣", "9" * 20, None, 5, True])
def test_an_id_that_is_no_number(reader, switch, cdr, sync, page, id):
    """A row without a number among others stops nothing; nothing but such rows does."""
    odd = cdr(1, time_start=at(18)) | {"id": id}
    done = page()
    switch.on("/cdrs", page(cdr(3, time_start=at(18)), odd, total=2), done)
    assert sync().state == "complete"
    assert "cdrs:3" in {row["id"] for row in reader.rows("calls")}
    switch.on("/cdrs", page(odd))
    resource = sync(full=True)
    assert resource.state == "failed"
    assert "without a number in any id" in resource.problems[0].message


@pytest.mark.parametrize("row", [None, 5, "x", [], {}, {"id": "7", "attributes": 5}])
def test_rows_that_are_none(reader, switch, cdr, sync, page, row):
    """What is no call is set aside, and the list read on."""
    switch.on("/cdrs", page(cdr(3, time_start=at(18)), row), page())
    resource = sync()
    assert (resource.state, resource.rejected) == ("complete", 1)


def test_a_time_that_cannot_be_read(reader, switch, cdr, sync, page):
    """The call is set aside by the mapping, and its number still counts."""
    switch.on("/cdrs", page(cdr(3, time_start="yesterday")), page())
    resource = sync()
    assert (resource.state, resource.rejected) == ("complete", 1)


# --- whatever happens ----------------------------------------------------------------------------

CALLS = st.lists(
    st.tuples(
        st.integers(1, 400),  # hours before the first run when it began
        st.integers(0, 47),  # hours that it lasted
        st.booleans(),  # whether its row is written an hour late
    ),
    min_size=1,
    max_size=12,
)


@given(calls=CALLS, broken=st.sets(st.integers(1, 25), max_size=4))
@settings(
    max_examples=examples(5, 15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_call_is_missed(reader, switch, cdr, words, calls, broken):
    """Whenever calls begin, end and are written, and wherever runs break off, all are read."""
    reader.database.unlink(missing_ok=True)
    ended = sorted((NOON - timedelta(hours=h - length), h, late) for h, length, late in calls)
    rows = [
        (end + timedelta(hours=late), cdr(id, time_start=at(0, hours=began)))
        for id, (end, began, late) in enumerate(ended, 1)
    ]
    switch.begin()  # what the example before did not come to is none of this one
    for number in broken:
        switch.ahead_of(number, partial(switch.on, "/cdrs", words.errors(500, "Internal")))
    for days in range(7):
        now = NOON + timedelta(days=days)
        switch.shows("cdrs", *(row for written, row in rows if written <= now))
        reader.sync(select=["cdrs"], now=now)
    assert sorted(ids(reader)) == list(range(1, len(rows) + 1))
