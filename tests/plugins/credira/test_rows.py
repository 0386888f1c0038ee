"""Credira's rows as records: nothing inferred, nothing reformatted, nothing lost."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest


@pytest.mark.parametrize("resource", ["calls", "callouts", "emails", "call-details"])
def test_credira_3_everything_but_the_id_may_be_absent(mapped, resource):
    """Nullability is nowhere stated: an id alone is a record, and so is an id among nulls."""
    names = ["invoice_id", "status", "duration", "from", "target_contact", "actions", "bounced"]
    assert mapped(resource).id == "x"
    assert mapped(resource, **dict.fromkeys([*names, "created_time", "callout_id"])).id == "x"


@pytest.mark.parametrize("resource", ["calls", "callouts", "emails"])
@pytest.mark.parametrize("word", ["no_answer_yet", "Completed!", "42"])
def test_credira_t12_status_words_are_open(mapped, resource, word):
    """A word nobody documented is unknown, and survives."""
    one = mapped(resource, status=word)
    assert (one.status, one.status_raw) == ("unknown", word)


def test_credira_t12_types_and_priorities_are_open(mapped):
    """So are the types and priorities of callouts."""
    one = mapped("callouts", type="site_visit", priority="immediate")
    assert (one.kind, one.kind_raw) == ("unknown", "site_visit")
    assert (one.priority, one.priority_raw) == ("unknown", "immediate")


@pytest.mark.parametrize("word", ["low", "medium", "high", "urgent"])
def test_credira_3_priorities(mapped, word):
    """The four documented priorities are known."""
    assert mapped("callouts", priority=word).priority == word


@pytest.mark.parametrize("number", ["+0987654321", "12", "tel:+1-555-0100", "", "+1 (555) 0100"])
def test_credira_t8_numbers_stay_as_they_are(mapped, number):
    """Telephone numbers are neither checked nor reformatted."""
    one = mapped("calls", **{"from": number, "to": number})
    assert (one.from_number, one.to_number) == (number, number)


def test_credira_t9_clocks_need_not_agree(mapped):
    """Updated before it was created, opened before it was sent: kept as it is."""
    callout = mapped(
        "callouts", created_time="2026-02-02T00:00:00Z", updated_time="2026-01-01T00:00:00Z"
    )
    assert callout.updated_at < callout.created_at
    email = mapped("emails", sent_time="2026-02-02T00:00:00Z", opened_time="2026-01-01T00:00:00Z")
    assert email.opened_at < email.sent_at


def test_credira_t9_a_clock_that_went_back(vendor, credira, state, answer):
    """A later answer is right, though its `updated_time` is the earlier one."""
    for year, status in ((2099, "active"), (2026, "completed")):
        row = {"id": "callout_1", "status": status, "updated_time": f"{year}-01-01T00:00:00Z"}
        vendor.on("/callouts?invoice_id=a", answer([row]))
        assert state("callouts").mapped == 1
    assert [row["status"] for row in credira.rows("callouts")] == ["completed"]


def test_credira_t10_a_list_row_has_no_start(mapped):
    """When it was created is not when it started; no direction is assumed."""
    one = mapped("calls", created_time="2026-01-01T00:00:00Z")
    assert (one.started_at, one.ended_at, one.direction) == (None, None, None)
    assert one.created_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_credira_t13_a_priority_in_the_metadata(mapped):
    """`metadata.priority` is not the priority."""
    one = mapped("callouts", priority="low", metadata={"priority": "urgent"})
    assert one.priority == "low"
    assert one.extra == {"metadata": {"priority": "urgent"}}


@pytest.mark.parametrize("value", [True, False, 1.5, "180", -1, [180]])
def test_credira_t14_a_duration_is_whole_seconds(rejected, value):
    """A flag is no number, whatever Python thinks; nor is a fraction, a text or less than 0."""
    assert rejected("calls", duration=value).json_path == "$.duration"


def test_credira_t14_a_duration_of_nothing(mapped):
    """0 is a duration."""
    assert mapped("calls", duration=0).duration_seconds == 0
    assert mapped("calls").duration_seconds is None


@pytest.mark.parametrize("score", [1, 0, 0.95, -0.2, None])
def test_credira_t14_scores_of_any_number(mapped, score):
    """Scores may come as whole numbers; they are kept as received."""
    one = mapped("calls", confidence_score=score)
    assert one.extra == {"confidence_score": score if score is None else Decimal(str(score))}


def test_credira_t14_metadata_of_any_kind(mapped):
    """Text, numbers, flags and lists in the metadata come back as they were."""
    metadata = {"a": "x", "b": 12.10, "c": True, "d": None, "e": [1, {"f": "y"}]}
    one = mapped("emails", metadata=metadata)
    assert one.extra["metadata"] == metadata | {"b": Decimal("12.1")}


def test_credira_t10_a_list_row_has_no_price(mapped):
    """A price in a list, where none is documented, is kept beside and not used."""
    one = mapped("calls", cost=0.1, currency="USD")
    assert one.extra == {"cost": Decimal("0.1"), "currency": "USD"}


@pytest.mark.parametrize(
    ("actions", "channels"),
    [
        ({"calls_enabled": True, "emails_enabled": True}, ("call", "email")),
        ({"calls_enabled": False, "emails_enabled": True}, ("email",)),
        ({"calls_enabled": None}, ()),
        ({}, ()),
        (None, ()),
    ],
)
def test_credira_6_channels(mapped, actions, channels):
    """The channels are those switched on."""
    assert mapped("callouts", actions=actions).channels == channels


def test_credira_6_whom_an_email_went_to(mapped):
    """One recipient; no sender, no copy, no text; the name is kept beside."""
    one = mapped("emails", recipient_email="a@example.com", recipient_name="A. Example")
    assert (one.to_addresses, one.cc_addresses) == (("a@example.com",), ())
    assert (one.from_address, one.text, one.html) == (None, None, None)
    assert one.extra == {"recipient_name": "A. Example"}
    assert mapped("emails").to_addresses == ()


@pytest.mark.parametrize("flag", [True, False, None])
def test_credira_6_bounced_is_not_a_status(mapped, flag):
    """Delivered and bounced are two facts; unsubscribed is not dropped."""
    one = mapped("emails", status="delivered", bounced=flag, unsubscribed=True)
    assert (one.status, one.bounced) == ("delivered", flag)
    assert one.extra == {"unsubscribed": True}


@pytest.mark.parametrize("value", ["false", 0, "", []])
def test_credira_t14_bounced_is_a_flag(rejected, value):
    """The text "false" is not taken for true, nor 0 for false."""
    assert rejected("emails", bounced=value).json_path == "$.bounced"


@pytest.mark.parametrize("resource", ["calls", "callouts", "emails"])
@pytest.mark.parametrize("row", [5, "call_1", None, [], True])
def test_a_row_that_is_none(credira, answer, resource, row):
    """Something that is no object is set aside; the row beside it lands."""
    batch = credira.map("credira", resource, answer([row, {"id": "good"}]))
    assert [one.item for one in batch.mapped] == ["good"]
    assert [one.path for one in batch.rejected] == ["$.data[0]"]


def test_credira_4_a_row_that_changed(vendor, credira, state, answer):
    """Rows carry no version: what a later run sees is what stands, emptied fields, too."""
    first, then = {"id": "call_1", "status": "initiated", "to": "+1"}, {"id": "call_1"}
    vendor.on("/calls?invoice_id=a", answer([first]), answer([then | {"status": "completed"}]))
    assert (state().mapped, state().mapped) == (1, 1)
    (row,) = credira.rows("calls", "status, to_number")
    assert row == {"status": "completed", "to_number": None}


def test_credira_t16_a_reject_shows_no_values(rejected):
    """What is said of a bad row names places and types, not persons."""
    one = rejected("callouts", target_contact={"name": ["Jane Doe"], "email": {"jane": 1}})
    assert one.json_path == "$.target_contact.name"
    assert "jane" not in (one.reason + one.json_path).casefold()
