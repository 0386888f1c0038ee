"""What is told of a run: a line for all that is alike, the first few of many, nothing lost."""

from __future__ import annotations

import pytest

from duetrail.cli.troubles import ALL, counted, first_few, write_troubles
from duetrail.errors import FetchError, UnknownKey
from duetrail.pipeline import ResourceSummary, Summary


@pytest.fixture
def told(capsys):
    """What is printed of some resources: the lines of stdout, and of stderr."""

    def tell(*resources, **more):
        write_troubles(Summary(1, list(resources), **more))
        shown = capsys.readouterr()
        return shown.out.splitlines(), shown.err.splitlines()

    return tell


def failed(resource, key, text, hint=""):
    resource.add_problem("failed", key, FetchError(text, hint=hint))


def test_what_is_usual_is_a_line_a_connection(told):
    """Counts of one kind stand on one line for all resources of a connection."""
    calls = ResourceSummary("acme", "calls", empty_keys=53, settled_keys=1)
    mails = ResourceSummary("acme", "mails", empty_keys=4)
    other = ResourceSummary("beta", "calls", empty_keys=1, absent=2)
    out, err = told(calls, mails, other)
    assert out == [
        "acme: 57 keys have nothing: 53 in calls, 4 in mails.",
        "acme.calls: 1 settled key was not asked again.",
        "beta.calls: 1 key has nothing.",
        "beta.calls: 2 records are no longer listed.",
    ]
    assert err == []


def test_what_was_left_out_has_its_reason(told):
    """Items that a plugin leaves out are told with why."""
    bills = ResourceSummary("acme", "bills")
    bills.skipped["a test invoice"] = 5
    assert told(bills)[0] == ["acme.bills: 5 items left out: a test invoice."]


def test_the_same_notice_is_told_once(told):
    """One line for all resources with the same notice; of many notices the first few."""
    bills, calls = ResourceSummary("acme", "bills"), ResourceSummary("acme", "calls")
    for one in (bills, calls):
        one.notice("cents are read as cents")
    for number in range(15):
        calls.notice(f"page {number} is odd")
    out, _ = told(bills, calls)
    assert out[0] == "acme.bills, calls: cents are read as cents"
    assert out[-1] == f"acme: and 11 more notices; `{ALL}` shows all."
    assert len(out) == 6


def test_of_many_keys_the_first_are_named(told):
    """A problem of many keys names three, counts the rest, and says what shows all."""
    calls = ResourceSummary("acme", "calls")
    for number in range(15):
        failed(calls, f"b{number}", f"http://x/calls/b{number} answered 500", "Try later.")
    assert told(calls)[1] == [
        "acme.calls: failed b0, b1, b2 and 12 more: http://x/calls/b0 answered 500",
        "  Try later.",
        f"  `{ALL}` shows them one by one.",
    ]


def test_of_many_problems_the_first_are_told(told):
    """Where each is another one, five are told, and how many more there are."""
    calls = ResourceSummary("acme", "calls")
    for number in range(17):
        failed(calls, f"b{number}", f"sentence {number}", "Try later.")
    _, err = told(calls)
    assert err == [
        *(f"acme.calls: failed b{number}: sentence {number}" for number in range(5)),
        "  Try later.",
        "acme: failed: and 12 more.",
        f"  `{ALL}` shows them one by one.",
    ]


def test_the_same_of_several_resources(told):
    """What is wrong with several resources alike is told once, whichever each message names."""
    entries = [ResourceSummary("acme", name) for name in ("calls", "mails")]
    for entry in entries:
        failed(entry, "all", f"{entry.name} has no keys: no bills were ever read", "Read bills.")
    assert told(*entries)[1] == [
        "acme.calls, mails: failed: acme.calls has no keys: no bills were ever read",
        "  Read bills.",
    ]


def test_problems_that_were_only_counted(told):
    """What is beyond the problems that are noted is counted, too."""
    calls = ResourceSummary("acme", "calls")
    for number in range(25):
        failed(calls, f"b{number}", "http://x answered 500")
    assert "acme.calls: and 5 more like these." in told(calls)[1]


def test_unknown_keys_of_resources(told):
    """Resources that miss the same keys are told together, with how many; also beyond the noted."""
    entries = [ResourceSummary("acme", name) for name in ("calls", "mails")]
    for entry in entries:
        for number in range(30):
            entry.unknown_keys += 1
            entry.add_problem("unknown key", f"b{number}", UnknownKey(f"b{number} not found"))
    assert told(*entries)[1] == [
        "acme.calls, mails: 30 keys are unknown to the vendor: b0, b1, b2 and 27 more",
        f"  `{ALL}` shows them one by one.",
    ]
    one = ResourceSummary("acme", "calls", unknown_keys=1)
    one.add_problem("unknown key", "b1", UnknownKey("b1 not found"))
    assert told(one)[1] == ["acme.calls: unknown key b1: b1 not found"]
    other = ResourceSummary("acme", "mails", unknown_keys=1)
    other.add_problem("unknown key", "c1", UnknownKey("c1 not found"))
    assert told(one, other)[1] == [
        "acme.calls, mails: 2 keys are unknown to the vendor: b1, c1",
    ]


def test_a_long_query_is_left_out(told):
    """The query of a long address stands not between the reader and what went wrong."""
    calls = ResourceSummary("acme", "calls")
    failed(calls, "all", f"http://x/calls?filter={'a' * 60} has no list")
    failed(calls, "all", "http://x/calls?page=2 has no list")
    assert told(calls)[1] == [
        "acme.calls: failed: http://x/calls?… has no list",
        "acme.calls: failed: http://x/calls?page=2 has no list",
    ]


def test_rejects_are_one_line(told):
    """How many items are set aside, and the command that says why."""
    assert told(open_rejects=1)[1] == [
        "Set aside: 1 item that could not be mapped; `duetrail rejects list --reasons` shows why."
    ]


def test_numbers_of_things():
    """One is singular; names are cut after three."""
    assert (counted(1, "key"), counted(1200, "key")) == ("1 key", "1,200 keys")
    assert first_few(["a", "b", "c"]) == "a, b, c"
    assert first_few(["a", "b", "c", "d"], 9) == "a, b, c and 6 more"
