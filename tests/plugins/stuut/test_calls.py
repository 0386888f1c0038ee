"""Stuut's calls by themselves: the list and the details, where they are wanted."""

import pytest

DAY, LATER = "2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z"


@pytest.fixture
def answers(vendor, invoice, call, page):
    """One call, inside its invoice, in the list and in detail, with these fields each."""

    def say(inside=None, listed=None, detail=None):
        embedded = [call(**inside)] if inside is not None else []
        vendor.on("/v1/invoices", page(invoice("inv_1", calls=embedded)))
        vendor.on("/v1/calls", page(call(**(listed or {}))))
        vendor.on("/v1/calls/call_1", call(**(detail or {})))

    return say


@pytest.fixture
def calls(connect, answers):
    """The calls that are stored when these resources are read."""

    def sync(*include, **said):
        answers(**said)
        project = connect(include=list(include))
        assert project.sync().exit_code == 0
        return project

    return sync


def about(*ids):
    """The invoices a call names, in the short form that names them."""
    return {"invoices": [{"object": "invoice", "id": id} for id in ids]}


def test_not_read_unless_wanted(calls, vendor):
    """Neither the list nor the details are asked for unless `include` names them."""
    calls(inside={})
    assert {one.path for one in vendor.asked} == {"/v1/invoices"}


def test_stuut_2_1_no_order_is_asked_of_lists_without_a_documented_one(calls, vendor):
    """Of the list of calls only the paging parameters are known, and only they are sent."""
    calls("calls")
    (asked,) = [one for one in vendor.asked if one.path == "/v1/calls"]
    assert asked.query == {"page": ["0"], "limit": ["50"]}


def test_stuut_2_3_calls_in_an_envelope_of_data_alone(paged, lists, call):
    """The list shows nothing but `data`: pages end with one that is short."""
    lists.envelope = False
    lists.holds("/v1/invoices", []).holds("/v1/calls", [call(f"call_{at}") for at in range(10)])
    project = paged(include=["calls"])
    assert project.sync().exit_code == 0
    assert len(project.rows("calls")) == 10


def test_stuut_6_2_the_list_names_the_invoices(calls):
    """One call, many invoices: those it names and the one it stands in are all linked."""
    project = calls("calls", inside={}, listed=about("inv_2", "inv_3"))
    assert project.links() == {
        ("calls", "call_1", "stuut", "inv_1", "contained"),
        ("calls", "call_1", "stuut", "inv_2", "native"),
        ("calls", "call_1", "stuut", "inv_3", "native"),
    }


def test_stuut_6_2_a_planned_call_is_about_the_same_invoices(calls):
    """The callout of a planned call belongs where the call does."""
    project = calls("calls", listed={"status": "pending_approval"} | about("inv_2"))
    assert {link[:4] for link in project.links()} == {
        ("calls", "call_1", "stuut", "inv_2"),
        ("callouts", "call:call_1", "stuut", "inv_2"),
    }


def test_each_invoice_is_linked_once(calls):
    """Repeated and empty ids make no links of their own."""
    project = calls("calls", listed=about("inv_2", "inv_2", "", None))
    assert len(project.links()) == 1


@pytest.mark.parametrize("newest", ["inside", "listed", "detail"])
def test_stuut_7_16_the_copy_modified_last_wins(calls, newest):
    """Inside an invoice, in the list or in detail: what was modified last is told."""
    said = {
        place: {"summary": place, "modified_at": LATER if place == newest else DAY}
        for place in ("inside", "listed", "detail")
    }
    (row,) = calls("calls", "call-details", **said).rows("calls")
    assert row["summary"] == newest


def test_stuut_7_16_inside_an_invoice_a_call_says_nothing_of_its_invoices(calls):
    """There the list is cut off, whatever stands in its place: no link is lost to it."""
    inside = {"invoices": "<array>", "modified_at": LATER}
    project = calls("calls", inside=inside, listed={"modified_at": DAY} | about("inv_2"))
    assert ("calls", "call_1", "stuut", "inv_2", "native") in project.links()


