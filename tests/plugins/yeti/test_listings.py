"""Reading again: invoices and payments in full now and then, and in between only what is recent."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
FILTER = {"invoices": "filter[end-date-gteq]", "payments": "filter[created-at-gteq]"}


@pytest.fixture(params=["invoices", "payments"])
def name(request):
    """Which list."""
    return request.param


@pytest.fixture
def make(name, invoice, payment):
    """A row of that list, of a day."""

    def make(id, day="2026-06-01", **more):
        at = f"{day}T00:00:00.000Z"
        if name == "invoices":
            return invoice(id, end_date=at, start_date=at, **more)
        return payment(id, created_at=at, **more)

    return make


@pytest.fixture
def sync(yeti, name):
    """Sync that list some days after the first one; what became of it."""

    def sync(days=0, **how):
        (resource,) = yeti.sync(select=[name], now=NOON + timedelta(days=days), **how).resources
        assert resource.problems == []
        return resource

    return sync


@pytest.fixture
def beginnings(switch, name):
    """Since when each question so far wanted rows; None for all."""
    return lambda: list(dict.fromkeys(q.get(FILTER[name]) for q in switch.asked_for(name)))


def present(yeti, name):
    return [row["id"] for row in yeti.rows(name) if row["absent_since"] is None]


def test_yeti_4_an_ordinary_run_looks_back(switch, name, make, sync, beginnings):
    """The first run reads all there is, the next what is recent: whole months, sixty days back."""
    switch.shows(name, make("old", "2020-01-01"), make("new"))
    assert (sync().items, sync(1).items) == (2, 1)
    assert beginnings() == [None, "2026-05-01T00:00:00Z"]


def test_yeti_7_3_times_are_sent_with_their_zone(switch, name, sync, beginnings, yeti):
    """Yeti would read a time without a zone in its own; ours always ends with Z."""
    since = datetime(2026, 6, 1, 1, 30, 0, 999, tzinfo=UTC).astimezone()
    yeti.sync(select=[name], since=since)
    assert beginnings() == ["2026-06-01T01:30:00Z"]


@pytest.mark.parametrize(
    ("days", "first"), [(1, "2026-06-01"), (30, "2026-05-01"), (60, "2026-05-01")]
)
def test_how_far_back_can_be_set(connect, words, name, switch, beginnings, days, first):
    """`look_back_days` says how far, and it is always the first day of a month."""
    project = connect(token=words.token, look_back_days=days)
    for _ in range(2):
        project.sync(select=[name], now=NOON)
    assert beginnings() == [None, f"{first}T00:00:00Z"]


def test_yeti_4_what_comes_late_is_found(yeti, switch, name, make, sync):
    """An invoice approved long after its period is found by the next full reading."""
    one = switch.shows(name, make("a"))
    sync()
    one.rows.append(make("late", "2026-01-01"))
    sync(1)
    assert present(yeti, name) == ["a"]
    sync(8)
    assert present(yeti, name) == ["a", "late"]


def test_what_goes_is_absent_after_a_full_reading(yeti, switch, name, make, sync):
    """A payment that was rolled back vanishes; only a full reading proves that."""
    one = switch.shows(name, make("a"), make("b"))
    sync()
    one.rows.pop()
    assert (sync(1).absent, present(yeti, name)) == (0, ["a", "b"])
    assert (sync(8).absent, present(yeti, name)) == (1, ["a"])


def test_since_reads_from_there_on(yeti, switch, name, make, sync, beginnings):
    """`--since` cuts the list; as it leaves a gap, the next run reads everything."""
    switch.shows(name, make("old", "2020-01-01"), make("new"))
    assert sync(since=datetime(2026, 5, 20, tzinfo=UTC)).items == 1
    assert sync(1).items == 2
    assert beginnings() == ["2026-05-20T00:00:00Z", None]


def test_a_reading_that_breaks_is_no_full_one(yeti, switch, name, make, words, beginnings):
    """After a failure in the middle everything is asked for again."""
    switch.shows(name, *map(make, "abc"))
    switch.ahead_of(2, partial(switch.on, f"/{name}", words.errors(500, "Internal")))
    assert yeti.sync(select=[name]).exit_code == 1
    switch.shows(name, *map(make, "abc"))
    assert yeti.sync(select=[name]).exit_code == 0
    assert set(beginnings()) == {None}


# --- nothing new ---------------------------------------------------------------------------------


@pytest.fixture
def seen_twice(switch, name, make, sync):
    """Three rows on two pages, read in full and then once more: their ETags are known."""
    one = switch.shows(name, *map(make, "abc"))
    sync()
    sync(1)
    switch.asked.clear()
    return one


def known(switch):
    return ["if-none-match" in asked.headers for asked in switch.asked]


def test_yeti_4_nothing_changed(switch, sync, seen_twice):
    """Where every page is what it was, Yeti says so in no bytes, and nothing is read."""
    resource = sync(2)
    assert (resource.items, resource.requests, resource.state) == (0, 2, "complete")
    assert known(switch) == [True, True]


def test_nothing_is_lost_by_it(yeti, name, switch, sync, seen_twice):
    """What was there stays, run after run, and the question stays the same."""
    for days in (2, 3, 4):
        sync(days)
    assert present(yeti, name) == ["a", "b", "c"]
    assert known(switch) == [True] * 6


def test_the_first_page_changed(yeti, name, make, switch, sync, seen_twice):
    """Then it is at hand already: the walk asks for the others alone."""
    seen_twice.rows.append(make("aa"))
    assert sync(2).requests == 3
    assert present(yeti, name) == ["a", "aa", "b", "c"]
    assert known(switch) == [True, False, False]


def test_the_last_page_changed(yeti, name, make, switch, sync, seen_twice):
    """Then all pages are walked, as rows may have moved from one to another."""
    seen_twice.rows[2] = make("d")
    assert sync(2).items == 3
    assert present(yeti, name) == ["a", "b", "c", "d"]
    assert known(switch) == [True, True, False]


def test_another_month_is_another_question(connect, words, switch, name, make, beginnings):
    """An ETag is never sent with a question that it does not answer."""
    switch.shows(name, *map(make, "abc"))
    project = connect(token=words.token, full_every=99)
    for days in (0, 1, 30, 31):
        project.sync(select=[name], now=NOON + timedelta(days=days))
    assert known(switch) == [False, False, True, False]
    assert beginnings()[1:] == ["2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"]


def test_a_full_reading_takes_no_short_cut(switch, sync, seen_twice):
    """It proves what is absent, so it has to see every row."""
    assert sync(2, full=True).items == 3
    assert known(switch) == [False, False]


def test_a_switch_without_etags(switch, name, make, sync):
    """Then everything recent is read each time."""
    switch.shows(name, *map(make, "abc"), tagged=False)
    assert [sync(days).items for days in range(4)] == [3] * 4
    assert not any(known(switch))


def test_yeti_c5_the_balance_of_an_account_is_no_news(yeti, switch, name, make, account, sync):
    """It changes with every call, and would make another answer of one that is the same."""
    owner = account(currency="USD")
    switch.shows(name, make("a"), included=[owner])
    for days in (0, 1):
        sync(days)
    owner["attributes"]["balance"] = "-13.5"
    assert (sync(2).items, known(switch)[-1]) == (0, True)
    assert {row["currency"] for row in yeti.rows(name)} == {"USD"}
    owner["attributes"]["currency"] = "EUR"
    assert sync(3).items == 1
    assert {row["currency"] for row in yeti.rows(name)} == {"EUR"}


@pytest.mark.parametrize(
    ("unknown", "left"), [({"currency"}, "name"), ({"currency", "name"}, None)]
)
def test_yeti_c5_older_releases_refuse_to_show_a_currency(
    connect, switch, words, name, make, account, unknown, left
):
    """Then what they do show is asked for, and asked the other way once in a reading."""
    switch.shows(name, *map(make, "abc"), included=[account()], unknown=unknown)
    project = connect(token=words.token, page_size=2, currency="CHF")
    for days in (0, 1, 2):
        switch.asked.clear()
        now = NOON + timedelta(days=days)
        (resource,) = project.sync(select=[name], now=now).resources
        assert (resource.state, resource.problems) == ("complete", [])
    refused = len(unknown)
    assert resource.items == 0
    assert [one.query.get("fields[accounts]", [None])[0] for one in switch.asked][refused:] == [
        left,
        left,
    ]
    assert {row["currency"] for row in project.rows(name)} == {"CHF" if left else "EUR"}


def test_another_refusal_is_one(yeti, switch, name, words):
    """A 400 for another reason, or for ever, ends the reading as before."""
    switch.on(f"/{name}", words.errors(400, "Invalid field", code="104"))
    (resource,) = yeti.sync(select=[name]).resources
    assert (resource.state, len(switch.asked)) == ("failed", 3)


def test_accounts_are_read_every_time(yeti, switch, account):
    """They are few, and nothing can be asked of them but all."""
    switch.shows("accounts", *map(account, "abc"))
    for _ in range(2):
        (resource,) = yeti.sync(select=["accounts"]).resources
        assert resource.items == 3
    assert not any(known(switch))
