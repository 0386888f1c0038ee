"""Walking Stuut's lists: where it starts, where it ends, and when it does not add up."""

import pytest


def walk(stuut, vendor, *pages):
    """Sync with these pages as answers; the summary of the invoices."""
    vendor.on("/v1/invoices", *pages)
    (resource,) = stuut.sync().resources
    return resource


def asked(vendor):
    return [one.query["page"][0] for one in vendor.asked]


def ids(project):
    return [row["id"] for row in project.rows("invoices")]


@pytest.fixture
def ten(lists, invoice, day):
    """Ten invoices, issued day after day."""
    names = "abcdefghij"
    return lists.holds(
        "/v1/invoices", [invoice(n, issued_at=day(at)) for at, n in enumerate(names, 1)]
    )


# --- envelopes -----------------------------------------------------------------------------------


def test_stuut_2_3_pages_count_from_zero(paged, ten):
    """The first page is 0, and the pages lead to the last one."""
    project = paged()
    assert project.sync().exit_code == 0
    assert ten.walked("issued_at")[0] == 0
    assert ids(project) == list("abcdefghij")


def test_stuut_2_3_without_next_page_a_short_page_ends(paged, ten):
    """An envelope of `data` alone: a full page leads on, a shorter one is the last."""
    ten.envelope = False
    project = paged()
    assert project.sync().exit_code == 0
    assert ids(project) == list("abcdefghij")


def test_stuut_2_3_without_next_page_an_empty_page_ends(stuut, vendor, invoice):
    """An envelope of `data` alone: after a last page that is full comes an empty one."""
    full, rest = {"data": [invoice("a"), invoice("b")]}, {"data": []}
    vendor.on("/v1/invoices?page=1&limit=2&sort_by=issued_at&sort_order=asc", rest)
    resource = walk(stuut, vendor, full)
    assert (asked(vendor), resource.state, resource.items) == (["0", "1"], "complete", 2)


def test_stuut_2_3_a_bare_array_is_a_page(stuut, vendor, invoice):
    """A list without any envelope is read, and kept so that it can be read again."""
    vendor.on("/v1/invoices", [invoice("a", total_amount=0.5)])
    assert stuut.run("sync").exit_code == 3
    assert "Set aside: 1 item " in stuut.run("rejects", "replay").output
    assert [row["item"] for row in stuut.rows("rejects")] == ["a"]


def test_no_invoices(stuut, vendor, page):
    """A tenant without invoices is complete and empty."""
    summary = walk(stuut, vendor, page(current_page=0, total_records=0))
    assert (summary.state, summary.items, asked(vendor)) == ("complete", 0, ["0"])


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": {}}, {"data": None, "error": "no", "message": "No"}, 5]
)
def test_stuut_2_3_no_list_is_no_empty_list(stuut, vendor, body):
    """An answer without a list of invoices fails; it is never taken for "none"."""
    resource = walk(stuut, vendor, body)
    assert resource.state == "failed"
    assert "without a list of invoices" in resource.problems[0].message


@pytest.mark.parametrize("following", [0, "0", -1, True, "next", 1.5, []])
def test_stuut_7_21_a_next_page_that_does_not_lead_on(stuut, vendor, invoice, page, following):
    """A `next_page` that is no greater number ends the walk as failed, not in a loop."""
    resource = walk(stuut, vendor, page(invoice("a"), next_page=following))
    assert (resource.state, len(vendor.asked)) == ("failed", 1)
    said = resource.problems[0].message
    assert "does not lead on" in said or "a `next_page` that is no count" in said


@pytest.mark.parametrize("one", ["1", 1.0])
def test_stuut_7_21_numbers_written_oddly(stuut, vendor, invoice, page, one):
    """A page number as text, or with a point, is that number: it leads on and is the echo."""
    first = page(invoice("a"), invoice("b"), next_page=one)
    last = page(invoice("c"), current_page=one)
    assert walk(stuut, vendor, first, last).state == "complete"
    assert ids(stuut) == ["a", "b", "c"]


def test_stuut_7_21_what_came_before_is_kept(stuut, vendor, invoice, page):
    """The pages before the one that does not lead on are in the store."""
    first = page(invoice("a"), invoice("b"), next_page=1)
    assert walk(stuut, vendor, first, page(invoice("c"), next_page=0)).state == "failed"
    assert ids(stuut) == ["a", "b"]


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


@pytest.mark.parametrize("total", ["one", -1, True, [1]])
def test_stuut_7_22_a_total_that_is_no_count(stuut, vendor, invoice, page, total):
    """A `total_records` that is no count is a fault of the answer."""
    resource = walk(stuut, vendor, page(invoice("a"), total_records=total))
    assert resource.state == "failed"
    assert "no count" in resource.problems[0].message


# --- lists that move -----------------------------------------------------------------------------


def test_stuut_4_pages_overlap(paged, ten):
    """Pages are asked for so that each begins with rows of the one before: what moves is seen."""
    project = paged(page_size=5)
    (resource,) = project.sync().resources
    assert resource.state == "complete"
    assert resource.items > len(ids(project)) == 10


