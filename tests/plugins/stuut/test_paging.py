"""Walking Stuut's pages: where it starts, where it ends, and when it does not add up."""

import pytest


def walk(stuut, vendor, *pages):
    """Sync with these pages as answers; the summary of the invoices."""
    vendor.on("/v1/invoices", *pages)
    (resource,) = stuut.sync().resources
    return resource


def asked(vendor):
    return [one.query["page"][0] for one in vendor.asked]


def test_stuut_2_3_pages_count_from_zero(stuut, vendor, invoice, page):
    """The first page is 0, and `next_page` is followed to its null."""
    first = page(invoice("a"), invoice("b"), current_page=0, total_records=3, next_page=1)
    last = page(invoice("c"), current_page=1, total_records=3, next_page=None)
    resource = walk(stuut, vendor, first, last)
    assert (asked(vendor), resource.state) == (["0", "1"], "complete")
    assert [row["id"] for row in stuut.rows("invoices")] == ["a", "b", "c"]


def test_stuut_2_3_without_next_page_a_short_page_ends(stuut, vendor, invoice):
    """An envelope of `data` alone: a full page leads on, a shorter one is the last."""
    resource = walk(stuut, vendor, {"data": [invoice("a"), invoice("b")]}, {"data": [invoice("c")]})
    assert (asked(vendor), resource.state) == (["0", "1"], "complete")


def test_stuut_2_3_without_next_page_an_empty_page_ends(stuut, vendor, invoice):
    """An envelope of `data` alone: after a last page that is full comes an empty one."""
    resource = walk(stuut, vendor, {"data": [invoice("a"), invoice("b")]}, {"data": []})
    assert (asked(vendor), resource.state, resource.items) == (["0", "1"], "complete", 2)


def test_no_invoices(stuut, vendor, page):
    """A tenant without invoices is complete and empty."""
    summary = walk(stuut, vendor, page(current_page=0, total_records=0))
    assert (summary.state, summary.items, asked(vendor)) == ("complete", 0, ["0"])


@pytest.mark.parametrize(
    "body", [[], {}, {"data": None}, {"data": {}}, {"data": None, "error": "no", "message": "No"}]
)
def test_stuut_2_3_no_list_is_no_empty_list(stuut, vendor, body):
    """An answer without a list of invoices fails; it is never taken for "none"."""
    resource = walk(stuut, vendor, body)
    assert resource.state == "failed"
    assert "without a list of invoices" in resource.problems[0].message


@pytest.mark.parametrize("following", [0, -1, "1", True, "next", 1.0, []])
def test_stuut_7_21_a_next_page_that_does_not_lead_on(stuut, vendor, invoice, page, following):
    """A `next_page` that is no greater number ends the walk as failed, not in a loop."""
    resource = walk(stuut, vendor, page(invoice("a"), next_page=following))
    assert (resource.state, len(vendor.asked)) == ("failed", 1)
    assert "does not lead on" in resource.problems[0].message
    # What came before is kept.
    assert [row["id"] for row in stuut.rows("invoices")] == ["a"]


def test_stuut_4_current_page_must_echo_the_request(stuut, vendor, invoice, page):
    """An answer with another page than asked for is not taken for the page."""
    first = page(invoice("a"), invoice("b"), current_page=0, next_page=1)
    resource = walk(stuut, vendor, first, first)
    assert (resource.state, len(vendor.asked)) == ("failed", 2)
    assert "page 0, not page 1" in resource.problems[0].message


def test_stuut_7_22_a_total_of_zero_is_not_reported(stuut, vendor, invoice, page):
    """`total_records: 0` beside rows says nothing: the listing is complete."""
    resource = walk(stuut, vendor, page(invoice("a"), total_records=0))
    assert (resource.state, resource.items) == ("complete", 1)


@pytest.mark.parametrize("total", ["1", -1, True, [1]])
def test_stuut_7_22_a_total_that_is_no_count(stuut, vendor, invoice, page, total):
    """A `total_records` that is no count is a fault of the answer."""
    resource = walk(stuut, vendor, page(invoice("a"), total_records=total))
    assert resource.state == "failed"
    assert "no count" in resource.problems[0].message


def test_stuut_4_fewer_than_the_total_is_incomplete(stuut, vendor, invoice, page):
    """A row that left before it was read: what came is kept, the exit code is 3."""
    vendor.on("/v1/invoices", page(invoice("a"), total_records=2))
    result = stuut.run("sync")
    assert result.exit_code == 3
    assert "reports 2 invoices, 1 arrived" in result.stderr
    assert [row["id"] for row in stuut.rows("invoices")] == ["a"]


def test_stuut_4_a_shift_forward_is_incomplete(stuut, vendor, invoice, page):
    """A new row lands in the part already read: the boundary row repeats, the new one is unseen."""
    first = page(invoice("a"), invoice("b"), total_records=3, next_page=1)
    last = page(invoice("b"), invoice("c"), total_records=4)
    resource = walk(stuut, vendor, first, last)
    assert resource.state == "incomplete"


def test_stuut_4_a_shift_back_is_incomplete(stuut, vendor, invoice, page):
    """A row already read is deleted: `c` is skipped, and the last total alone would not show it."""
    first = page(invoice("a"), invoice("b"), total_records=4, next_page=1)
    last = page(invoice("d"), total_records=3)
    resource = walk(stuut, vendor, first, last)
    assert resource.state == "incomplete"


def test_stuut_4_a_repeat_without_a_total_is_incomplete(stuut, vendor, invoice, page):
    """A row on two pages shows that the list moved, even where no total is reported."""
    first = page(invoice("a"), invoice("b"), next_page=1)
    resource = walk(stuut, vendor, first, page(invoice("b"), invoice("c")))
    assert resource.state == "incomplete"


def test_a_repeat_is_one_record(stuut, vendor, invoice, page):
    """Of two copies on two pages the newer one stays, whichever came first."""
    newer = invoice("a", number="new", modified_at="2026-02-02T00:00:00Z")
    older = invoice("a", number="old", modified_at="2026-01-01T00:00:00Z")
    walk(stuut, vendor, page(newer, next_page=1), page(older))
    assert [row["number"] for row in stuut.rows("invoices")] == ["new"]


def test_html_is_no_page(stuut, vendor, reply):
    """A login page in place of JSON fails with what came, not with what is in it."""
    html = {"Content-Type": "text/html"}
    vendor.on("/v1/invoices", reply(b"<html>Dear Ms Doe</html>", 200, html))
    result = stuut.run("sync")
    assert result.exit_code == 1
    assert "HTML" in result.stderr
    assert "Doe" not in result.stderr


def test_a_refused_token(stuut, vendor, reply):
    """401 fails the connection and says what to check."""
    vendor.on("/v1/invoices", reply({"data": None, "error": "unauthorized"}, 401))
    result = stuut.run("sync")
    assert result.exit_code == 1
    assert "Check the token" in result.stderr


def test_only_reads(stuut, vendor, invoice, page):
    """Nothing but GET /v1/invoices is ever asked."""
    walk(stuut, vendor, page(invoice("a", emails=[], calls=[])))
    assert {(one.method, one.path) for one in vendor.asked} == {("GET", "/v1/invoices")}
