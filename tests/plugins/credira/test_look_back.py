"""What is asked again: until long after a callout's last known time, and from then on no more."""

from datetime import UTC, datetime, timedelta

import pytest

from duetrail.model import Call, Callout
from duetrail_credira.declaration import source

LAST = datetime(2026, 3, 1, tzinfo=UTC)
CALLOUT = {"id": "callout_1", "invoice_id": "a", "created_time": "2026-03-01T00:00:00Z"}
CALL = {"id": "call_1", "invoice_id": "a", "created_time": "2026-03-01T00:00:00Z"}
KEYED = ("emails", "call-details", "responses")


@pytest.fixture
def declared():
    """What the plugin declares."""
    return source()


@pytest.fixture
def begin(connect, vendor, answer):
    """Connect Credira, which has a call and a callout, both over; keywords are settings."""
    vendor.on("/calls?invoice_id=a", answer([CALL]))
    vendor.on("/callouts?invoice_id=a", answer([CALLOUT]))
    vendor.on("/emails", answer([{"id": "email_1", "callout_id": "callout_1"}]))
    vendor.on("/calls/call_1", answer(CALL | {"end_time": "2026-03-01T00:00:00Z"}))
    vendor.on("/callouts/callout_1/response", answer({"callout_id": "callout_1"}))
    return lambda **more: connect(invoices=["a"], include=["call-details", "responses"], **more)


@pytest.fixture
def settled(ran):
    """Run so many days after the last known time; which resources asked no key."""

    def after(days, **how):
        found = ran(now=LAST + timedelta(days=days), **how)
        assert all(one.state == "complete" for one in found.values())
        return [name for name in KEYED if found[name].settled_keys]

    return after


def test_asked_again_as_long_as_something_may_come(begin, settled):
    """Opens, clicks and bounces change old rows: within 90 days every run asks."""
    begin()
    assert [settled(days) for days in (0, 45, 89, 90)] == [[], [], [], []]


def test_settled_when_it_was_asked_late_enough(begin, settled):
    """Once an answer was had 90 days after the last known time, it is not asked for again."""
    begin()
    assert settled(90) == []
    assert settled(91) == list(KEYED)


def test_the_lists_of_an_invoice_are_always_asked(begin, vendor, settled):
    """Nothing can tell beforehand whether an invoice got a new call or callout."""
    begin()
    settled(1000)
    vendor.asked.clear()
    settled(1001)
    assert sorted(one.path for one in vendor.asked) == ["/callouts", "/calls"]


def test_full_asks_every_key(begin, settled):
    """`--full` asks for what is settled, too."""
    begin()
    settled(100)
    assert settled(101, full=True) == []


def test_a_change_opens_it_again(begin, vendor, answer, settled):
    """A callout that is updated or scheduled anew is asked about from then on."""
    begin()
    settled(100)
    vendor.on(
        "/callouts?invoice_id=a", answer([CALLOUT | {"updated_time": "2026-06-09T00:00:00Z"}])
    )
    assert settled(101) == ["call-details"]
    assert settled(102) == ["call-details"]


def test_what_goes_on_is_not_settled(begin, vendor, answer, settled):
    """Of an active callout, and of a call without an end, more is to come however old they are."""
    begin()
    vendor.on("/callouts?invoice_id=a", answer([CALLOUT | {"status": "active"}]))
    vendor.on("/calls/call_1", answer(CALL | {"status": "initiated"}))
    assert [settled(days) for days in (1000, 1001)] == [[], []]


@pytest.mark.parametrize(("days", "again"), [(7, list(KEYED)), (150, []), (0, [])])
def test_the_setting(begin, settled, days, again):
    """`look_back_days` says how long; with 0 every run asks."""
    begin(look_back_days=days)
    settled(100)
    assert settled(101) == again


def test_a_refusal_settles_nothing(begin, vendor, refusal, ran):
    """An answer that was never had is asked for again."""
    begin()
    vendor.on("/emails", refusal("NOT_FOUND", 404, "Callout not found"))
    for days in (100, 101):
        assert ran(now=LAST + timedelta(days=days))["emails"].unknown_keys == 1


@pytest.mark.parametrize(
    ("resource", "record", "times"),
    [
        ("emails", Callout, ("created_at", "updated_at", "scheduled_at", "completed_at")),
        ("call-details", Call, ("created_at", "updated_at", "started_at", "ended_at")),
    ],
)
def test_credira_t9_the_latest_time_counts(declared, resource, record, times):
    """Clocks need not agree, so the age is that of whichever time is the latest."""
    is_settled = declared.resource(resource).keys.is_final
    options = declared.options(token="env:X", invoices="file:x")
    for late in times:
        known = dict.fromkeys(times, LAST) | {late: LAST + timedelta(days=30)}
        one = record(connection="credira", id="x", **known)
        assert not is_settled(one, LAST + timedelta(days=119), options)
        assert is_settled(one, LAST + timedelta(days=120), options)


def test_without_any_time(begin, vendor, answer, settled):
    """Of what no time is known, no age is: it is always asked."""
    begin()
    vendor.on("/callouts?invoice_id=a", answer([{"id": "callout_1"}]))
    vendor.on("/calls?invoice_id=a", answer([{"id": "call_1"}]))
    vendor.on("/calls/call_1", answer({"id": "call_1"}))
    settled(1000)
    assert settled(1001) == []
