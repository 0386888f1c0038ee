"""Credira's ways to say "none", and what only looks like one."""

import json

import pytest

RESOURCES = ["calls", "callouts"]
ASKED = {"calls": "invoice_id=a", "callouts": "invoice_id=a", "emails": "callout_id=callout_1"}


@pytest.mark.parametrize("resource", RESOURCES)
def test_credira_t1_bare_false_means_none(vendor, state, resource):
    """The whole body may be `false`."""
    vendor.on(f"/{resource}", False)
    found = state(resource)
    assert (found.state, found.shards, found.empty_keys) == ("complete", 2, 2)


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("nothing", [False, None, []])
def test_credira_t1_data_may_say_none(vendor, state, answer, resource, nothing):
    """`data` may be false, null or empty, whichever the documentation of this list shows."""
    vendor.on(f"/{resource}", answer(nothing, **{f"total_{resource}": 0}))
    found = state(resource)
    assert (found.state, found.shards, found.empty_keys) == ("complete", 2, 2)


@pytest.mark.parametrize("nothing", [False, None, [], "bare"])
def test_credira_t1_emails_may_be_none(vendor, state, answer, nothing):
    """The same holds for the emails of a callout."""
    vendor.on("/callouts?invoice_id=a", answer([{"id": "callout_1", "invoice_id": "a"}]))
    vendor.on("/emails", False if nothing == "bare" else answer(nothing))
    found = state("emails")
    assert (found.state, found.shards, found.empty_keys) == ("complete", 1, 1)


@pytest.mark.parametrize("data", [True, 0, 1, "", "none", {}, {"id": "x"}, 0.0])
def test_credira_t1_something_else_is_no_list(vendor, state, answer, data):
    """True, a number, a text or an object is a fault of the answer, not "none"."""
    vendor.on("/calls", answer(data))
    found = state()
    assert (found.state, found.shards) == ("failed", 0)
    assert "neither a list nor false" in found.problems[0].message


def test_credira_t1_no_content_is_none(vendor, state, reply):
    """A status that says that there is no content is one more "none"."""
    vendor.on("/calls", reply(status=204))
    found = state()
    assert (found.state, found.shards, found.empty_keys) == ("complete", 2, 2)


@pytest.mark.parametrize("body", [True, None, 0, [], {}, "", [{"id": "x"}], "false"])
def test_credira_t1_something_else_is_no_answer(vendor, state, body):
    """A body that is neither false nor an envelope is a fault of the answer."""
    vendor.on("/calls", body)
    assert state().state == "failed"


@pytest.mark.parametrize(
    "body",
    [
        {"success": False},
        {"success": False, "data": False},
        {"success": False, "error": "No"},
        {"success": None, "data": []},
        {"success": "true", "data": []},
        {"success": 1, "data": []},
        {"data": []},
    ],
)
def test_credira_t4_success_must_be_true(vendor, state, body):
    """Without `success: true` and without an error object it is neither an answer nor "none"."""
    vendor.on("/calls", body)
    found = state()
    assert found.state == "failed"
    assert "neither with success nor with an error" in found.problems[0].message


def test_credira_t4_success_without_data(vendor, state):
    """Success that brings no `data` is a fault of the answer."""
    vendor.on("/calls", {"success": True, "meta": {}})
    found = state()
    assert found.state == "failed"
    assert "without `data`" in found.problems[0].message


@pytest.mark.parametrize("status", [500, 503, 404, 418])
def test_credira_t4_success_with_a_bad_status(vendor, state, answer, reply, status):
    """Both must agree: `success: true` under an error status is no answer."""
    vendor.on("/calls", reply(answer([{"id": "x"}]), status))
    found = state()
    assert (found.state, found.items) == ("failed", 0)


def test_credira_t2_three_kinds_of_empty(vendor, credira, answer, refusal):
    """No calls, no callouts and an unknown invoice are told apart, invoice by invoice."""
    vendor.on("/calls?invoice_id=a", answer(False))
    vendor.on("/calls?invoice_id=b", refusal("NOT_FOUND", 404, "Invoice not found"))
    vendor.on("/callouts?invoice_id=b", refusal("NOT_FOUND", 404, "Invoice not found"))
    summary = credira.sync()
    calls, callouts, emails = summary.resources
    assert (calls.shards, calls.empty_keys, calls.unknown_keys) == (1, 1, 1)
    assert (callouts.shards, callouts.empty_keys, callouts.unknown_keys) == (1, 1, 1)
    assert (emails.shards, emails.empty_keys, emails.unknown_keys) == (0, 0, 0)
    assert [problem.shard for problem in calls.problems] == ["b"]
    assert summary.exit_code == 3


def test_credira_t2_what_is_told(vendor, credira, answer, refusal):
    """The command tells unknown invoices from those without calls, by number and by name."""
    vendor.on("/calls?invoice_id=a", answer(False))
    vendor.on("/calls?invoice_id=b", refusal("NOT_FOUND", 404, "Invoice not found"))
    result = credira.run("sync", "--select", "calls", "--json")
    (calls,) = json.loads(result.stdout)["resources"]
    assert (calls["empty_keys"], calls["unknown_keys"], calls["items"]) == (1, 1, 0)
    (problem,) = calls["problems"]
    assert (problem["kind"], problem["shard"]) == ("unknown key", "b")
    assert "(request req_9)" in problem["message"]


def test_credira_t2_the_others_go_on(vendor, state, credira, answer, refusal):
    """After an unknown invoice the next one is asked for."""
    vendor.on("/calls?invoice_id=a", refusal("NOT_FOUND", 404))
    vendor.on("/calls?invoice_id=b", answer([{"id": "call_b"}]))
    assert state().unknown_keys == 1
    assert [row["id"] for row in credira.rows("calls")] == ["call_b"]


@pytest.mark.parametrize(("total", "found"), [(2, 1), (0, 1), (1, 0)])
def test_credira_4_a_total_that_does_not_match(vendor, credira, answer, total, found):
    """Another number than `total_calls` says: the first sign of hidden pages; what came is kept."""
    rows = [{"id": f"call_{n}"} for n in range(found)]
    vendor.on("/calls?invoice_id=a", answer(rows or False, total_calls=total))
    result = credira.run("sync", "--select", "calls")
    assert result.exit_code == 3
    assert f"reports {total} calls for a, {found} arrived" in result.stderr
    assert len(credira.rows("calls")) == found


@pytest.mark.parametrize(
    ("resource", "none"), [("calls", False), ("callouts", []), ("emails", False)]
)
def test_credira_4_every_list_has_a_total(vendor, state, answer, resource, none):
    """The total of each list is compared, where the answer says "none", too."""
    vendor.on("/callouts?invoice_id=a", answer([{"id": "callout_1"}]))
    vendor.on(f"/{resource}?{ASKED[resource]}", answer(none, **{f"total_{resource}": 1}))
    found = state(resource)
    assert found.state == "incomplete"
    assert f"reports 1 {resource} for" in found.problems[0].message
    assert "(request req_1)" in found.problems[0].message


@pytest.mark.parametrize("total", [None, "2", True, 1.5, []])
def test_credira_4_a_total_that_is_no_count(vendor, state, answer, total):
    """A total that is no whole number reports nothing."""
    vendor.on("/calls?invoice_id=a", answer([{"id": "call_1"}], total_calls=total))
    assert state().state == "complete"
