"""Which calls an invoice charges for: those of its account that began in its period."""

import json
from datetime import UTC, date, datetime

import pytest

NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
MAY = {"start_date": "2026-05-01T00:00:00.000Z", "end_date": "2026-06-01T00:00:00.000Z"}
COUNTED = {"originated_calls_count": 2, "terminated_calls_count": 1}


@pytest.fixture
def billed(connect, words, switch, invoice, cdr, incoming):
    """An invoice of May for two calls that were made and one that came in; and more calls."""
    switch.shows("invoices", invoice("may", **MAY, **COUNTED))
    calls = {
        1: "2026-04-30T23:59:59.999Z",
        2: "2026-05-01T00:00:00.000Z",
        3: "2026-05-31T23:59:59.999Z",
        4: "2026-06-01T00:00:00.000Z",
    }
    rows = [cdr(id, time_start=start) for id, start in calls.items()]
    other = cdr(5, "acc-2", time_start="2026-05-10T00:00:00.000Z")
    nobody = cdr(6, None, time_start="2026-05-10T00:00:00.000Z")
    switch.shows("cdrs", *rows, other, nobody)
    switch.shows("incoming-cdrs", incoming(2, time_start="2026-05-02T00:00:00.000Z"))

    def billed(**settings):
        project = connect(token=words.token, calls_from=date(2026, 4, 1), **settings)
        assert project.sync(now=NOON).exit_code == 0
        return project

    return billed


def links(project):
    return {(row["id"], row["rule"]) for row in project.rows("links")}


def disagreements(project):
    result = project.run("status", "--checks", "--json")
    keys = ("invoice", "check", "says", "found")
    return [tuple(one[key] for key in keys) for one in json.loads(result.stdout)["checks"]]


def test_yeti_6_links_end_before_the_end(billed):
    """A period holds its first moment and not its last; other accounts have no part in it."""
    project = billed()
    assert links(project) == {("cdrs:2", "billing period"), ("cdrs:3", "billing period")}
    assert {(row["invoice_id"], row["how"]) for row in project.rows("links")} == {
        ("may", "derived")
    }


def test_yeti_6_both_directions_have_their_part(billed):
    """What came in belongs to the terminated part."""
    assert links(billed(include=["incoming-cdrs"])) == {
        ("cdrs:2", "billing period"),
        ("cdrs:3", "billing period"),
        ("incoming-cdrs:2", "billing period, terminated"),
    }


def test_yeti_6_no_disagreement(billed):
    """Where as many calls were found as are charged for, there is nothing to list."""
    assert disagreements(billed(include=["incoming-cdrs"])) == []


def test_yeti_6_no_check_of_what_was_not_read(billed):
    """The one call that came in is not missed as long as nobody asks for such calls."""
    assert disagreements(billed()) == []


@pytest.mark.parametrize("counted", [{"originated_calls_count": 5}, {"terminated_calls_count": 0}])
def test_yeti_7_7_a_disagreement_is_listed(billed, switch, invoice, counted):
    """Calls that the switch dropped, or wrote late: the vendor's two numbers stand side by side."""
    switch.shows("invoices", invoice("may", **MAY, **(COUNTED | counted)))
    ((invoice_, check, says, found),) = disagreements(billed(include=["incoming-cdrs"]))
    word = "outbound_calls" if says == "5" else "inbound_calls"
    assert check.startswith(f"{word} = calls in its billing period")
    assert (says, found) == (("5", "2") if word == "outbound_calls" else ("0", "1"))
    assert "may" in str(invoice_)


def test_an_invoice_that_comes_after_its_calls(billed, switch, invoice):
    """Links are made whenever both are there."""
    one = switch.shows("invoices")
    project = billed()
    assert links(project) == set()
    one.rows.append(invoice("may", **MAY))
    project.sync(now=NOON)
    assert {id for id, _ in links(project)} == {"cdrs:2", "cdrs:3"}


def test_yeti_7_5_without_an_account_there_is_no_link(billed, switch, invoice):
    """An invoice of a deleted account has calls, and nobody can say which."""
    switch.shows("invoices", invoice("may", None, **MAY))
    assert links(billed()) == set()


def test_counts_are_kept(mapped, invoice):
    """How many calls were charged for is a number of the vendor's; zero is one, too."""
    one = mapped(invoice(originated_calls_count=0, terminated_calls_count=None))
    assert (one.outbound_calls, one.inbound_calls) == (0, None)


@pytest.mark.parametrize("value", ["3", 1.5, True])
def test_what_is_no_count(rejected, invoice, value):
    """A number of calls is a whole number."""
    path = "$.attributes.originated-calls-count"
    assert rejected(invoice(originated_calls_count=value)).json_path == path
