"""Walking Exante's pages: where it starts, where it ends, and when it does not add up."""

import pytest

MORE = "/api/invoices?page=2"


@pytest.fixture
def walk(exante, vendor):
    """Sync with these pages as answers; the summary of the invoices."""

    def sync(*pages):
        vendor.on("/api/invoices", *pages)
        return next(r for r in exante.sync().resources if r.resource == "invoices")

    return sync


@pytest.fixture
def walked(exante, pages):
    """Sync with these invoices, paged as Exante does; the summary of the invoices."""

    def sync(*rows):
        pages(*rows)
        return next(r for r in exante.sync().resources if r.resource == "invoices")

    return sync


@pytest.fixture
def asked(vendor):
    """The pages that were asked for."""

    def numbers():
        return [one.query["page"][0] for one in vendor.asked if one.path == "/api/invoices"]

    return numbers


@pytest.fixture
def ids(exante, uid):
    """The numbers of the stored invoices."""
    return lambda: [int(row["id"][-12:]) for row in exante.rows("invoices")]


def test_exante_4_pages_count_from_one(walked, asked, ids, vendor, invoice):
    """Two pages, the last one short: asked for by number and size, and complete."""
    resource = walked(invoice(1), invoice(2), invoice(3))
    assert (asked()[0], resource.state, ids()) == ("1", "complete", [1, 2, 3])
    assert vendor.asked[0].query == {"page": ["1"], "per_page": ["2"]}


def test_exante_4_nothing_is_missed_between_pages(connect, pages, invoice):
    """However many there are, each arrives, and the pages overlap to show that none moved."""
    vendor = pages(*[invoice(n) for n in range(1, 101)])
    project = connect(page_size=10)
    assert project.sync(select=["invoices"]).exit_code == 0
    assert len(project.rows("invoices")) == 100
    assert {one.query["per_page"][0] for one in vendor.asked} > {"10"}


def test_a_hundred_a_page_unless_configured(connect, vendor, page):
    """The documented default of ten is not relied on."""
    vendor.on("/api/invoices", page())
    connect().sync()
    assert vendor.asked[0].query["per_page"] == ["100"]


def test_no_invoices(walk, asked, page):
    """An organization without invoices is complete and empty."""
    resource = walk(page(page=1, total_pages=0, total_items=0))
    assert (asked(), resource.state, resource.items) == (["1"], "complete", 0)


def test_without_links_the_pages_are_counted(walk, asked, invoice, page):
    """`total_pages` alone leads on and ends the walk."""
    first = page(invoice(1), total_pages=2)
    last = page(invoice(2), total_pages=2)
    for one in (first, last):
        del one["data"]["_links"]
    assert walk(first, last).state == "complete"
    assert asked() == ["1", "2"]


def test_exante_4_an_echoed_smaller_page_is_a_full_one(walk, asked, ids, invoice, page):
    """Where Exante gives one row a page and says so, one row is no sign of the end."""
    bodies = [page(invoice(1), per_page=1), page(invoice(2), per_page=1), page(per_page=1)]
    for one in bodies:
        del one["data"]["_links"]
    assert walk(*bodies).state == "complete"
    assert (asked(), ids()) == (["1", "2", "3"], [1, 2])


def test_without_meta_and_links_a_short_page_ends(walk, asked, invoice):
    """A bare list: a full page leads on, a shorter one is the last."""
    first = {"data": {"items": [invoice(1), invoice(2)]}}
    assert walk(first, {"data": {"items": [invoice(3)]}}).state == "complete"
    assert asked() == ["1", "2"]


def test_exante_4_links_are_not_followed(walk, vendor, asked, invoice, page):
    """A next link to another host only says that there is more: the key goes nowhere else."""
    first = page(invoice(1), next="https://elsewhere.example/api/invoices?page=7")
    assert walk(first, page(invoice(2))).state == "complete"
    assert asked() == ["1", "2"]


