"""A call in a list and in detail: one record, each field from where it is best known."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.model import Money
from duetrail.pipeline.fold import fold
from duetrail.plugins import load
from duetrail.stores import from_row
from duetrail_credira import wire
from support.nightly import examples

ROW = {
    "id": "call_1",
    "invoice_id": "a",
    "status": "completed",
    "duration": 180,
    "from": "+1555",
    "to": "+1556",
    "voice_agent_id": "agent_1",
    "call_recording_url": "https://media.example/r.mp3",
    "created_time": "2026-01-15T10:30:00Z",
}
MORE = {
    "updated_time": "2026-01-15T10:40:00Z",
    "start_time": "2026-01-15T10:31:00Z",
    "end_time": "2026-01-15T10:34:00Z",
    "call_type": "outbound",
    "cost": 0.45,
    "currency": "USD",
    "keywords": ["payment", "plan"],
    "tags": ["first"],
    "summary": "The customer called us about the invoice.",
}
RICH = "status, duration_seconds, to_number, direction, started_at, summary, cost, currency"


@pytest.fixture
def scripted(vendor, answer):
    """Credira with one call; keywords change its row, the second argument its detail."""

    def script(row=ROW, detail=ROW | MORE):
        vendor.on("/calls?invoice_id=a", answer([row]))
        vendor.on("/calls/call_1", answer(detail))
        return vendor

    return script


def test_only_on_request(connect, scripted):
    """Without `include` no detail is asked for."""
    vendor = scripted()
    connect(invoices=["a"]).sync()
    assert {one.path for one in vendor.asked} == {"/calls", "/callouts"}


def test_once_by_name(connect, scripted):
    """`--select call-details` asks for them this once, after the list that gives their keys."""
    vendor = scripted()
    assert connect(invoices=["a"]).run("sync", "--select", "call-details").exit_code == 0
    assert [one.path for one in vendor.asked] == ["/calls", "/calls/call_1"]


def test_the_fields_of_a_detail(mapped):
    """A detail has a direction, a start, an end, a price, and what was said."""
    one = mapped("call-details", **MORE)
    assert (one.direction, one.direction_raw) == ("outbound", "outbound")
    assert one.started_at == datetime(2026, 1, 15, 10, 31, tzinfo=UTC)
    assert one.ended_at - one.started_at == timedelta(minutes=3)
    assert one.updated_at == datetime(2026, 1, 15, 10, 40, tzinfo=UTC)
    assert one.cost == Money(Decimal("0.45"), "USD")
    assert (one.keywords, one.tags) == (("payment", "plan"), ("first",))
    assert one.summary == MORE["summary"]


def test_credira_6_what_has_no_home(mapped):
    """Scores, zone, account and metadata have no column and come back as they were."""
    rest = {"quality_score": 0.9, "sentiment_score": -1, "confidence_score": 1, "timezone": "Zulu"}
    rest |= {"account_id": "acc_1", "metadata": {"campaign_id": "c", "priority": "high"}}
    one = mapped("call-details", **MORE, **rest)
    assert one.extra == rest | {"quality_score": Decimal("0.9")}
    assert one.sentiment is None


@pytest.mark.parametrize("type_", ["outbound", None])
def test_credira_t11_nothing_is_read_off_a_summary(mapped, type_):
    """The direction is what `call_type` says, whoever called according to the summary."""
    one = mapped("call-details", call_type=type_, summary="The customer called and paid.")
    assert (one.direction, one.outcome) == (type_, None)


@pytest.mark.parametrize("word", ["callback", "Outbound!", "42"])
def test_credira_t12_call_types_are_open(mapped, word):
    """A type nobody documented is unknown, and survives."""
    one = mapped("call-details", call_type=word)
    assert (one.direction, one.direction_raw) == ("unknown", word)


@pytest.mark.parametrize(
    ("cost", "amount"), [("0.1", "0.1"), ("1", "1"), ("0", "0"), ("0.1050", "0.105")]
)
def test_credira_t14_a_price_is_exact(offline, cost, amount):
    """A price is a decimal in whole units of its own currency; no digit of it is lost."""
    body = f'{{"success": true, "data": {{"id": "x", "cost": {cost}, "currency": "KWD"}}}}'
    (found,) = offline.map("credira", "call-details", body.encode()).mapped
    assert found.records[0].cost == Money(Decimal(amount), "KWD")


def test_a_price_without_a_currency(mapped):
    """The currency of a price is not guessed."""
    one = mapped("call-details", cost=1)
    assert (one.cost, one.currency) == (Money(Decimal(1), None), None)


@pytest.mark.parametrize("cost", ["0.45", True, [1]])
def test_credira_t14_a_price_is_a_number(rejected, cost):
    """A text or a flag is no price."""
    assert rejected("call-details", cost=cost).json_path == "$.cost"


def test_credira_t10_one_record(deep, scripted):
    """Both shapes are one call; nothing is counted twice."""
    scripted()
    assert deep.run("sync").exit_code == 0
    assert deep.rows("calls", RICH) == [
        {
            "status": "completed",
            "duration_seconds": 180,
            "to_number": "+1556",
            "direction": "outbound",
            "started_at": "2026-01-15T10:31:00.000000Z",
            "summary": "The customer called us about the invoice.",
            "cost": "0.45",
            "currency": "USD",
        }
    ]


def test_credira_t10_a_thin_row_erases_nothing(deep, scripted):
    """When the list is read again, what only the detail shows stays."""
    scripted()
    deep.sync()
    before = deep.rows("calls", RICH)
    scripted(ROW | {"confidence_score": 0.5})
    assert deep.sync(select=["calls"]).resources[0].mapped == 1
    assert deep.rows("calls", RICH) == before


def test_credira_t10_a_thin_detail_erases_nothing(deep, scripted):
    """Nor does a detail that shows less than the list blank what the list shows."""
    scripted(detail={"id": "call_1", "summary": "Short."})
    deep.sync()
    (row,) = deep.rows("calls", RICH)
    assert (row["status"], row["duration_seconds"], row["to_number"]) == ("completed", 180, "+1556")
    assert row["summary"] == "Short."


def test_credira_t10_an_old_detail_overrules_no_newer_row(deep, scripted):
    """What both show is as the list shows it now, however long ago the detail was read."""
    scripted(ROW | {"status": "initiated", "duration": 0}, ROW | MORE | {"status": "initiated"})
    deep.sync(now=datetime(2026, 6, 1, tzinfo=UTC))
    vendor = scripted(ROW, ROW | MORE)
    summary = deep.sync(now=datetime(2026, 7, 1, tzinfo=UTC))
    assert [one.path for one in vendor.asked].count("/calls/call_1") == 1
    assert {one.resource: one.settled_keys for one in summary.resources}["call-details"] == 1
    (row,) = deep.rows("calls", RICH)
    assert (row["status"], row["duration_seconds"]) == ("completed", 180)


@given(data=st.data())
@settings(max_examples=examples(12, 60), deadline=None)
def test_credira_t10_each_field_has_one_place(offline, generated, data):
    """Whatever a row and a detail hold: which of them tells a field goes by its name alone."""
    ranked = []
    for resource, kind in (("call-details", wire.CallDetail), ("calls", wire.Call)):
        item = data.draw(generated.items(kind)) | {"id": "x"}
        page = {"success": True, "data": [item] if resource == "calls" else item}
        (one,) = offline.map_parsed("credira", resource, page).mapped
        ranked.append((one.shape, one.rows[0]))
    (detail, rich), (_, thin) = ranked
    told = {name: getattr(from_row(rich), name) for name in detail.carries}
    assert from_row(fold(ranked)) == attrs.evolve(from_row(thin), **told)


@pytest.mark.parametrize("none", [False, None, [], "bare"])
def test_credira_t1_a_detail_may_be_none(deep, scripted, vendor, answer, ran, none):
    """The words for "none" mean the same where an object is asked for: nothing, and no fault."""
    scripted()
    vendor.on("/calls/call_1", False if none == "bare" else answer(none))
    found = ran()["call-details"]
    assert (found.state, found.empty_keys, found.items) == ("complete", 1, 0)
    assert [row["id"] for row in deep.rows("calls")] == ["call_1"]


@pytest.mark.parametrize("data", [True, 0, "none", [{"id": "call_1"}]])
@pytest.mark.usefixtures("deep")
def test_credira_t1_something_else_is_no_object(scripted, vendor, answer, ran, data):
    """A flag, a number, a text or a list of something is a fault of the answer."""
    scripted()
    vendor.on("/calls/call_1", answer(data))
    found = ran()["call-details"]
    assert found.state == "failed"
    assert "neither an object nor false (request req_1)" in found.problems[0].message


def test_another_call_than_asked_for(deep, scripted, ran):
    """An answer about another call is a fault of the answer, and changes no call."""
    scripted(detail=ROW | MORE | {"id": "call_2"})
    found = ran()["call-details"]
    assert "another object than the one asked for" in found.problems[0].message
    assert [row["direction"] for row in deep.rows("calls")] == [None]


def test_a_call_that_is_gone(deep, scripted, vendor, refusal, ran):
    """A call that Credira lists and does not know in detail is noted; what is known of it stays."""
    scripted()
    vendor.on("/calls/call_1", refusal("NOT_FOUND", 404, "Call not found"))
    found = ran()["call-details"]
    assert (found.state, found.unknown_keys) == ("complete", 1)
    assert [row["status"] for row in deep.rows("calls")] == ["completed"]


def test_what_is_optional():
    """The two resources that cost a request per call and per callout are read on request."""
    optional = [one.name for one in load("credira").source.resources if one.optional]
    assert optional == ["call-details", "responses"]
