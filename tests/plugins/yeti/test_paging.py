"""Walking Yeti's pages: counted here, compared with what the switch reports."""

import pytest


def walk(yeti, switch, *pages):
    """Sync the invoices with these pages as answers; their summary."""
    switch.on("/invoices", *pages)
    (resource,) = yeti.sync(select=["invoices"]).resources
    return resource


def numbers(switch):
    return [one.query["page[number]"][0] for one in switch.asked]


def test_pages_count_from_one(yeti, switch, invoice, page):
    """The walk goes on until as many rows came as are reported."""
    first = page(invoice("a"), invoice("b"), total=3)
    resource = walk(yeti, switch, first, page(invoice("c"), total=3))
    assert (numbers(switch), resource.state) == (["1", "2"], "complete")
    assert [row["id"] for row in yeti.rows("invoices")] == ["a", "b", "c"]


def test_yeti_4_a_full_last_page_is_the_last(yeti, switch, invoice, page):
    """Nothing is asked past the end where the count tells it."""
    resource = walk(yeti, switch, page(invoice("a"), invoice("b")))
    assert (numbers(switch), resource.state) == (["1"], "complete")


def test_yeti_4_past_the_end(yeti, switch, invoice, page):
    """A page past the end is empty, no error: the walk ends short of what was reported."""
    first = page(invoice("a"), invoice("b"), total=3)
    resource = walk(yeti, switch, first, page(total=3))
    assert (numbers(switch), resource.state) == (["1", "2"], "incomplete")
    assert "reports 3 invoices, 2 arrived" in resource.problems[0].message


def test_nothing(yeti, switch):
    """A customer without accounts and invoices is complete and empty."""
    summary = yeti.sync()
    assert [r.state for r in summary.resources] == ["complete", "complete"]
    assert (summary.exit_code, numbers(switch)) == (0, ["1", "1"])


def test_what_is_asked(yeti, switch):
    """Order and size are sent with every page: the defaults differ from release to release."""
    yeti.sync(workers=1)
    accounts, invoices = (one.query for one in switch.asked)
    size = {"page[number]": ["1"], "page[size]": ["2"]}
    assert accounts == {"sort": ["id"], **size}
    assert invoices == {"sort": ["start-date,id"], "include": ["account"], **size}


def test_yeti_7_6_pages_are_small(connect, switch, words):
    """Yeti loads the PDFs of a whole page, so a page has a hundred rows unless set otherwise."""
    connect(token=words.token).sync()
    assert {one.query["page[size]"][0] for one in switch.asked} == {"100"}


def test_yeti_4_links_are_not_followed(yeti, switch, invoice, page):
    """Behind a proxy a link may name an inner host; the next page is asked for where we are."""
    inside = {"next": "http://switch.internal/api/invoices?page%5Bnumber%5D=7"}
    first = page(invoice("a"), invoice("b"), total=3) | {"links": inside}
    resource = walk(yeti, switch, first, page(invoice("c"), total=3) | {"links": inside})
    assert (numbers(switch), resource.state) == (["1", "2"], "complete")


def test_without_a_count_a_short_page_ends(yeti, switch, invoice, page):
    """Where no count is reported, a page that is not full is the last."""
    first = page(invoice("a"), invoice("b"), total=None)
    resource = walk(yeti, switch, first, page(invoice("c"), total=None))
    assert (numbers(switch), resource.state, resource.items) == (["1", "2"], "complete", 3)


def test_without_a_count_an_empty_page_ends(yeti, switch, invoice, page):
    """After a last page that is full comes an empty one."""
    first = page(invoice("a"), invoice("b"), total=None)
    resource = walk(yeti, switch, first, page(total=None))
    assert (numbers(switch), resource.state) == (["1", "2"], "complete")


def test_yeti_7_12_a_release_that_does_not_page(yeti, switch, invoice, page):
    """More rows than were asked for, and no count: that is the whole list."""
    resource = walk(yeti, switch, page(*map(invoice, "abc"), total=None))
    assert (numbers(switch), resource.state) == (["1"], "complete")


@pytest.mark.parametrize("total", [None, 9])
def test_the_same_page_again(yeti, switch, invoice, page, total):
    """A switch that answers every page with the first one is not asked for ever."""
    resource = walk(yeti, switch, page(invoice("a"), invoice("b"), total=total))
    assert (numbers(switch), resource.state) == (["1", "2"], "incomplete")


def test_yeti_4_a_row_that_arrives(yeti, switch, invoice, page):
    """An invoice is approved into the part already read: a row repeats, the list is incomplete."""
    first = page(invoice("a"), invoice("b"), total=3)
    last = page(invoice("b"), invoice("c"), total=4)
    resource = walk(yeti, switch, first, last)
    assert resource.state == "incomplete"
    assert "reports 3, then 4 invoices, 3 arrived" in resource.problems[0].message
    assert [row["id"] for row in yeti.rows("invoices")] == ["a", "b", "c"]


def test_yeti_4_a_row_that_leaves(yeti, switch, invoice, page):
    """A row already read disappears: `c` is skipped, and the last count alone would not show it."""
    first = page(invoice("a"), invoice("b"), total=4)
    resource = walk(yeti, switch, first, page(invoice("d"), total=3))
    assert resource.state == "incomplete"


def test_yeti_4_a_repeat_without_a_count(yeti, switch, invoice, page):
    """A row on two pages shows that the list moved."""
    first = page(invoice("a"), invoice("b"), total=None)
    resource = walk(yeti, switch, first, page(invoice("b"), total=None))
    assert resource.state == "incomplete"


def test_incomplete_is_said(yeti, switch, invoice, page):
    """The command tells it and ends with 3; what came is kept."""
    switch.on("/invoices", page(invoice("a"), total=2), page(total=2))
    result = yeti.run("sync")
    assert result.exit_code == 3
    assert "the next run reads all of them again" in result.stderr
    assert [row["id"] for row in yeti.rows("invoices")] == ["a"]


@pytest.mark.parametrize("body", [[], {}, {"data": None}, {"data": {"id": "a"}}, {"meta": {}}])
def test_no_list_is_no_empty_list(yeti, switch, body):
    """An answer without a list fails; it is never taken for "none"."""
    resource = walk(yeti, switch, body)
    assert resource.state == "failed"
    assert "without a list" in resource.problems[0].message


@pytest.mark.parametrize("total", ["1", -1, True, 1.0])
def test_a_count_that_is_none(yeti, switch, invoice, page, total):
    """A count that is no whole number is a fault of the answer."""
    resource = walk(yeti, switch, page(invoice("a"), total=total))
    assert resource.state == "failed"
    assert "no count" in resource.problems[0].message


@pytest.mark.parametrize("meta", [None, [], {}, {"total-count": None}])
def test_a_count_that_is_not_there(yeti, switch, invoice, meta):
    """No count is no fault."""
    assert walk(yeti, switch, {"data": [invoice("a")], "meta": meta}).state == "complete"


@pytest.mark.parametrize("size", [0, -1, 1001, "100", True])
def test_a_page_size_that_cannot_be(connect, switch, words, size):
    """What Yeti would refuse is refused before any request."""
    result = connect(token=words.token, page_size=size).run("sync")
    assert (result.exit_code, switch.asked) == (2, [])
    assert "page_size" in result.stderr
