"""Who pays for a call: what a customer earns is never told as what it paid."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from duetrail_yeti import reverse_billing
from support.nightly import at_push, product

NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
REVERSE, LEFT_OUT = "filter[destination-reverse-billing-eq]", "filter[id-not-in]"
PAST, RECENT = "2026-06-12T00:00:00.000Z", "2026-06-30T01:00:00.000Z"


@pytest.fixture
def connected(connect, words):
    """Reads calls of the last twenty days, in pages of this size."""

    def connected(size=1000):
        settings = {"calls_from": date(2026, 6, 10), "call_window_days": 30}
        return connect(token=words.token, call_page_size=size, **settings)

    return connected


@pytest.fixture
def sync(connected):
    """Sync the calls some days later; what became of it."""

    def sync(size=1000, days=0, **how):
        now = NOON + timedelta(days=days)
        (resource,) = connected(size).sync(select=["cdrs"], now=now, **how).resources
        return resource

    return sync


@pytest.fixture
def costs(project):
    """What each call cost."""
    return lambda: {
        int(row["id"].partition(":")[2]): row["cost"] for row in project.rows("calls", "id, cost")
    }


@pytest.fixture
def call(cdr):
    """A call whose price is its number; `reverse` is whether it is reverse-billed."""

    def call(id, reverse=None, start=PAST, **more):
        return cdr(id, time_start=start, customer_price=f"{id}.5", reverse=reverse, **more)

    return call


def expected(rows):
    """What the customer paid, of rows as they are in the switch."""
    return {
        int(row["id"]): None if row.get("reverse") else row["attributes"]["customer-price"]
        for row in rows
    }


def test_yeti_c1_what_came_in_earns(mapped, incoming, account):
    """`vendor-price` is mostly what the account earns, and has no VAT: it is no cost."""
    one = mapped(incoming(7, vendor_price="0.532"), account())
    assert (one.cost, one.currency) == (None, "EUR")
    assert one.extra["attributes"]["vendor-price"] == "0.532"


def test_yeti_c1_what_was_reverse_billed_earns(sync, switch, call, project, costs):
    """The customer is paid for such a call, so it has no cost; the figure keeps its own name."""
    rows = [call(1), call(2, reverse=True), call(3, reverse=False)]
    switch.shows("cdrs", *rows)
    assert sync().state == "complete"
    assert costs() == {1: "1.5", 2: None, 3: "3.5"}
    extra = {one.id: one.extra.get("attributes", {}) for one in project.read("yeti", "cdrs")}
    assert extra["cdrs:2"]["customer-price"] == "2.5"
    assert "customer-price" not in extra["cdrs:1"] | extra["cdrs:3"]


PATTERNS = ["", "r", ".", "r.", ".r", "rrrr", "...r", "r...", ".r.r.r", "rr..rr..r", ".....rrrrr"]


@pytest.mark.parametrize(
    ("start", "size", "pattern"), product([PAST, RECENT], [1, 2, 3, 1000], PATTERNS)
)
def test_yeti_c1_wherever_they_stand(sync, switch, call, costs, monkeypatch, start, size, pattern):
    """However pages and calls fall together, with no more than two numbers left out at once."""
    monkeypatch.setattr(reverse_billing, "_MOST_LEFT_OUT", 2)
    rows = [
        call(id, reverse=True if word == "r" else None, start=start)
        for id, word in enumerate(pattern, 11)
    ]
    switch.shows("cdrs", *rows)
    assert sync(size).state == "complete"
    assert costs() == expected(rows)


@pytest.mark.parametrize("broken", at_push(range(1, 12), 1, 4, 7, 11))
def test_a_run_that_was_broken_off_misses_none(sync, switch, call, costs, words, broken):
    """Wherever it ended, the next one finds every call, with the cost that it has."""
    rows = [call(id, reverse=id in (12, 13, 15) or None) for id in range(11, 17)]
    rows += [call(id, reverse=id == 20, start=RECENT) for id in (20, 21)]
    switch.shows("cdrs", *rows)
    switch.ahead_of(broken, partial(switch.on, "/cdrs", words.errors(500, "Internal")))
    sync(2)
    switch.shows("cdrs", *rows)
    assert sync(2).state == "complete"
    assert costs() == expected(rows)


@pytest.mark.parametrize("number", range(1, 6))
def test_calls_that_are_numbered_meanwhile(sync, switch, call, costs, number):
    """A reverse-billed call that appears between the questions is not taken for another."""
    one = switch.shows("cdrs", call(20, start=RECENT), call(30, reverse=True, start=RECENT))
    late = [call(10, reverse=True, start=RECENT), call(40, reverse=True, start=RECENT)]
    switch.ahead_of(number, partial(one.rows.extend, late))
    sync()
    assert {id: cost for id, cost in costs().items() if cost} == {20: "20.5"}
    sync(days=1)
    assert costs() == {10: None, 20: "20.5", 30: None, 40: None}


@pytest.mark.parametrize("refused", [REVERSE, LEFT_OUT])
def test_a_switch_that_cannot_be_asked(sync, switch, call, costs, project, refused):
    """Where nobody knows who pays, no cost is told, and all else is."""
    switch.shows("cdrs", call(1), call(2, reverse=True), refuses={refused})
    assert (sync().state, costs()) == ("complete", {1: None, 2: None})
    (first, _) = project.read("yeti", "cdrs")
    assert first.extra["attributes"]["customer-price"] == "1.5"


def test_a_switch_that_ignores_the_question(sync, switch, call, costs):
    """Then every call may be one that earned."""
    switch.shows("cdrs", call(1), call(2, reverse=True), ignores={REVERSE})
    assert (sync().state, costs()) == ("complete", {1: None, 2: None})


def test_numbers_that_are_not_left_out(sync, switch, call, costs):
    """A filter that was dropped is noticed, and named."""
    switch.shows("cdrs", call(1), call(2, reverse=True), ignores={LEFT_OUT})
    resource = sync()
    assert resource.state == "failed"
    assert LEFT_OUT in resource.problems[0].message
    assert set(costs().values()) <= {None}


def test_without_such_calls_it_costs_one_question_a_window(sync, switch, call):
    """The past of a window is proven once; windows without calls are not asked about."""
    switch.shows("cdrs", *(call(id) for id in range(1, 6)))
    assert sync(2).requests == 3 + 1 + 1
    assert [REVERSE in one.query for one in switch.asked] == [False, True, False, False, False]


def test_pages_that_are_kept_say_who_paid(sync, switch, call, costs, project):
    """Mapping the kept pages anew comes to the same."""
    switch.shows("cdrs", call(1), call(2, reverse=True))
    sync()
    before = costs()
    assert project.run("remap").exit_code == 0
    assert costs() == before


def test_a_call_of_nobody_known_says_so(mapped, cdr):
    """A page that was asked for otherwise, as by older versions, proves nothing."""
    one = mapped(
        cdr(1, customer_price="0.1"), url="https://vendor.example/cdrs?filter%5Bid-gt%5D=0"
    )
    assert one.cost is None
    assert one.extra["attributes"]["customer-price"] == "0.1"
