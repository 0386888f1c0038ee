"""Walking Yeti's pages: counted here, compared with what the switch reports."""

from functools import partial

import pytest


def sync(yeti):
    """Sync the invoices; their summary."""
    (resource,) = yeti.sync(select=["invoices"]).resources
    return resource


def numbers(switch):
    return [one["page[number]"] for one in switch.asked_for("invoices")]


def ids(yeti):
    return "".join(row["id"] for row in yeti.rows("invoices"))


def test_pages_count_from_one(yeti, switch, invoice):
    """The walk goes on until as many rows came as are reported."""
    switch.shows("invoices", *map(invoice, "abc"))
    assert (sync(yeti).state, numbers(switch), ids(yeti)) == ("complete", ["1", "2"], "abc")


def test_yeti_4_a_full_last_page_need_not_be_the_last(yeti, switch, invoice):
    """A count may be too low: where a full page ends with it, the page behind is asked for."""
    switch.shows("invoices", *map(invoice, "ab"))
    assert (sync(yeti).state, numbers(switch)) == ("complete", ["1", "2"])


def test_a_count_that_is_one_too_low(yeti, switch, invoice):
    """What stands behind it is read: three of three, and not two."""
    switch.shows("invoices", *map(invoice, "abc"), counted=2)
    resource = sync(yeti)
    assert (resource.state, ids(yeti)) == ("complete", "abc")
    assert "it counts 2 invoices and lists 3" in resource.notices[0]


def test_a_count_that_is_always_one_too_many(yeti, switch, invoice):
    """It is told as wrong, the list is believed, and the next run reads what is new alone."""
    switch.shows("invoices", *map(invoice, "abcde"), counted=6)
    resource = sync(yeti)
    assert (resource.state, ids(yeti)) == ("complete", "abcde")
    assert "Yeti's count is wrong: it counts 6 invoices and lists 5" in resource.notices[0]
    assert [row["cursor"] for row in yeti.rows("checkpoints") if row["cursor"]]


def test_yeti_4_past_the_end(yeti, switch, invoice):
    """A page past the end is empty, no error: the walk ends short of what was reported."""
    switch.shows("invoices", *map(invoice, "ab"), counted=4)
    resource = sync(yeti)
    assert resource.state == "incomplete"
    assert numbers(switch)[:2] == ["1", "2"]
    assert "reports 4 invoices, 2 arrived" in resource.problems[0].message


def test_a_customer_without_anything_is_complete_and_empty(yeti, switch):
    """A customer without anything is complete and empty."""
    summary = yeti.sync()
    assert {r.state for r in summary.resources} == {"complete"}
    assert (summary.exit_code, set(numbers(switch))) == (0, {"1"})


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("accounts", {"sort": ["id"]}),
        (
            "invoices",
            {
                "sort": ["start-date,id"],
                "include": ["account"],
                "fields[accounts]": ["name,currency"],
            },
        ),
        (
            "payments",
            {
                "sort": ["created-at,amount,notes"],
                "include": ["account"],
                "fields[accounts]": ["name,currency"],
            },
        ),
    ],
)
def test_yeti_7_12_what_is_asked(yeti, switch, name, query):
    """Order and size are sent with every page: the defaults differ from release to release."""
    yeti.sync(select=[name])
    (one,) = switch.asked
    assert one.query == {**query, "page[number]": ["1"], "page[size]": ["2"]}


def test_yeti_7_6_pages_are_small(connect, switch, words):
    """Yeti loads the PDFs of a whole page, so a page has a hundred rows unless set otherwise."""
    connect(token=words.token).sync(select=["invoices"])
    assert [one.query["page[size]"] for one in switch.asked] == [["100"]]


def test_yeti_4_links_are_not_followed(yeti, switch, invoice, page):
    """Behind a proxy a link may name an inner host; the next page is asked for where we are."""
    inside = {"next": "http://switch.internal/api/invoices?page%5Bnumber%5D=7"}
    first = page(invoice("a"), invoice("b"), total=3) | {"links": inside}
    switch.on("/invoices", first, page(invoice("c"), total=3) | {"links": inside})
    assert (sync(yeti).state, numbers(switch)) == ("complete", ["1", "2"])


