"""Twilio's objects as records: each trap of its words, times, numbers and prices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from duetrail.model import (
    CallOutcome,
    CallStatus,
    Channel,
    DeliveryStatus,
    Direction,
    EmailStatus,
)

Mapped = Callable[..., Any]


def test_times_of_emails_are_aware_and_utc(mapped: Mapped) -> None:
    """RFC 2822, with whatever zone."""
    call = mapped("calls", start_time="Fri, 18 Oct 2019 17:02:00 +0200", end_time="")
    assert call.started_at == datetime(2019, 10, 18, 15, 2, tzinfo=UTC)
    assert call.ended_at is None


@pytest.mark.parametrize("text", ["2019-10-18T17:02:00Z", "soon"])
def test_another_time_is_a_reject_with_its_path(rejected: Mapped, text: str) -> None:
    """Neither guessed nor dropped."""
    assert rejected("calls", date_updated=text).json_path == "$.date_updated"


def test_a_charge_is_a_cost(mapped: Mapped) -> None:
    """Twilio writes what it charges as a negative price; the amount is exact."""
    call = mapped("calls", price="-0.0075", price_unit="USD")
    assert (call.cost.amount, call.currency) == (Decimal("0.0075"), "USD")
    assert mapped("calls", price="0.10", price_unit="USD").cost.amount == Decimal("-0.10")
    long = f"0.{'1' * 30}"
    assert mapped("calls", price=f"-{long}", price_unit="USD").cost.amount == Decimal(long)


@pytest.mark.parametrize("price", [None, ""])
def test_a_price_that_is_not_known_yet_is_none(mapped: Mapped, price: str | None) -> None:
    """It may come hours after the call."""
    assert mapped("calls", price=price).cost is None


@pytest.mark.parametrize("price", ["1e3", "0,10", "NaN", " 1"])
def test_a_price_that_is_no_plain_decimal_is_a_reject(rejected: Mapped, price: str) -> None:
    """With its path."""
    assert rejected("calls", price=price).json_path == "$.price"


def test_seconds_in_text(mapped: Mapped, rejected: Mapped) -> None:
    """A whole number, nothing, or a reject."""
    assert mapped("calls", duration="4").duration_seconds == 4
    assert mapped("calls", duration="").duration_seconds is None
    assert rejected("calls", duration="-4").json_path == "$.duration"


@pytest.mark.parametrize(
    ("status", "answered_by", "how_far", "outcome", "voicemail"),
    [
        ("completed", "human", CallStatus.COMPLETED, CallOutcome.ANSWERED, False),
        ("completed", "machine_end_beep", CallStatus.COMPLETED, CallOutcome.VOICEMAIL, True),
        ("completed", None, CallStatus.COMPLETED, CallOutcome.ANSWERED, None),
        ("completed", "unknown", CallStatus.COMPLETED, CallOutcome.UNKNOWN, None),
        ("completed", "fax", CallStatus.COMPLETED, CallOutcome.UNKNOWN, None),
        ("busy", None, CallStatus.COMPLETED, CallOutcome.BUSY, None),
        ("no-answer", None, CallStatus.COMPLETED, CallOutcome.NO_ANSWER, None),
        ("canceled", None, CallStatus.COMPLETED, CallOutcome.CANCELLED, None),
        ("failed", None, CallStatus.FAILED, CallOutcome.FAILED, None),
        ("in-progress", "human", CallStatus.INITIATED, CallOutcome.ANSWERED, False),
        ("in-progress", None, CallStatus.INITIATED, None, None),
        ("queued", None, CallStatus.PLANNED, None, None),
        ("paused", None, CallStatus.UNKNOWN, CallOutcome.UNKNOWN, None),
    ],
)
def test_how_far_a_call_came_and_what_it_reached(
    mapped: Mapped,
    status: str,
    answered_by: str | None,
    how_far: CallStatus,
    outcome: CallOutcome | None,
    voicemail: bool | None,
) -> None:
    """Two facts; Twilio's words are kept beside them."""
    call = mapped("calls", status=status, answered_by=answered_by)
    assert (call.status, call.outcome, call.voicemail) == (how_far, outcome, voicemail)
    assert call.status_raw == status


@pytest.mark.parametrize(
    ("word", "direction"),
    [
        ("inbound", Direction.INBOUND),
        ("outbound-api", Direction.OUTBOUND),
        ("outbound-dial", Direction.OUTBOUND),
        ("trunking-terminating", Direction.OUTBOUND),
        ("trunking-originating", Direction.INBOUND),
        ("sideways", Direction.UNKNOWN),
    ],
)
def test_a_direction_is_seen_from_the_creditor(
    mapped: Mapped, word: str, direction: Direction
) -> None:
    """A trunk that ends in the network is outbound."""
    assert mapped("calls", direction=word).direction is direction


def test_a_recording_is_of_its_call(mapped: Mapped) -> None:
    """It adds where the call can be heard, and nothing else."""
    call = mapped("recordings", call_sid="CA1", media_url="https://api.twilio.example/RE1")
    assert (call.id, call.recording_url) == ("CA1", "https://api.twilio.example/RE1")
    assert call.duration_seconds is None


@pytest.mark.parametrize("status", ["absent", "deleted"])
def test_a_recording_that_is_not_there_gives_no_link(offline: Any, status: str) -> None:
    """Twilio lists it with a link that leads nowhere: it is left out, and counted."""
    rows = [{"sid": "RE1", "call_sid": "CA1", "status": status, "media_url": "https://a.example/1"}]
    batch = offline.map("twilio", "recordings", {"recordings": rows})
    assert (tuple(batch.mapped), tuple(batch.rejected)) == ((), ())
    assert batch.skipped.total() == 1


def test_a_recording_of_no_call_is_left_out(offline: Any) -> None:
    """A conference has recordings that belong to no call."""
    batch = offline.map("twilio", "recordings", {"recordings": [{"sid": "RE1", "call_sid": None}]})
    assert (tuple(batch.mapped), tuple(batch.rejected)) == ((), ())


@pytest.mark.parametrize(
    ("status", "how_far", "delivery"),
    [
        ("queued", EmailStatus.QUEUED, None),
        ("sent", EmailStatus.SENT, None),
        ("delivered", EmailStatus.DELIVERED, DeliveryStatus.DELIVERED),
        ("read", EmailStatus.DELIVERED, DeliveryStatus.DELIVERED),
        ("undelivered", EmailStatus.FAILED, DeliveryStatus.BOUNCED),
        ("failed", EmailStatus.FAILED, None),
        ("received", EmailStatus.DELIVERED, None),
    ],
)
def test_how_far_a_message_came(
    mapped: Mapped, status: str, how_far: EmailStatus, delivery: DeliveryStatus | None
) -> None:
    """Sent is not delivered, and only the network says what was not."""
    message = mapped("messages", status=status)
    assert (message.status, message.delivery_status) == (how_far, delivery)


@pytest.mark.parametrize(
    ("to", "channel", "word"),
    [
        ("+15552229999", Channel.SMS, None),
        ("whatsapp:+15552229999", Channel.CHAT, "whatsapp"),
        (None, Channel.SMS, None),
    ],
)
def test_the_channel_of_a_message(
    mapped: Mapped, to: str | None, channel: Channel, word: str | None
) -> None:
    """It stands before the address, and the address is kept as given."""
    message = mapped("messages", to=to)
    assert (message.channel, message.channel_raw) == (channel, word)
    assert message.to_addresses == ((to,) if to else ())