def test_stuut_4_fewer_than_the_total_is_incomplete(stuut, vendor, invoice, page):
    """Far fewer rows than are reported: what came is kept, the exit code is 3."""
    vendor.on("/v1/invoices", page(invoice("a"), total_records=3))
    result = stuut.run("sync")
    assert result.exit_code == 3
    assert "reports 3 invoices, 1 arrived" in result.stderr
    assert ids(stuut) == ["a"]


def test_a_count_that_is_always_one_too_many(stuut, vendor, invoice, page):
    """It is told as wrong, and the list is believed: exit code 0, and incremental from then on."""
    vendor.on("/v1/invoices", page(invoice("a"), total_records=2))
    result = stuut.run("sync")
    assert (result.exit_code, ids(stuut)) == (0, ["a"])
    assert "Stuut's count is wrong: it counts 2 invoices and lists 1" in result.output
    assert any(row["cursor"] for row in stuut.rows("checkpoints"))


def _new_row(invoice, day):
    return lambda rows: rows.append(invoice("new", issued_at=day(1)))


def _to_the_front(invoice, day):
    return lambda rows: rows[-1].update(issued_at="2026-02-01T00:00:00Z")


def _deleted(invoice, day):
    return lambda rows: rows.pop(0)


def _further_on(invoice, day):
    return lambda rows: rows[0].update(issued_at="2026-03-07T20:00:00Z")


@pytest.mark.parametrize("drift", [_new_row, _to_the_front, _deleted, _further_on])
def test_stuut_4_what_moves_during_a_walk_is_met_all_the_same(paged, ten, invoice, day, drift):
    """A row that comes, moves or goes makes the walk begin again: every row is read."""
    project = paged()
    ten.before(2, drift(invoice, day))
    assert project.sync().exit_code == 0
    assert set(ids(project)) >= set("bcdefghij")
    assert ten.walked("issued_at").count(0) == 2


def test_stuut_4_a_row_that_goes_as_another_comes(paged, ten, invoice, day):
    """The total stays the same, and yet the walk begins again: the overlap tells."""

    def change(rows):
        rows.pop(0)
        rows.append(invoice("new", issued_at=day(28)))

    project = paged()
    ten.before(2, change)
    assert project.sync().exit_code == 0
    assert set(ids(project)) == {*"abcdefghij", "new"}


def test_stuut_4_a_list_that_never_rests_is_incomplete(paged, ten, invoice, day):
    """Where rows move in each of several walks, all is kept and the run says so."""
    for request in range(2, 30):
        new = invoice(f"new{request}", issued_at="2026-02-01T00:00:00Z")
        ten.before(request, lambda rows, new=new: rows.append(new))
    project = paged()
    (resource,) = project.sync().resources
    assert resource.state == "incomplete"
    assert set(ids(project)) >= set("abcdef")
    assert not any(row["cursor"] for row in project.rows("checkpoints"))


def test_stuut_4_equal_values_may_change_places(paged, lists, invoice, day):
    """Rows of one `issued_at` in an order that is not fixed: what was skipped is met again."""
    rows = [invoice(name, issued_at=day(1)) for name in "abcdefghij"]
    lists.holds("/v1/invoices", rows)
    lists.before(2, lambda rows: rows.insert(3, rows.pop(4)))
    project = paged()
    assert project.sync().exit_code == 0
    assert ids(project) == list("abcdefghij")


def test_stuut_4_a_repeat_is_one_record(stuut, vendor, invoice, page):
    """Of two copies on two pages the newer one stays, whichever came first."""
    newer = invoice("a", number="new", modified_at="2026-02-02T00:00:00Z")
    older = invoice("a", number="old", modified_at="2026-01-01T00:00:00Z")
    walk(stuut, vendor, page(newer, next_page=1), page(older))
    assert [row["number"] for row in stuut.rows("invoices")] == ["new"]


def test_stuut_5_a_row_that_vanished_is_marked(paged, ten):
    """There are no tombstones: what complete walks no longer show is marked absent, and kept."""
    project = paged()
    project.sync()
    ten.holds("/v1/invoices", [])
    assert project.sync(full=True).exit_code == 3
    assert not any(row["absent_since"] for row in project.rows("invoices"))
    project.sync()  # the second walk, a whole one of itself
    assert all(row["absent_since"] for row in project.rows("invoices"))


# --- answers that are none -----------------------------------------------------------------------


def test_a_refused_token(stuut, vendor, reply):
    """401 fails the connection and says what to check."""
    vendor.on("/v1/invoices", reply({"data": None, "error": "unauthorized"}, 401))
    result = stuut.run("sync")
    assert result.exit_code == 1
    assert "Check the token" in result.stderr


def test_stuut_7_17_only_the_first_generation_is_read(stuut, vendor, invoice, page):
    """Nothing but GET /v1/invoices is asked unless more is wanted; of v2 nothing ever."""
    walk(stuut, vendor, page(invoice("a", emails=[], calls=[])))
    assert {(one.method, one.path) for one in vendor.asked} == {("GET", "/v1/invoices")}
