"""What is asked of Stuut: paging and order always, filters as configured, guesses never."""

import pytest


@pytest.fixture
def query(connect, vendor, page):
    """The query of the first request with these settings."""
    vendor.on("/v1/invoices", page())

    def ask(**settings):
        assert connect(**settings).run("sync").exit_code == 0
        return vendor.asked[0].query

    return ask


def test_stuut_4_order_and_page_size_are_always_sent(query):
    """Stuut's defaults are not documented, so none is relied on; no filter unless configured."""
    assert query() == {
        "page": ["0"],
        "limit": ["50"],
        "sort_by": ["issued_at"],
        "sort_order": ["asc"],
    }


def test_stuut_4_pages_of_one_row_stay_so(paged, lists, invoice, day):
    """Where pages cannot overlap, `limit` is the same on every page of a walk."""
    lists.holds("/v1/invoices", [invoice(name, issued_at=day(1)) for name in "abc"])
    paged(page_size=1).sync()
    assert {one.query["limit"][0] for one in lists.asked} == {"1"}


def test_stuut_7_7_lists_are_repeated_keys(query):
    """A list goes out as one key per value."""
    sent = query(status=["open", "overdue"], number=["INV-1", "INV 2"])
    assert sent["status"] == ["open", "overdue"]
    assert sent["number"] == ["INV-1", "INV 2"]


@pytest.mark.parametrize(("flag", "sent"), [(True, "true"), (False, "false")])
@pytest.mark.parametrize("name", ["has_outreach", "customer_outreach_paused"])
def test_a_flag_is_sent_as_a_word(query, name, flag, sent):
    """A flag is sent as a word, false as well as true."""
    assert query(**{name: flag})[name] == [sent]


def test_invoices_of_one_task_can_be_read(query):
    """Invoices of one task."""
    assert query(task="tsk_abc123")["task"] == ["tsk_abc123"]


@pytest.mark.parametrize("name", ["istatus", "issued_at", "amount_remaining"])
def test_stuut_7_6_filters_of_unknown_grammar(connect, vendor, name):
    """The three filters whose grammar is not documented cannot be configured."""
    result = connect(**{name: "open"}).run("sync")
    assert (result.exit_code, vendor.asked) == (2, [])
    assert f"{name}: Stuut has no such setting" in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page_size", 0),
        ("page_size", 201),
        ("page_size", "50"),
        ("status", ["open", "overdo"]),
        ("status", "open"),
        ("amounts", "cents"),
        ("cross_check", "yes"),
    ],
)
def test_stuut_5_ranges_are_checked_here(connect, vendor, name, value):
    """What Stuut documents as impossible is refused before any request."""
    result = connect(**{name: value}).run("sync")
    assert (result.exit_code, vendor.asked) == (2, [])
    assert name in result.stderr


def test_stuut_1_no_plain_http(project):
    """The pages of the documentation show http: a token is never sent that way."""
    project.connect("stuut", base_url="http://api.stuut.ai", token="env:STUUT_TOKEN")
    result = project.run("sync")
    assert result.exit_code == 2
    assert "plain http" in result.stderr
