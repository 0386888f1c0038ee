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