def test_exante_4_an_empty_page_ends(walk, asked, invoice, page):
    """An empty page is the last, whatever the links say; the total tells that it came early."""
    more = {"next": MORE, "total_pages": 9, "total_items": 18}
    resource = walk(*[page(invoice(1), invoice(2), **more), page(**more)] * 3)
    assert (asked(), resource.state) == (["1", "2"] * 3, "incomplete")
    assert "reports 18 invoices, 2 arrived" in resource.problems[0].message


@pytest.mark.parametrize("pages", [1, 2])
def test_any_sign_that_pages_follow_leads_on(walk, asked, ids, invoice, page, pages):
    """A number of pages that is one too few stops nothing while a link leads on."""
    first = page(invoice(1), invoice(2), next=MORE, total_pages=pages, total_items=2)
    last = page(invoice(3), total_pages=pages, total_items=2)
    assert walk(first, last, first, last).state == "complete"
    assert (asked()[:2], ids()) == (["1", "2"], [1, 2, 3])


def test_an_empty_page_before_the_last_proves_nothing(walk, invoice, page):
    """Where no total tells it, either: an empty page of which more are counted is not the end."""
    first = page(invoice(1), invoice(2), next=MORE, total_pages=9)
    assert walk(*[first, page(next=MORE, total_pages=9)] * 3).state == "incomplete"


def test_exante_4_a_page_that_repeats_is_no_loop(walk, asked, ids, invoice, page):
    """A vendor that ignores `page` would answer the first one for ever."""
    resource = walk(page(invoice(1), invoice(2), next=MORE))
    assert asked() == 3 * ["1", "2", "3"]
    assert (resource.state, ids()) == ("incomplete", [1, 2])
    assert "read before" in resource.problems[0].message


def test_another_page_than_asked_for(walk, invoice, page):
    """The number of the page is echoed; another one is not taken for it."""
    resource = walk(page(invoice(1), page=2))
    assert resource.state == "failed"
    assert "answered with page 2, not page 1" in resource.problems[0].message


def test_exante_4_a_repeated_row_is_one_record(walk, ids, invoice, page):
    """A row on two pages shows that the list moved: kept once, and another may be unseen."""
    first = page(invoice(1), invoice(2), next=MORE)
    last = page(invoice(2), invoice(3))
    assert walk(first, last, first, last, first, last).state == "incomplete"
    assert ids() == [1, 2, 3]


def test_exante_4_fewer_than_the_total_is_incomplete(exante, vendor, invoice, page):
    """What came is kept; the exit code says that there may be more."""
    vendor.on("/api/invoices", page(invoice(1), total_items=3))
    summary = exante.sync()
    assert summary.resources[0].state == "incomplete"
    assert "reports 3 invoices, 1 arrived" in summary.resources[0].problems[0].message


def test_exante_4_a_total_that_moved_is_incomplete(walk, invoice, page):
    """A row already read was deleted: the last total alone would not show what was skipped."""
    first = page(invoice(1), invoice(2), total_items=4, next=MORE)
    assert walk(first, page(invoice(4), total_items=3)).state == "incomplete"


@pytest.mark.parametrize("name", ["total_items", "total_pages"])
@pytest.mark.parametrize("count", ["one", -1, True, [1]])
def test_a_count_that_is_none(walk, invoice, page, name, count):
    """A count that is no count is a fault of the answer."""
    resource = walk(page(invoice(1), **{name: count}))
    assert resource.state == "failed"
    assert f"`{name}` that is no count" in resource.problems[0].message


@pytest.mark.parametrize(
    "body",
    [[], {}, {"status": "success"}, {"data": None}, {"data": []}, {"data": {"items": None}}],
)
def test_exante_t8_no_list_is_no_empty_list(walk, body):
    """An answer without `data.items` fails; it is never taken for "none"."""
    resource = walk(body)
    assert resource.state == "failed"
    assert "answered without" in resource.problems[0].message


@pytest.mark.parametrize(
    "body",
    [
        {"items": [{"uid": "x"}], "count": 1},
        {"status": "success", "data": {"pagination": {"page": 1, "total_pages": 1}}},
    ],
    ids=["drafts", "conversations"],
)
def test_exante_t8_the_other_two_envelopes_are_not_this_one(walk, body):
    """A bare list, or one without `items`, is another endpoint's answer."""
    assert walk(body).state == "failed"