@pytest.mark.parametrize("rows", ["abc", "abcd"])
def test_without_a_count(yeti, switch, invoice, rows):
    """Where no count is reported, a page that is not full is the last, or one that is empty."""
    switch.shows("invoices", *map(invoice, rows), counted=False)
    assert (sync(yeti).state, ids(yeti)) == ("complete", rows)


def test_yeti_7_12_a_release_that_does_not_page(yeti, switch, invoice):
    """More rows than were asked for are the whole list, where it says how many there are."""
    paging = {"page[number]", "page[size]"}
    switch.shows("invoices", *map(invoice, "abc"), ignores=paging)
    assert (sync(yeti).state, numbers(switch)) == ("complete", ["1", "2"])


@pytest.mark.parametrize("counted", [False, 9])
def test_the_same_page_again(yeti, switch, invoice, counted):
    """A switch that answers every page with the first one is not asked for ever."""
    switch.shows("invoices", *map(invoice, "ab"), counted=counted, ignores={"page[number]"})
    assert (sync(yeti).state, ids(yeti)) == ("incomplete", "ab")
    assert len(numbers(switch)) < 10


def test_yeti_4_pages_overlap(connect, switch, invoice, words):
    """A page begins with rows of the one before, so that rows that move are noticed."""
    switch.shows("invoices", *map(invoice, "abcdefgh"))
    project = connect(token=words.token, page_size=4)
    assert (sync(project).state, ids(project)) == ("complete", "abcdefgh")
    shown = [(int(q.query["page[number]"][0]), int(q.query["page[size]"][0])) for q in switch.asked]
    (first, second, *_) = [(size * (number - 1), size * number) for number, size in shown]
    assert first == (0, 4)
    assert 0 < second[0] < 4


def test_yeti_4_a_row_that_arrives(yeti, switch, invoice):
    """An invoice is approved into the part already read: the list is walked again."""
    one = switch.shows("invoices", *map(invoice, "bcd"))
    switch.ahead_of(2, partial(one.rows.append, invoice("a")))
    assert (sync(yeti).state, ids(yeti)) == ("complete", "abcd")


def test_yeti_4_a_row_that_leaves(yeti, switch, invoice):
    """A row already read disappears and another moves to its page, which is then found."""
    one = switch.shows("invoices", *map(invoice, "abcd"))
    switch.ahead_of(2, partial(one.rows.pop, 0))
    assert sync(yeti).state == "complete"
    assert "c" in ids(yeti)


def test_yeti_4_rows_that_never_rest(yeti, switch, invoice):
    """Where every walk meets a list that moves, that is told; what came is kept."""
    one = switch.shows("invoices", *map(invoice, "mnop"))
    for number in range(2, 99):
        switch.ahead_of(number, partial(one.rows.append, invoice(f"a{number}")))
    result = yeti.run("sync", "--select", "invoices")
    assert result.exit_code == 3
    assert "the next run reads all of them again" in result.stderr
    assert {"m", "n"} <= {row["id"] for row in yeti.rows("invoices")}


@pytest.mark.parametrize("name", ["invoices", "cdrs", "payments"])
@pytest.mark.parametrize("body", [[], {}, {"data": None}, {"data": {"id": "a"}}, {"meta": {}}])
def test_no_list_is_no_empty_list(yeti, switch, name, body):
    """An answer without a list fails; it is never taken for "none"."""
    switch.on(f"/{name}", body)
    (resource,) = yeti.sync(select=[name]).resources
    assert resource.state == "failed"
    assert "without a list" in resource.problems[0].message


@pytest.mark.parametrize("name", ["invoices", "cdrs"])
@pytest.mark.parametrize("total", ["one", -1, True, 1.5])
def test_a_count_that_is_none(yeti, switch, name, page, total):
    """A count that is no whole number is a fault of the answer."""
    switch.on(f"/{name}", page(total=total))
    (resource,) = yeti.sync(select=[name]).resources
    assert resource.state == "failed"
    assert "no count" in resource.problems[0].message


@pytest.mark.parametrize("meta", [None, [], {}, {"total-count": None}])
def test_a_count_that_is_not_there(yeti, switch, invoice, meta):
    """No count is no fault."""
    switch.on("/invoices", {"data": [invoice("a")], "meta": meta})
    assert sync(yeti).state == "complete"