def test_stuut_7_16_a_listed_calls_partner_is_the_thin_one(calls, vendor, page, invoice):
    """In the list of calls, too, a partner shows no pause flags and blanks none."""
    partner = {"id": "ptn_1", "name": "Example GmbH", "modified_at": LATER}
    project = calls("calls", listed={"partner": partner})
    assert project.rows("parties")[0]["email_paused"] is None
    whole = partner | {"is_email_outreach_manually_paused": True, "modified_at": DAY}
    vendor.on("/v1/invoices", page(invoice(partner=whole)))
    project.sync()
    assert project.rows("parties")[0]["email_paused"] == 1


def test_invoices_in_another_form(calls, answers, vendor, call, page):
    """A call that names invoices in a way nobody knows is set aside, not half read."""
    project = calls("calls")
    vendor.on("/v1/calls", page(call(invoices=["inv_2"])))
    assert project.sync().exit_code == 3
    assert [row["json_path"] for row in project.rows("rejects")] == ["$.invoices[0]"]


# --- details -------------------------------------------------------------------------------------


def test_details_are_asked_per_stored_call(calls, vendor):
    """Each call that was met is asked for by its id."""
    calls("call-details", inside={})
    assert [one.path for one in vendor.asked] == ["/v1/invoices", "/v1/calls/call_1"]


def test_an_id_is_quoted(connect, vendor, invoice, call, page):
    """An opaque id may hold what means something in a path."""
    odd = call("a/b?c")
    vendor.on("/v1/invoices", page(invoice(calls=[odd]))).on("/v1/calls/a%2Fb%3Fc", odd)
    assert connect(include=["call-details"]).sync().exit_code == 0


@pytest.mark.parametrize(
    ("call_", "asked_again"),
    [
        ({"end_time": DAY}, False),
        ({"end_time": DAY, "modified_at": LATER}, False),
        ({"end_time": None, "start_time": DAY}, True),
        ({"end_time": "2999-01-01T00:00:00Z"}, True),
        ({"end_time": DAY, "modified_at": "2999-01-01T00:00:00Z"}, True),
    ],
)
def test_details_of_calls_long_over_are_not_asked_again(calls, vendor, call_, asked_again):
    """A call that ended a month before it was asked for is settled, unless it changed since."""
    project = calls("call-details", inside=call_, detail=call_)
    vendor.asked.clear()
    (_, details) = project.sync().resources
    assert details.settled_keys == (not asked_again)
    assert ("/v1/calls/call_1" in {one.path for one in vendor.asked}) is asked_again


def test_stuut_5_a_call_that_is_not_known(connect, answers, vendor, reply):
    """404 may mean absent or not yours: the key is noted, the call is kept as it is."""
    answers(inside={})
    vendor.on("/v1/calls/call_1", reply({"error": "not_found"}, 404))
    project = connect(include=["call-details"])
    (_, details) = project.sync().resources
    assert (details.unknown_keys, details.state) == (1, "complete")
    assert [row["absent_since"] for row in project.rows("calls")] == [None]


@pytest.mark.parametrize("answer", [[], 5, {"id": "call_2"}, {"id": 5}])
def test_another_answer_than_the_call(connect, answers, vendor, answer):
    """What is no object, or another one, is a fault of the answer."""
    answers(inside={})
    vendor.on("/v1/calls/call_1", answer)
    (_, details) = connect(include=["call-details"]).sync().resources
    assert details.state == "failed"
    assert "answered with" in details.problems[0].message


def test_a_list_that_may_not_be_read(connect, answers, vendor, reply):
    """403 stops the list of calls; the invoices are read."""
    answers(inside={})
    vendor.on("/v1/calls", reply({"error": "forbidden"}, 403))
    states = {one.resource: one.state for one in connect(include=["calls"]).sync().resources}
    assert states == {"invoices": "complete", "calls": "failed"}
